using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Exams;

/// <summary>What a candidate is told.</summary>
public sealed record ExamStatement
{
    public required int Year { get; init; }

    public required string Level { get; init; }

    public required string Session { get; init; }

    public required string Number { get; init; }

    public required string FirstName { get; init; }

    public required string LastName { get; init; }

    public required string Centre { get; init; }

    public required string CentreName { get; init; }

    /// <summary>published, or withheld while the office looks into something: then there are no subjects.</summary>
    public required string Status { get; init; }

    public string? Division { get; init; }

    public required int Passes { get; init; }

    public required int Points { get; init; }

    public required IReadOnlyList<Subject> Subjects { get; init; }

    public sealed record Subject(string Code, string Name, string Status, string? Grade, int? Points, bool Passed);
}

/// <summary>
/// Computes a run: every entry's result in one statement, then candidate by candidate where each stands and what each is told. Then verifies it by computing all of it again.
/// Both may be repeated without harm, and both see all centres, as the office does.
/// </summary>
public sealed class ComputeExamRun(Database database, TimeProvider clock)
{
    private const int Block = 2000;

    private sealed record Run(Guid SessionId, DateTimeOffset YearAt, string State, string? Digest, Guid RequestedBy, int Year, string Level, string Name, IReadOnlyList<Grade> Grades, IReadOnlyList<DivisionRule> Divisions);

    private sealed record Told(string Number, Guid CandidateId, Guid CentreId, ExamStatement Statement);

    private sealed record Counts(
        long Missing, long Incomplete, long Ungraded, long WithoutBoundaries, long Statements, long WithoutSecret, long Withheld, long Disqualified, long Absent);

    public async Task<bool> ComputeAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        await database.AsPlatform(actor.Shard).ExecuteAsync("SELECT refresh_exam_statistics()", null, cancellationToken);
        return await database.InPlatformTransaction(session => ComputeAsync(session, actor, id, cancellationToken), cancellationToken, actor.Shard);
    }

    private async Task<bool> ComputeAsync(Session session, Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await LockAsync(session, actor, id, cancellationToken) is not { State: "computing" } run) return false;
        var args = new { tenant = actor.TenantId, session = run.SessionId, run = id, year = run.YearAt, now = clock.GetUtcNow() };
        await session.ExecuteAsync(
            $"""
            DELETE FROM exam_results WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run;
            DELETE FROM exam_statements WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run;
            {ExamScoring.Computed}
            INSERT INTO exam_results (tenant_id, year_at, run_id, entry_id, centre_id, candidate_id, subject_id, status, score, grade, points, passed)
            SELECT @tenant, @year, @run, entry_id, centre_id, candidate_id, subject_id, status, score, grade, points, passed FROM results ORDER BY entry_id
            """,
            args,
            cancellationToken);
        var (digest, candidates, divisions) = await TellAsync(session, run, ExamScoring.Kept, args, told => KeepAsync(session, actor, id, run, told, cancellationToken), cancellationToken);
        var subjects = await session.FirstAsync<string>(Tables, args, cancellationToken);
        var tables = new ExamTables
        {
            Candidates = candidates,
            Subjects = JsonSerializer.Deserialize<List<ExamTables.SubjectTable>>(subjects!, Json.Options)!,
            Divisions = [.. run.Divisions.Select(rule => rule.Name).Distinct().Append(null).Select(name => new ExamTables.DivisionCount(name, divisions.GetValueOrDefault(name ?? "")))],
        };
        await session.ExecuteAsync(
            """
            UPDATE exam_runs SET digest = @digest, candidates = @candidates, tables = @tables::jsonb, computed_at = @now, version = version + 1,
                   results = (SELECT count(*) FROM exam_results WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run)
            WHERE tenant_id = @tenant AND id = @run
            """,
            new { args.tenant, args.year, args.run, args.now, digest, candidates, tables = JsonSerializer.Serialize(tables, Json.Options) },
            cancellationToken);
        return true;
    }

    public Task<bool> VerifyAsync(Actor actor, Guid id, CancellationToken cancellationToken) => database.InPlatformTransaction(
        async session =>
        {
            if (await LockAsync(session, actor, id, cancellationToken) is not { State: "computing", Digest: { } kept } run) return false;
            var args = new { tenant = actor.TenantId, session = run.SessionId, run = id, year = run.YearAt };
            var (digest, candidates, _) = await TellAsync(session, run, ExamScoring.Anew, args, null, cancellationToken);
            var counts = await session.SingleAsync<Counts>(CountedChecks, args, cancellationToken);
            ExamRuns.Check[] checks =
            [
                new("digest", "Computing everything again gives another digest.", digest == kept ? 0 : 1, true),
                new("missing", "Entries that have no result.", counts.Missing, true),
                new("incomplete", "Results that lack a mark, or whose two entries differ.", counts.Incomplete, true),
                new("boundaries", "Subjects whose grades have no boundaries.", counts.WithoutBoundaries, true),
                new("ungraded", "Scores that no grade was given for.", counts.Ungraded, true),
                new("statements", "Candidates without a statement.", Math.Abs(candidates - counts.Statements), true),
                new("secrets", "Candidates who have no secret to open their result with.", counts.WithoutSecret, true),
                new("withheld", "Results that are withheld.", counts.Withheld, false),
                new("disqualified", "Results of the disqualified.", counts.Disqualified, false),
                new("absent", "Absences.", counts.Absent, false),
            ];
            var verified = !checks.Any(check => check is { Blocks: true, Count: > 0 });
            await session.ExecuteAsync(
                "UPDATE exam_runs SET state = @state, checks = @checks::jsonb, verified_at = @now, version = version + 1 WHERE tenant_id = @tenant AND id = @run",
                new { args.tenant, args.run, state = verified ? "verified" : "refused", checks = JsonSerializer.Serialize(checks, Json.Options), now = clock.GetUtcNow() },
                cancellationToken);
            return verified;
        },
        cancellationToken,
        actor.Shard);

    /// <summary>Computes without a run and writes nothing: what the digest would be now.</summary>
    public Task<string?> DigestAsync(Actor actor, Guid id, CancellationToken cancellationToken) => database.InPlatformTransaction<string?>(
        async session => await LockAsync(session, actor, id, cancellationToken) is { } run
            ? (await TellAsync(session, run, ExamScoring.Anew, new { tenant = actor.TenantId, session = run.SessionId }, null, cancellationToken)).Digest
            : null,
        cancellationToken,
        actor.Shard);

    private const string Tables =
        """
        WITH counted AS (
            SELECT subject_id, grade, count(*) AS entered, count(*) FILTER (WHERE status = 'graded') AS graded, count(*) FILTER (WHERE status IN ('absent', 'excused')) AS absent,
                   count(*) FILTER (WHERE passed) AS passed, sum(score) AS total
            FROM exam_results WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run GROUP BY subject_id, grade
        ), subjects AS (
            SELECT code, name, sum(entered) AS entered, sum(graded) AS graded, sum(absent) AS absent, sum(passed) AS passed, round(sum(total) / nullif(sum(graded), 0), 2) AS mean,
                   coalesce(jsonb_object_agg(grade, graded) FILTER (WHERE grade IS NOT NULL), '{}') AS grades
            FROM counted JOIN exam_subjects ON tenant_id = @tenant AND id = subject_id GROUP BY code, name
        )
        SELECT coalesce(jsonb_agg(to_jsonb(subjects) ORDER BY code), '[]')::text FROM subjects
        """;

    private const string CountedChecks =
        """
        WITH results AS (SELECT * FROM exam_results WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run)
        SELECT (SELECT count(*) FROM exam_entries WHERE tenant_id = @tenant AND withdrawn_at IS NULL AND subject_id IN (SELECT id FROM exam_subjects WHERE tenant_id = @tenant AND session_id = @session)) - count(*) AS missing,
               count(*) FILTER (WHERE status = 'incomplete') AS incomplete,
               count(*) FILTER (WHERE status = 'graded' AND grade IS NULL) AS ungraded,
               (SELECT count(*) FROM exam_subjects WHERE tenant_id = @tenant AND session_id = @session
                  AND (SELECT count(*) FROM exam_boundaries WHERE tenant_id = @tenant AND subject_id = exam_subjects.id)
                      <> (SELECT jsonb_array_length(grades) FROM exam_sessions WHERE tenant_id = @tenant AND id = @session)) AS without_boundaries,
               (SELECT count(*) FROM exam_statements WHERE tenant_id = @tenant AND year_at = @year AND run_id = @run) AS statements,
               (SELECT count(*) FROM exam_candidates WHERE tenant_id = @tenant AND session_id = @session AND secret_hash IS NULL
                  AND EXISTS (SELECT FROM exam_entries WHERE exam_entries.tenant_id = @tenant AND candidate_id = exam_candidates.id AND withdrawn_at IS NULL)) AS without_secret,
               count(*) FILTER (WHERE status = 'withheld') AS withheld,
               count(*) FILTER (WHERE status = 'disqualified') AS disqualified,
               count(*) FILTER (WHERE status IN ('absent', 'excused')) AS absent
        FROM results
        """;

    private async Task<Run?> LockAsync(Session session, Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var run = await session.FirstAsync<Run>(
            """
            SELECT session_id, year_at, state, digest, requested_by, year, level, name, grades, divisions
            FROM exam_runs JOIN exam_sessions ON exam_sessions.tenant_id = exam_runs.tenant_id AND exam_sessions.id = session_id
            WHERE exam_runs.tenant_id = @TenantId AND exam_runs.id = @id
            FOR UPDATE OF exam_runs
            """,
            new { actor.TenantId, id },
            cancellationToken);
        if (run is null) return null;
        // the audit log names who asked, and the app's clock; what follows joins whole tables, whatever the planner may think of a few rows
        await session.ExecuteAsync(
            """
            CALL act_as(@TenantId, @RequestedBy, NULL::inet, @now, NULL::text);
            SET LOCAL enable_nestloop = off;
            SET LOCAL jit = off;
            SET LOCAL work_mem = '64MB'
            """,
            new { actor.TenantId, run.RequestedBy, now = clock.GetUtcNow() },
            cancellationToken);
        return run;
    }

    private static async Task<(string Digest, long Candidates, Dictionary<string, long> Divisions)> TellAsync(
        Session session, Run run, string sql, object args, Func<List<Told>, Task>? write, CancellationToken cancellationToken)
    {
        using var digest = new ExamScoring.Digest();
        var (candidates, divisions, block) = (0L, new Dictionary<string, long>(), new List<Told>());
        await foreach (var rows in ExamScoring.ByCandidateAsync(session, sql, args, cancellationToken))
        {
            var standing = ExamScoring.StandingOf(rows, run.Grades, run.Divisions);
            digest.Add(rows, standing);
            candidates++;
            divisions[standing.Division ?? ""] = divisions.GetValueOrDefault(standing.Division ?? "") + 1;
            if (write is null) continue;
            block.Add(new Told(rows[0].Number, rows[0].CandidateId, rows[0].CentreId, StatementOf(run, rows, standing)));
            if (block.Count < Block) continue;
            await write(block);
            block.Clear();
        }
        if (write is not null && block.Count > 0) await write(block);
        return (digest.End(), candidates, divisions);
    }

    // who is withheld in one subject is told nothing of the others either
    private static ExamStatement StatementOf(Run run, IReadOnlyList<ExamScoring.Row> rows, Standing standing)
    {
        var withheld = rows.Any(row => row.Status == "withheld");
        return new ExamStatement
        {
            Year = run.Year,
            Level = run.Level,
            Session = run.Name,
            Number = rows[0].Number,
            FirstName = rows[0].FirstName,
            LastName = rows[0].LastName,
            Centre = rows[0].CentreNumber,
            CentreName = rows[0].CentreName,
            Status = withheld ? "withheld" : "published",
            Division = withheld ? null : standing.Division,
            Passes = withheld ? 0 : standing.Passes,
            Points = withheld ? 0 : standing.Points,
            Subjects = withheld ? [] : [.. rows.Select(row => new ExamStatement.Subject(row.Subject, row.SubjectName, row.Status, row.Grade, row.Points, row.Passed))],
        };
    }

    private static Task KeepAsync(Session session, Actor actor, Guid id, Run run, List<Told> block, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO exam_statements (tenant_id, year_at, run_id, number, candidate_id, centre_id, division, passes, points, document)
        SELECT @TenantId, @YearAt, @id, number, candidate_id, centre_id, division, passes, points, document
        FROM unnest(@numbers, @candidates, @centres, @divisions, @passes, @points, @documents) AS told (number, candidate_id, centre_id, division, passes, points, document)
        """,
        new
        {
            actor.TenantId,
            run.YearAt,
            id,
            numbers = block.Select(told => told.Number).ToArray(),
            candidates = block.Select(told => told.CandidateId).ToArray(),
            centres = block.Select(told => told.CentreId).ToArray(),
            divisions = block.Select(told => told.Statement.Division).ToArray(),
            passes = block.Select(told => told.Statement.Passes).ToArray(),
            points = block.Select(told => told.Statement.Points).ToArray(),
            documents = block.Select(told => JsonSerializer.Serialize(told.Statement, Json.Options)).ToArray(),
        },
        cancellationToken);
}
