using Podium.Voting.Counting;

namespace Podium.Voting;

/// <summary>What a voting's ballots come to, by its rules: pure, so that whoever has the rules and the log counts the same.</summary>
public static class CountedVoting
{
    /// <summary>So many equal ballots. Option 0 is a whole ballot with choices, else a vote for that option on its own.</summary>
    public sealed record Ballots(int Option, IReadOnlyList<int>? Choices, decimal Weight, int Group, string? Country, long Count);

    public sealed record OptionInfo(int Number, Guid Id, string Title, bool IsWithdrawn);

    public sealed record Result
    {
        public required VotingMethod Method { get; init; }

        public required int Seats { get; init; }

        /// <summary>How many ballots or votes count, and with what weight.</summary>
        public required long Votes { get; init; }

        public required decimal Weight { get; init; }

        /// <summary>The winners' numbers, in the order of their election.</summary>
        public required IReadOnlyList<int> Winners { get; init; }

        public required IReadOnlyList<Line> Order { get; init; }

        public decimal? Quota { get; init; }

        public IReadOnlyList<Round> Rounds { get; init; } = [];

        /// <summary>The weight that prefers one option to another, in the order of the options that took part.</summary>
        public IReadOnlyList<IReadOnlyList<decimal>>? Pairs { get; init; }

        public IReadOnlyList<IReadOnlyList<decimal>>? Paths { get; init; }

        public IReadOnlyList<TieLine> Ties { get; init; } = [];

        /// <summary>The options that took part, by number; withdrawn ones did not.</summary>
        public required IReadOnlyList<int> Options { get; init; }

        /// <summary>The lot, drawn from this seed: it sets apart what nothing else does.</summary>
        public required string LotSeed { get; init; }

        /// <summary>The last entry of the log that is counted.</summary>
        public required long LastEntryId { get; init; }
    }

    public sealed record Line(int Option, string Title, int Rank, decimal Total)
    {
        public decimal? JuryPoints { get; init; }

        public decimal? PublicPoints { get; init; }
    }

    public sealed record Round(IReadOnlyList<RoundTotal> Totals, decimal Exhausted, IReadOnlyList<int> Elected, int? Excluded, int? SurplusOf);

    public sealed record RoundTotal(int Option, decimal Total);

    public sealed record TieLine(IReadOnlyList<int> Options, int Taken, string By);

    public static Result Count(VotingRules rules, IReadOnlyList<OptionInfo> options, IReadOnlyList<Ballots> ballots, byte[] lotSeed, long lastEntryId, VotingRules? juryRules = null, IReadOnlyList<Ballots>? jury = null)
    {
        var running = options.Where(option => !option.IsWithdrawn).OrderBy(option => option.Number).ToList();
        var places = running.Index().ToDictionary(option => option.Item.Number, option => option.Index);
        var lot = Lot.Draw(lotSeed, running.Count);
        var (counted, lines) = rules.Points is { } points
            ? Points(rules, points, places, ballots, juryRules, jury ?? [], lot)
            : (Count(rules, places, ballots, lot), null);
        int Number(int place) => running[place].Number;
        return new Result
        {
            Method = rules.Method,
            Seats = rules.Seats,
            Votes = ballots.Sum(ballot => ballot.Count),
            Weight = ballots.Sum(ballot => ballot.Count * ballot.Weight),
            Winners = [.. counted.Winners.Select(Number)],
            Order = [.. counted.Order.Select(placed => new Line(Number(placed.Option), running[placed.Option].Title, placed.Rank, placed.Total)
            {
                JuryPoints = lines?[placed.Option].JuryPoints,
                PublicPoints = lines?[placed.Option].PublicPoints,
            })],
            Quota = counted.Quota,
            Rounds = [.. counted.Stages.Select(stage => new Round(
                [.. stage.Totals.Select(total => new RoundTotal(Number(total.Option), total.Total))], stage.Exhausted, [.. stage.Elected.Select(Number)],
                stage.Excluded is { } excluded ? Number(excluded) : null, stage.SurplusOf is { } from ? Number(from) : null))],
            Pairs = counted.Pairs,
            Paths = counted.Paths,
            Ties = [.. counted.Ties.Select(tie => new TieLine([.. tie.Options.Select(Number)], Number(tie.Taken), tie.By))],
            Options = [.. running.Select(option => option.Number)],
            LotSeed = Convert.ToHexStringLower(lotSeed),
            LastEntryId = lastEntryId,
        };
    }

    private static CountResult Count(VotingRules rules, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots, IReadOnlyList<int> lot)
    {
        if (rules.Groups.Any(group => group.Share > 0)) return Shares(rules, places, ballots, lot);
        return rules.Method switch
        {
            VotingMethod.InstantRunoff => InstantRunoff.Count(places.Count, Ranked(places, ballots), lot),
            VotingMethod.Schulze => Schulze.Count(places.Count, Ranked(places, ballots), rules.Seats, lot),
            VotingMethod.Stv => SingleTransferableVote.Count(places.Count, Ranked(places, ballots), rules.Seats, lot),
            _ => Totals.Of(Sums(rules, places, ballots), rules.Seats, lot),
        };
    }

    // group 0 are those in no group: they have no share
    private static CountResult Shares(VotingRules rules, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots, IReadOnlyList<int> lot) => WeightedGroups.Count(
        places.Count,
        [.. rules.Groups.Select((group, index) => new WeightedGroups.Group(group.Name, group.Share, Sums(rules, places, [.. ballots.Where(ballot => ballot.Group == index + 1)])))],
        rules.Seats,
        lot);

    private static decimal[] Sums(VotingRules rules, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots)
    {
        var totals = new decimal[places.Count];
        if (rules.Method == VotingMethod.Score)
        {
            var scored = ballots.Select(ballot => new ScoreBallot(ScoresOf(ballot.Choices!, places), ballot.Weight * ballot.Count));
            foreach (var placed in Totals.Score(places.Count, scored, rules.LowestScore, 1, [.. Enumerable.Range(0, places.Count)]).Order) totals[placed.Option] = placed.Total;
            return totals;
        }
        foreach (var ballot in ballots)
        {
            foreach (var option in ballot.Option > 0 ? [ballot.Option] : ballot.Choices!)
            {
                if (places.TryGetValue(option, out var place)) totals[place] += ballot.Weight * ballot.Count;
            }
        }
        return totals;
    }

    private static Dictionary<int, int> ScoresOf(IReadOnlyList<int> choices, Dictionary<int, int> places)
    {
        var scores = new Dictionary<int, int>();
        for (var i = 0; i < choices.Count; i += 2)
        {
            if (places.TryGetValue(choices[i], out var place)) scores[place] = choices[i + 1];
        }
        return scores;
    }

    private static IEnumerable<RankedBallot> Ranked(Dictionary<int, int> places, IReadOnlyList<Ballots> ballots) =>
        ballots.Select(ballot => new RankedBallot(PlacesOf(ballot.Choices!, places), ballot.Weight * ballot.Count));

    private static List<IReadOnlyList<int>> PlacesOf(IReadOnlyList<int> choices, Dictionary<int, int> places)
    {
        var ranked = new List<List<int>>();
        foreach (var choice in choices)
        {
            if (choice > 0) ranked.Add([]);
            if (places.TryGetValue(Math.Abs(choice), out var option)) ranked[^1].Add(option);
        }
        return [.. ranked.Where(place => place.Count > 0)];
    }

    private static (CountResult Counted, Dictionary<int, PointsContest.Line> Lines) Points(
        VotingRules rules, PointsRules points, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots, VotingRules? juryRules, IReadOnlyList<Ballots> jury, IReadOnlyList<int> lot)
    {
        var panels = new List<PointsContest.Panel>(Panels(PanelKind.Public, rules, points, places, ballots));
        if (juryRules is not null) panels.AddRange(Panels(PanelKind.Jury, juryRules, points, places, jury));
        var counted = PointsContest.Count(
            places.Count, panels, new PointsContest.Rules { Scale = points.Scale, JuryWeight = points.JuryWeight, PublicWeight = points.PublicWeight, TieBreakers = points.TieBreakers }, rules.Seats, lot);
        return (
            new CountResult { Winners = counted.Winners, Order = [.. counted.Lines.Select(line => new Placed(line.Option, line.Rank, line.Points))], Ties = counted.Ties },
            counted.Lines.ToDictionary(line => line.Option));
    }

    private static IEnumerable<PointsContest.Panel> Panels(PanelKind kind, VotingRules rules, PointsRules points, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots) =>
        from panel in ballots.GroupBy(ballot => points.ByCountry ? ballot.Country ?? "" : "").OrderBy(panel => panel.Key, StringComparer.Ordinal)
        select new PointsContest.Panel(panel.Key, kind, Scores(rules, points, places, [.. panel]));

    // rankings give points to their places, as the panel will give to its own
    private static Dictionary<int, decimal> Scores(VotingRules rules, PointsRules points, Dictionary<int, int> places, IReadOnlyList<Ballots> ballots)
    {
        var totals = new decimal[places.Count];
        if (rules.Method is VotingMethod.InstantRunoff or VotingMethod.Stv)
        {
            foreach (var ballot in ballots)
            {
                foreach (var (index, place) in PlacesOf(ballot.Choices!, places).Index().Take(points.Scale.Count)) totals[place[0]] += points.Scale[index] * ballot.Weight * ballot.Count;
            }
        }
        else
        {
            totals = Sums(rules, places, ballots);
        }
        return totals.Index().Where(total => total.Item > 0).ToDictionary(total => total.Index, total => total.Item);
    }
}
