using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Podium.Functions.Api;

/// <summary>A page whose only script and style are its own: the browser is told their hashes and lets nothing else in.</summary>
internal sealed class HtmlPage(string html) : IResult
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(html);

    private readonly string _policy =
        $"default-src 'none'; connect-src 'self'; script-src {Hash(html, "script")}; style-src {Hash(html, "style")}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static HtmlPage Embedded(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"api/{name}")!);
        return new HtmlPage(reader.ReadToEnd());
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.ContentSecurityPolicy = _policy;
        headers.CacheControl = "public, max-age=3600";
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        httpContext.Response.ContentLength = _bytes.Length;
        return httpContext.Response.Body.WriteAsync(_bytes, httpContext.RequestAborted).AsTask();
    }

    private static string Hash(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal);
        if (start < 0) return "'none'";
        start += element.Length + 2;
        var content = html[start..html.IndexOf($"</{element}>", StringComparison.Ordinal)];
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
    }
}
