using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Dapper;
using Podium.Competitions;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>Later deadlines for single entries: granted with a reason, and revocable for what has not come yet.</summary>
public sealed class ExtendDeadline(Database database, SettleSubmission settle, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public Guid? RoundId { get; init; }

        public required Guid RegistrationId { get; init; }

        public required string Name { get; init; }

        public required DateTimeOffset Until { get; init; }

        public required string Reason { get; init; }

        public required DateTimeOffset GrantedAt { get; init; }

        public Guid? GrantedBy { get; init; }

        public DateTimeOffset? RevokedAt { get; init; }

        public Guid? RevokedBy { get; init; }

        public string? RevokedReason { get; init; }
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request grants once.</summary>
        public Guid? Id { get; init; }

        public required Guid RegistrationId { get; init; }

        /// <summary>The round; absent for the whole competition.</summary>
        public Guid? RoundId { get; init; }

        public required DateTimeOffset Until { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("The captain was in hospital.")]
        public required string Reason { get; init; }
    }

    public sealed record Revocation
    {
        [StringLength(1000, MinimumLength = 1), Example("It was meant for another team.")]
        public required string Reason { get; init; }
    }

    private const string Select =
        """
        SELECT extension.id, extension.competition_id, extension.round_id, extension.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name, extension.until, extension.reason,
               extension.granted_at, extension.granted_by, extension.revoked_at, extension.revoked_by, extension.revoked_reason
        FROM submission_extensions AS extension
        JOIN registrations AS registration ON registration.tenant_id = @TenantId AND registration.id = extension.registration_id
        LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registration.team_id
        LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = registration.user_id
        WHERE extension.tenant_id = @TenantId AND extension.competition_id = @competitionId
        """;

    public Task<Outcome<View>> GrantAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var entry = await SubmissionEntry.LockAsync(session, caller.TenantId, caller.UserId, competitionId, request.RoundId, request.RegistrationId, cancellationToken);
            if (entry is null) return Problem.Invalid("/registrationId", "unknown", "There is no such entry.");
            if (request.RoundId is not null && entry.RoundId is null) return Problem.Invalid("/roundId", "unknown", "There is no such round.");
            var id = request.Id ?? Guid.CreateVersion7(now);
            if (await FindAsync(session, caller, competitionId, id, cancellationToken) is { } known)
                return (known.RegistrationId, known.RoundId, known.Until) == (request.RegistrationId, request.RoundId, request.Until) ? known : IdentityProblems.IdTaken;
            if (LifeCycle.IsOver(entry.Status)) return CompetitionProblems.Ended;
            if (entry.Rules is null) return SubmissionProblems.NotTaken;
            if (entry.WindowAt(now) is var window && request.Until <= window.DueAt) return Problem.Invalid("/until", "order", $"The deadline is {window.DueAt:u} already.");
            if (EditCompetition.FaultOf(request.Until, "/until") is { } fault) return new Problem(CommonProblems.Invalid) { Faults = [fault] };
            if (request.Until <= now) return Problem.Invalid("/until", "past", "This instant is over.");
            var added = await session.ExecuteAsync(
                """
                INSERT INTO submission_extensions (tenant_id, id, competition_id, round_id, registration_id, until, reason, granted_at, granted_by)
                VALUES (@TenantId, @id, @competitionId, @RoundId, @RegistrationId, @Until, @reason, @now, @Person) ON CONFLICT (tenant_id, id) DO NOTHING
                """,
                new { caller.TenantId, caller.Person, id, competitionId, request.RoundId, request.RegistrationId, request.Until, reason = request.Reason.Trim(), now },
                cancellationToken);
            if (added == 0) return IdentityProblems.IdTaken;
            await settle.TellAsync(session, caller.Tenant, entry, "submission-extended", _ => new() { ["expires"] = InZoneOf(caller.Tenant, request.Until), ["reason"] = request.Reason.Trim() }, cancellationToken);
            return (await FindAsync(session, caller, competitionId, id, cancellationToken))!;
        },
        cancellationToken);

    /// <summary>What has come by now keeps the later deadline.</summary>
    public Task<Outcome<View>> RevokeAsync(Caller caller, Guid competitionId, Guid id, Revocation request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            if (await FindAsync(session, caller, competitionId, id, cancellationToken) is not { } known) return Problem.NotFound("extension");
            var entry = await SubmissionEntry.LockAsync(session, caller.TenantId, caller.UserId, competitionId, known.RoundId, known.RegistrationId, cancellationToken);
            var changed = await session.ExecuteAsync(
                "UPDATE submission_extensions SET revoked_at = @now, revoked_by = @Person, revoked_reason = @reason WHERE tenant_id = @TenantId AND id = @id AND revoked_at IS NULL",
                new { caller.TenantId, caller.Person, id, reason = request.Reason.Trim(), now },
                cancellationToken);
            if (changed > 0 && entry is not null) await settle.TellAsync(session, caller.Tenant, entry, "submission-extension-revoked", request.Reason.Trim(), cancellationToken);
            return (await FindAsync(session, caller, competitionId, id, cancellationToken))!;
        },
        cancellationToken);

    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid competitionId, PageQuery page, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            {Select} AND (@After::uuid IS NULL OR extension.id < @After) ORDER BY extension.id DESC LIMIT @limit
            """,
            new { caller.TenantId, competitionId, page.After, limit = page.Fetch() },
            async results => (IsThere: await results.ReadSingleAsync<bool>(), Rows: (await results.ReadAsync<View>()).AsList()),
            cancellationToken);
        return found.IsThere ? page.Of(found.Rows, row => row.Id) : Problem.NotFound("competition");
    }

    internal static string InZoneOf(Tenant tenant, DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static Task<View?> FindAsync(Session session, Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) =>
        session.FirstAsync<View>($"{Select} AND extension.id = @id", new { caller.TenantId, competitionId, id }, cancellationToken);
}
