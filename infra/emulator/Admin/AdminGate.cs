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
        if (HttpMethods.IsGet(request.Method)) return null;
        if (!request.Headers.ContainsKey(Header)) return $"A request that changes something must carry the header {Header}.";
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && IsLocal(from.Host) && from.Port == request.Host.Port)
            ? null
            : $"A request from a page of '{origin}' may change nothing here.";
    }

    private static bool IsLocal(string host) => host is "localhost" or "127.0.0.1" or "[::1]" or "::1";
}
