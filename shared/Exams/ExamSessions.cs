using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>Examination sessions with their subjects, as everybody may see them.</summary>
public sealed class ExamSessions(Database database)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required int Year { get; init; }

        public required string Level { get; init; }

        public required string Name { get; init; }

        /// <summary>The best first.</summary>
        public required IReadOnlyList<Grade> Grades { get; init; }

        /// <summary>The first that fits counts.</summary>
        public required IReadOnlyList<DivisionRule> Divisions { get; init; }

        /// <summary>Whether every mark is entered twice, and the two are compared.</summary>
        public required bool DoubleEntry { get; init; }

        /// <summary>Whether a candidate is absent from a subject when absent from any of its papers, or only from all.</summary>
        public required AbsentWhen AbsentWhen { get; init; }

        /// <summary>Until when a re-mark can be asked for; null where none can.</summary>
        public DateTimeOffset? AppealsUntil { get; init; }

        /// <summary>What a re-mark costs, as people are told.</summary>
        public string? AppealFee { get; init; }

        public DateTimeOffset? MarksLockedAt { get; init; }

        /// <summary>When results were first published; null before.</summary>
        public DateTimeOffset? PublishedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Subject
    {
        public required Guid Id { get; init; }

        public required string Code { get; init; }

        public required string Name { get; init; }

        public required IReadOnlyList<Paper> Papers { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Paper
    {
        public required Guid Id { get; init; }

        public required string Code { get; init; }

        public required string Name { get; init; }

        public required decimal MaxMark { get; init; }

        public required decimal Weight { get; init; }
    }

    internal const string Columns = "id, year, level, name, grades, divisions, double_entry, absent_when, appeals_until, appeal_fee, marks_locked_at, published_at, version";

    internal const string SubjectColumns =
        """
        id, code, name, version,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'code', code, 'name', name, 'maxMark', max_mark, 'weight', weight) ORDER BY code), '[]')
         FROM exam_papers WHERE exam_papers.tenant_id = exam_subjects.tenant_id AND subject_id = exam_subjects.id) AS papers
        """;

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            $"SELECT {Columns} FROM exam_sessions WHERE tenant_id = @TenantId AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit",
            new { caller.TenantId, page.After, limit = page.Fetch() },
            cancellationToken),
        view => view.Id);

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        await database.As(caller).FirstAsync<View>($"SELECT {Columns} FROM exam_sessions WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is { } found
            ? found
            : Problem.NotFound("session");

    public Task<Outcome<Page<Subject>>> SubjectsAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<Page<Subject>>(
        caller,
        async session =>
        {
            if (await FindAsync(session, caller, id, "", cancellationToken) is null) return Problem.NotFound("session");
            var subjects = await session.QueryAsync<Subject>($"SELECT {SubjectColumns} FROM exam_subjects WHERE tenant_id = @TenantId AND session_id = @id ORDER BY code", new { caller.TenantId, id }, cancellationToken);
            return new Page<Subject>(subjects, null);
        },
        cancellationToken);

    internal static Task<View?> FindAsync(Session session, Actor actor, Guid id, string suffix, CancellationToken cancellationToken) =>
        session.FirstAsync<View>($"SELECT {Columns} FROM exam_sessions WHERE tenant_id = @TenantId AND id = @id {suffix}", new { actor.TenantId, id }, cancellationToken);
}

/// <summary>When a candidate counts as absent from a subject.</summary>
public enum AbsentWhen
{
    Any,
    All,
}
