using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class PairChoiceTests
{
    private static Guid Id(int number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static readonly string[] Journals = ["Biometrika", "Communications in Statistics", "JASA", "JRSS-B"];

    /// <summary>
    /// Agresti, Categorical Data Analysis (2nd ed. 2002), table 10.11 (from Stigler, Statistical Science 9, 1994): how often the row was cited by the column. Turner and Firth,
    /// "Bradley-Terry Models in R: The BradleyTerry2 Package" (2012), section 2: abilities and standard errors relative to Biometrika.
    /// </summary>
    [Fact]
    public void Citations_between_journals_of_statistics_are_as_published()
    {
        int[][] cited = [[0, 730, 498, 221], [33, 0, 68, 17], [320, 813, 0, 142], [284, 276, 325, 0]];
        List<Comparison> comparisons = [.. from i in Enumerable.Range(0, 4) from j in Enumerable.Range(0, 4) from _ in Enumerable.Range(0, cited[i][j]) select new Comparison(Id(i), Id(j), Id(i), Id(100))];
        var fit = BradleyTerry.Fit([.. Enumerable.Range(0, 4).Select(Id)], comparisons)!;
        (double Ability, double Error)[] published = [(-2.9491, 0.1026), (-0.4796, 0.0606), (0.2690, 0.0708)];
        for (var journal = 1; journal < 4; journal++)
        {
            var (difference, error) = fit.Compare(Id(journal), Id(0));
            Assert.True(Math.Abs(published[journal - 1].Ability - difference) < 6e-5 && Math.Abs(published[journal - 1].Error - error) < 6e-5, $"{Journals[journal]}: {difference}, {error}");
        }
    }

    [Fact]
    public void Strengths_found_one_by_one_are_close_to_those_of_the_whole_fit()
    {
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var items = Enumerable.Range(0, random.Next(2, 15)).Select(Id).ToList();
            List<Comparison> comparisons = [];
            for (var number = 0; number < 60; number++)
            {
                var (first, second) = (random.Next(items.Count), random.Next(items.Count));
                if (first != second) comparisons.Add(new(items[first], items[second], random.Next(5) == 0 ? null : items[random.Next(2) == 0 ? first : second], Id(99)));
            }
            var (whole, each) = (BradleyTerry.Fit(items, comparisons, prior: 0.5)!, PairStrengths.Of(items, comparisons, 0.5));
            for (var i = 1; i < items.Count; i++) Assert.Equal(whole.Compare(items[0], items[i]).Difference, each.Difference(items[0], items[i]), tolerance: 0.01);
        }
    }

    /// <summary>Judges in turn, some with conflicts of interest, until none has anything left.</summary>
    [Fact]
    public void Everybody_is_seen_about_equally_often_nobody_sees_a_pair_twice_and_all_that_may_be_seen_is_seen_in_the_end()
    {
        var random = new Random(7);
        var (entries, judges) = (Enumerable.Range(0, 9).Select(Id).ToList(), Enumerable.Range(100, 4).Select(Id).ToList());
        var conflicts = new HashSet<(Guid, Guid)> { (judges[0], entries[0]), (judges[0], entries[4]), (judges[1], entries[8]) };
        var shown = new List<ShownPair>();
        var waiting = judges.ToList();
        while (waiting.Count > 0)
        {
            var judge = waiting[random.Next(waiting.Count)];
            if (PairChoice.Next(entries, shown, judge, entry => !conflicts.Contains((judge, entry))) is not { } pair)
            {
                waiting.Remove(judge);
                continue;
            }
            Assert.DoesNotContain((judge, pair.Left), conflicts);
            Assert.DoesNotContain((judge, pair.Right), conflicts);
            Assert.DoesNotContain(shown, other => other.JudgeId == judge && ((other.LeftId, other.RightId) == pair || (other.RightId, other.LeftId) == pair));
            shown.Add(new(judge, pair.Left, pair.Right, random.Next(12) switch { 0 => PairAnswer.Skip, 1 => PairAnswer.Tie, _ => pair.Left.CompareTo(pair.Right) > 0 ? PairAnswer.Left : PairAnswer.Right }));
            var seen = entries.Select(entry => shown.Count(other => other.Answer != PairAnswer.Skip && (other.LeftId == entry || other.RightId == entry))).ToList();
            // until the first judges run out of pairs
            if (shown.Count < 60) Assert.True(seen.Max() - seen.Min() <= 4, $"after {shown.Count}: {string.Join(' ', seen)}");
            if (shown.Count is > 20 and < 60) Assert.All(entries, entry => Assert.InRange(shown.Where(other => other.Answer != PairAnswer.Skip).Sum(other => other.LeftId == entry ? 1 : other.RightId == entry ? -1 : 0), -5, 5));
        }
        // of nine entries 36 pairs, of seven 21, of eight 28
        Assert.Equal(21 + 28 + 36 + 36, shown.Count);
    }

    [Fact]
    public void Chosen_pairs_tell_more_than_pairs_by_lot()
    {
        var entries = Enumerable.Range(0, 14).Select(Id).ToList();
        double ErrorOf(bool chosen, int seed)
        {
            var random = new Random(seed);
            var shown = new List<ShownPair>();
            for (var number = 0; number < 90; number++)
            {
                var judge = Id(100 + number % 5);
                var (left, right) = chosen ? PairChoice.Next(entries, shown, judge, _ => true)!.Value : random.GetItems([.. entries], 2) is [var one, var other] && one != other ? (one, other) : (entries[number % 14], entries[(number + 5) % 14]);
                var better = 1 / (1 + Math.Exp(1.2 * (entries.IndexOf(right) - entries.IndexOf(left))));
                shown.Add(new(judge, left, right, random.NextDouble() < better ? PairAnswer.Left : PairAnswer.Right));
            }
            return BradleyTerry.Fit(entries, [.. shown.Select(pair => pair.Told!)], 0.5)!.Strengths().Average(strength => strength.StandardError);
        }
        Assert.True(Enumerable.Range(0, 6).Average(seed => ErrorOf(true, seed)) < Enumerable.Range(0, 6).Average(seed => ErrorOf(false, seed)));
    }

    [Fact]
    public void Scores_are_chances_against_the_average_and_who_was_not_compared_has_none()
    {
        Comparison[] told = [new(Id(0), Id(1), Id(0), Id(9)), new(Id(1), Id(2), Id(1), Id(9)), new(Id(0), Id(2), Id(0), Id(8)), new(Id(0), Id(1), null, Id(8))];
        var of = ComparedRound.Of(new ComparisonRule(), [Id(0), Id(1), Id(2), Id(3)], told).ToDictionary(entry => entry.Id);
        Assert.Equal((3, 2.5m, 83.3333m), (of[Id(0)].Compared, of[Id(0)].Won, of[Id(0)].Share!.Value));
        Assert.True(of[Id(0)].Score > 50 && of[Id(0)].Score > of[Id(1)].Score && of[Id(1)].Score > of[Id(2)].Score);
        Assert.Equal((0, null), (of[Id(3)].Compared, of[Id(3)].Score));
        Assert.All(of.Values, entry => Assert.True(entry.Low < entry.Log && entry.Log < entry.High));
        Assert.False(BradleyTerry.IsDetermined([.. of.Keys], told));
        var places = ComparedRound.Places([.. of.Values], told, new Dictionary<Guid, decimal> { [Id(0)] = 100 }, []);
        Assert.Equal([(1, 1), (2, 2), (0, 3)], places.Where(place => place.Rank is not null).Select(place => (BitConverter.ToInt32(place.Id.ToByteArray()), place.Rank!.Value)));
        Assert.Null(places.Single(place => place.Id == Id(3)).Rank);
    }

    /// <summary>Two rings of equal strength; the chain parts those of the same score by whom they beat.</summary>
    [Fact]
    public void Of_equals_who_beat_the_other_is_first()
    {
        Comparison[] told = [new(Id(0), Id(1), Id(1), Id(9)), new(Id(0), Id(2), Id(0), Id(9)), new(Id(1), Id(3), Id(3), Id(9)), new(Id(2), Id(3), Id(2), Id(9))];
        var entries = ComparedRound.Of(new ComparisonRule(), [Id(0), Id(1), Id(2), Id(3)], told);
        Assert.Single(entries.Select(entry => entry.Score).Distinct());
        var pair = entries.Where(entry => entry.Id == Id(0) || entry.Id == Id(1)).ToList();
        Assert.Equal([(Id(1), 1), (Id(0), 2)], ComparedRound.Places(pair, told, new Dictionary<Guid, decimal>(), [new TieBreakRule(TieBreak.HeadToHead)]).Select(place => (place.Id, place.Rank!.Value)));
        Assert.All(ComparedRound.Places(pair, told, new Dictionary<Guid, decimal>(), []), place => Assert.True(place.Shared));
    }
}
