using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What organisers decide about a registration, and how participants take theirs back. A seat that becomes free goes to who waits longest.</summary>
public sealed class DecideRegistration(Database database, Cache cache, Waitlist waitlist, CompetitionNotices notices, TimeProvider clock)
{
    public enum Decision
    {
        Approve,
        Reject,
        Disqualify,
    }

    public sealed record Request
    {
        [Example("approve")]
        public required Decision Decision { get; init; }

        /// <summary>Why; who is rejected or disqualified reads it.</summary>
        [StringLength(1000, MinimumLength = 1), Example("Welcome.")]
        public string? Reason { get; init; }
    }

    public sealed record Withdrawal
    {
        [StringLength(1000, MinimumLength = 1), Example("We cannot come.")]
        public string? Reason { get; init; }
    }

    private sealed record Row(Guid Id, Guid? UserId, Guid? TeamId, Guid? CaptainId, string Status, int Version)
    {
        public RegistrationStatus Stands => Enum.Parse<RegistrationStatus>(Status, ignoreCase: true);
    }

    // from where each decision leads on
    private static readonly IReadOnlyDictionary<Decision, (RegistrationStatus To, RegistrationStatus[] From, string Template)> Ways = new Dictionary<Decision, (RegistrationStatus, RegistrationStatus[], string)>
    {
        [Decision.Approve] = (RegistrationStatus.Approved, [RegistrationStatus.Pending, RegistrationStatus.Waitlisted, RegistrationStatus.Rejected, RegistrationStatus.Disqualified], "registration-approved"),
        [Decision.Reject] = (RegistrationStatus.Rejected, [RegistrationStatus.Pending, RegistrationStatus.Waitlisted, RegistrationStatus.Approved], "registration-rejected"),
        [Decision.Disqualify] = (RegistrationStatus.Disqualified, [RegistrationStatus.Pending, RegistrationStatus.Approved], "registration-disqualified"),
    };

    public Task<Outcome<Registrations.View>> Run(Caller caller, Guid competitionId, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<Registrations.View>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken);
            if (locked.Value is not { } competition) return locked.Problem!;
            var row = await LockAsync(session, caller, competitionId, id, cancellationToken);
            if (row is null) return Problem.NotFound("registration");
            if (ifMatch is not null && ifMatch != row.Version) return CommonProblems.Stale;
            var (to, from, template) = Ways[request.Decision];
            if (row.Stands == to) return await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken);
            if (LifeCycle.IsOver(competition.Status)) return CompetitionProblems.Ended;
            if (!from.Contains(row.Stands)) return new Problem(CompetitionProblems.DecisionNotPossible, $"The registration is {row.Status}.");
            if (request.Decision != Decision.Approve && string.IsNullOrWhiteSpace(request.Reason)) return Problem.Invalid("/reason", "required", "Say why.");
            if (to == RegistrationStatus.Approved && row.Stands != RegistrationStatus.Pending && competition.Free <= 0) return CompetitionProblems.Full;
            await SetAsync(session, caller, competition, row, to, request.Reason, cancellationToken);
            await notices.TellAsync(
                session, caller.Tenant, template, await Waitlist.PeopleOfAsync(session, caller.TenantId, [id], cancellationToken), competition, new() { ["reason"] = request.Reason?.Trim() ?? "" }, cancellationToken);
            return await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>By the person, the team's captain or the organisers, until the competition is over.</summary>
    public Task<Outcome<Registrations.View>> WithdrawAsync(Caller caller, Guid competitionId, Guid id, Withdrawal request, CancellationToken cancellationToken) => database.InTransaction<Registrations.View>(
        caller,
        async session =>
        {
            var locked = await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken);
            if (locked.Value is not { } competition) return locked.Problem!;
            var row = await LockAsync(session, caller, competitionId, id, cancellationToken);
            if (row is null || (caller.Person != (row.UserId ?? row.CaptainId) && !CompetitionDirectory.Manages(caller, competitionId))) return Problem.NotFound("registration");
            if (row.Stands == RegistrationStatus.Withdrawn) return await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken);
            if (LifeCycle.IsOver(competition.Status)) return CompetitionProblems.Ended;
            if (row.Stands is not (RegistrationStatus.Pending or RegistrationStatus.Approved or RegistrationStatus.Waitlisted))
                return new Problem(CompetitionProblems.DecisionNotPossible, $"The registration is {row.Status}.");
            await SetAsync(session, caller, competition, row, RegistrationStatus.Withdrawn, request.Reason, cancellationToken);
            return await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken);
        },
        cancellationToken);

    private async Task SetAsync(Session session, Caller caller, LockedCompetition competition, Row row, RegistrationStatus to, string? reason, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            """
            UPDATE registrations SET status = @to, reason = @reason, decided_at = @now, decided_by = @Person, updated_at = @now, updated_by = @Person, version = version + 1
            WHERE tenant_id = @TenantId AND id = @Id
            """,
            new { caller.TenantId, caller.Person, row.Id, to = to.Text(), reason = reason?.Trim(), now = clock.GetUtcNow() },
            cancellationToken);
        await waitlist.MoveUpAsync(session, caller.Tenant, competition.Id, cancellationToken);
        await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competition.Id);
    }

    private static Task<Row?> LockAsync(Session session, Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) => session.FirstAsync<Row>(
        """
        SELECT registrations.id, registrations.user_id, registrations.team_id, teams.captain_id, registrations.status, registrations.version
        FROM registrations
        LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
        WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @competitionId AND registrations.id = @id
        FOR NO KEY UPDATE OF registrations
        """,
        new { caller.TenantId, competitionId, id },
        cancellationToken);
}
