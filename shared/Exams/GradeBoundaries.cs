using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>From which score each grade of a subject is given, and what other boundaries would give.</summary>
public sealed class GradeBoundaries(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>One for each grade of the scale; the last grade's is 0.</summary>
        [MinLength(1), MaxLength(20)]
        public required IReadOnlyList<Boundary> Boundaries { get; init; }
    }

    public sealed record Boundary
    {
        [StringLength(5, MinimumLength = 1), Example("A")]
        public required string Grade { get; init; }

        /// <summary>The least score in per cent, to two places.</summary>
        [Range(typeof(decimal), "0", "100"), Example(0)]
        public required decimal Least { get; init; }
    }

    public sealed record View(string Subject, IReadOnlyList<Boundary> Boundaries);

    public sealed record Trial(string Subject, long Graded, IReadOnlyList<TrialGrade> Grades);

    /// <summary>How many have a grade by the newest computation, and how many would have it.</summary>
    public sealed record TrialGrade(string Grade, long Now, long Then);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid sessionId, string code, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-boundaries", cancellationToken);
            return await SubjectAsync(session, caller, sessionId, code, cancellationToken) is { } subject ? await ViewAsync(session, caller, subject, code, cancellationToken) : Problem.NotFound("subject");
        },
        cancellationToken);

    public Task<Outcome<View>> PutAsync(Caller caller, Guid sessionId, string code, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-boundaries-change", cancellationToken);
            if (await SubjectAsync(session, caller, sessionId, code, cancellationToken) is not { } subject) return Problem.NotFound("subject");
            if (await EditExamSession.LockAsync(session, caller, sessionId, null, cancellationToken) is { } problem) return problem;
            var exam = (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken))!;
            if (FaultOf(exam.Grades, request) is { } fault) return fault;
            await session.ExecuteAsync(
                """
                DELETE FROM exam_boundaries WHERE tenant_id = @TenantId AND subject_id = @subject
                  AND NOT EXISTS (SELECT FROM unnest(@grades, @least) AS given (grade, least) WHERE given.grade = exam_boundaries.grade AND given.least::numeric = exam_boundaries.least);
                INSERT INTO exam_boundaries (tenant_id, subject_id, grade, least, updated_at, updated_by)
                SELECT @TenantId, @subject, grade, least::numeric, @now, @Person FROM unnest(@grades, @least) AS given (grade, least)
                ON CONFLICT (tenant_id, subject_id, grade) DO NOTHING
                """,
                new { caller.TenantId, caller.Person, subject, grades = GradesOf(request), least = LeastOf(request), now = clock.GetUtcNow() },
                cancellationToken);
            return await ViewAsync(session, caller, subject, code, cancellationToken);
        },
        cancellationToken);

    /// <summary>Grades the newest computation's scores by other boundaries. Writes nothing but who looked.</summary>
    public Task<Outcome<Trial>> TryAsync(Caller caller, Guid sessionId, string code, Request request, CancellationToken cancellationToken) => database.InTransaction<Trial>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-boundaries-trial", cancellationToken);
            if (await SubjectAsync(session, caller, sessionId, code, cancellationToken) is not { } subject) return Problem.NotFound("subject");
            var exam = (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken))!;
            if (FaultOf(exam.Grades, request) is { } fault) return fault;
            var counts = await session.QueryAsync<TrialGrade>(
                """
                WITH newest AS (
                    SELECT exam_runs.id, year_at FROM exam_runs JOIN exam_sessions ON exam_sessions.tenant_id = exam_runs.tenant_id AND exam_sessions.id = exam_runs.session_id
                    WHERE exam_runs.tenant_id = @TenantId AND exam_runs.session_id = @sessionId AND computed_at IS NOT NULL
                    ORDER BY number DESC LIMIT 1
                ), results AS (
                    SELECT exam_results.grade AS was,
                           (SELECT given.grade FROM unnest(@grades, @least) AS given (grade, least) WHERE given.least::numeric <= score ORDER BY given.least::numeric DESC LIMIT 1) AS would
                    FROM exam_results JOIN newest ON newest.id = run_id AND newest.year_at = exam_results.year_at
                    WHERE tenant_id = @TenantId AND subject_id = @subject AND status = 'graded'
                )
                SELECT given.grade, (SELECT count(*) FROM results WHERE was = given.grade) AS now, (SELECT count(*) FROM results WHERE would = given.grade) AS then
                FROM unnest(@grades) WITH ORDINALITY AS given (grade, place) ORDER BY place
                """,
                new { caller.TenantId, sessionId, subject, grades = GradesOf(request), least = LeastOf(request) },
                cancellationToken);
            return new Trial(code, counts.Sum(grade => grade.Then), counts);
        },
        cancellationToken);

    /// <summary>What keeps boundaries from being those of a scale: each grade once, in its order, falling to 0.</summary>
    internal static Problem? FaultOf(IReadOnlyList<Grade> scale, Request request)
    {
        if (!request.Boundaries.Select(boundary => boundary.Grade).SequenceEqual(scale.Select(grade => grade.Code)))
            return Problem.Invalid("/boundaries", "grades", $"Give one for each grade, the best first: {string.Join(", ", scale.Select(grade => grade.Code))}.");
        if (request.Boundaries.Any(boundary => decimal.Round(boundary.Least, 2) != boundary.Least)) return Problem.Invalid("/boundaries", "places", "Scores have two decimal places at most.");
        if (request.Boundaries.Zip(request.Boundaries.Skip(1)).Any(pair => pair.First.Least <= pair.Second.Least)) return Problem.Invalid("/boundaries", "order", "Each is above the one after it.");
        return request.Boundaries[^1].Least == 0 ? null : Problem.Invalid("/boundaries", "end", "The last grade begins at 0, so that every score has a grade.");
    }

    private static string[] GradesOf(Request request) => [.. request.Boundaries.Select(boundary => boundary.Grade)];

    private static string[] LeastOf(Request request) => [.. request.Boundaries.Select(boundary => boundary.Least.ToString(CultureInfo.InvariantCulture))];

    private static Task<Guid?> SubjectAsync(Session session, Caller caller, Guid sessionId, string code, CancellationToken cancellationToken) => session.FirstAsync<Guid?>(
        "SELECT id FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @sessionId AND code = @code", new { caller.TenantId, sessionId, code }, cancellationToken);

    private static async Task<View> ViewAsync(Session session, Caller caller, Guid subject, string code, CancellationToken cancellationToken) => new(
        code,
        await session.QueryAsync<Boundary>("SELECT grade, least FROM exam_boundaries WHERE tenant_id = @TenantId AND subject_id = @subject ORDER BY least DESC", new { caller.TenantId, subject }, cancellationToken));
}
