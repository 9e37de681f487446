namespace Podium.Voting.Counting;

/// <summary>Groups whose shares are fixed however many of each vote: a jury's half stays a half.</summary>
public static class WeightedGroups
{
    /// <summary>A group: its share of the whole, and what its votes gave each option.</summary>
    public sealed record Group(string Name, decimal Share, IReadOnlyList<decimal> Totals);

    /// <summary>
    /// Each option's part of each group's votes times the group's share, of 100 in all. A group in which nobody voted has no say:
    /// the others' shares grow in proportion.
    /// </summary>
    public static CountResult Count(int options, IReadOnlyList<Group> groups, int seats, IReadOnlyList<int> lot)
    {
        var exact = new Rational[options];
        var heard = groups.Where(group => group.Share > 0 && group.Totals.Sum() > 0).ToList();
        Rational shares = heard.Sum(group => group.Share);
        foreach (var group in heard)
        {
            Rational votes = group.Totals.Sum();
            for (var option = 0; option < options; option++) exact[option] += 100m * group.Share / shares * group.Totals[option] / votes;
        }
        return Ranked.Of(exact, seats, lot);
    }
}

/// <summary>Ranks by exact totals.</summary>
internal static class Ranked
{
    // equal fractions become equal numbers, and their order stays: places stand for them while ranking
    public static CountResult Of(IReadOnlyList<Rational> totals, int seats, IReadOnlyList<int> lot)
    {
        var steps = totals.Distinct().Order().ToList();
        var byPlace = Totals.Of([.. totals.Select(total => total.IsZero ? 0m : steps.BinarySearch(total) + 1)], seats, lot);
        return byPlace with { Order = [.. byPlace.Order.Select(placed => placed with { Total = totals[placed.Option].ToDecimal() })] };
    }
}
