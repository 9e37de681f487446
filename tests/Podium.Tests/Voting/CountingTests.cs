using System.Diagnostics;
using Podium.Voting.Counting;

namespace Podium.Tests.Voting;

/// <summary>Every counting rule against published elections whose winners are known, and against what must hold of any election.</summary>
public sealed class CountingTests
{
    // Memphis, Nashville, Chattanooga, Knoxville: the capital of Tennessee, https://en.wikipedia.org/wiki/Instant-runoff_voting#Examples
    private static readonly RankedBallot[] Tennessee = [Order("0123", 42), Order("1230", 26), Order("2310", 15), Order("3210", 17)];

    // https://en.wikipedia.org/wiki/Schulze_method, its example of 45 voters and 5 candidates, from M. Schulze, Social Choice and Welfare 36 (2011)
    private static readonly RankedBallot[] SchulzeExample =
        [Named("ACBED", 5), Named("ADECB", 5), Named("BEDAC", 8), Named("CABED", 3), Named("CAEBD", 7), Named("CBADE", 2), Named("DCEBA", 7), Named("EBADC", 8)];

    [Fact]
    public void Plurality_elects_Memphis_and_approval_and_score_elect_Nashville()
    {
        var lot = Straight(4);
        var plurality = Totals.Plurality(4, Tennessee.Select(ballot => new ChoiceBallot([ballot.Places[0][0]], ballot.Weight)), 1, lot);
        Assert.Equal([0], plurality.Winners);
        Assert.Equal([(0, 1, 42m), (1, 2, 26m), (3, 3, 17m), (2, 4, 15m)], plurality.Order.Select(placed => (placed.Option, placed.Rank, placed.Total)));

        // each voter approves of the nearer half, https://en.wikipedia.org/wiki/Approval_voting
        var approval = Totals.Approval(4, Tennessee.Select(ballot => new ChoiceBallot([ballot.Places[0][0], ballot.Places[1][0]], ballot.Weight)), 1, lot);
        Assert.Equal([1], approval.Winners);
        Assert.Equal(68m, approval.Order[0].Total);

        // the scores of https://en.wikipedia.org/wiki/Score_voting
        int[][] scores = [[10, 4, 2, 0], [0, 10, 4, 2], [0, 6, 10, 6], [0, 5, 7, 10]];
        var score = Totals.Score(4, Tennessee.Select((ballot, group) => new ScoreBallot(scores[group].Index().ToDictionary(given => given.Index, given => given.Item), ballot.Weight)), 0, 1, lot);
        Assert.Equal([1], score.Winners);
        Assert.Equal([(1, 603m), (2, 457m), (0, 420m), (3, 312m)], score.Order.Select(placed => (placed.Option, placed.Total)));
    }

    [Fact]
    public void An_option_that_is_not_scored_gets_the_lowest_of_the_scale()
    {
        var scored = Totals.Score(3, [new ScoreBallot(new Dictionary<int, int> { [0] = 2, [1] = -3 }, 2m), new ScoreBallot(new Dictionary<int, int>())], -5, 1, Straight(3));
        Assert.Equal([(0, -1m), (1, -11m), (2, -15m)], scored.Order.Select(placed => (placed.Option, placed.Total)));
    }

    [Fact]
    public void Instant_run_off_elects_Knoxville_in_three_rounds()
    {
        var counted = InstantRunoff.Count(4, Tennessee, Straight(4));

        Assert.Equal([3], counted.Winners);
        Assert.Equal([2, 1, null], counted.Stages.Select(stage => stage.Excluded));
        Assert.Equal([(0, 42m), (1, 26m), (3, 32m)], counted.Stages[1].Totals.Select(total => (total.Option, total.Total)));
        Assert.Equal([(0, 42m), (3, 58m)], counted.Stages[2].Totals.Select(total => (total.Option, total.Total)));
        Assert.Equal([3, 0, 1, 2], counted.Order.Select(placed => placed.Option));
    }

    [Fact]
    public void Burlington_2009_elected_Kiss_though_Montroll_beat_everybody()
    {
        // The last three candidates: Montroll 0, Kiss 1, Wright 2, with ballots cut to them. Published pairs: Montroll 4067 to 3477 against Kiss, 4597 to 3668
        // against Wright; Kiss 4314 to 4064 against Wright. https://electowiki.org/wiki/2009_Burlington_mayoral_election
        RankedBallot[] ballots = [Order("012", 1332), Order("021", 767), Order("0", 455), Order("102", 2043), Order("120", 371), Order("1", 568), Order("201", 1513), Order("210", 495), Order("2", 1289)];

        var runoff = InstantRunoff.Count(3, ballots, Straight(3));
        Assert.Equal([1], runoff.Winners);
        Assert.Equal([(0, 2554m), (1, 2982m), (2, 3297m)], runoff.Stages[0].Totals.Select(total => (total.Option, total.Total)));
        Assert.Equal([(1, 4314m), (2, 4064m)], runoff.Stages[1].Totals.Select(total => (total.Option, total.Total)));
        Assert.Equal(455m, runoff.Stages[1].Exhausted);

        var schulze = Schulze.Count(3, ballots, 1, Straight(3));
        Assert.Equal([0], schulze.Winners);
        Assert.Equal((4067m, 3477m, 4597m, 3668m, 4314m, 4064m), (schulze.Pairs![0][1], schulze.Pairs[1][0], schulze.Pairs[0][2], schulze.Pairs[2][0], schulze.Pairs[1][2], schulze.Pairs[2][1]));
    }

    [Fact]
    public void Schulzes_own_example_ranks_E_A_C_B_D_with_the_published_paths()
    {
        var counted = Schulze.Count(5, SchulzeExample, 1, Straight(5));

        Assert.Equal([4], counted.Winners);
        Assert.Equal("EACBD", string.Concat(counted.Order.Select(placed => (char)('A' + placed.Option))));
        Assert.Equal([1, 2, 3, 4, 5], counted.Order.Select(placed => placed.Rank));
        Assert.Equal([0m, 20, 26, 30, 22], counted.Pairs![0]);
        Assert.Equal([[0m, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]], counted.Paths!);
    }

    [Fact]
    public void Schulze_takes_equal_places_and_unnamed_options_come_last_together()
    {
        // two ballots 0=1 over 2 (3 unnamed), one ballot 2 over all
        RankedBallot[] ballots = [new([[0, 1], [2]], 2), new([[2]], 1)];
        var counted = Schulze.Count(4, ballots, 1, [1, 0, 2, 3]);

        Assert.Equal(0m, counted.Pairs![0][1]);
        Assert.Equal(2m, counted.Pairs[0][2]);
        Assert.Equal(2m, counted.Pairs[1][3]);
        Assert.Equal((1m, 3m), (counted.Pairs[2][0], counted.Pairs[2][3]));
        Assert.Equal([1], counted.Winners);
        Assert.Equal([(1, 1), (0, 1), (2, 3), (3, 4)], counted.Order.Select(placed => (placed.Option, placed.Rank)));
        Assert.Equal([0, 1], Assert.Single(counted.Ties).Options);
    }

    [Fact]
    public void Stv_elects_Andrea_and_Carter()
    {
        // Andrea 0, Brad 1, Carter 2, Delilah 3; two seats. https://en.wikipedia.org/wiki/Counting_single_transferable_votes#Example
        var counted = SingleTransferableVote.Count(4, [Order("0123", 16), Order("0213", 24), Order("3012", 17)], 2, Straight(4));

        Assert.Equal(20m, counted.Quota);
        Assert.Equal([0, 2], counted.Winners);
        Assert.Equal([(0, 20m), (1, 8m), (2, 12m), (3, 17m)], counted.Stages[1].Totals.Select(total => (total.Option, total.Total)));
        Assert.Equal(1, counted.Stages[2].Excluded);
        Assert.Equal([(0, 20m), (2, 20m), (3, 17m)], counted.Stages[2].Totals.Select(total => (total.Option, total.Total)));
    }

    [Fact]
    public void Stv_serves_chocolate_orange_and_strawberry()
    {
        // Orange 0, Pear 1, Chocolate 2, Strawberry 3, Sweets 4; three of them at a party of twenty, as older editions of
        // https://en.wikipedia.org/wiki/Single_transferable_vote#Example tell it
        RankedBallot[] ballots = [Order("0", 4), Order("10", 2), Order("23", 8), Order("24", 4), Order("3", 1), Order("4", 1)];
        var counted = SingleTransferableVote.Count(5, ballots, 3, Straight(5));

        Assert.Equal(6m, counted.Quota);
        Assert.Equal([2, 0, 3], counted.Winners);
        Assert.Equal([2, null, null, null], counted.Stages.Select(stage => stage.Elected.Count > 0 && stage.Elected[0] == 2 ? 2 : (int?)null));
        Assert.Equal((2, 1, 4), (counted.Stages[1].SurplusOf!.Value, counted.Stages[2].Excluded!.Value, counted.Stages[3].Excluded!.Value));
        Assert.Equal([(0, 4m), (1, 2m), (2, 6m), (3, 5m), (4, 3m)], counted.Stages[1].Totals.Select(total => (total.Option, total.Total)));
    }

    [Fact]
    public void Stv_passes_thirds_on_without_rounding()
    {
        // the quota is 8 of 22: three thirds of a surplus of 1 each come together to whole votes again
        RankedBallot[] ballots = [Order("012", 3), Order("013", 3), Order("014", 3), Order("15", 7), Order("25", 2), Order("35", 2), Order("45", 2)];
        var counted = SingleTransferableVote.Count(6, ballots, 2, Straight(6));

        Assert.Equal(8m, counted.Quota);
        Assert.Equal([0, 1], counted.Winners);
        Assert.Equal(8m, counted.Stages[1].Totals.Single(total => total.Option == 1).Total);

        // and sevenths, which are cut off where they are shown only: 3/7 of 5 and of 2
        var sevenths = SingleTransferableVote.Count(4, [Order("01", 5), Order("02", 2), Order("3", 3), Order("2", 1)], 2, Straight(4));
        Assert.Equal(4m, sevenths.Quota);
        Assert.Equal([(0, 4m), (1, 2.142857m), (2, 1.857142m), (3, 3m)], sevenths.Stages[1].Totals.Select(total => (total.Option, total.Total)));
    }

    [Theory]
    [InlineData(100, 1, 51)]
    [InlineData(100, 3, 26)]
    [InlineData(99, 2, 34)]
    [InlineData(57, 2, 20)]
    [InlineData(1, 5, 1)]
    public void Droop_quota(int votes, int seats, int quota) => Assert.Equal(quota, SingleTransferableVote.Quota(votes, seats));

    [Fact]
    public void The_quota_of_weighted_votes_takes_their_smallest_step_for_one()
    {
        var counted = SingleTransferableVote.Count(2, [Order("0", 1.5m), Order("1", 1.25m)], 1, Straight(2));
        Assert.Equal(1.38m, counted.Quota); // half of 2.75 is 1.375, whose next hundredth is 1.38
        Assert.Equal([0], counted.Winners);
    }

    [Fact]
    public void An_earlier_stage_sets_equals_apart_before_the_lot_does()
    {
        // 2 and 3 are equal in the second round, but 2 had fewer in the first
        RankedBallot[] ballots = [Order("0", 10), Order("1", 9), Order("2", 4), Order("3", 5), Order("42", 1)];
        var counted = InstantRunoff.Count(5, ballots, [2, 3, 4, 1, 0]);
        Assert.Equal([4, 2], counted.Stages.Take(2).Select(stage => stage.Excluded!.Value));
        Assert.Equal((2, "earlier-stage"), (counted.Ties[0].Taken, counted.Ties[0].By));

        // with nothing to set them apart, who comes later in the lot goes
        foreach (var (lot, goes) in new[] { (new[] { 0, 1, 2 }, 2), ([0, 2, 1], 1) })
        {
            var tied = InstantRunoff.Count(3, [Order("0", 3), Order("1", 2), Order("2", 2)], lot);
            Assert.Equal((goes, "lot"), (tied.Stages[0].Excluded!.Value, tied.Ties[0].By));
        }
    }

    [Fact]
    public void Where_nobody_votes_nobody_is_elected()
    {
        Assert.Empty(Totals.Plurality(3, [], 1, Straight(3)).Winners);
        Assert.Empty(InstantRunoff.Count(3, [new RankedBallot([])], Straight(3)).Winners);
        Assert.Empty(Schulze.Count(3, [], 1, Straight(3)).Winners);
        Assert.Empty(SingleTransferableVote.Count(3, [], 2, Straight(3)).Winners);
        Assert.Empty(WeightedGroups.Count(3, [new("All", 1, [0, 0, 0])], 1, Straight(3)).Winners);
        Assert.Equal(3, SingleTransferableVote.Count(3, [], 2, Straight(3)).Order.Count);
    }

    [Fact]
    public void Groups_keep_their_shares_however_many_vote()
    {
        WeightedGroups.Group[] groups = [new("Jury", 50, [3, 2, 0]), new("Public", 50, [1000, 3000, 4000])];
        var counted = WeightedGroups.Count(3, groups, 1, Straight(3));
        Assert.Equal([(1, 38.75m), (0, 36.25m), (2, 25m)], counted.Order.Select(placed => (placed.Option, placed.Total)));

        // a silent jury leaves its share to the public
        var silent = WeightedGroups.Count(3, [groups[0] with { Totals = [0, 0, 0] }, groups[1]], 1, Straight(3));
        Assert.Equal([(2, 50m), (1, 37.5m), (0, 12.5m)], silent.Order.Select(placed => (placed.Option, placed.Total)));
    }

    [Fact]
    public void Permuting_the_ballots_changes_nothing()
    {
        var random = new Random(42);
        for (var round = 0; round < 60; round++)
        {
            var options = random.Next(2, 8);
            var ballots = RandomBallots(random, options, random.Next(1, 60));
            var lot = Shuffled(random, options);
            var expected = Everything(options, ballots, lot);
            random.Shuffle(ballots);
            Assert.Equal(expected, Everything(options, ballots, lot));
            // and so does cutting each pile of equal ballots into single ones
            RankedBallot[] single = [.. ballots.SelectMany(ballot => Enumerable.Repeat(ballot with { Weight = 1 }, (int)ballot.Weight))];
            Assert.Equal(expected, Everything(options, single, lot));
        }
    }

    [Fact]
    public void Renaming_the_options_renames_the_winners()
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var options = random.Next(2, 7);
            var ballots = RandomBallots(random, options, 25);
            var lot = Shuffled(random, options);
            var name = Shuffled(random, options);
            RankedBallot[] renamed = [.. ballots.Select(ballot => ballot with { Places = [.. ballot.Places.Select(place => (IReadOnlyList<int>)[.. place.Select(option => name[option])])] })];
            int[] renamedLot = [.. lot.Select(option => name[option])];
            Assert.Equal(InstantRunoff.Count(options, ballots, lot).Winners.Select(option => name[option]), InstantRunoff.Count(options, renamed, renamedLot).Winners);
            Assert.Equal(Schulze.Count(options, ballots, 2, lot).Winners.Select(option => name[option]), Schulze.Count(options, renamed, 2, renamedLot).Winners);
            Assert.Equal(SingleTransferableVote.Count(options, ballots, 2, lot).Winners.Select(option => name[option]), SingleTransferableVote.Count(options, renamed, 2, renamedLot).Winners);
        }
    }

    [Fact]
    public void Schulze_elects_whoever_beats_everybody_and_never_whom_everybody_beats()
    {
        var random = new Random(3);
        var winners = 0;
        for (var round = 0; round < 300; round++)
        {
            var options = random.Next(3, 7);
            var counted = Schulze.Count(options, RandomBallots(random, options, 15), 1, Shuffled(random, options));
            var all = Enumerable.Range(0, options).ToList();
            foreach (var one in all.Where(one => all.TrueForAll(other => other == one || counted.Pairs![one][other] > counted.Pairs[other][one])))
            {
                winners++;
                Assert.Equal([one], counted.Winners);
            }
            foreach (var one in all.Where(one => all.TrueForAll(other => other == one || counted.Pairs![one][other] < counted.Pairs[other][one]))) Assert.DoesNotContain(one, counted.Winners);
        }
        Assert.InRange(winners, 50, 300);
    }

    [Fact]
    public void Stv_loses_no_vote_fills_the_seats_and_with_one_seat_is_instant_run_off()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var options = random.Next(2, 9);
            var seats = random.Next(1, options + 1);
            var ballots = RandomBallots(random, options, random.Next(1, 50));
            var lot = Shuffled(random, options);
            var counted = SingleTransferableVote.Count(options, ballots, seats, lot);
            Assert.Equal(Math.Min(seats, options), counted.Winners.Distinct().Count());
            Assert.Equal(Enumerable.Range(0, options), counted.Order.Select(placed => placed.Option).Order());
            var votes = ballots.Sum(ballot => ballot.Weight);
            foreach (var stage in counted.Stages) Assert.InRange(votes - stage.Totals.Sum(total => total.Total) - stage.Exhausted, 0m, 0.0001m);
            if (seats == 1) Assert.Equal(InstantRunoff.Count(options, Whole(ballots, options), lot).Winners, SingleTransferableVote.Count(options, Whole(ballots, options), 1, lot).Winners);
        }
    }

    [Fact]
    public void A_solid_majority_gets_its_seats()
    {
        // Droop proportionality: 67 of 100 ballots put 0, 1 and 2 before all others, in whatever order; of four seats, they fill at least three
        var random = new Random(5);
        for (var round = 0; round < 100; round++)
        {
            var ballots = Enumerable.Range(0, 100).Select(number => RankedBallot.Of(1, number < 67
                ? [.. Shuffled(random, 3), .. Shuffled(random, 4).Select(option => option + 3)]
                : [.. Shuffled(random, 4).Select(option => option + 3), .. Shuffled(random, 3)])).ToArray();
            Assert.Equal([0, 1, 2], SingleTransferableVote.Count(7, ballots, 4, Shuffled(random, 7)).Winners.Where(option => option < 3).Order());
        }
    }

    [Fact]
    public void A_hundred_thousand_ballots_are_counted_in_no_time()
    {
        var random = new Random(1);
        RankedBallot[] ballots = [.. Enumerable.Range(0, 100_000).Select(_ => RankedBallot.Of(1, Shuffled(random, 20)))];
        var lot = Straight(20);
        var watch = Stopwatch.StartNew();
        Assert.Single(InstantRunoff.Count(20, ballots, lot).Winners);
        Assert.Single(Schulze.Count(20, ballots, 1, lot).Winners);
        Assert.Equal(6, SingleTransferableVote.Count(20, ballots, 6, lot).Winners.Count);
        // each takes well under two seconds; the limit only says that nothing grows with the square of the ballots
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public void The_lot_can_be_drawn_again_by_anybody()
    {
        var lot = Lot.Draw([1, 2, 3], 5);
        Assert.Equal(lot, Lot.Draw([1, 2, 3], 5));
        Assert.Equal([0, 1, 2, 3, 4], lot.Order());
        Assert.Contains(Enumerable.Range(0, 20), seed => !Lot.Draw([(byte)seed], 5).SequenceEqual(lot));
        // nobody is preferred: over many seeds each comes first about as often
        var firsts = Enumerable.Range(0, 2000).Select(seed => Lot.Draw(BitConverter.GetBytes(seed), 4)[0]).CountBy(first => first).ToDictionary();
        Assert.All(firsts.Values, times => Assert.InRange(times, 400, 600));
    }

    private static string Everything(int options, RankedBallot[] ballots, IReadOnlyList<int> lot)
    {
        var choices = ballots.Select(ballot => new ChoiceBallot([.. ballot.Places.Take(1).SelectMany(place => place)], ballot.Weight)).ToList();
        CountResult[] all =
        [
            Totals.Plurality(options, choices, 1, lot), Totals.Approval(options, choices, 2, lot), InstantRunoff.Count(options, ballots, lot),
            Schulze.Count(options, ballots, 2, lot), SingleTransferableVote.Count(options, ballots, 2, lot),
        ];
        return System.Text.Json.JsonSerializer.Serialize(all);
    }

    private static RankedBallot[] RandomBallots(Random random, int options, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => RankedBallot.Of(random.Next(1, 4), [.. Shuffled(random, options).Take(random.Next(1, options + 1))]))];

    private static RankedBallot[] Whole(RankedBallot[] ballots, int options) =>
        [.. ballots.Select(ballot => RankedBallot.Of(ballot.Weight, [.. ballot.Places.Select(place => place[0]), .. Enumerable.Range(0, options).Except(ballot.Places.Select(place => place[0]))]))];

    private static int[] Shuffled(Random random, int options)
    {
        var order = Straight(options);
        random.Shuffle(order);
        return order;
    }

    private static int[] Straight(int options) => [.. Enumerable.Range(0, options)];

    private static RankedBallot Order(string order, decimal weight) => RankedBallot.Of(weight, [.. order.Select(option => option - '0')]);

    private static RankedBallot Named(string order, decimal weight) => RankedBallot.Of(weight, [.. order.Select(option => option - 'A')]);
}
