namespace Podium.Learning.Experiments;

/// <summary>How the learners of one version fared. Means are over those of whom they can be told.</summary>
public sealed record ArmOutcome
{
    public required Arm Arm { get; init; }

    public required string Version { get; init; }

    /// <summary>Who got this version, also those who only looked at it: what a version frightens off is part of what it does.</summary>
    public required long Assigned { get; init; }

    public required long Tried { get; init; }

    public required long Completed { get; init; }

    public double? CompletionRate { get; init; }

    /// <summary>Of those who tried.</summary>
    public double? MeanBestScore { get; init; }

    /// <summary>Of those who completed it.</summary>
    public double? MeanAttemptsToPass { get; init; }

    /// <summary>Of those who completed it: time between looks and attempts, pauses of more than half an hour left out.</summary>
    public double? MeanMinutes { get; init; }
}

/// <summary>The second version less the first, in one respect. Without a difference there are too few learners to speak of one.</summary>
public sealed record Comparison(string Measure, long First, long Second, Difference? Difference);

/// <summary>What a split tells so far.</summary>
public sealed record SplitOutcome
{
    /// <summary>Below so many learners on either side no difference is told at all.</summary>
    public const int Fewest = 30;

    /// <summary>collecting (fewer learners than planned: what is seen now may turn), undecided, first, second.</summary>
    public required string Verdict { get; init; }

    public required IReadOnlyList<ArmOutcome> Arms { get; init; }

    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    /// <summary>The smallest difference of completion rates that so many learners would probably (80 %) show.</summary>
    public double? Detectable { get; init; }

    internal sealed record Row(string Arm, long Assigned, long Tried, long Completed, double? Score, double? ScoreVariance, double? Attempts, double? AttemptsVariance, double? Minutes, double? MinutesVariance);

    internal static SplitOutcome Of(IReadOnlyList<Row> rows, string firstVersion, string secondVersion, int learnersPerArm)
    {
        Row Find(string arm) => rows.FirstOrDefault(row => row.Arm == arm) ?? new Row(arm, 0, 0, 0, null, null, null, null, null, null);
        var (first, second) = (Find("first"), Find("second"));
        var completion = Enough(first.Assigned, second.Assigned) ? Difference.OfProportions(first.Completed, first.Assigned, second.Completed, second.Assigned) : null;
        return new SplitOutcome
        {
            // one look, at the size that was planned: who looks often enough finds a difference where there is none
            Verdict = Math.Min(first.Assigned, second.Assigned) < learnersPerArm || completion is null ? "collecting" : !completion.IsClear ? "undecided" : completion.Value > 0 ? "second" : "first",
            Arms = [ArmOf(first, Arm.First, firstVersion), ArmOf(second, Arm.Second, secondVersion)],
            Comparisons =
            [
                new Comparison("completionRate", first.Assigned, second.Assigned, completion),
                Means("bestScore", first.Tried, first.Score, first.ScoreVariance, second.Tried, second.Score, second.ScoreVariance),
                Means("attemptsToPass", first.Completed, first.Attempts, first.AttemptsVariance, second.Completed, second.Attempts, second.AttemptsVariance),
                Means("minutes", first.Completed, first.Minutes, first.MinutesVariance, second.Completed, second.Minutes, second.MinutesVariance),
            ],
            // where all or none complete it the approximation knows nothing
            Detectable = Enough(first.Assigned, second.Assigned) && first.Completed + second.Completed is > 0 and var completed && completed < first.Assigned + second.Assigned
                ? Difference.Detectable((double)(first.Completed + second.Completed) / (first.Assigned + second.Assigned), first.Assigned, second.Assigned)
                : null,
        };
    }

    private static bool Enough(long first, long second) => first >= Fewest && second >= Fewest;

    private static Comparison Means(string measure, long first, double? firstMean, double? firstVariance, long second, double? secondMean, double? secondVariance) => new(
        measure,
        first,
        second,
        Enough(first, second) ? Difference.OfMeans(new Sample(first, firstMean!.Value, firstVariance!.Value), new Sample(second, secondMean!.Value, secondVariance!.Value)) : null);

    private static ArmOutcome ArmOf(Row row, Arm arm, string version) => new()
    {
        Arm = arm,
        Version = version,
        Assigned = row.Assigned,
        Tried = row.Tried,
        Completed = row.Completed,
        CompletionRate = row.Assigned == 0 ? null : (double)row.Completed / row.Assigned,
        MeanBestScore = row.Score,
        MeanAttemptsToPass = row.Attempts,
        MeanMinutes = row.Minutes,
    };
}
