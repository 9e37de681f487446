using Podium.Platform.Access;
using Podium.Platform.Databases;

namespace Podium.Learning.Experiments;

/// <summary>
/// The version of a challenge that somebody gets. While two are tried side by side, a learner who comes new is given one of them, and that is noted at the first look or
/// attempt; who had begun before, and who is not signed in, gets the active one.
/// </summary>
public sealed class AssignVersion(Database database, Catalogue catalogue, TimeProvider clock)
{
    /// <summary>After so long without a look or an attempt, somebody was doing something else.</summary>
    private const int PauseSeconds = 30 * 60;

    private const string AssignSql =
        """
        INSERT INTO version_assignments (tenant_id, split_id, user_id, arm, assigned_at, last_seen_at)
        SELECT @TenantId, id, @Person, @arm, @now, @now FROM version_splits
        WHERE tenant_id = @TenantId AND id = @split AND ended_at IS NULL
          AND NOT EXISTS (SELECT FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge AND (total_attempts > 0 OR hints_taken > 0))
        ON CONFLICT (tenant_id, split_id, user_id) DO NOTHING;

        UPDATE version_assignments SET active_seconds = active_seconds + CASE WHEN @now - last_seen_at <= @pause THEN extract(epoch FROM @now - last_seen_at)::integer ELSE 0 END, last_seen_at = @now
        WHERE tenant_id = @TenantId AND split_id = @split AND user_id = @Person AND last_seen_at < @now AND completed_at IS NULL
          AND EXISTS (SELECT FROM version_splits WHERE tenant_id = @TenantId AND id = @split AND ended_at IS NULL);

        SELECT arm FROM version_assignments WHERE tenant_id = @TenantId AND split_id = @split AND user_id = @Person
        """;

    /// <summary>Notes an attempt of somebody who is part of a split. Its time was counted when their version was looked up, just before.</summary>
    internal const string AttemptSql =
        """
        UPDATE version_assignments SET attempts = attempts + 1, best_score = greatest(best_score, @score), completed_at = CASE WHEN @passed THEN @now END
        WHERE tenant_id = @TenantId AND split_id = @split AND user_id = @Person AND completed_at IS NULL
          AND EXISTS (SELECT FROM version_splits WHERE tenant_id = @TenantId AND id = @split AND ended_at IS NULL);
        """;

    internal async ValueTask<Catalogue.Active?> ForAsync(Caller caller, Guid challenge, CancellationToken cancellationToken)
    {
        if (await catalogue.ActiveAsync(caller, challenge, cancellationToken) is not { } active) return null;
        if (active.Split is not { } split || !caller.IsSignedIn) return active;
        var drawn = Draw.Of(split.Salt, caller.Person, split.Share);
        var arm = await database.As(caller).FirstAsync<string>(
            AssignSql,
            new { caller.TenantId, caller.Person, challenge, split = split.Id, arm = drawn == Arm.Second ? "second" : "first", now = clock.GetUtcNow(), pause = TimeSpan.FromSeconds(PauseSeconds) },
            cancellationToken);
        return arm switch
        {
            "second" => active with { VersionId = split.VersionId, Number = split.Number, Content = split.Content, Assigned = split.Id },
            "first" => active with { Assigned = split.Id },
            _ => active,
        };
    }
}
