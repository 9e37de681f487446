using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Makes sessions, changes their rules until results are published, and locks their marks.</summary>
public sealed class EditExamSession(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one session.</summary>
        public Guid? Id { get; init; }

        [Range(2000, 2100), Example(2026)]
        public required int Year { get; init; }

        [RegularExpression("[A-Z0-9][A-Z0-9-]{0,19}", ErrorMessage = "Up to 20 capital letters, digits and hyphens."), StringLength(20, MinimumLength = 1), Example("O")]
        public required string Level { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Ordinary level 2026")]
        public required string Name { get; init; }

        /// <summary>The scale, the best grade first.</summary>
        [MinLength(1), MaxLength(20), GradeScale]
        public required IReadOnlyList<Grade> Grades { get; init; }

        /// <summary>The first that fits counts.</summary>
        [MaxLength(20)]
        public IReadOnlyList<DivisionRule> Divisions { get; init; } = [];

        public bool DoubleEntry { get; init; }

        public AbsentWhen AbsentWhen { get; init; } = AbsentWhen.All;
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1)]
        public string? Name { get; init; }

        [MinLength(1), MaxLength(20), GradeScale]
        public IReadOnlyList<Grade>? Grades { get; init; }

        [MaxLength(20)]
        public IReadOnlyList<DivisionRule>? Divisions { get; init; }

        public bool? DoubleEntry { get; init; }

        public AbsentWhen? AbsentWhen { get; init; }

        /// <summary>Until when a re-mark can be asked for.</summary>
        public DateTimeOffset? AppealsUntil { get; init; }

        /// <summary>What a re-mark costs, as people are told.</summary>
        [StringLength(100, MinimumLength = 1), Example("5000 XAF")]
        public string? AppealFee { get; init; }
    }

    public Task<Outcome<ExamSessions.View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<ExamSessions.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var wanted = new
            {
                caller.TenantId,
                caller.Person,
                id = request.Id ?? Guid.CreateVersion7(now),
                request.Year,
                yearAt = new DateTimeOffset(request.Year, 1, 1, 0, 0, 0, TimeSpan.Zero),
                request.Level,
                name = request.Name.Trim(),
                grades = JsonSerializer.Serialize(request.Grades, Json.Options),
                divisions = JsonSerializer.Serialize(request.Divisions, Json.Options),
                request.DoubleEntry,
                absent = request.AbsentWhen.ToString().ToLowerInvariant(),
                now,
            };
            await session.ExecuteAsync("SELECT add_exam_year(@Year)", wanted, cancellationToken);
            var added = await session.FirstAsync<ExamSessions.View>(
                $"""
                INSERT INTO exam_sessions (tenant_id, id, year, year_at, level, name, grades, divisions, double_entry, absent_when, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @Year, @yearAt, @Level, @name, @grades::jsonb, @divisions::jsonb, @DoubleEntry, @absent, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING {ExamSessions.Columns}
                """,
                wanted,
                cancellationToken);
            added ??= await session.FirstAsync<ExamSessions.View>(
                $"""
                SELECT {ExamSessions.Columns} FROM exam_sessions
                WHERE tenant_id = @TenantId AND id = @id AND year = @Year AND level = @Level AND name = @name AND grades = @grades::jsonb AND divisions = @divisions::jsonb
                """,
                wanted,
                cancellationToken);
            return added is null ? ExamProblems.IdTaken : added;
        },
        cancellationToken);

    /// <summary>What a computation under way has taken into account stays; whoever changes it cancels that computation first.</summary>
    public Task<Outcome<ExamSessions.View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller,
        id,
        ifMatch,
        """
        name = coalesce(@name, name), grades = coalesce(@grades::jsonb, grades), divisions = coalesce(@divisions::jsonb, divisions),
        double_entry = coalesce(@DoubleEntry, double_entry), absent_when = coalesce(@absent, absent_when),
        appeals_until = coalesce(@AppealsUntil, appeals_until), appeal_fee = coalesce(@AppealFee, appeal_fee)
        """,
        new
        {
            name = change.Name?.Trim(),
            grades = change.Grades is null ? null : JsonSerializer.Serialize(change.Grades, Json.Options),
            divisions = change.Divisions is null ? null : JsonSerializer.Serialize(change.Divisions, Json.Options),
            change.DoubleEntry,
            change.AppealsUntil,
            change.AppealFee,
            absent = change.AbsentWhen?.ToString().ToLowerInvariant(),
        },
        cancellationToken);

    /// <summary>From now on no file of marks is taken. Waits for one that is just being committed.</summary>
    public Task<Outcome<ExamSessions.View>> LockMarksAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        UpdateAsync(caller, id, null, "marks_locked_at = coalesce(marks_locked_at, @now), marks_locked_by = coalesce(marks_locked_by, @Person)", new { }, cancellationToken);

    public Task<Outcome<ExamSessions.View>> UnlockMarksAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        UpdateAsync(caller, id, null, "marks_locked_at = NULL, marks_locked_by = NULL", new { }, cancellationToken);

    private Task<Outcome<ExamSessions.View>> UpdateAsync(Caller caller, Guid id, int? ifMatch, string set, object values, CancellationToken cancellationToken) => database.InTransaction<ExamSessions.View>(
        caller,
        async session =>
        {
            await ExamSight.NationalAsync(session, "exam-session-change", cancellationToken);
            if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            var args = new Dapper.DynamicParameters(values);
            args.AddDynamicParams(new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() });
            return await session.SingleAsync<ExamSessions.View>(
                $"""
                UPDATE exam_sessions SET {set}, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                RETURNING {ExamSessions.Columns}
                """,
                args,
                cancellationToken);
        },
        cancellationToken);

    /// <summary>Keeps a session as it is until this transaction ends; the problem where it is not there, or a computation is on its way.</summary>
    internal static async Task<Problem?> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var version = await session.FirstAsync<int?>("SELECT version FROM exam_sessions WHERE tenant_id = @TenantId AND id = @id FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (version is null) return Problem.NotFound("session");
        if (ifMatch is not null && ifMatch != version) return new Problem(CommonProblems.Stale);
        return await session.FirstAsync<bool>(
            "SELECT EXISTS (SELECT FROM exam_runs WHERE tenant_id = @TenantId AND session_id = @id AND state IN ('computing', 'verified', 'approved'))", new { caller.TenantId, id }, cancellationToken)
            ? new Problem(ExamProblems.RunUnderWay)
            : null;
    }
}

/// <summary>A scale of grades: each once, and one at least that passes.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GradeScaleAttribute : ValidationAttribute
{
    public GradeScaleAttribute() => ErrorMessage = "Each grade stands once, and one at least passes.";

    public override bool IsValid(object? value) =>
        value is not IReadOnlyList<Grade> grades || (grades.Select(grade => grade.Code).Distinct().Count() == grades.Count && grades.Any(grade => grade.Passes));
}
