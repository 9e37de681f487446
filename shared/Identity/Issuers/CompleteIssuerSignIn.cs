using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>
/// Signs in a person who comes back from an issuer. Who has an authenticator is asked for its code too: the same request again, with the
/// code, until the sign-in expires; the issuer is not asked twice.
/// </summary>
public sealed class CompleteIssuerSignIn(
    Database database, AwaySignIns away, RedeemCode redeem, AccountOfIdentity accounts, SecondFactorStep secondStep, Sessions sessions)
{
    public record Return
    {
        /// <summary>The state that the issuer sent back.</summary>
        [StringLength(200, MinimumLength = 1)]
        public required string State { get; init; }

        /// <summary>The code that the issuer sent back.</summary>
        [StringLength(4000, MinimumLength = 1)]
        public required string Code { get; init; }

        /// <summary>The issuer that the answer names, where it names one.</summary>
        [StringLength(500)]
        public string? Iss { get; init; }
    }

    public sealed record Request : Return
    {
        /// <summary>Six digits of the person's authenticator, or a recovery code.</summary>
        [StringLength(40)]
        public string? Totp { get; init; }
    }

    public async Task<Outcome<Sessions.Tokens>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var stateHash = Secrets.HashOf(request.State);
        if (await away.TakeAsync(caller, stateHash, linkingUserId: null, cancellationToken) is { } signIn)
        {
            var identity = await redeem.Run(caller, signIn, request.Code, request.Iss, cancellationToken);
            if (identity.Problem is { } refused) return refused;
            var opened = await database.InTransaction<Sessions.Tokens?>(
                caller,
                async session =>
                {
                    var account = await accounts.Run(session, caller, signIn.Issuer, identity.Value!);
                    if (account.Problem is { } problem) return problem;
                    if (account.Value!.HasTotp)
                    {
                        await SecondFactorStep.AwaitAsync(session, caller, stateHash, request.Code, account.Value.UserId);
                        return default(Sessions.Tokens);
                    }
                    return await sessions.OpenAsync(session, caller, account.Value.UserId, signIn.Issuer.Method, secondFactor: false, cancellationToken);
                },
                cancellationToken);
            if (opened.Problem is { } problem) return problem;
            if (opened.Value is { } tokens) return tokens;
        }
        return await secondStep.Run(caller, stateHash, request, cancellationToken);
    }
}
