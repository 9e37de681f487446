using Podium.Competitions;

namespace Podium.Running;

/// <summary>An entry of a round with its place, in the part it competes in.</summary>
public sealed record PlacedEntry(Guid Id, string Group, int? Place, decimal? Score);

/// <summary>Whether an entry goes on, and why.</summary>
public sealed record Advance(Guid Id, bool Advances, string Why);

/// <summary>Who goes on to the next round, by rule. Who shares the last place that goes on goes on too.</summary>
public static class Advancing
{
    public static IReadOnlyList<Advance> Decide(IReadOnlyList<PlacedEntry> entries, AdvancingRules rules) =>
        [.. entries.GroupBy(entry => rules.PerField is null ? "" : entry.Group).SelectMany(group => OfGroup([.. group], rules))];

    private static IEnumerable<Advance> OfGroup(List<PlacedEntry> entries, AdvancingRules rules)
    {
        var placed = entries.Where(entry => entry.Place is not null).ToList();
        var reach = rules.By == AdvanceBy.Percent ? (int)Math.Ceiling(placed.Count * rules.Value / 100) : (int)rules.Value;
        foreach (var entry in entries)
        {
            // places are those of the whole round; within the part it counts how many stand before
            var above = placed.Count(other => other.Place < entry.Place);
            yield return entry.Place is null
                ? new Advance(entry.Id, false, "It has no place.")
                : rules.By switch
                {
                    AdvanceBy.All => new Advance(entry.Id, true, "Everybody with a place goes on."),
                    AdvanceBy.Threshold when entry.Score >= rules.Value => new Advance(entry.Id, true, $"Its score reaches {rules.Value:0.##}."),
                    AdvanceBy.Threshold => new Advance(entry.Id, false, $"Its score is below {rules.Value:0.##}."),
                    _ when above < reach => new Advance(entry.Id, true, $"It is among the first {reach}."),
                    _ => new Advance(entry.Id, false, $"{above} stand before it, and {reach} go on."),
                };
        }
    }
}
