namespace Podium.Voting.Counting;

/// <summary>Schulze's method with winning votes: an option beats another where its strongest path to it is stronger than the way back.</summary>
public static class Schulze
{
    public static CountResult Count(int options, IEnumerable<RankedBallot> ballots, int seats, IReadOnlyList<int> lot)
    {
        var pairs = Pairs(options, ballots);
        var paths = Paths(options, pairs);
        var beatenBy = new int[options];
        var beats = new int[options];
        for (var one = 0; one < options; one++)
        {
            for (var other = 0; other < options; other++)
            {
                if (one == other || paths[one][other] <= paths[other][one]) continue;
                beatenBy[other]++;
                beats[one]++;
            }
        }
        var places = new int[options];
        for (var place = 0; place < options; place++) places[lot[place]] = place;
        // who is beaten stands behind who beats it, for beating is transitive; the lot sets apart only who neither beats the other
        var order = Enumerable.Range(0, options).OrderBy(option => beatenBy[option]).ThenByDescending(option => beats[option]).ThenBy(option => places[option]).ToList();
        var placed = new List<Placed>();
        foreach (var option in order)
        {
            var isEqual = placed.Count > 0 && beatenBy[placed[^1].Option] == beatenBy[option] && beats[placed[^1].Option] == beats[option];
            placed.Add(new Placed(option, isEqual ? placed[^1].Rank : placed.Count + 1, beats[option]));
        }
        var hasVotes = pairs.Any(row => row.Any(weight => weight > 0));
        var winners = hasVotes ? order.Take(seats).ToList() : [];
        return new CountResult { Winners = winners, Order = placed, Pairs = pairs, Paths = paths, Ties = hasVotes ? Ties(placed, winners) : [] };
    }

    private static List<Tie> Ties(List<Placed> placed, List<int> winners)
    {
        if (winners.Count >= placed.Count || placed[winners.Count - 1].Rank != placed[winners.Count].Rank) return [];
        var equals = placed.Where(other => other.Rank == placed[winners.Count].Rank).Select(other => other.Option).Order().ToList();
        return [.. winners.Where(equals.Contains).Select(winner => new Tie(equals, winner, TieBreak.Lot))];
    }

    private static decimal[][] Pairs(int options, IEnumerable<RankedBallot> ballots)
    {
        var pairs = Table(options);
        var later = new bool[options];
        foreach (var ballot in ballots)
        {
            Array.Fill(later, true);
            foreach (var place in ballot.Places)
            {
                // an option that was named before keeps its first place
                var here = place.Where(option => later[option]).Distinct().ToList();
                foreach (var option in here) later[option] = false;
                foreach (var option in here)
                {
                    var row = pairs[option];
                    for (var other = 0; other < options; other++)
                    {
                        if (later[other]) row[other] += ballot.Weight;
                    }
                }
            }
        }
        return pairs;
    }

    private static decimal[][] Paths(int options, decimal[][] pairs)
    {
        var paths = Table(options);
        for (var from = 0; from < options; from++)
        {
            for (var to = 0; to < options; to++) paths[from][to] = from != to && pairs[from][to] > pairs[to][from] ? pairs[from][to] : 0;
        }
        for (var by = 0; by < options; by++)
        {
            for (var from = 0; from < options; from++)
            {
                if (from == by) continue;
                for (var to = 0; to < options; to++)
                {
                    if (to != by && to != from) paths[from][to] = Math.Max(paths[from][to], Math.Min(paths[from][by], paths[by][to]));
                }
            }
        }
        return paths;
    }

    private static decimal[][] Table(int size) => [.. Enumerable.Range(0, size).Select(_ => new decimal[size])];
}
