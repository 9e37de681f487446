namespace Podium.Voting.Counting;

/// <summary>
/// Instant run-off: each ballot counts for its first option still in the count; who has more than half of the weight that still counts wins,
/// else the last is excluded and the next round counts anew.
/// </summary>
public static class InstantRunoff
{
    public static CountResult Count(int options, IEnumerable<RankedBallot> ballots, IReadOnlyList<int> lot)
    {
        var piles = new PreferencePiles(options, ballots);
        var all = piles.Total;
        var runs = Enumerable.Repeat(true, options).ToArray();
        var at = new int[piles.Count];
        var (stages, ties, earlier, excluded) = (new List<Stage>(), new List<Tie>(), new List<Rational[]>(), new List<(int Option, decimal Total)>());
        var totals = new decimal[options];
        int? winner = null;
        while (all > 0 && winner is null)
        {
            Array.Clear(totals);
            for (var pile = 0; pile < piles.Count; pile++)
            {
                if (at[pile] < 0) continue;
                at[pile] = piles.Next(pile, at[pile], runs);
                if (at[pile] >= 0) totals[piles.Option(pile, at[pile])] += piles.Weight(pile);
            }
            var running = Enumerable.Range(0, options).Where(option => runs[option]).ToList();
            var counted = totals.Sum();
            var leader = running.MaxBy(option => totals[option]);
            // the last one left wins, even where no ballot names anybody still running
            if (totals[leader] * 2 > counted || running.Count == 1) winner = leader;
            int? goes = null;
            if (winner is null)
            {
                var fewest = running.Min(option => totals[option]);
                goes = TieBreak.Take([.. running.Where(option => totals[option] == fewest)], earlier, lot, most: false, ties);
                runs[goes.Value] = false;
                excluded.Add((goes.Value, totals[goes.Value]));
            }
            stages.Add(new Stage([.. running.Select(option => new StageTotal(option, totals[option]))], all - counted, winner is { } won ? [won] : [], goes, null));
            earlier.Add([.. totals.Select(total => (Rational)total)]);
        }
        return new CountResult { Winners = winner is { } one ? [one] : [], Order = Order(options, totals, runs, winner, excluded, lot), Stages = stages, Ties = ties };
    }

    // the winner, then who was left by their last totals, then the excluded, the last of them first
    private static List<Placed> Order(int options, decimal[] totals, bool[] runs, int? winner, List<(int Option, decimal Total)> excluded, IReadOnlyList<int> lot)
    {
        var left = Enumerable.Range(0, options).Where(option => runs[option]).OrderByDescending(option => option == winner).ThenByDescending(option => totals[option]).ThenBy(option => TieBreak.Place(lot, option)).ToList();
        var placed = new List<Placed>();
        foreach (var option in left)
        {
            var isEqual = placed.Count > 0 && placed[^1].Option != winner && placed[^1].Total == totals[option];
            placed.Add(new Placed(option, isEqual || winner is null && placed.Count > 0 ? placed[^1].Rank : placed.Count + 1, totals[option]));
        }
        for (var i = excluded.Count - 1; i >= 0; i--) placed.Add(new Placed(excluded[i].Option, placed.Count + 1, excluded[i].Total));
        return placed;
    }
}
