namespace Podium.Judging;

/// <summary>By what a medal is given.</summary>
public enum MedalBy
{
    /// <summary>So many places.</summary>
    Places,

    /// <summary>So many of a hundred of those who have a rank, rounded up.</summary>
    Percent,

    /// <summary>Everybody from this score on.</summary>
    Score,
}

/// <summary>One medal or prize: gold to the first two places, bronze to everybody from 60 points on.</summary>
public sealed record MedalRule(string Name, MedalBy By, decimal Value);

/// <summary>Gives medals and prizes by rule, best first; each entry gets the best it earns.</summary>
public static class Medals
{
    /// <summary>
    /// Who shares the last place that a medal reaches gets it too, and the next medal begins behind them: places that were shared are used up,
    /// so two golds for one place leave no silver if there was one place for it.
    /// </summary>
    public static IReadOnlyDictionary<Guid, string> Give(IReadOnlyList<Place> places, IReadOnlyDictionary<Guid, decimal?> scores, IReadOnlyList<MedalRule> rules)
    {
        var ranked = places.Where(place => place.Rank is not null).OrderBy(place => place.Rank).ThenBy(place => place.Id).ToList();
        var (medals, reach) = (new Dictionary<Guid, string>(), 0);
        foreach (var rule in rules)
        {
            reach += rule.By switch
            {
                MedalBy.Places => (int)rule.Value,
                MedalBy.Percent => (int)Math.Ceiling(ranked.Count * rule.Value / 100),
                _ => 0,
            };
            for (var position = 0; position < ranked.Count; position++)
            {
                var place = ranked[position];
                var above = ranked.FindIndex(other => other.Rank == place.Rank);
                var earned = rule.By == MedalBy.Score ? scores.GetValueOrDefault(place.Id) >= rule.Value : above < reach;
                if (earned) medals.TryAdd(place.Id, rule.Name);
            }
        }
        return medals;
    }
}
