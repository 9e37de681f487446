using System.Net;
using Microsoft.AspNetCore.Http;

namespace Podium.Emulator.Admin;

/// <summary>Lets in who sits at this machine, and no web page that such a person happens to have open.</summary>
internal static class AdminGate
{
    public const string Header = "x-podium-admin";

    /// <summary>Why the request is turned away, or null.</summary>
    public static string? Refuse(HttpRequest request)
    {
        var remote = request.HttpContext.Connection.RemoteIpAddress;
        if (remote is null || !IPAddress.IsLoopback(remote)) return "The status page answers requests from this machine only.";
        // a name that was bent to point here (DNS rebinding) is not one of ours
        if (!IsLocal(request.Host.Host)) return $"The status page is at localhost, not at '{request.Host.Host}'.";
        // an app may allow other pages by its CORS settings; that never means the keys and actions here, so reading counts too
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            return $"A page of '{origin}' gets no answer here.";
        return HttpMethods.IsGet(request.Method) || request.Headers.ContainsKey(Header)
            ? null
            : $"A request that changes something must carry the header {Header}.";
    }

    private static bool IsLocal(string host) => host.ToLowerInvariant() is "localhost" or "127.0.0.1" or "[::1]";
}
