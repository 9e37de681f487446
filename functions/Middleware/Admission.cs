using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Functions.Middleware;

/// <summary>Finds out which tenant and person a request is from and lets in only who the function declares.</summary>
public sealed class Admission(
    ApiCatalogue api, TenantDirectory tenants, AccessTokens tokens, People people, TimeProvider clock, IConfiguration configuration) : IFunctionsWorkerMiddleware
{
    // What our front door writes over whatever a caller sent. X-Forwarded-For and -Host do not come this far: the Functions host sets
    // them to what it saw itself, which behind a front door is that door, and the worker takes them away for the connection and the host.
    public const string AddressHeader = "X-Podium-Address";
    public const string HostHeader = "X-Podium-Host";

    private readonly bool _hasFrontDoor = configuration.GetValue("Http:FrontDoor", false);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && api.Find(context.FunctionDefinition.Name) is { HasTenant: true } endpoint)
        {
            var caller = await IdentifyAsync(http);
            ThrowUnlessAllowed(caller, endpoint, http);
            http.Features.Set(caller);
            http.Features.Set(new Readmission(async () => ThrowUnlessAllowed(await IdentifyAsync(http), endpoint, http)));
        }
        await next(context);
    }

    private async Task<Caller> IdentifyAsync(HttpContext http)
    {
        var stop = http.RequestAborted;
        var claims = await ClaimsAsync(http);
        var named = await NamedTenantAsync(http.Request, stop);
        var tenant = claims is null ? named : await tenants.ByIdAsync(claims.TenantId, stop);
        if (tenant is null) throw new ProblemException(new Problem(CommonProblems.UnknownTenant, "Name the tenant by its host name or in the header X-Tenant."));
        if (claims is not null && http.Request.Headers.ContainsKey("X-Tenant") && named?.Id != tenant.Id) throw new ProblemException(CommonProblems.OtherTenant);
        if (!tenant.IsActive) throw new ProblemException(CommonProblems.TenantSuspended);

        var caller = new Caller
        {
            TenantId = tenant.Id,
            Shard = tenant.Shard,
            Tenant = tenant,
            Address = AddressOf(http),
            UserAgent = Shorten(http.Request.Headers.UserAgent.ToString()),
            Language = tenant.LanguageFor(AcceptedLanguages(http.Request)),
        };
        return claims is null ? caller : await SignedInAsync(caller, claims, http);
    }

    private async Task<Caller> SignedInAsync(Caller caller, AccessTokens.Claims claims, HttpContext http)
    {
        var standing = await people.StandingAsync(caller, claims.UserId, http.RequestAborted);
        if (!standing.Active || standing.EndedSessions.Contains(claims.SessionId)) throw new ProblemException(new Problem(CommonProblems.TokenRefused, "The session has ended."));
        var now = clock.GetUtcNow();
        return caller with
        {
            UserId = claims.UserId,
            SessionId = claims.SessionId,
            Grants = [.. standing.Grants.Where(grant => grant.ExpiresAt is null || grant.ExpiresAt > now)],
            Language = http.Request.Headers.AcceptLanguage.Count > 0 ? caller.Language : caller.Tenant.LanguageFor([standing.Language ?? ""]),
        };
    }

    private async Task<AccessTokens.Claims?> ClaimsAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization is not { Count: > 0 } header) return null;
        if (header is not [{ } value] || !value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            throw new ProblemException(new Problem(CommonProblems.TokenRefused, "Send one header 'Authorization: Bearer …'."));
        var (claims, reason) = await tokens.VerifyAsync(value["Bearer ".Length..].Trim(), http.RequestAborted);
        return claims ?? throw new ProblemException(new Problem(CommonProblems.TokenRefused, reason));
    }

    private async ValueTask<Tenant?> NamedTenantAsync(HttpRequest request, CancellationToken stop)
    {
        if (request.Headers["X-Tenant"] is { Count: > 0 } header)
        {
            var name = header.ToString();
            if (Guid.TryParseExact(name, "D", out var id)) return await tenants.ByIdAsync(id, stop);
            return name.Length <= 63 && !name.Contains('\0') ? await tenants.BySlugAsync(name.ToLowerInvariant(), stop) : null;
        }
        var host = _hasFrontDoor && request.Headers[HostHeader] is [{ } asked] ? new HostString(asked) : request.Host;
        return host.Host is { Length: > 0 and <= 253 } known ? await tenants.ByHostAsync(known.ToLowerInvariant(), stop) : null;
    }

    private static void ThrowUnlessAllowed(Caller caller, ApiFunction endpoint, HttpContext http)
    {
        if (endpoint.Access is AnyoneAttribute) return;
        if (!caller.IsSignedIn) throw new ProblemException(CommonProblems.SignInRequired);
        if (endpoint.Access is RequiresAttribute required && !MayEnter(caller, required, http))
            throw new ProblemException(new Problem(CommonProblems.Forbidden, $"It needs the permission '{required.Permission}'."));
    }

    private static bool MayEnter(Caller caller, RequiresAttribute required, HttpContext http) =>
        required.Somewhere ? caller.AllowsSomewhere(required.Permission) : caller.Allows(required.Permission, ScopeOf(required, http));

    private static Scope ScopeOf(RequiresAttribute required, HttpContext http) =>
        required.By is not null && Guid.TryParse(http.Request.RouteValues[required.By]?.ToString(), out var id) ? new Scope(required.In, id) : Scope.Tenant;

    private IPAddress? AddressOf(HttpContext http)
    {
        var address = _hasFrontDoor && http.Request.Headers[AddressHeader] is [{ } told] && IPAddress.TryParse(told, out var caller) ? caller : http.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address is null ? null : new IPAddress(address.GetAddressBytes());
    }

    private static IEnumerable<string> AcceptedLanguages(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language.Quality ?? 1).Select(language => language.Value.ToString());

    private static string? Shorten(string agent) => agent.Length == 0 ? null : new string([.. agent.Where(character => !char.IsControl(character) && !char.IsSurrogate(character)).Take(300)]);
}
