using Microsoft.AspNetCore.Http;

namespace Podium.Functions.Middleware;

/// <summary>What every answer says to a browser, whatever it is: that it is what its type says, that it is no page and in nobody's frame, and that the next request comes by TLS. Pages say more of themselves.</summary>
internal static class SecurityHeaders
{
    public static void Write(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        // browsers heed it over TLS only, so it does no harm on one's own machine
        headers.StrictTransportSecurity = "max-age=31536000";
    }
}
