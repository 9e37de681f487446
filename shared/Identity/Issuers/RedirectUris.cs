using System.Text.Json;
using Podium.Platform.Access;
using Podium.Tenancy;

namespace Podium.Identity.Issuers;

/// <summary>Where an issuer may send people back to: the tenant's own hosts, and what its setting <c>signInRedirects</c> lists.</summary>
public sealed class RedirectUris(TenantDirectory tenants)
{
    public const string Setting = "signInRedirects";

    public async ValueTask<bool> AllowsAsync(Caller caller, string redirectUri, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || redirectUri.Contains('#', StringComparison.Ordinal) || redirectUri.Any(IsOdd)) return false;
        if (Listed(caller).Contains(redirectUri, StringComparer.Ordinal)) return IsSafe(uri);
        if (uri.Scheme != Uri.UriSchemeHttps || !uri.IsDefaultPort) return false;
        return await tenants.ByHostAsync(uri.IdnHost, cancellationToken) is { } tenant && tenant.Id == caller.TenantId;
    }

    // readers differ in what they make of these
    private static bool IsOdd(char character) => character is <= ' ' or '\\' or > '~';

    // an app's own scheme has a dot, as RFC 8252 asks; javascript: and data: have none
    private static bool IsSafe(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback) || uri.Scheme.Contains('.', StringComparison.Ordinal);

    private static IEnumerable<string> Listed(Caller caller) =>
        caller.Tenant.Settings.TryGetProperty(Setting, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];
}
