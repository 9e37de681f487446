using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Podium.Emulator.Admin;

/// <summary>A page with its own script and style in it; no others run, by their hashes.</summary>
internal sealed class AdminPage
{
    private readonly byte[] _html;
    private readonly string _policy;

    private AdminPage(string html, string frames)
    {
        _html = Encoding.UTF8.GetBytes(html);
        _policy = $"default-src 'none'; connect-src 'self'; script-src {Hash(html, "script")}; style-src {Hash(html, "style")}; img-src data:; "
            + $"frame-src {frames}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /// <summary>Reads a page of this folder; frames says what it may hold in frames.</summary>
    public static AdminPage Load(string name, string frames = "'none'")
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"admin/{name}")!);
        return new AdminPage(reader.ReadToEnd(), frames);
    }

    public IResult Answer(HttpContext http)
    {
        http.Response.Headers.ContentSecurityPolicy = _policy;
        return Results.Bytes(_html, "text/html; charset=utf-8");
    }

    private static string Hash(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var content = html[start..html.IndexOf($"</{element}>", StringComparison.Ordinal)];
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
    }
}
