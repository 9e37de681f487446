using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>Registers a person, or a team by its captain. Who comes when all seats are taken waits, where there is a waitlist.</summary>
public sealed class Register(Database database, Cache cache, Entrants entrants, CompetitionNotices notices, TimeProvider clock)
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request registers once.</summary>
        public Guid? Id { get; init; }

        /// <summary>The team that takes part; absent for who takes part alone.</summary>
        public Guid? TeamId { get; init; }

        /// <summary>What the registration form asks, by the names of its fields.</summary>
        [MaxLength(100_000), Example(null!)]
        public JsonElement? Entry { get; init; }
    }

    /// <summary>What is filled in again.</summary>
    public sealed record Change
    {
        [MaxLength(100_000)]
        public required JsonElement Entry { get; init; }
    }

    private sealed record Owned(Guid? UserId, Guid? CaptainId, string Status, int Version);

    private sealed record Participant(Guid? UserId, Guid? TeamId, IReadOnlyList<Guid> People, string Name);

    public Task<Outcome<Registrations.View>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<Registrations.View>(
        caller,
        async session =>
        {
            // before the lock is waited for: who came in time is not late because others came too
            var now = clock.GetUtcNow();
            var locked = await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken);
            if (locked.Value is not { } competition) return locked.Problem!;
            if (request.Id is { } id && await session.FirstAsync<Guid?>("SELECT participant_id FROM registrations WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken) is { } known)
                return known == (request.TeamId ?? caller.Person) ? await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken) : IdentityProblems.IdTaken;
            if (!IsOpen(competition, now)) return ClosedProblem(competition, now);
            var participant = await ParticipantAsync(session, caller, competition, request.TeamId, cancellationToken);
            if (participant.Value is not { } who) return participant.Problem!;
            if (await entrants.FaultAsync(session, caller.TenantId, competition, who.People, cancellationToken) is { } notEligible) return notEligible;
            var form = await EntryForms.CurrentAsync(session, caller.TenantId, competitionId, FormPurpose.Registration, null, cancellationToken);
            var faults = EntryForm.FaultsOf(form?.Fields ?? [], request.Entry ?? Nothing, "/entry");
            if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
            if (await StatusAsync(session, caller.TenantId, competition, cancellationToken) is not { } status) return CompetitionProblems.Full;

            var added = await session.SingleAsync<Guid>(
                """
                INSERT INTO registrations (tenant_id, id, competition_id, user_id, team_id, status, form_id, entry, registered_at, registered_by, decided_at, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @competitionId, @UserId, @TeamId, @status, @formId, @entry::jsonb, @now, @Person, CASE @status WHEN 'approved' THEN @now END, @now, @Person, @now, @Person)
                RETURNING id
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    id = request.Id ?? Guid.CreateVersion7(now),
                    competitionId,
                    who.UserId,
                    who.TeamId,
                    status = status.Text(),
                    formId = form?.Id,
                    entry = (request.Entry ?? Nothing).GetRawText(),
                    now,
                },
                cancellationToken);
            if (status == RegistrationStatus.Approved)
                await notices.TellAsync(session, caller.Tenant, "registration-approved", [.. who.People.Where(person => person != caller.Person)], competition, [], cancellationToken);
            await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            return await Registrations.ReadAsync(session, caller.TenantId, added, cancellationToken);
        },
        cancellationToken);

    /// <summary>Fills the form in again, while registration is open.</summary>
    public Task<Outcome<Registrations.View>> ChangeAsync(Caller caller, Guid competitionId, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<Registrations.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var read = await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken);
            if (read.Value is not { } competition) return read.Problem!;
            var owned = await session.FirstAsync<Owned>(
                """
                SELECT registrations.user_id, teams.captain_id, status, registrations.version
                FROM registrations LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = team_id
                WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @competitionId AND registrations.id = @id
                FOR NO KEY UPDATE OF registrations
                """,
                new { caller.TenantId, competitionId, id },
                cancellationToken);
            var manages = CompetitionDirectory.Manages(caller, competitionId);
            if (owned is null || (!manages && caller.Person != (owned.UserId ?? owned.CaptainId))) return Problem.NotFound("registration");
            if (ifMatch is not null && ifMatch != owned.Version) return CommonProblems.Stale;
            if (owned.Status is not ("pending" or "approved" or "waitlisted")) return CompetitionProblems.DecisionNotPossible;
            if (!manages && !IsOpen(competition, now)) return ClosedProblem(competition, now);
            var form = await EntryForms.CurrentAsync(session, caller.TenantId, competitionId, FormPurpose.Registration, null, cancellationToken);
            var faults = EntryForm.FaultsOf(form?.Fields ?? [], change.Entry, "/entry");
            if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
            await session.ExecuteAsync(
                "UPDATE registrations SET form_id = @formId, entry = @entry::jsonb, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, formId = form?.Id, entry = change.Entry.GetRawText(), now },
                cancellationToken);
            return await Registrations.ReadAsync(session, caller.TenantId, id, cancellationToken);
        },
        cancellationToken);

    /// <summary>Open from the first instant on, closed from the last one on.</summary>
    internal static bool IsOpen(LockedCompetition competition, DateTimeOffset now) =>
        competition.Status is CompetitionStatus.Published or CompetitionStatus.Active && competition.RegistrationStart <= now && now < competition.RegistrationEnd;

    internal static Problem ClosedProblem(LockedCompetition competition, DateTimeOffset now) => new(CompetitionProblems.RegistrationClosed, competition switch
    {
        { Status: not (CompetitionStatus.Published or CompetitionStatus.Active) } => $"The competition is {competition.Status.Text()}.",
        _ when now < competition.RegistrationStart => $"It opens at {competition.RegistrationStart:u}.",
        _ => $"It closed at {competition.RegistrationEnd:u}.",
    });

    /// <summary>What a new registration becomes; null where there is no seat and no waitlist. The competition is locked.</summary>
    internal static async Task<RegistrationStatus?> StatusAsync(Session session, Guid tenantId, LockedCompetition competition, CancellationToken cancellationToken)
    {
        // nobody overtakes those who wait already
        var mayWait = competition.Rules.Registration.Waitlist;
        var hasSeat = competition.Free is null or > 0 && !await session.SingleAsync<bool>(
            "SELECT EXISTS (SELECT FROM registrations WHERE tenant_id = @tenantId AND competition_id = @Id AND status = 'waitlisted')", new { tenantId, competition.Id }, cancellationToken);
        if (hasSeat) return competition.RequiresApproval ? RegistrationStatus.Pending : RegistrationStatus.Approved;
        return mayWait ? RegistrationStatus.Waitlisted : null;
    }

    private static async Task<Outcome<Participant>> ParticipantAsync(Session session, Caller caller, LockedCompetition competition, Guid? teamId, CancellationToken cancellationToken)
    {
        if (teamId is null)
        {
            return competition.Type == CompetitionType.Team
                ? Problem.Invalid("/teamId", "required", "Teams take part in this competition.")
                : new Participant(caller.Person, null, [caller.Person], "");
        }
        if (competition.Type == CompetitionType.Individual) return Problem.Invalid("/teamId", "individuals-only", "There are no teams in this competition.");
        var team = await LockedTeam.LockAsync(session, caller.TenantId, teamId.Value, cancellationToken);
        if (team is null || team.CompetitionId != competition.Id) return Problem.Invalid("/teamId", "unknown", "There is no such team in this competition.");
        if (team.CaptainId != caller.Person && !CompetitionDirectory.Manages(caller, competition.Id)) return new Problem(CommonProblems.Forbidden, "The captain registers the team.");
        if (team.Members.Length < competition.MinTeamSize) return new Problem(CompetitionProblems.TeamTooSmall, $"A team has {competition.MinTeamSize} members at least; this one has {team.Members.Length}.");
        return new Participant(null, team.Id, team.Members, team.Name);
    }
}
