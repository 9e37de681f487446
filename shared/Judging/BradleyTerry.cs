namespace Podium.Judging;

/// <summary>A judge saw two things and chose one, or neither (null): a tie counts half for each.</summary>
public sealed record Comparison(Guid First, Guid Second, Guid? Winner, Guid JudgeId)
{
    public bool IsTie => Winner is null;
}

/// <summary>How strong something is: the logarithm of its strength (all add up to nothing), its standard error and its 95 % interval.</summary>
public sealed record Strength(Guid Id, double Log, double StandardError, double Low, double High, int Compared);

/// <summary>How far a judge's choices agree with what all others' choices tell.</summary>
/// <param name="Agreeing">The share of choices for what the others hold stronger (ties half).</param>
/// <param name="Expected">The share that an average judge would have had on the same pairs.</param>
/// <param name="Deviations">How far the first is from the second, in standard deviations: far below zero is a judge who chooses otherwise, or at random.</param>
public sealed record JudgeReliability(Guid JudgeId, int Comparisons, double Agreeing, double Expected, double Deviations);

/// <summary>
/// The model of Bradley and Terry: i is chosen over j with probability pᵢ/(pᵢ + pⱼ). Fitted by maximum likelihood (Newton's method on the logarithms).
/// </summary>
public sealed class BradleyTerry
{
    private readonly Dictionary<Guid, int> _index;
    private readonly double[] _log;
    private readonly Lazy<double[,]> _known;
    private readonly double[,] _wins;

    private BradleyTerry(IReadOnlyList<Guid> items, double[] log, double[,] wins, double prior)
    {
        (Items, _log, _wins, Prior) = (items, log, wins, prior);
        _known = new(() => Covariance(wins, prior, log));
        _index = items.Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index);
    }

    public IReadOnlyList<Guid> Items { get; }

    /// <summary>How many wins and as many losses against an average opponent everything was given beforehand; 0 is plain maximum likelihood.</summary>
    public double Prior { get; }

    /// <summary>
    /// The fit; null if there is none: with no prior, strengths exist only if, however the things are cut in two parts, something of each part
    /// was chosen over something of the other (Ford's condition).
    /// </summary>
    public static BradleyTerry? Fit(IReadOnlyList<Guid> items, IReadOnlyList<Comparison> comparisons, double prior = 0)
    {
        var index = items.Select((id, position) => (id, position)).ToDictionary(pair => pair.id, pair => pair.position);
        var wins = new double[items.Count, items.Count];
        foreach (var comparison in comparisons)
        {
            var (first, second) = (index[comparison.First], index[comparison.Second]);
            if (first == second) throw new ArgumentException("A thing cannot be compared with itself.", nameof(comparisons));
            if (!comparison.IsTie && comparison.Winner != comparison.First && comparison.Winner != comparison.Second) throw new ArgumentException("Who won was not in the comparison.", nameof(comparisons));
            wins[first, second] += comparison.IsTie ? 0.5 : comparison.Winner == comparison.First ? 1 : 0;
            wins[second, first] += comparison.IsTie ? 0.5 : comparison.Winner == comparison.Second ? 1 : 0;
        }
        if (items.Count == 0 || (prior <= 0 && !IsConnected(wins))) return null;
        var log = Maximise(wins, prior);
        return new BradleyTerry(items, log, wins, prior);
    }

    /// <summary>Whether the comparisons alone determine all strengths (Ford's condition).</summary>
    public static bool IsDetermined(IReadOnlyList<Guid> items, IReadOnlyList<Comparison> comparisons)
    {
        if (items.Count < 2) return items.Count == 1;
        var index = items.Select((id, position) => (id, position)).ToDictionary(pair => pair.id, pair => pair.position);
        var wins = new double[items.Count, items.Count];
        foreach (var comparison in comparisons)
        {
            var (first, second) = (index[comparison.First], index[comparison.Second]);
            if (comparison.IsTie || comparison.Winner == comparison.First) wins[first, second]++;
            if (comparison.IsTie || comparison.Winner == comparison.Second) wins[second, first]++;
        }
        return IsConnected(wins);
    }

    // worked out when first asked for: strengths alone do not need it, and it costs the cube of the entries
    private double[,] Known => _known.Value;

    public IReadOnlyList<Strength> Strengths() =>
    [
        .. Items.Select((id, i) =>
        {
            var error = Math.Sqrt(Math.Max(0, Known[i, i]));
            return new Strength(id, _log[i], error, _log[i] - 1.959964 * error, _log[i] + 1.959964 * error, (int)Math.Round(Enumerable.Range(0, Items.Count).Sum(j => _wins[i, j] + _wins[j, i])));
        }),
    ];

    /// <summary>The chance that the first is chosen over the second.</summary>
    public double Chance(Guid first, Guid second) => Logistic(_log[_index[first]] - _log[_index[second]]);

    /// <summary>How much the first is above the second, and the standard error of that.</summary>
    public (double Difference, double StandardError) Compare(Guid first, Guid second)
    {
        var (i, j) = (_index[first], _index[second]);
        return (_log[i] - _log[j], Math.Sqrt(Math.Max(0, Known[i, i] + Known[j, j] - 2 * Known[i, j])));
    }

    /// <summary>
    /// The pair whose comparison tells most: the gain in the logarithm of the information's determinant, ln(1 + p(1 − p)·Var(difference)).
    /// Of equals the first in order of the items.
    /// </summary>
    public (Guid First, Guid Second, double Gain)? NextPair(Func<Guid, Guid, bool>? allowed = null)
    {
        (Guid, Guid, double Gain)? best = null;
        for (var i = 0; i < Items.Count; i++)
        {
            for (var j = i + 1; j < Items.Count; j++)
            {
                if (allowed is not null && !allowed(Items[i], Items[j])) continue;
                var chance = Logistic(_log[i] - _log[j]);
                var gain = Math.Log(1 + chance * (1 - chance) * (Known[i, i] + Known[j, j] - 2 * Known[i, j]));
                if (best is null || gain > best.Value.Gain + 1e-12) best = (Items[i], Items[j], gain);
            }
        }
        return best;
    }

    /// <summary>Each judge against a fit of all other judges' choices; a prior of one half keeps those fits finite.</summary>
    public static IReadOnlyList<JudgeReliability> Reliabilities(IReadOnlyList<Guid> items, IReadOnlyList<Comparison> comparisons)
    {
        var result = new List<JudgeReliability>();
        foreach (var own in comparisons.GroupBy(comparison => comparison.JudgeId).OrderBy(group => group.Key))
        {
            var others = PairStrengths.Of(items, [.. comparisons.Where(comparison => comparison.JudgeId != own.Key)], prior: 0.5);
            var (agreeing, expected, variance) = (0.0, 0.0, 0.0);
            foreach (var comparison in own)
            {
                var chance = Logistic(others.Difference(comparison.First, comparison.Second));
                var better = Math.Max(chance, 1 - chance);
                agreeing += comparison.IsTie || chance == 0.5 ? 0.5 : chance > 0.5 == (comparison.Winner == comparison.First) ? 1 : 0;
                expected += better;
                variance += better * (1 - better);
            }
            result.Add(new JudgeReliability(own.Key, own.Count(), agreeing / own.Count(), expected / own.Count(), variance == 0 ? 0 : (agreeing - expected) / Math.Sqrt(variance)));
        }
        return result;
    }

    private static double[] Maximise(double[,] wins, double prior)
    {
        var n = wins.GetLength(0);
        var log = new double[n];
        for (var round = 0; round < 200; round++)
        {
            var (gradient, information) = Slope(wins, prior, log);
            var step = LinearAlgebra.Solve(information, gradient);
            var (size, most) = (1.0, step.Max(Math.Abs));
            var before = Likelihood(wins, prior, log);
            var next = log;
            for (; size > 1e-9; size /= 2)
            {
                next = [.. log.Select((value, i) => value + size * step[i])];
                if (Likelihood(wins, prior, next) >= before - 1e-13 * Math.Abs(before)) break;
            }
            var middle = next.Average();
            log = [.. next.Select(value => value - middle)];
            if (most * size < 1e-11) break;
        }
        return log;
    }

    private static double Likelihood(double[,] wins, double prior, double[] log)
    {
        var sum = 0.0;
        for (var i = 0; i < log.Length; i++)
        {
            sum += prior * (Math.Log(Logistic(log[i])) + Math.Log(Logistic(-log[i])));
            for (var j = 0; j < log.Length; j++)
            {
                if (wins[i, j] > 0) sum += wins[i, j] * Math.Log(Logistic(log[i] - log[j]));
            }
        }
        return sum;
    }

    /// <summary>The gradient and the information, made regular by the rule that logarithms add up to nothing.</summary>
    private static (double[] Gradient, double[,] Information) Slope(double[,] wins, double prior, double[] log)
    {
        var n = log.Length;
        var (gradient, information) = (new double[n], new double[n, n]);
        for (var i = 0; i < n; i++)
        {
            var own = Logistic(log[i]);
            gradient[i] += prior * (1 - 2 * own);
            information[i, i] += 2 * prior * own * (1 - own);
            for (var j = 0; j < n; j++)
            {
                information[i, j] += 1.0 / n;
                var played = wins[i, j] + wins[j, i];
                if (i == j || played == 0) continue;
                var chance = Logistic(log[i] - log[j]);
                gradient[i] += wins[i, j] - played * chance;
                information[i, i] += played * chance * (1 - chance);
                information[i, j] -= played * chance * (1 - chance);
            }
        }
        return (gradient, information);
    }

    /// <summary>The inverse information, of logarithms that add up to nothing.</summary>
    private static double[,] Covariance(double[,] wins, double prior, double[] log)
    {
        var n = log.Length;
        var inverse = LinearAlgebra.Inverse(Slope(wins, prior, log).Information);
        var rows = Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Average(j => inverse[i, j])).ToArray();
        var all = rows.Average();
        var centred = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) centred[i, j] = inverse[i, j] - rows[i] - rows[j] + all;
        }
        return centred;
    }

    /// <summary>Whether everything can be reached from everything along wins.</summary>
    private static bool IsConnected(double[,] wins)
    {
        var n = wins.GetLength(0);
        int Reached(Func<int, int, bool> edge)
        {
            var (seen, queue) = (new bool[n], new Queue<int>([0]));
            seen[0] = true;
            while (queue.TryDequeue(out var i))
            {
                for (var j = 0; j < n; j++)
                {
                    if (seen[j] || !edge(i, j)) continue;
                    seen[j] = true;
                    queue.Enqueue(j);
                }
            }
            return seen.Count(value => value);
        }
        return Reached((i, j) => wins[i, j] > 0) == n && Reached((i, j) => wins[j, i] > 0) == n;
    }

    private static double Logistic(double value) => 1 / (1 + Math.Exp(-value));
}
