using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Podium.Platform.Access;
using Podium.Platform.Http;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>Trades an authorization code for the issuer's word on who somebody is.</summary>
public sealed partial class RedeemCode(IssuerDirectory directory, SafeHttp http, FieldCipher cipher, TimeProvider clock, ILogger<RedeemCode> log)
{
    private sealed record Tokens(string IdToken, string? AccessToken);

    /// <param name="issuerNamed">The issuer that the answer names (RFC 9207), or null.</param>
    public async Task<Outcome<IssuerIdentity>> Run(Caller caller, ReturnedSignIn signIn, string code, string? issuerNamed, CancellationToken cancellationToken)
    {
        var issuer = signIn.Issuer;
        var discovered = await directory.MetadataAsync(issuer.Url, cancellationToken);
        if (discovered.Problem is { } unavailable) return unavailable;
        var metadata = discovered.Value!;
        // an answer from one issuer must not be taken to another
        if (issuerNamed is null ? metadata.NamesItself : issuerNamed != metadata.Issuer) return Refused(issuer, "The answer is from another issuer.");

        var tokens = await TokensAsync(caller, signIn, metadata, code, cancellationToken);
        if (tokens.Problem is { } refused) return refused;
        var verified = await directory.VerifyAsync(metadata, tokens.Value!.IdToken, cancellationToken);
        if (verified.Problem is { } noKeys) return noKeys;
        if (verified.Value is not { Claims: { } claims, Header: { } header }) return Refused(issuer, verified.Value!.Reason!);
        var expected = new IdToken.Expected(metadata.Issuer, issuer.ClientId, signIn.Nonce, tokens.Value.AccessToken, clock.GetUtcNow());
        if (IdToken.Fault(claims, header, expected) is { } fault) return Refused(issuer, fault);

        var identity = IssuerIdentity.Of(claims);
        if (identity.HasEmail || metadata.UserInfoEndpoint is null || tokens.Value.AccessToken is null) return identity;
        return await AskAsync(metadata, tokens.Value.AccessToken, identity, cancellationToken);
    }

    private async Task<Outcome<Tokens>> TokensAsync(Caller caller, ReturnedSignIn signIn, IssuerMetadata metadata, string code, CancellationToken cancellationToken)
    {
        var issuer = signIn.Issuer;
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = signIn.RedirectUri,
            ["code_verifier"] = signIn.Verifier,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, metadata.TokenEndpoint);
        request.Headers.Accept.ParseAdd("application/json");
        if (issuer.Secret(cipher, caller.TenantId) is not { } secret)
        {
            form["client_id"] = issuer.ClientId;
        }
        else if (metadata.TokenAuthMethods is { } methods && !methods.Contains("client_secret_basic") && methods.Contains("client_secret_post"))
        {
            (form["client_id"], form["client_secret"]) = (issuer.ClientId, secret);
        }
        else
        {
            var credentials = $"{FormEncoded(issuer.ClientId)}:{FormEncoded(secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }
        request.Content = new FormUrlEncodedContent(form);

        var answer = await http.SendAsync(request, cancellationToken);
        if (answer.Fault is { } fault) return directory.Unavailable(issuer.Url, $"The token endpoint fails. {fault}");
        if (!StrictJson.TryObject(answer.Body, out var json)) return directory.Unavailable(issuer.Url, $"The token endpoint answers with status {answer.Status} and no JSON object.");
        if (answer.Status != 200)
        {
            var error = IdToken.Text(json, "error");
            // the code is wrong, old or was used before; every other error is about the set-up, and no business of the person's
            return error == "invalid_grant" ? Refused(issuer, "The code is not accepted.") : directory.Unavailable(issuer.Url, $"The token endpoint answers with status {answer.Status} and error '{Shown(error)}'.");
        }
        if (IdToken.Text(json, "id_token") is not { } idToken) return directory.Unavailable(issuer.Url, "The token endpoint gives no ID token.");
        return new Tokens(idToken, IdToken.Text(json, "access_token"));
    }

    // issuers to the letter of the standard keep the address out of the ID token
    private async Task<Outcome<IssuerIdentity>> AskAsync(IssuerMetadata metadata, string accessToken, IssuerIdentity identity, CancellationToken cancellationToken)
    {
        if (accessToken.Any(character => character is <= ' ' or > '~')) return directory.Unavailable(metadata.Issuer, "The access token is no token.");
        using var request = new HttpRequestMessage(HttpMethod.Get, metadata.UserInfoEndpoint);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        var answer = await http.SendAsync(request, cancellationToken);
        if (answer.Fault is { } fault) return directory.Unavailable(metadata.Issuer, $"The user info endpoint fails. {fault}");
        if (answer.Status != 200 || !StrictJson.TryObject(answer.Body, out var claims)) return directory.Unavailable(metadata.Issuer, $"The user info endpoint answers with status {answer.Status}, or no JSON object.");
        if (IdToken.Text(claims, "sub") != identity.Subject) return directory.Unavailable(metadata.Issuer, "The user info is about somebody else.");
        return IssuerIdentity.Of(claims);
    }

    private Problem Refused(Issuer issuer, string reason)
    {
        LogRefused(log, issuer.Url, reason);
        return new Problem(IdentityProblems.IssuerRefused, reason);
    }

    private static string FormEncoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string Shown(string? error) => error is null ? "" : new string([.. error.Where(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-').Take(50)]);

    [LoggerMessage(401, LogLevel.Warning, "A sign-in by the issuer {Issuer} is refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string issuer, string reason);
}
