using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Podium.Platform.Api;

/// <summary>The API's answers: JSON with an ETag where it is read, so that a second reading costs nothing.</summary>
public static class Answer
{
    /// <summary>A thing that was read or changed. Its version is its ETag, and comes back as If-Match.</summary>
    public static IResult Ok<T>(T value, int? version = null) => new JsonAnswer(StatusCodes.Status200OK, Bytes(value)) { Version = version };

    /// <summary>What anybody may read and keep for a while.</summary>
    public static IResult Public<T>(T value, TimeSpan life) =>
        new JsonAnswer(StatusCodes.Status200OK, Bytes(value)) { CacheControl = $"public, max-age={life.TotalSeconds:0}" };

    /// <summary>What nobody may keep: tokens, secrets.</summary>
    public static IResult Secret<T>(T value) => new JsonAnswer(StatusCodes.Status200OK, Bytes(value)) { CacheControl = "no-store" };

    public static IResult Created<T>(string location, T value, int? version = null) =>
        new JsonAnswer(StatusCodes.Status201Created, Bytes(value)) { Location = location, Version = version };

    public static IResult Accepted<T>(T value, string? location = null) => new JsonAnswer(StatusCodes.Status202Accepted, Bytes(value)) { Location = location };

    public static IResult NoContent() => new JsonAnswer(StatusCodes.Status204NoContent, []);

    private static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json.Options);
}

/// <summary>An answer as bytes, so that it can be kept and given again.</summary>
public sealed record JsonAnswer(int Status, byte[] Body) : IResult, IStatusCodeHttpResult
{
    public string? Location { get; init; }

    public int? Version { get; init; }

    public string? CacheControl { get; init; }

    /// <summary>What tells this body from others, where it is given many times: it is worked out once.</summary>
    private Lazy<string>? Digest { get; init; }

    private Lazy<byte[]>? Packed { get; init; }

    /// <summary>What is read so often that it is kept ready, packed too.</summary>
    public static JsonAnswer Kept(byte[] body) => new(StatusCodes.Status200OK, body) { Digest = new(() => DigestOf(body)), Packed = new(() => Pack(body)) };

    int? IStatusCodeHttpResult.StatusCode => Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var isRead = HttpMethods.IsGet(httpContext.Request.Method) || HttpMethods.IsHead(httpContext.Request.Method);
        var packs = Packed is not null && isRead && httpContext.Request.Headers.AcceptEncoding.Any(ways => ways is not null && ways.Split(',').Any(way => way.Trim() == "gzip"));
        if (Location is not null) response.Headers.Location = Location;
        // a cache between may not give one tenant's answer to another's front-end
        if (CacheControl?.StartsWith("public", StringComparison.Ordinal) == true) response.Headers.Vary = "X-Tenant, Authorization";
        response.Headers.CacheControl = CacheControl ?? (isRead ? "private, no-cache" : "no-store");
        if (Version is { } version) response.Headers.ETag = $"\"{version}\"";
        if (isRead && Status == StatusCodes.Status200OK && CacheControl != "no-store")
        {
            // the version alone would hide what is computed beside the row, and translations
            var hash = Digest?.Value ?? DigestOf(Body);
            var tag = Version is null ? $"\"{hash}\"" : $"\"{Version}-{hash}\"";
            if (Packed is not null) response.Headers.Append("Vary", "Accept-Encoding");
            if (packs) tag = $"{tag[..^1]}-gzip\"";
            response.Headers.ETag = tag;
            if (httpContext.Request.Headers.IfNoneMatch.Any(known => known is not null && known.Split(',').Any(one => Same(one.Trim(), tag))))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }
        response.StatusCode = Status;
        if (Body.Length == 0) return Task.CompletedTask;
        response.ContentType = "application/json; charset=utf-8";
        var body = packs ? Packed!.Value : Body;
        if (packs) response.Headers.ContentEncoding = "gzip";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }

    private static string DigestOf(byte[] body) => Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12));

    private static byte[] Pack(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }

    private static bool Same(string known, string tag) => known == "*" || known == tag || known == $"W/{tag}";
}
