namespace Podium.Voting.Counting;

/// <summary>A ballot that ranks: places from the first on, each with the options that stand there together. Options it does not name are its last, all together.</summary>
public sealed record RankedBallot(IReadOnlyList<IReadOnlyList<int>> Places, decimal Weight = 1)
{
    /// <summary>A ballot without equal places.</summary>
    public static RankedBallot Of(decimal weight, params IReadOnlyList<int> order) => new([.. order.Select(option => (IReadOnlyList<int>)[option])], weight);
}

/// <summary>A ballot that chooses: one option, or all that it approves.</summary>
public sealed record ChoiceBallot(IReadOnlyList<int> Options, decimal Weight = 1);

/// <summary>A ballot that gives scores.</summary>
public sealed record ScoreBallot(IReadOnlyDictionary<int, int> Scores, decimal Weight = 1);

/// <summary>
/// What a count gives. Options are numbers from zero. Placed are all options, best first; those that nothing but the lot sets apart share a rank.
/// </summary>
public sealed record CountResult
{
    public required IReadOnlyList<int> Winners { get; init; }

    public required IReadOnlyList<Placed> Order { get; init; }

    /// <summary>What the winners had to reach, where the method has such a thing.</summary>
    public decimal? Quota { get; init; }

    public IReadOnlyList<Stage> Stages { get; init; } = [];

    /// <summary>For each pair, the weight of the ballots that prefer the first (row) to the second (column); methods that compare pairs.</summary>
    public IReadOnlyList<IReadOnlyList<decimal>>? Pairs { get; init; }

    /// <summary>For each pair the strength of the strongest path; Schulze's method.</summary>
    public IReadOnlyList<IReadOnlyList<decimal>>? Paths { get; init; }

    /// <summary>Where equals had to be set apart, and how.</summary>
    public IReadOnlyList<Tie> Ties { get; init; } = [];
}

/// <summary>An option with its rank; equal ranks are shared, and the next is as many further.</summary>
public sealed record Placed(int Option, int Rank, decimal Total);

/// <summary>One step of a count in rounds: who had how much, and what was done. Totals are cut off after six digits; the count is not.</summary>
public sealed record Stage(IReadOnlyList<StageTotal> Totals, decimal Exhausted, IReadOnlyList<int> Elected, int? Excluded, int? SurplusOf);

public sealed record StageTotal(int Option, decimal Total);

/// <summary>Equal options, the one that was taken from among them, and the rule that did: an earlier stage, or the lot.</summary>
public sealed record Tie(IReadOnlyList<int> Options, int Taken, string By);
