namespace Podium.Judging;

/// <summary>That entries are judged by comparing two at a time, and how.</summary>
public sealed record ComparisonRule
{
    /// <summary>Whether judges may say that neither is better.</summary>
    public bool Ties { get; init; }

    /// <summary>How often each entry should be compared; the round is decided when all were, or when time is up.</summary>
    public int PerEntry { get; init; } = 10;

    /// <summary>How many wins and as many losses against an average opponent each entry is given beforehand, so that everybody has a strength.</summary>
    public decimal Prior { get; init; } = 0.5m;
}

/// <summary>How an entry fared.</summary>
/// <param name="Won">How many comparisons it won, ties counting half.</param>
/// <param name="Log">The logarithm of its strength; all of them add up to nothing. With its standard error and 95 % interval.</param>
/// <param name="Share">The share of its comparisons that it won, in per cent.</param>
/// <param name="Score">The chance of being chosen over an average entry, in per cent.</param>
public sealed record ComparedEntry(Guid Id, int Compared, decimal Won, double Log, double StandardError, double Low, double High, decimal? Share, decimal? Score);

/// <summary>From comparisons to strengths and places.</summary>
public static class ComparedRound
{
    public static IReadOnlyList<ComparedEntry> Of(ComparisonRule rule, IReadOnlyList<Guid> entries, IReadOnlyList<Comparison> comparisons)
    {
        if (entries.Count == 0) return [];
        var fit = BradleyTerry.Fit(entries, comparisons, (double)rule.Prior)!;
        var of = entries.ToDictionary(entry => entry, _ => (Compared: 0, Won: 0m));
        foreach (var comparison in comparisons)
        {
            foreach (var id in new[] { comparison.First, comparison.Second }) of[id] = (of[id].Compared + 1, of[id].Won + (comparison.IsTie ? 0.5m : comparison.Winner == id ? 1 : 0));
        }
        return
        [
            .. fit.Strengths().Select(strength => new ComparedEntry(
                strength.Id, of[strength.Id].Compared, of[strength.Id].Won, strength.Log, strength.StandardError, strength.Low, strength.High,
                of[strength.Id].Compared == 0 ? null : Math.Round(100 * of[strength.Id].Won / of[strength.Id].Compared, 4, MidpointRounding.AwayFromZero),
                of[strength.Id].Compared == 0 ? null : Math.Round((decimal)(100 / (1 + Math.Exp(-strength.Log))), 4, MidpointRounding.AwayFromZero))),
        ];
    }

    /// <summary>The places, by the rubric's chain where two have the same score: whom of the tied it beat, each judge's share, the lot.</summary>
    public static IReadOnlyList<Place> Places(IReadOnlyList<ComparedEntry> entries, IReadOnlyList<Comparison> comparisons, IReadOnlyDictionary<Guid, decimal> penalties, IReadOnlyList<TieBreakRule> chain)
    {
        var met = comparisons.SelectMany(one => new[] { (Own: one.First, Other: one.Second, one), (Own: one.Second, Other: one.First, one) }).ToLookup(side => side.Own);
        return Ranking.Rank(
            [
                .. entries.Select(entry => new RankedEntry(entry.Id, Counts(entry, penalties.GetValueOrDefault(entry.Id)))
                {
                    Beaten = met[entry.Id].Where(side => side.one.Winner == entry.Id).GroupBy(side => side.Other).ToDictionary(group => group.Key, group => group.Count()),
                    Totals = met[entry.Id].GroupBy(side => side.one.JudgeId).ToDictionary(group => group.Key, group => Math.Round(100 * group.Sum(side => side.one.IsTie ? 0.5m : side.one.Winner == entry.Id ? 1 : 0) / group.Count(), 4)),
                }),
            ],
            chain);
    }

    /// <summary>What it is ranked by: what came late loses its part.</summary>
    public static decimal? Counts(ComparedEntry entry, decimal penalty) => entry.Score is { } score ? Math.Round(score * (100 - penalty) / 100, 4, MidpointRounding.AwayFromZero) : null;
}
