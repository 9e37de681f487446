using Microsoft.AspNetCore.Http;

namespace Podium.Platform.Api;

/// <summary>An answer that is no JSON: a document to be kept, or a token.</summary>
public sealed class FileAnswer(string mediaType, byte[] content, string? fileName = null) : IResult, IStatusCodeHttpResult
{
    public string CacheControl { get; init; } = "private, no-store";

    /// <summary>What the document may do where a browser shows it.</summary>
    public string? ContentSecurityPolicy { get; init; }

    public int? StatusCode => StatusCodes.Status200OK;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = mediaType;
        response.ContentLength = content.Length;
        response.Headers.CacheControl = CacheControl;
        if (ContentSecurityPolicy is not null) response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        // a cache between may not give one tenant's answer to another's front-end
        if (CacheControl.StartsWith("public", StringComparison.Ordinal)) response.Headers.Vary = "X-Tenant, Authorization";
        if (fileName is not null) response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        return response.Body.WriteAsync(content, httpContext.RequestAborted).AsTask();
    }
}
