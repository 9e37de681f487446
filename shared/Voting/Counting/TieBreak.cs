namespace Podium.Voting.Counting;

/// <summary>Sets equals apart: by what they had at earlier stages, the latest first; by lot where they were equal at all of them.</summary>
internal static class TieBreak
{
    public const string Stage = "earlier-stage";
    public const string Lot = "lot";

    /// <summary>The one of them that is to be taken first (most) or to go (fewest). The lot prefers who stands earlier in it.</summary>
    public static int Take(IReadOnlyList<int> equals, IReadOnlyList<Rational[]> earlier, IReadOnlyList<int> lot, bool most, List<Tie> ties)
    {
        if (equals.Count == 1) return equals[0];
        var left = equals;
        for (var stage = earlier.Count - 1; stage >= 0 && left.Count > 1; stage--)
        {
            var totals = earlier[stage];
            var best = most ? left.Max(option => totals[option]) : left.Min(option => totals[option]);
            left = [.. left.Where(option => totals[option] == best)];
        }
        var taken = left.Count == 1 ? left[0] : most ? left.MinBy(option => Place(lot, option)) : left.MaxBy(option => Place(lot, option));
        ties.Add(new Tie([.. equals.Order()], taken, left.Count == 1 ? Stage : Lot));
        return taken;
    }

    public static int Place(IReadOnlyList<int> lot, int option)
    {
        for (var place = 0; place < lot.Count; place++)
        {
            if (lot[place] == option) return place;
        }
        throw new ArgumentException($"The lot names no option {option}.", nameof(lot));
    }
}
