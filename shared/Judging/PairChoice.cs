namespace Podium.Judging;

/// <summary>What a judge said of two entries, or says next to nothing of: a pair that is open or was skipped teaches nothing, and is not shown to them again.</summary>
public sealed record ShownPair(Guid JudgeId, Guid LeftId, Guid RightId, PairAnswer? Answer)
{
    /// <summary>As a comparison; null where nothing was said.</summary>
    public Comparison? Told => Answer switch
    {
        PairAnswer.Left => new Comparison(LeftId, RightId, LeftId, JudgeId),
        PairAnswer.Right => new Comparison(LeftId, RightId, RightId, JudgeId),
        PairAnswer.Tie => new Comparison(LeftId, RightId, null, JudgeId),
        _ => null,
    };
}

/// <summary>What a judge may say of two entries.</summary>
public enum PairAnswer
{
    Left,
    Right,

    /// <summary>Neither is better; only where the rubric allows it.</summary>
    Tie,

    /// <summary>The judge cannot or will not say.</summary>
    Skip,
}

/// <summary>Which two entries a judge compares next.</summary>
public static class PairChoice
{
    /// <summary>How far a partner may be ahead of who was seen least.</summary>
    private const int Slack = 2;

    // wins and losses against an average opponent that keep the fit finite while little is known
    private const double Prior = 0.5;

    /// <summary>
    /// Of the pairs that the judge may see and has not seen: one of the entries is the least seen of all in such pairs, the other hardly more; among those the pair
    /// whose comparison tells most. What others look at just now counts as told, so that two judges who ask at once get different pairs. Null when none is left.
    /// </summary>
    public static (Guid Left, Guid Right)? Next(IReadOnlyList<Guid> entries, IReadOnlyList<ShownPair> shown, Guid judge, Func<Guid, bool> mayJudge)
    {
        var mine = entries.Where(mayJudge).ToList();
        var seen = shown.Where(pair => pair.JudgeId == judge).Select(pair => Key(pair.LeftId, pair.RightId)).ToHashSet();
        var known = entries.ToHashSet();
        var counted = shown.Where(pair => pair.Answer != PairAnswer.Skip && known.Contains(pair.LeftId) && known.Contains(pair.RightId)).ToList();
        var exposure = entries.ToDictionary(entry => entry, _ => 0);
        foreach (var pair in counted) (exposure[pair.LeftId], exposure[pair.RightId]) = (exposure[pair.LeftId] + 1, exposure[pair.RightId] + 1);
        foreach (var least in mine.GroupBy(entry => exposure[entry]).OrderBy(group => group.Key))
        {
            foreach (var slack in new[] { Slack, int.MaxValue - least.Key })
            {
                var pairs = least.SelectMany(one => mine.Where(other => other != one && exposure[other] >= least.Key && exposure[other] <= least.Key + slack && !seen.Contains(Key(one, other))).Select(other => Key(one, other))).ToHashSet();
                if (pairs.Count == 0) continue;
                // an open pair counts as a tie: it adds what is known and moves nobody
                var fit = PairStrengths.Of(entries, [.. counted.Select(pair => pair.Told ?? new Comparison(pair.LeftId, pair.RightId, null, pair.JudgeId))], Prior);
                var (first, second) = pairs.OrderByDescending(pair => Math.Round(fit.Gain(pair.First, pair.Second), 9)).ThenBy(pair => pair.First).ThenBy(pair => pair.Second).First();
                return Sides(first, second, counted);
            }
        }
        return null;
    }

    /// <summary>On the left who was there less often than on the right, so that no side is anybody's.</summary>
    private static (Guid Left, Guid Right) Sides(Guid first, Guid second, List<ShownPair> shown)
    {
        int Leaning(Guid entry) => shown.Sum(pair => pair.LeftId == entry ? 1 : pair.RightId == entry ? -1 : 0);
        var (one, other) = (Leaning(first), Leaning(second));
        return one < other || (one == other && shown.Count % 2 == 0) ? (first, second) : (second, first);
    }

    private static (Guid First, Guid Second) Key(Guid one, Guid other) => one.CompareTo(other) < 0 ? (one, other) : (other, one);
}

/// <summary>
/// The strengths of Bradley and Terry's model, found entry by entry (each step solves for one logarithm, all others held): what Newton's method finds, but that
/// here the prior alone and no rule keeps their sum near nothing, at the cost of the comparisons there are instead of the cube of the entries. How sure each is comes from
/// its own information alone.
/// </summary>
public sealed class PairStrengths
{
    private readonly Dictionary<Guid, int> _index;
    private readonly double[] _log;
    private readonly double[] _information;

    private PairStrengths(Dictionary<Guid, int> index, double[] log, double[] information) => (_index, _log, _information) = (index, log, information);

    public static PairStrengths Of(IReadOnlyList<Guid> items, IReadOnlyList<Comparison> comparisons, double prior)
    {
        var index = items.Select((id, place) => (id, place)).ToDictionary(pair => pair.id, pair => pair.place);
        var wins = new double[items.Count];
        var met = new Dictionary<int, double>[items.Count];
        for (var i = 0; i < items.Count; i++) met[i] = [];
        foreach (var comparison in comparisons)
        {
            var (first, second) = (index[comparison.First], index[comparison.Second]);
            wins[first] += comparison.IsTie ? 0.5 : comparison.Winner == comparison.First ? 1 : 0;
            wins[second] += comparison.IsTie ? 0.5 : comparison.Winner == comparison.Second ? 1 : 0;
            met[first][second] = met[first].GetValueOrDefault(second) + 1;
            met[second][first] = met[second].GetValueOrDefault(first) + 1;
        }
        var log = new double[items.Count];
        for (var sweep = 0; sweep < 500; sweep++)
        {
            var most = 0.0;
            for (var i = 0; i < log.Length; i++)
            {
                var (gradient, information) = Slope(i);
                var step = Math.Clamp(gradient / information, -1, 1);
                log[i] += step;
                most = Math.Max(most, Math.Abs(step));
            }
            if (most < 1e-10) break;
        }
        return new PairStrengths(index, log, [.. Enumerable.Range(0, log.Length).Select(i => Slope(i).Information)]);

        (double Gradient, double Information) Slope(int i)
        {
            var own = 1 / (1 + Math.Exp(-log[i]));
            var (gradient, information) = (wins[i] + prior * (1 - 2 * own), 2 * prior * own * (1 - own));
            foreach (var (j, times) in met[i])
            {
                var chance = 1 / (1 + Math.Exp(log[j] - log[i]));
                gradient -= times * chance;
                information += times * chance * (1 - chance);
            }
            return (gradient, information);
        }
    }

    /// <summary>How far the first is above the second.</summary>
    public double Difference(Guid first, Guid second) => _log[_index[first]] - _log[_index[second]];

    /// <summary>How much a comparison of the two would tell: ln(1 + p(1 − p)·(1/Iᵢ + 1/Iⱼ)).</summary>
    public double Gain(Guid first, Guid second)
    {
        var (i, j) = (_index[first], _index[second]);
        var chance = 1 / (1 + Math.Exp(_log[j] - _log[i]));
        return Math.Log(1 + chance * (1 - chance) * (1 / _information[i] + 1 / _information[j]));
    }
}
