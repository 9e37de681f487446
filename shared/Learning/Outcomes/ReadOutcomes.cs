using Podium.Learning.Experiments;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Outcomes;

/// <summary>Tells authors how their challenges are completed, where learners of a track stop, and whether a challenge is as hard as it says. Reads what was counted, never attempts.</summary>
public sealed class ReadOutcomes(Database database, TimeProvider clock)
{
    public sealed record MonthOutcome(DateOnly Month, CompletionFigures Figures);

    /// <summary>Those who began with a version; the difference is to the version before it, and missing where either has fewer than thirty.</summary>
    public sealed record VersionOutcome(string Version, CompletionFigures Figures, Difference? Change);

    public sealed record ChallengeOutcome
    {
        public required Guid ChallengeId { get; init; }

        public required EditChallenge.Difficulty Difficulty { get; init; }

        /// <summary>easier, harder or asStated.</summary>
        public string? Measured { get; init; }

        public required CompletionFigures Figures { get; init; }

        /// <summary>The completion rate of the last ripe month less that of those before.</summary>
        public Difference? Drift { get; init; }

        public required IReadOnlyList<MonthOutcome> Months { get; init; }

        public required IReadOnlyList<VersionOutcome> Versions { get; init; }
    }

    public sealed record ChallengeLine
    {
        public required Guid ChallengeId { get; init; }

        public required string Title { get; init; }

        public required EditChallenge.Difficulty Difficulty { get; init; }

        public string? Measured { get; init; }

        public required CompletionFigures Figures { get; init; }

        /// <summary>Who was last seen in it two weeks ago or longer, without completing it.</summary>
        public required int Stuck { get; init; }

        /// <summary>Who was last seen so long ago completing it, with the track unfinished.</summary>
        public required int Departed { get; init; }
    }

    public sealed record LessonLine
    {
        public required Guid LessonId { get; init; }

        public required string Module { get; init; }

        public required string Lesson { get; init; }

        /// <summary>Who tried the challenge of it that most tried: at least so many came here.</summary>
        public required long Reached { get; init; }

        /// <summary>Who stopped here: stuck in it, or departed after one of its challenges.</summary>
        public required int Stopped { get; init; }

        /// <summary>Of all learners of the track.</summary>
        public double? StoppedShare { get; init; }

        public required IReadOnlyList<ChallengeLine> Challenges { get; init; }
    }

    public sealed record TrackOutcome(int Learners, int Finished, DateTimeOffset? ComputedAt, IReadOnlyList<LessonLine> Lessons);

    private sealed record Tally(string Number, DateOnly Month, long Started, long Completed, long Attempts, long AttemptsSquared);

    private sealed record Line(
        Guid LessonId, string Module, string Lesson, Guid ChallengeId, string Title, string Difficulty, long Started, long Completed, long Attempts, long AttemptsSquared, int Stuck, int Departed);

    private sealed record Totals(int Learners, int Finished, DateTimeOffset ComputedAt);

    internal const string TrackSql =
        $"""
        SELECT l.id AS lesson_id, m.title AS module, l.title AS lesson, c.id AS challenge_id, v.content->>'title' AS title, v.content->>'difficulty' AS difficulty,
               sums.started, sums.completed, sums.attempts, sums.attempts_squared, coalesce(stop.stuck, 0) AS stuck, coalesce(stop.departed, 0) AS departed
        {Catalogue.Visible}
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(started), 0)::bigint AS started, coalesce(sum(completed), 0)::bigint AS completed, coalesce(sum(attempts), 0)::bigint AS attempts, coalesce(sum(attempts_squared), 0)::bigint AS attempts_squared
            FROM challenge_tallies AS t WHERE t.tenant_id = c.tenant_id AND t.challenge_id = c.id
        ) AS sums
        LEFT JOIN challenge_stops AS stop ON stop.tenant_id = c.tenant_id AND stop.track_id = t.id AND stop.challenge_id = c.id
        WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = @track
        ORDER BY m.position, m.slug, l.position, l.slug, c.position, c.slug
        """;

    internal const string ChallengeSql =
        """
        SELECT v.number, t.month, t.started, t.completed, t.attempts, t.attempts_squared
        FROM challenge_tallies AS t JOIN challenge_versions AS v ON v.tenant_id = t.tenant_id AND v.id = t.version_id
        WHERE t.tenant_id = @TenantId AND t.challenge_id = @challenge
        ORDER BY v.major, v.minor, v.patch, t.month
        """;

    public async Task<Outcome<ChallengeOutcome>> ChallengeAsync(Caller caller, Guid challenge, CancellationToken cancellationToken)
    {
        var (difficulty, tallies) = await database.As(caller).QueryManyAsync(
            $"SELECT difficulty FROM challenges WHERE tenant_id = @TenantId AND id = @challenge; {ChallengeSql}",
            new { caller.TenantId, challenge },
            async results => (await results.ReadFirstOrDefaultAsync<string>(), (await results.ReadAsync<Tally>()).ToList()),
            cancellationToken);
        if (difficulty is null) return Problem.NotFound("challenge");
        var stated = Stated(difficulty);
        var figures = Sum(tallies);
        var versions = tallies.GroupBy(tally => tally.Number).Select(group => (Number: group.Key, Figures: Sum([.. group]))).ToList();
        return new ChallengeOutcome
        {
            ChallengeId = challenge,
            Difficulty = stated,
            Measured = MeasuredDifficulty.Of(stated, figures),
            Figures = figures,
            Drift = Drift.Of(tallies.GroupBy(tally => tally.Month).Select(group => new Drift.Month(group.Key, group.Sum(tally => tally.Started), group.Sum(tally => tally.Completed))), clock.GetUtcNow()),
            Months = [.. tallies.GroupBy(tally => tally.Month).OrderBy(group => group.Key).Select(group => new MonthOutcome(group.Key, Sum([.. group])))],
            Versions = [.. versions.Select((version, at) => new VersionOutcome(version.Number, version.Figures, at == 0 ? null : Change(versions[at - 1].Figures, version.Figures)))],
        };
    }

    public async Task<Outcome<TrackOutcome>> TrackAsync(Caller caller, Guid track, CancellationToken cancellationToken)
    {
        var (known, totals, lines) = await database.As(caller).QueryManyAsync(
            $"SELECT id FROM tracks WHERE tenant_id = @TenantId AND id = @track; SELECT learners, finished, computed_at FROM track_tallies WHERE tenant_id = @TenantId AND track_id = @track; {TrackSql}",
            new { caller.TenantId, track },
            async results => (await results.ReadFirstOrDefaultAsync<Guid?>(), await results.ReadFirstOrDefaultAsync<Totals>(), (await results.ReadAsync<Line>()).ToList()),
            cancellationToken);
        if (known is null) return Problem.NotFound("track");
        return new TrackOutcome(totals?.Learners ?? 0, totals?.Finished ?? 0, totals?.ComputedAt, [.. lines.GroupBy(line => line.LessonId).Select(lesson => LessonOf([.. lesson], totals?.Learners ?? 0))]);
    }

    private static LessonLine LessonOf(IReadOnlyList<Line> lines, int learners)
    {
        var stopped = lines.Sum(line => line.Stuck + line.Departed);
        return new LessonLine
        {
            LessonId = lines[0].LessonId,
            Module = lines[0].Module,
            Lesson = lines[0].Lesson,
            Reached = lines.Max(line => line.Started),
            Stopped = stopped,
            StoppedShare = learners == 0 ? null : (double)stopped / learners,
            Challenges = [.. lines.Select(ChallengeOf)],
        };
    }

    private static ChallengeLine ChallengeOf(Line line)
    {
        var (stated, figures) = (Stated(line.Difficulty), CompletionFigures.Of(line.Started, line.Completed, line.Attempts, line.AttemptsSquared));
        return new ChallengeLine
        {
            ChallengeId = line.ChallengeId,
            Title = line.Title,
            Difficulty = stated,
            Measured = MeasuredDifficulty.Of(stated, figures),
            Figures = figures,
            Stuck = line.Stuck,
            Departed = line.Departed,
        };
    }

    private static Difference? Change(CompletionFigures before, CompletionFigures after) =>
        before.Started < SplitOutcome.Fewest || after.Started < SplitOutcome.Fewest ? null : Difference.OfProportions(before.Completed, before.Started, after.Completed, after.Started);

    private static CompletionFigures Sum(IReadOnlyList<Tally> tallies) => CompletionFigures.Of(
        tallies.Sum(tally => tally.Started), tallies.Sum(tally => tally.Completed), tallies.Sum(tally => tally.Attempts), tallies.Sum(tally => tally.AttemptsSquared));

    private static EditChallenge.Difficulty Stated(string text) => Enum.Parse<EditChallenge.Difficulty>(text, ignoreCase: true);
}
