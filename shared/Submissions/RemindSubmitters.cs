using System.Text.Json;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>Reminds entries of which nothing was handed in yet, shortly before their own deadline, once.</summary>
public sealed class RemindSubmitters(Database database, TenantDirectory tenants, SettleSubmission settle, TimeProvider clock)
{
    private const int AtOnce = 200;

    private sealed record Due(Guid TenantId, Guid CompetitionId, Guid? RoundId);

    private sealed record Forgetful(Guid RegistrationId, DateTimeOffset DueAt);

    public async Task Run(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var now = clock.GetUtcNow();
            var due = await database.AsPlatform(shard).QueryAsync<Due>(
                """
                SELECT tenant_id, id AS competition_id, NULL::uuid AS round_id FROM competitions
                WHERE competition_end > @now AND competition_end <= @most AND status IN ('published', 'active') AND deleted_at IS NULL
                UNION
                SELECT tenant_id, competition_id, id FROM competition_rounds WHERE closes_at > @now AND closes_at <= @most AND deleted_at IS NULL
                UNION
                SELECT tenant_id, competition_id, round_id FROM submission_extensions WHERE until > @now AND until <= @most AND revoked_at IS NULL
                """,
                new { now, most = now.AddHours(720) },
                cancellationToken);
            foreach (var one in due)
            {
                if (await tenants.ByIdAsync(one.TenantId, cancellationToken) is not { } tenant) continue;
                while (await database.InTransaction(new Actor { TenantId = tenant.Id, Shard = shard }, session => StepAsync(session, tenant, one, now, cancellationToken), cancellationToken) == AtOnce)
                {
                }
            }
        }
    }

    // so many are marked, so that who runs beside this tells others
    private async Task<int> StepAsync(Session session, Tenant tenant, Due due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await RulesAsync(session, tenant.Id, due, cancellationToken) is not { ReminderHours: > 0 } rules) return 0;
        var marked = await session.QueryAsync<Forgetful>(
            """
            WITH forgetful AS (
                SELECT registration.id, greatest(coalesce(round.closes_at, competition.competition_end), (
                           SELECT max(until) FROM submission_extensions AS extension WHERE extension.tenant_id = @TenantId AND extension.competition_id = @CompetitionId AND extension.registration_id = registration.id
                             AND extension.round_id IS NOT DISTINCT FROM @RoundId AND revoked_at IS NULL)) AS due_at
                FROM registrations AS registration
                JOIN competitions AS competition ON competition.tenant_id = @TenantId AND competition.id = @CompetitionId AND competition.status IN ('published', 'active', 'judging') AND competition.deleted_at IS NULL
                LEFT JOIN competition_rounds AS round ON round.tenant_id = @TenantId AND round.id = @RoundId
                WHERE registration.tenant_id = @TenantId AND registration.competition_id = @CompetitionId AND registration.status = 'approved'
                  AND NOT EXISTS (SELECT FROM submission_reminders AS told WHERE told.tenant_id = @TenantId AND told.registration_id = registration.id AND told.subject_id = @subject)
                  AND (SELECT 1 FROM submissions WHERE submissions.tenant_id = @TenantId AND submissions.competition_id = @CompetitionId AND submissions.registration_id = registration.id
                      AND submissions.round_id IS NOT DISTINCT FROM @RoundId AND submissions.status = 'submitted' AND submissions.review_status <> 'REJECTED' AND submissions.deleted_at IS NULL LIMIT 1) IS NULL
            ), marked AS (
                INSERT INTO submission_reminders (tenant_id, registration_id, subject_id, reminded_at)
                SELECT @TenantId, id, @subject, @now FROM forgetful WHERE due_at > @now AND due_at <= @before ORDER BY id LIMIT @AtOnce
                ON CONFLICT DO NOTHING
                RETURNING registration_id
            )
            SELECT marked.registration_id, due_at FROM marked JOIN forgetful ON forgetful.id = marked.registration_id ORDER BY marked.registration_id
            """,
            new { TenantId = tenant.Id, due.CompetitionId, due.RoundId, subject = due.RoundId ?? due.CompetitionId, now, before = now.AddHours(rules.ReminderHours), AtOnce },
            cancellationToken);
        foreach (var (registration, at) in marked)
        {
            if (await SubmissionEntry.ReadAsync(session, tenant.Id, null, due.CompetitionId, due.RoundId, registration, cancellationToken) is { } entry)
                await settle.TellAsync(session, tenant, entry, "submission-reminder", _ => new() { ["expires"] = ExtendDeadline.InZoneOf(tenant, at) }, cancellationToken);
        }
        return marked.Count;
    }

    private static async Task<SubmissionRules?> RulesAsync(Session session, Guid tenantId, Due due, CancellationToken cancellationToken)
    {
        var configuration = await session.FirstAsync<(JsonElement OfAll, JsonElement? OfRound)?>(
            """
            SELECT competitions.configuration, round.configuration FROM competitions
            LEFT JOIN competition_rounds AS round ON round.tenant_id = @tenantId AND round.competition_id = competitions.id AND round.id = @RoundId AND round.deleted_at IS NULL
            WHERE competitions.tenant_id = @tenantId AND competitions.id = @CompetitionId AND competitions.deleted_at IS NULL
            """,
            new { tenantId, due.CompetitionId, due.RoundId },
            cancellationToken);
        return configuration is not { } found || (due.RoundId is not null && found.OfRound is null) ? null : SubmissionEntry.RulesOf(found.OfAll, found.OfRound);
    }
}
