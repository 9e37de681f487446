using System.Globalization;
using Podium.Competitions;
using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Running;

/// <summary>Tells those who take part, judge or organise what happens in a round, and notes it in the competition's history.</summary>
public sealed class RunNotices(CompetitionNotices notices)
{
    /// <summary>Whom a notice goes to, as a query that gives user ids.</summary>
    internal static class To
    {
        private const string People =
            """
            SELECT DISTINCT people.user_id
            FROM round_entries AS entry
            JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id AND registrations.status = 'approved'
            JOIN competition_entrants AS people ON people.tenant_id = entry.tenant_id AND people.competition_id = entry.competition_id
                AND (people.registration_id = entry.registration_id OR people.team_id = registrations.team_id)
            WHERE entry.tenant_id = @TenantId AND entry.competition_id = @CompetitionId
            """;

        public const string Entrants = $"{People} AND entry.round_id = @RoundId";

        public const string Advancing = $"{Entrants} AND entry.advances";

        public const string Eliminated = $"{Entrants} AND entry.advances = false";

        /// <summary>Those of one entry.</summary>
        public const string OfEntry = $"{Entrants} AND entry.registration_id = @RegistrationId";

        /// <summary>Those whose places the last standing has changed, but for the entry it was made for.</summary>
        public const string Moved =
            $"""
            {Entrants} AND entry.registration_id <> @RegistrationId AND EXISTS (
                SELECT FROM round_standing_lines AS line JOIN round_standing_lines AS before ON before.tenant_id = line.tenant_id AND before.round_id = line.round_id AND before.number = line.number - 1 AND before.registration_id = line.registration_id
                WHERE line.tenant_id = @TenantId AND line.round_id = @RoundId AND line.registration_id = entry.registration_id AND (line.place, line.advances) IS DISTINCT FROM (before.place, before.advances)
                  AND line.number = (SELECT max(number) FROM round_standings WHERE tenant_id = @TenantId AND round_id = @RoundId))
            """;

        /// <summary>Judges who write reviews of one entry once more.</summary>
        public const string OnceMore =
            """
            SELECT DISTINCT judges.user_id
            FROM judge_assignments AS given
            JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
            JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id AND reviews.status = 'reopened'
            WHERE given.tenant_id = @TenantId AND given.competition_id = @CompetitionId AND given.round_id = @RoundId AND given.registration_id = @RegistrationId
            """;

        /// <summary>Everybody who was in a round.</summary>
        public const string All = People;

        /// <summary>Judges with reviews that are not final, and all who can still compare.</summary>
        public const string BusyJudges =
            """
            SELECT judges.user_id
            FROM judge_assignments AS given JOIN judges ON judges.tenant_id = given.tenant_id AND judges.id = given.judge_id
            WHERE given.tenant_id = @TenantId AND given.competition_id = @CompetitionId AND given.round_id = @RoundId AND given.status IN ('assigned', 'started')
            UNION
            SELECT judges.user_id
            FROM comparison_rounds AS compared
            JOIN competition_judges AS panel ON panel.tenant_id = compared.tenant_id AND panel.competition_id = compared.competition_id AND dropped_out_at IS NULL
            JOIN judges ON judges.tenant_id = panel.tenant_id AND judges.id = panel.judge_id AND judges.deleted_at IS NULL
            WHERE compared.tenant_id = @TenantId AND compared.round_id = @RoundId AND closed_at IS NULL
            """;

        /// <summary>Who started it, and those whose role counts for this competition alone and lets them manage it.</summary>
        public const string Organisers =
            """
            SELECT started_by AS user_id FROM competition_runs WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND started_by IS NOT NULL
            UNION
            SELECT user_roles.user_id
            FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @TenantId AND user_roles.scope_type = 'competition' AND user_roles.scope_id = @CompetitionId AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @Now)
              AND roles.permissions ?| ARRAY['competition.manage', 'competition.*', '*']
            """;
    }

    /// <summary>What the notices and the history say.</summary>
    internal sealed record Context(Session Session, Tenant Tenant, LockedCompetition Competition, RoundStanding? Round, DateTimeOffset Now, Guid? By = null)
    {
        public DateTimeOffset? Until { get; init; }

        public string? Reason { get; init; }

        /// <summary>The entry it is about.</summary>
        public Guid? RegistrationId { get; init; }
    }

    /// <summary>Writes a step into the history and, where it names a notice, tells people; how many.</summary>
    internal async Task<int> StepAsync(Context context, string what, string detail, CancellationToken cancellationToken, params (string Template, string People)[] told)
    {
        var count = 0;
        foreach (var (template, people) in told) count += await TellAsync(context with { Reason = context.Reason ?? detail }, template, people, cancellationToken);
        await context.Session.ExecuteAsync(
            """
            INSERT INTO round_steps (tenant_id, id, competition_id, round_id, what, detail, notices, told, at, by)
            VALUES (@TenantId, @id, @CompetitionId, @RoundId, @what, @detail, @templates, @count, @Now, @By)
            """,
            new { TenantId = context.Tenant.Id, id = Guid.CreateVersion7(context.Now), CompetitionId = context.Competition.Id, RoundId = context.Round?.Id, what, detail, templates = told.Select(one => one.Template).ToArray(), count, context.Now, context.By },
            cancellationToken);
        return count;
    }

    /// <summary>Tells people something; how many.</summary>
    internal async Task<int> TellAsync(Context context, string template, string people, CancellationToken cancellationToken)
    {
        var (session, tenant) = (context.Session, context.Tenant);
        var ids = await session.QueryAsync<Guid>(people, new { TenantId = tenant.Id, CompetitionId = context.Competition.Id, RoundId = context.Round?.Id, context.RegistrationId, context.Now }, cancellationToken);
        var values = new Dictionary<string, string> { ["round"] = context.Round?.Name ?? "", ["reason"] = context.Reason ?? "" };
        if (context.Until is { } until) values["expires"] = TimeZoneInfo.ConvertTime(until, TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        await notices.TellAsync(session, tenant, template, [.. ids], context.Competition, values, cancellationToken);
        return ids.Count;
    }
}
