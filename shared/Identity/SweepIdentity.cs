using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Identity;

/// <summary>Removes what signing in leaves behind once nobody can use it any more.</summary>
public sealed class SweepIdentity(Sweep sweep, SignInThrottle throttle, IdempotencyKeys idempotencyKeys, TimeProvider clock)
{
    /// <summary>So long a person sees in an export where they were signed in, and an investigation can look back.</summary>
    public static readonly TimeSpan KeepSessions = TimeSpan.FromDays(90);

    public async Task Run(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await sweep.Run("identity_sign_ins", "expires_at <= @now", new { now }, cancellationToken);
        await sweep.Run("email_tokens", "expires_at <= @now", new { now }, cancellationToken);
        await sweep.Run(
            "refresh_tokens",
            """
            EXISTS (SELECT FROM user_sessions
                    WHERE user_sessions.tenant_id = refresh_tokens.tenant_id AND user_sessions.id = refresh_tokens.session_id AND least(revoked_at, expires_at) <= @now)
            """,
            new { now },
            cancellationToken);
        await sweep.Run("user_sessions", "least(revoked_at, expires_at) <= @before", new { before = now - KeepSessions }, cancellationToken);
        await throttle.SweepAsync(cancellationToken);
        await idempotencyKeys.SweepAsync(cancellationToken);
    }
}
