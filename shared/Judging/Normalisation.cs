namespace Podium.Judging;

/// <summary>One judge's number for one entry.</summary>
public readonly record struct JudgedScore(Guid EntryId, Guid JudgeId, decimal Score);

/// <summary>The same number before and after.</summary>
/// <param name="Changed">False where the guard left it as it was.</param>
public sealed record NormalisedScore(Guid EntryId, Guid JudgeId, decimal Raw, decimal Normalised, bool Changed, string? Note);

/// <summary>What a model found out about a judge: how far above the others they mark, and from how many marks that is known.</summary>
public sealed record JudgeEffect(Guid JudgeId, int Count, double Effect, double Spread);

/// <summary>An additive model of all scores: score = mean + entry + judge + rest.</summary>
/// <param name="Groups">In how many groups judges and entries fall that share nothing; between groups judges cannot be compared.</param>
public sealed record JudgeEffects(double Mean, IReadOnlyDictionary<Guid, double> Entries, IReadOnlyList<JudgeEffect> Judges, double ResidualDeviation, int DegreesOfFreedom, int Groups);

/// <summary>Takes out that some judges mark higher, or wider, than others. Raw numbers are always kept beside.</summary>
public static class Normalisation
{
    private const int Places = 6;

    /// <summary>
    /// Each judge's marks are moved and stretched so that they have the mean and deviation of all marks: m + s·(x − mⱼ)/sⱼ, deviations by n − 1.
    /// A judge with fewer marks than <paramref name="atLeast"/>, or whose marks are all the same, is left as they are.
    /// </summary>
    public static IReadOnlyList<NormalisedScore> ByDeviation(IReadOnlyList<JudgedScore> scores, int atLeast = 5)
    {
        var (mean, deviation) = Moments(scores);
        var judges = scores.GroupBy(score => score.JudgeId).ToDictionary(group => group.Key, group => (Count: group.Count(), Moments: Moments([.. group])));
        return
        [
            .. scores.Select(score =>
            {
                var (count, (own, spread)) = judges[score.JudgeId];
                if (count < Math.Max(2, atLeast)) return Unchanged(score, $"The judge has {count} of at least {Math.Max(2, atLeast)} marks.");
                return spread == 0
                    ? Unchanged(score, "The judge's marks are all the same.")
                    : new NormalisedScore(score.EntryId, score.JudgeId, score.Score, Rounded(mean + deviation * ((double)score.Score - own) / spread), true, null);
            }),
        ];
    }

    /// <summary>Each mark less its judge's effect in the additive model: who marks two points above the others loses two points.</summary>
    public static IReadOnlyList<NormalisedScore> ByJudgeEffect(IReadOnlyList<JudgedScore> scores, int atLeast = 3)
    {
        var effects = Model(scores);
        var judges = effects.Judges.ToDictionary(judge => judge.JudgeId);
        return
        [
            .. scores.Select(score => judges[score.JudgeId].Count < atLeast
                ? Unchanged(score, $"The judge has {judges[score.JudgeId].Count} of at least {atLeast} marks.")
                : new NormalisedScore(score.EntryId, score.JudgeId, score.Score, Rounded((double)score.Score - judges[score.JudgeId].Effect), true, null)),
        ];
    }

    /// <summary>
    /// Least squares for score = mean + entry + judge. Judges' effects add up to nothing within each group that hangs together, which is what
    /// makes them known. Entries are eliminated, so that the equations are as many as there are judges.
    /// </summary>
    public static JudgeEffects Model(IReadOnlyList<JudgedScore> scores)
    {
        var judgeIds = scores.Select(score => score.JudgeId).Distinct().Order().ToList();
        var order = judgeIds.Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index);
        var entries = scores.GroupBy(score => score.EntryId).Select(group => (group.Key, Marks: group.Select(score => (Judge: order[score.JudgeId], Score: (double)score.Score)).ToList())).ToList();
        var groups = GroupsOf(judgeIds.Count, entries.Select(entry => entry.Marks.Select(mark => mark.Judge)));
        var (matrix, right) = (new double[judgeIds.Count, judgeIds.Count], new double[judgeIds.Count]);
        foreach (var (_, marks) in entries)
        {
            var mean = marks.Average(mark => mark.Score);
            foreach (var (judge, score) in marks)
            {
                matrix[judge, judge] += 1;
                right[judge] += score - mean;
                foreach (var (other, _) in marks) matrix[judge, other] -= 1.0 / marks.Count;
            }
        }
        // One more equation for each group, added to its members' own: their effects add up to nothing.
        for (var a = 0; a < judgeIds.Count; a++)
        {
            for (var b = 0; b < judgeIds.Count; b++)
            {
                if (groups[a] == groups[b]) matrix[a, b] += 1;
            }
        }
        var effects = LinearAlgebra.Solve(matrix, right);
        var overall = scores.Count == 0 ? 0 : scores.Average(score => (double)score.Score - effects[order[score.JudgeId]]);
        var ofEntries = entries.ToDictionary(entry => entry.Key, entry => entry.Marks.Average(mark => mark.Score - effects[mark.Judge]) - overall);
        var residuals = scores.Select(score => (Judge: order[score.JudgeId], Residual: (double)score.Score - overall - ofEntries[score.EntryId] - effects[order[score.JudgeId]])).ToLookup(pair => pair.Judge, pair => pair.Residual);
        var groupCount = groups.Distinct().Count();
        var freedom = scores.Count - entries.Count - judgeIds.Count + groupCount;
        var squares = residuals.Sum(group => group.Sum(rest => rest * rest));
        return new JudgeEffects(
            overall,
            ofEntries,
            [.. judgeIds.Select((id, j) => new JudgeEffect(id, residuals[j].Count(), effects[j], Math.Sqrt(residuals[j].Average(rest => rest * rest))))],
            freedom > 0 ? Math.Sqrt(squares / freedom) : 0,
            freedom,
            groupCount);
    }

    private static int[] GroupsOf(int judges, IEnumerable<IEnumerable<int>> together)
    {
        var root = Enumerable.Range(0, judges).ToArray();
        int Find(int judge) => root[judge] == judge ? judge : root[judge] = Find(root[judge]);
        foreach (var members in together)
        {
            int? first = null;
            foreach (var member in members) root[Find(member)] = Find(first ??= member);
        }
        return [.. Enumerable.Range(0, judges).Select(Find)];
    }

    private static (double Mean, double Deviation) Moments(IReadOnlyList<JudgedScore> scores)
    {
        if (scores.Count == 0) return (0, 0);
        // Exact sums first: marks that are all the same must not seem to differ by what doubles lose.
        if (scores.All(score => score.Score == scores[0].Score)) return ((double)scores[0].Score, 0);
        var mean = scores.Average(score => (double)score.Score);
        return (mean, Math.Sqrt(scores.Sum(score => Math.Pow((double)score.Score - mean, 2)) / (scores.Count - 1)));
    }

    private static NormalisedScore Unchanged(JudgedScore score, string note) => new(score.EntryId, score.JudgeId, score.Score, score.Score, false, note);

    private static decimal Rounded(double value) => Math.Round((decimal)value, Places, MidpointRounding.ToEven);
}
