namespace Podium.Voting.Counting;

/// <summary>Methods that add up: plurality, approval, score.</summary>
public static class Totals
{
    /// <summary>Each ballot counts its weight for the one option it names; most weight wins. A ballot with none or several options is void.</summary>
    public static CountResult Plurality(int options, IEnumerable<ChoiceBallot> ballots, int seats, IReadOnlyList<int> lot)
    {
        var totals = new decimal[options];
        foreach (var ballot in ballots)
        {
            if (ballot.Options.Count == 1) totals[ballot.Options[0]] += ballot.Weight;
        }
        return Of(totals, seats, lot);
    }

    /// <summary>Each ballot counts its weight for every option it names, each once; most weight wins.</summary>
    public static CountResult Approval(int options, IEnumerable<ChoiceBallot> ballots, int seats, IReadOnlyList<int> lot)
    {
        var totals = new decimal[options];
        foreach (var ballot in ballots)
        {
            foreach (var option in ballot.Options.Distinct()) totals[option] += ballot.Weight;
        }
        return Of(totals, seats, lot);
    }

    /// <summary>Each ballot gives each option its score times its weight; an option it does not score gets the scale's lowest. The highest sum wins.</summary>
    public static CountResult Score(int options, IEnumerable<ScoreBallot> ballots, int lowest, int seats, IReadOnlyList<int> lot)
    {
        var totals = new decimal[options];
        decimal floor = 0;
        foreach (var ballot in ballots)
        {
            floor += lowest * ballot.Weight;
            foreach (var (option, score) in ballot.Scores) totals[option] += (score - lowest) * ballot.Weight;
        }
        for (var option = 0; option < options; option++) totals[option] += floor;
        return Of(totals, seats, lot);
    }

    /// <summary>Ranks by totals. Where more options are equal than there are seats left, the lot says who wins; they share their rank all the same.</summary>
    public static CountResult Of(IReadOnlyList<decimal> totals, int seats, IReadOnlyList<int> lot)
    {
        var places = new int[lot.Count];
        for (var place = 0; place < lot.Count; place++) places[lot[place]] = place;
        var order = Enumerable.Range(0, totals.Count).OrderByDescending(option => totals[option]).ThenBy(option => places[option]).ToList();
        var placed = new List<Placed>(order.Count);
        for (var i = 0; i < order.Count; i++)
        {
            var isEqual = i > 0 && totals[order[i]] == totals[order[i - 1]];
            placed.Add(new Placed(order[i], isEqual ? placed[i - 1].Rank : i + 1, totals[order[i]]));
        }
        var hasVotes = totals.Any(total => total != 0);
        var winners = hasVotes ? order.Take(seats).ToList() : [];
        var ties = new List<Tie>();
        if (hasVotes && seats < order.Count && totals[order[seats - 1]] == totals[order[seats]])
        {
            var equals = order.Where(option => totals[option] == totals[order[seats]]).Order().ToList();
            ties.AddRange(winners.Where(equals.Contains).Select(winner => new Tie(equals, winner, TieBreak.Lot)));
        }
        return new CountResult { Winners = winners, Order = placed, Ties = ties };
    }
}
