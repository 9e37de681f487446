using System.Text.Json;
using Podium.Competitions;
using Podium.Notifications;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Submissions;
using Podium.Tenancy;

namespace Podium.Judging;

/// <summary>Makes an ordered assignment: reads what is known, finds the optimum, writes what changes, tells the judges. Finished work is never touched.</summary>
public sealed class MakeAssignment(Inbox inbox, CompetitionNotices notices, WakeRun wake, TimeProvider clock)
{
    private sealed record Plan(Guid Id, Guid CompetitionId, Guid RoundId, int Needed, Guid[]? RegistrationIds, JsonElement Weights, DateTimeOffset? DueAt, DateTimeOffset? FinishedAt);

    private sealed record EntryRow(Guid Id, string Label, Guid ParticipantId, string[] Topics, Guid[] InstitutionIds, string[] Emails);

    private sealed record JudgeRow(Guid Id, Guid UserId, string Name, int Capacity, string[] Topics, Guid? InstitutionId, string Email, bool Available, Guid[] TeamIds);

    private sealed record GivenRow(Guid RegistrationId, Guid JudgeId, string Status);

    private sealed record MeetingRow(Guid JudgeId, Guid ParticipantId, int Count);

    public Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<AssignRound.Order>();
        return inbox.OnceAsync(delivery, session => RunAsync(session, delivery.Tenant, order.PlanId, cancellationToken), cancellationToken);
    }

    internal async Task RunAsync(Session session, Tenant tenant, Guid planId, CancellationToken cancellationToken)
    {
        var tenantId = tenant.Id;
        var plan = await session.FirstAsync<Plan>(
            "SELECT id, competition_id, round_id, needed, registration_ids, weights, due_at, finished_at FROM assignment_plans WHERE tenant_id = @tenantId AND id = @planId", new { tenantId, planId }, cancellationToken)
            ?? throw new UnreadableMessageException("unknown-plan", $"There is no assignment plan {planId}.");
        // Who drops out locks the competition, and judges who begin, finish or recuse share the round's lock: what is read here is what is changed here.
        var competition = await LockedCompetition.LockAsync(session, tenantId, plan.CompetitionId, cancellationToken);
        await session.ExecuteAsync("SELECT FROM competition_rounds WHERE tenant_id = @tenantId AND id = @RoundId FOR NO KEY UPDATE", new { tenantId, plan.RoundId }, cancellationToken);
        if (plan.FinishedAt is not null || competition is null) return;
        var (task, people) = await ReadAsync(session, tenantId, plan, await JudgedSubmissions.AreNeededAsync(session, tenantId, plan.CompetitionId, plan.RoundId, cancellationToken), cancellationToken);
        var result = JudgeAssignment.Solve(task);
        await WriteAsync(session, tenantId, plan, result, cancellationToken);
        var told = result.Choices.Where(choice => !choice.Kept).Select(choice => people[choice.JudgeId]).Distinct().ToList();
        await notices.TellAsync(session, tenant, "review-assigned", told, competition, [], cancellationToken);
        await wake.RunAsync(session, tenantId, plan.CompetitionId, cancellationToken);
    }

    /// <summary>Who may be judged in a round by whom, as far as it does not depend on what was given out.</summary>
    internal static async Task<AssignmentTask> PanelAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, Guid[]? registrationIds, CancellationToken cancellationToken)
    {
        var weights = JsonSerializer.SerializeToElement(new AssignRound.Weights(0, 0, 0, 0), Json.Options);
        var plan = new Plan(Guid.Empty, competitionId, roundId, 1, registrationIds, weights, null, null);
        return (await ReadAsync(session, tenantId, plan, await JudgedSubmissions.AreNeededAsync(session, tenantId, competitionId, roundId, cancellationToken), cancellationToken)).Task;
    }

    private static async Task<(AssignmentTask Task, Dictionary<Guid, Guid> People)> ReadAsync(Session session, Guid tenantId, Plan plan, bool needsSubmission, CancellationToken cancellationToken)
    {
        var args = new { tenantId, plan.CompetitionId, plan.RoundId, plan.RegistrationIds, needsSubmission };
        var entries = await session.QueryAsync<EntryRow>(
            """
            SELECT registrations.id, coalesce(teams.name, min(users.first_name || ' ' || users.last_name)) AS label, registrations.participant_id,
                   CASE WHEN jsonb_typeof(registrations.entry->'topics') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(registrations.entry->'topics')) ELSE '{}' END AS topics,
                   coalesce(array_agg(DISTINCT users.institution_id) FILTER (WHERE users.institution_id IS NOT NULL), '{}') AS institution_ids,
                   coalesce(array_agg(DISTINCT users.email) FILTER (WHERE users.deleted_at IS NULL), '{}') AS emails
            FROM registrations
            LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
            LEFT JOIN competition_entrants AS entrants ON entrants.tenant_id = registrations.tenant_id AND entrants.competition_id = registrations.competition_id
                AND (entrants.team_id = registrations.team_id OR entrants.registration_id = registrations.id)
            LEFT JOIN users ON users.tenant_id = registrations.tenant_id AND users.id = coalesce(entrants.user_id, registrations.user_id)
            WHERE registrations.tenant_id = @tenantId AND registrations.competition_id = @CompetitionId AND registrations.status = 'approved'
              AND (@RegistrationIds::uuid[] IS NULL OR registrations.id = ANY (@RegistrationIds))
              -- where something is handed in, there is nothing to judge without it
              AND (NOT @needsSubmission OR EXISTS (
                SELECT FROM submissions
                WHERE submissions.tenant_id = @tenantId AND submissions.competition_id = @CompetitionId AND submissions.registration_id = registrations.id
                  AND (submissions.round_id = @RoundId OR submissions.round_id IS NULL) AND submissions.status = 'submitted' AND submissions.review_status = 'APPROVED' AND submissions.deleted_at IS NULL))
            GROUP BY registrations.tenant_id, registrations.id, teams.name
            ORDER BY registrations.id
            """,
            args,
            cancellationToken);
        var judges = await session.QueryAsync<JudgeRow>(
            """
            SELECT judges.id, users.id AS user_id, first_name || ' ' || last_name AS name, coalesce(competition_judges.capacity, judges.capacity) AS capacity, topics, institution_id, email,
                   dropped_out_at IS NULL AND judges.deleted_at IS NULL AND users.deleted_at IS NULL AS available,
                   ARRAY(SELECT coalesce(entrants.team_id, entrants.user_id) FROM competition_entrants AS entrants
                         WHERE entrants.tenant_id = @tenantId AND entrants.competition_id = @CompetitionId AND entrants.user_id = users.id) AS team_ids
            FROM competition_judges
            JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = competition_judges.judge_id
            JOIN users ON users.tenant_id = judges.tenant_id AND users.id = judges.user_id
            WHERE competition_judges.tenant_id = @tenantId AND competition_judges.competition_id = @CompetitionId
            ORDER BY judges.id
            """,
            args,
            cancellationToken);
        var conflicts = await session.QueryAsync<DeclaredConflict>(
            "SELECT judge_id, registration_id AS entry_id, NULL::uuid AS team_id, reason FROM judge_conflicts WHERE tenant_id = @tenantId AND competition_id = @CompetitionId ORDER BY id", args, cancellationToken);
        var given = await session.QueryAsync<GivenRow>(
            "SELECT registration_id, judge_id, status FROM judge_assignments WHERE tenant_id = @tenantId AND competition_id = @CompetitionId AND round_id = @RoundId AND status <> 'withdrawn' ORDER BY id", args, cancellationToken);
        var earlier = await session.QueryAsync<MeetingRow>(
            """
            SELECT judge_id, participant_id, count(*)::int AS count
            FROM judge_assignments JOIN registrations ON registrations.tenant_id = judge_assignments.tenant_id AND registrations.id = registration_id
            WHERE judge_assignments.tenant_id = @tenantId AND judge_assignments.competition_id = @CompetitionId AND round_id <> @RoundId AND judge_assignments.status IN ('assigned', 'started', 'finished')
            GROUP BY judge_id, participant_id
            """,
            args,
            cancellationToken);
        var weights = plan.Weights.Deserialize<AssignRound.Weights>(Json.Options)!;
        var task = new AssignmentTask(
            [.. entries.Select(entry => new PanelEntry(entry.Id, entry.Label, entry.ParticipantId, plan.Needed) { Topics = entry.Topics, InstitutionIds = entry.InstitutionIds, Emails = entry.Emails })],
            [.. judges.Select(judge => new PanelJudge(judge.Id, judge.Name, judge.Capacity) { Topics = judge.Topics, InstitutionId = judge.InstitutionId, Email = judge.Email, TeamIds = judge.TeamIds, IsAvailable = judge.Available })])
        {
            Conflicts = conflicts,
            Given = [.. given.Select(review => new GivenReview(review.RegistrationId, review.JudgeId, Enum.Parse<ReviewProgress>(review.Status, ignoreCase: true)))],
            Earlier = [.. earlier.Select(meeting => new EarlierMeeting(meeting.JudgeId, meeting.ParticipantId, meeting.Count))],
            Rules = new AssignmentRules { Expertise = weights.Expertise, Balance = weights.Balance, Change = weights.Change, MostPerTeam = weights.MostPerTeam == 0 ? null : weights.MostPerTeam },
        };
        return (task, judges.ToDictionary(judge => judge.Id, judge => judge.UserId));
    }

    private async Task WriteAsync(Session session, Guid tenantId, Plan plan, AssignmentPlan result, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var added = result.Choices.Where(choice => !choice.Kept).ToList();
        await session.ExecuteAsync(
            """
            UPDATE judge_assignments SET status = 'withdrawn', changed_at = @now
            FROM unnest(@entries, @judges) AS gone (registration_id, judge_id)
            WHERE judge_assignments.tenant_id = @tenantId AND round_id = @RoundId AND judge_assignments.registration_id = gone.registration_id AND judge_assignments.judge_id = gone.judge_id
              AND status IN ('assigned', 'started')
            """,
            new { tenantId, plan.RoundId, entries = result.Withdrawn.Select(gone => gone.EntryId).ToArray(), judges = result.Withdrawn.Select(gone => gone.JudgeId).ToArray(), now },
            cancellationToken);
        await session.ExecuteAsync(
            """
            INSERT INTO judge_assignments (tenant_id, id, competition_id, round_id, registration_id, judge_id, plan_id, why, due_at, assigned_at, changed_at)
            SELECT @tenantId, id, @CompetitionId, @RoundId, registration_id, judge_id, @Id, why::jsonb, @DueAt, @now, @now
            FROM unnest(@ids, @entries, @judges, @whys) AS added (id, registration_id, judge_id, why);
            UPDATE judge_assignments SET due_at = @DueAt WHERE tenant_id = @tenantId AND competition_id = @CompetitionId AND round_id = @RoundId AND status IN ('assigned', 'started') AND due_at IS DISTINCT FROM @DueAt;
            UPDATE assignment_plans
            SET finished_at = @now, cost = @Cost, proven_bound = @ProvenBound, given = @given, withdrawn = @withdrawn, shortages = @shortages::jsonb, loads = @loads::jsonb, pairs = @pairs::jsonb
            WHERE tenant_id = @tenantId AND id = @Id
            """,
            new
            {
                tenantId,
                plan.Id,
                plan.CompetitionId,
                plan.RoundId,
                plan.DueAt,
                now,
                ids = added.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                entries = added.Select(choice => choice.EntryId).ToArray(),
                judges = added.Select(choice => choice.JudgeId).ToArray(),
                whys = added.Select(choice => JsonSerializer.Serialize(choice.Why, Json.Options)).ToArray(),
                result.Proof.Cost,
                result.Proof.ProvenBound,
                given = added.Count,
                withdrawn = result.Withdrawn.Count,
                shortages = JsonSerializer.Serialize(result.Shortages, Json.Options),
                loads = JsonSerializer.Serialize(result.Loads, Json.Options),
                pairs = JsonSerializer.Serialize(result.MostFrequentPairs, Json.Options),
            },
            cancellationToken);
    }
}
