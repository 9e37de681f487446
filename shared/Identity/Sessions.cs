using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Opens sessions and hands out their tokens.</summary>
public sealed class Sessions(AccessTokens tokens, TimeProvider clock)
{
    /// <summary>A session nobody uses for so long ends.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(30);

    /// <summary>What a client needs to stay signed in.</summary>
    public sealed record Tokens
    {
        public required string AccessToken { get; init; }

        public string TokenType { get; init; } = "Bearer";

        /// <summary>Seconds that the access token lives.</summary>
        public required int ExpiresIn { get; init; }

        public required string RefreshToken { get; init; }

        public required Guid UserId { get; init; }

        public required Guid SessionId { get; init; }
    }

    public async Task<Tokens> OpenAsync(Session session, Caller caller, Guid userId, string method, bool secondFactor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var refresh = Secrets.NewToken();
        await session.ExecuteAsync(
            """
            INSERT INTO user_sessions (tenant_id, id, user_id, created_at, last_used_at, expires_at, method, second_factor, address, user_agent)
            VALUES (@TenantId, @id, @userId, @now, @now, @expires, @method, @secondFactor, @Address, @UserAgent);
            INSERT INTO refresh_tokens (tenant_id, token_hash, session_id, created_at) VALUES (@TenantId, @hash, @id, @now)
            """,
            new { caller.TenantId, id, userId, now, expires = now + Idle, method, secondFactor, caller.Address, caller.UserAgent, hash = Secrets.HashOf(refresh) },
            cancellationToken);
        return await TokensAsync(caller.TenantId, userId, id, refresh, cancellationToken);
    }

    public async Task<Tokens> TokensAsync(Guid tenantId, Guid userId, Guid sessionId, string refresh, CancellationToken cancellationToken) => new()
    {
        AccessToken = await tokens.IssueAsync(new AccessTokens.Claims(tenantId, userId, sessionId), cancellationToken),
        ExpiresIn = (int)AccessTokens.Life.TotalSeconds,
        RefreshToken = refresh,
        UserId = userId,
        SessionId = sessionId,
    };
}
