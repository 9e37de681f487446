using Podium.Platform.Access;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>Looks at an issuer as it is now and says everything that would keep people from signing in by it.</summary>
public sealed class TestIssuer(TenantIssuers issuers, IssuerDirectory directory)
{
    /// <summary>Whether it can be used; the faults, where it cannot; and what was found.</summary>
    public sealed record Result(bool Usable, IReadOnlyList<string> Faults, string? AuthorizationEndpoint, string? TokenEndpoint, IReadOnlyList<string> Algorithms);

    public async Task<Outcome<Result>> Run(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await issuers.ReadAsync(caller, id, cancellationToken);
        if (found.Problem is { } problem) return problem;
        var look = await directory.LookAsync(found.Value!.Issuer, cancellationToken);
        List<string> faults = [.. look.Faults, .. look.Metadata is null ? [] : FaultsOf(look.Metadata, found.Value)];
        return new Result(
            faults.Count == 0,
            faults,
            look.Metadata?.AuthorizationEndpoint,
            look.Metadata?.TokenEndpoint,
            [.. look.Keys.SelectMany(key => key.Algorithms).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> FaultsOf(IssuerMetadata metadata, TenantIssuers.View issuer)
    {
        if (metadata.ResponseTypes?.Contains("code") == false) yield return "It does not support the authorization code flow.";
        if (metadata.ChallengeMethods?.Contains("S256") == false) yield return "It does not support PKCE with S256.";
        if (metadata.IdTokenAlgorithms is { } algorithms && !algorithms.Any(VerificationKey.SupportedAlgorithms.Contains))
            yield return $"It signs with no algorithm that is accepted here: {string.Join(", ", VerificationKey.SupportedAlgorithms.Order(StringComparer.Ordinal))}.";
        string[] ways = issuer.HasClientSecret ? ["client_secret_basic", "client_secret_post"] : ["none"];
        if (metadata.TokenAuthMethods is { } methods && !methods.Any(ways.Contains))
            yield return issuer.HasClientSecret ? "It accepts no client secret." : "It accepts no public client: a client secret is needed.";
    }
}
