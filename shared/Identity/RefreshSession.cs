using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Gives new tokens for a refresh token, once. A token that comes a second time was stolen from somebody: the session ends.</summary>
public sealed class RefreshSession(Database database, Sessions sessions, People people, TimeProvider clock)
{
    public sealed record Request
    {
        [StringLength(200, MinimumLength = 1), Example("xJ3kVb0s9mQ2tRzL8wYp4uNc7aFd1eHg")]
        public required string RefreshToken { get; init; }
    }

    private sealed record Row(Guid SessionId, Guid UserId, DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt, DateTimeOffset ExpiresAt, bool Active);

    public async Task<Outcome<Sessions.Tokens>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var hash = Secrets.HashOf(request.RefreshToken);
        var refresh = Secrets.NewToken();
        // committed either way: that a session was ended must outlive the refusal
        var row = await database.InTransaction(
            caller,
            async session =>
            {
                var found = await session.FirstAsync<Row>(
                    """
                    SELECT refresh_tokens.session_id, user_sessions.user_id, refresh_tokens.used_at, user_sessions.revoked_at, user_sessions.expires_at,
                           users.account_status = 'active' AND users.deleted_at IS NULL AS active
                    FROM refresh_tokens
                    JOIN user_sessions ON user_sessions.tenant_id = refresh_tokens.tenant_id AND user_sessions.id = refresh_tokens.session_id
                    JOIN users ON users.tenant_id = user_sessions.tenant_id AND users.id = user_sessions.user_id
                    WHERE refresh_tokens.tenant_id = @TenantId AND refresh_tokens.token_hash = @hash
                    FOR UPDATE OF refresh_tokens, user_sessions
                    """,
                    new { caller.TenantId, hash },
                    cancellationToken);
                if (found is null || found.RevokedAt is not null || found.ExpiresAt <= now || !found.Active) return null;
                if (found.UsedAt is not null)
                {
                    await session.ExecuteAsync(
                        "UPDATE user_sessions SET revoked_at = @now, revoked_for = 'reuse' WHERE tenant_id = @TenantId AND id = @SessionId", new { caller.TenantId, found.SessionId, now });
                    await people.ForgetAsync(session, caller.TenantId, found.UserId);
                    return null;
                }
                await session.ExecuteAsync(
                    """
                    UPDATE refresh_tokens SET used_at = @now WHERE tenant_id = @TenantId AND token_hash = @hash;
                    INSERT INTO refresh_tokens (tenant_id, token_hash, session_id, created_at) VALUES (@TenantId, @next, @SessionId, @now);
                    UPDATE user_sessions SET last_used_at = @now, expires_at = @expires, address = @Address, user_agent = @UserAgent
                    WHERE tenant_id = @TenantId AND id = @SessionId
                    """,
                    new { caller.TenantId, hash, next = Secrets.HashOf(refresh), found.SessionId, now, expires = now + Sessions.Idle, caller.Address, caller.UserAgent });
                return found;
            },
            cancellationToken);
        if (row is null) return IdentityProblems.RefreshRefused;
        return await sessions.TokensAsync(caller.TenantId, row.UserId, row.SessionId, refresh, cancellationToken);
    }
}
