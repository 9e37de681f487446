using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>Waits with a sign-in that the issuer has vouched for until its person gives a code of their authenticator.</summary>
public sealed class SecondFactorStep(Database database, SignInThrottle throttle, SecondFactor secondFactor, Sessions sessions, TimeProvider clock)
{
    private sealed record Row(Guid UserId, string Name);

    public static Task AwaitAsync(Session session, Caller caller, byte[] stateHash, string code, Guid userId) => session.ExecuteAsync(
        "UPDATE identity_sign_ins SET proved_user_id = @userId, code_hash = @codeHash WHERE tenant_id = @TenantId AND state_hash = @stateHash",
        new { caller.TenantId, stateHash, userId, codeHash = Secrets.HashOf(code) });

    public async Task<Outcome<Sessions.Tokens>> Run(Caller caller, byte[] stateHash, CompleteIssuerSignIn.Request request, CancellationToken cancellationToken)
    {
        var row = await database.As(caller).FirstAsync<Row>(
            """
            SELECT users.id AS user_id, identity_issuers.name
            FROM identity_sign_ins
            JOIN identity_issuers ON identity_issuers.tenant_id = identity_sign_ins.tenant_id AND identity_issuers.id = identity_sign_ins.issuer_id
            JOIN users ON users.tenant_id = identity_sign_ins.tenant_id AND users.id = identity_sign_ins.proved_user_id
            WHERE identity_sign_ins.tenant_id = @TenantId AND state_hash = @stateHash AND code_hash = @codeHash AND expires_at > @now
              AND identity_issuers.enabled AND users.account_status = 'active' AND users.deleted_at IS NULL
            """,
            new { caller.TenantId, stateHash, codeHash = Secrets.HashOf(request.Code), now = clock.GetUtcNow() },
            cancellationToken);
        if (row is null) return IdentityProblems.SignInExpired;
        if (request.Totp is null) return IdentityProblems.SecondFactorRequired;
        var account = $"second-factor:{row.UserId}";
        if (await throttle.CheckAsync(caller, account, cancellationToken) is { } blocked) return blocked;

        var opened = await database.InTransaction<Sessions.Tokens>(
            caller,
            async session =>
            {
                var ended = await session.ExecuteAsync(
                    "DELETE FROM identity_sign_ins WHERE tenant_id = @TenantId AND state_hash = @stateHash", new { caller.TenantId, stateHash }, cancellationToken);
                if (ended == 0) return IdentityProblems.SignInExpired;
                if (!await secondFactor.UseAsync(session, caller, row.UserId, request.Totp)) return IdentityProblems.SecondFactorRefused;
                await throttle.SucceededAsync(session, caller, account);
                return await sessions.OpenAsync(session, caller, row.UserId, $"issuer:{row.Name}", secondFactor: true, cancellationToken);
            },
            cancellationToken);
        if (opened.Problem?.Kind == IdentityProblems.SecondFactorRefused) await throttle.FailedAsync(caller, account);
        return opened;
    }
}
