using Podium.Competitions;
using Podium.Notifications;

namespace Podium.Emergencies;

/// <summary>Everybody whom a competition concerns: who takes part or wants to, who judges, who organises it in particular.</summary>
internal static class Concerned
{
    private const string Sql =
        """
        SELECT user_id FROM (
            SELECT user_id FROM competition_entrants WHERE tenant_id = @TenantId AND competition_id = @competitionId
            UNION
            SELECT judges.user_id FROM competition_judges AS panel JOIN judges ON judges.tenant_id = panel.tenant_id AND judges.id = panel.judge_id
            WHERE panel.tenant_id = @TenantId AND panel.competition_id = @competitionId AND panel.dropped_out_at IS NULL
            UNION
            SELECT user_id FROM user_roles WHERE tenant_id = @TenantId AND scope_type = 'competition' AND scope_id = @competitionId AND (expires_at IS NULL OR expires_at > @Now)
        ) AS concerned
        ORDER BY user_id
        """;

    public static Task<IReadOnlyList<Guid>> PeopleAsync(Acting acting, CancellationToken cancellationToken) =>
        acting.Session.QueryAsync<Guid>(Sql, new { acting.Caller.TenantId, competitionId = acting.Locked.Id, acting.Now }, cancellationToken);

    /// <summary>Tells all of them by a template; how many they are.</summary>
    public static async Task<int> TellAsync(Acting acting, CompetitionNotices notices, string template, string reason, CancellationToken cancellationToken)
    {
        var people = await PeopleAsync(acting, cancellationToken);
        await notices.TellAsync(acting.Session, acting.Caller.Tenant, template, people, acting.Locked, new() { ["reason"] = reason }, cancellationToken);
        return people.Count;
    }
}
