using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>The centres and candidates that the caller may see, and the secrets by which candidates open their results.</summary>
public sealed class ExamCandidates(Database database, CandidateSecret secrets, TimeProvider clock)
{
    public sealed record Centre(Guid Id, string Number, string Name, Guid? RegionId, string? Region);

    public sealed record View(Guid Id, string Number, string FirstName, string LastName, Guid CentreId, string[] Subjects, bool HasSecret);

    public sealed record Filter : PageQuery
    {
        /// <summary>Only this centre's.</summary>
        public Guid? Centre { get; init; }

        /// <summary>The candidate number, whole.</summary>
        [StringLength(20, MinimumLength = 1)]
        public string? Number { get; init; }
    }

    public sealed record SecretRequest
    {
        /// <summary>Also for candidates who have one already; theirs ends.</summary>
        public bool Renew { get; init; }

        /// <summary>Only these candidates' numbers; all of the centre's where this is null.</summary>
        [MaxLength(5000), Example(null!)]
        public IReadOnlyList<string>? Numbers { get; init; }
    }

    /// <summary>Shown once: only a keyed hash is kept.</summary>
    public sealed record Secrets(IReadOnlyList<Secret> Items);

    public sealed record Secret(string Number, string FirstName, string LastName, string Value);

    private sealed record Candidate(Guid Id, string Number, string FirstName, string LastName);

    public Task<Page<Centre>> CentresAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => database.InTransaction(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-centres", cancellationToken);
            return page.Of(
                await session.QueryAsync<Centre>(
                    """
                    SELECT exam_centres.id, number, exam_centres.name, region_id, code AS region
                    FROM exam_centres LEFT JOIN exam_regions ON exam_regions.tenant_id = exam_centres.tenant_id AND exam_regions.id = region_id
                    WHERE exam_centres.tenant_id = @TenantId AND (@After::uuid IS NULL OR exam_centres.id < @After) ORDER BY exam_centres.id DESC LIMIT @limit
                    """,
                    new { caller.TenantId, page.After, limit = page.Fetch() },
                    cancellationToken),
                centre => centre.Id);
        },
        cancellationToken);

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid sessionId, Filter filter, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-candidates", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            var rows = await session.QueryAsync<View>(
                """
                SELECT id, number, first_name, last_name, centre_id,
                       ARRAY(SELECT code FROM exam_entries JOIN exam_subjects ON exam_subjects.tenant_id = @TenantId AND exam_subjects.id = subject_id
                             WHERE exam_entries.tenant_id = @TenantId AND candidate_id = exam_candidates.id AND withdrawn_at IS NULL ORDER BY code) AS subjects,
                       secret_hash IS NOT NULL AS has_secret
                FROM exam_candidates
                WHERE tenant_id = @TenantId AND session_id = @sessionId AND (@Centre::uuid IS NULL OR centre_id = @Centre) AND (@Number::text IS NULL OR number = @Number)
                  AND (@After::uuid IS NULL OR id < @After)
                ORDER BY id DESC
                LIMIT @limit
                """,
                new { caller.TenantId, sessionId, filter.Centre, filter.Number, filter.After, limit = filter.Fetch() },
                cancellationToken);
            return filter.Of(rows, row => row.Id);
        },
        cancellationToken);

    /// <summary>Gives candidates of a centre new secrets. What is in this answer is nowhere else.</summary>
    public Task<Outcome<Secrets>> RenewSecretsAsync(Caller caller, Guid sessionId, Guid centreId, SecretRequest request, CancellationToken cancellationToken) => database.InTransaction<Secrets>(
        caller,
        async session =>
        {
            await ExamSight.EnterAsync(session, caller, Permissions.ExamCentre, "exam-secrets", cancellationToken);
            if (await ExamSessions.FindAsync(session, caller, sessionId, "", cancellationToken) is null) return Problem.NotFound("session");
            if (await session.FirstAsync<Guid?>("SELECT id FROM exam_centres WHERE tenant_id = @TenantId AND id = @centreId", new { caller.TenantId, centreId }, cancellationToken) is null) return Problem.NotFound("centre");
            var candidates = await session.QueryAsync<Candidate>(
                """
                SELECT id, number, first_name, last_name FROM exam_candidates
                WHERE tenant_id = @TenantId AND session_id = @sessionId AND centre_id = @centreId AND (@Renew OR secret_hash IS NULL) AND (@numbers::text[] IS NULL OR number = ANY (@numbers))
                ORDER BY number
                LIMIT 5000
                FOR UPDATE
                """,
                new { caller.TenantId, sessionId, centreId, request.Renew, numbers = request.Numbers?.ToArray() },
                cancellationToken);
            var made = candidates.Select(candidate => new Secret(candidate.Number, candidate.FirstName, candidate.LastName, CandidateSecret.New())).ToList();
            await session.ExecuteAsync(
                """
                UPDATE exam_candidates SET secret_hash = given.hash, updated_at = @now, updated_by = @Person, version = version + 1
                FROM unnest(@ids, @hashes) AS given (id, hash)
                WHERE tenant_id = @TenantId AND exam_candidates.id = given.id;
                UPDATE exam_sessions SET generation = generation + 1 WHERE tenant_id = @TenantId AND id = @sessionId
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    sessionId,
                    ids = candidates.Select(candidate => candidate.Id).ToArray(),
                    hashes = made.Select(secret => secrets.HashOf(caller.TenantId, sessionId, secret.Number, secret.Value)).ToArray(),
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            await secrets.ForgetAsync(session, sessionId);
            return new Secrets(made);
        },
        cancellationToken);
}
