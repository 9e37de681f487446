using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Podium.Functions.Boards;

/// <summary>A page or one of its parts: whoever has it already is told so, and a browser lets nothing run or load in it but what this site serves.</summary>
internal sealed class PageAnswer(string text, string mediaType, TimeSpan life) : IResult
{
    // no inline script or style at all, and nobody frames it
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>What the answer depends on beside its address.</summary>
    public string? Vary { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = Status == StatusCodes.Status200OK ? $"public, max-age={life.TotalSeconds:0}" : "no-store";
        if (Vary is not null) response.Headers.Vary = Vary;
        if (Status == StatusCodes.Status200OK)
        {
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(_bytes).AsSpan(0, 12))}\"";
            response.Headers.ETag = tag;
            if (request.Headers.IfNoneMatch.Any(known => known is not null && known.Split(',').Any(one => one.Trim() is "*" || one.Trim().EndsWith(tag, StringComparison.Ordinal))))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }
        response.StatusCode = Status;
        response.ContentType = $"{mediaType}; charset=utf-8";
        response.ContentLength = _bytes.Length;
        return response.Body.WriteAsync(_bytes, httpContext.RequestAborted).AsTask();
    }
}
