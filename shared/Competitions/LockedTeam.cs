using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>A team that nobody joins, leaves or changes until the transaction ends.</summary>
internal sealed record LockedTeam(Guid Id, Guid CompetitionId, string Name, Guid CaptainId, bool Open, int Version, Guid[] Members)
{
    public static Task<LockedTeam?> LockAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) => session.QueryManyAsync(
        // its members are counted by a statement of its own, which sees who came in while the lock was waited for
        """
        SELECT 1 FROM teams WHERE tenant_id = @tenantId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE;
        SELECT id, competition_id, name, captain_id, open, version,
               ARRAY(SELECT user_id FROM team_members WHERE tenant_id = @tenantId AND team_id = @id AND left_at IS NULL ORDER BY joined_at, user_id) AS members
        FROM teams WHERE tenant_id = @tenantId AND id = @id AND deleted_at IS NULL
        """,
        new { tenantId, id },
        async results =>
        {
            await results.ReadAsync<int>();
            return await results.ReadFirstOrDefaultAsync<LockedTeam>();
        },
        cancellationToken);

    /// <summary>
    /// Locks a team for its captain or the organisers, the competition first where its seats may change too.
    /// </summary>
    public static async Task<Outcome<(LockedTeam Team, LockedCompetition Competition)>> ForChangeAsync(
        Session session, Caller caller, Guid id, DateTimeOffset now, bool withSeats, bool byAnyMember, CancellationToken cancellationToken)
    {
        var at = await session.FirstAsync<Guid?>("SELECT competition_id FROM teams WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL", new { caller.TenantId, id }, cancellationToken);
        if (at is not { } competitionId) return Problem.NotFound("team");
        var read = withSeats ? await LockedCompetition.LockAsync(session, caller, competitionId, cancellationToken) : await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken);
        if (read.Value is not { } competition || await LockAsync(session, caller.TenantId, id, cancellationToken) is not { } team) return Problem.NotFound("team");
        if (caller.Person != team.CaptainId && !CompetitionDirectory.Manages(caller, competitionId) && !(byAnyMember && team.Members.Contains(caller.Person)))
            return team.Members.Contains(caller.Person) ? new Problem(CommonProblems.Forbidden, "The captain does this.") : new Problem(CommonProblems.Forbidden, "You do not belong to this team.");
        if (FrozenProblem(caller, competition, now) is { } frozen) return frozen;
        return (team, competition);
    }

    /// <summary>Why teams stay as they are: the competition is over, or has gone too far for those who do not run it.</summary>
    public static Problem? FrozenProblem(Caller caller, LockedCompetition competition, DateTimeOffset now)
    {
        if (LifeCycle.IsOver(competition.Status)) return CompetitionProblems.Ended;
        if (CompetitionDirectory.Manages(caller, competition.Id)) return null;
        var until = competition.Rules.Teams.ChangeUntil switch
        {
            TeamsChangeUntil.RegistrationEnd => competition.RegistrationEnd,
            TeamsChangeUntil.CompetitionStart => competition.CompetitionStart,
            _ => competition.CompetitionEnd,
        };
        return competition.Status is CompetitionStatus.Published or CompetitionStatus.Active && now < until
            ? null
            : new Problem(CompetitionProblems.TeamFrozen, $"They could be changed until {until:u}.");
    }
}
