using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Podium.Platform.Access;
using Podium.Platform.Problems;

namespace Podium.Platform.Api;

/// <summary>A request that cannot become what the function takes. One middleware answers it.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail ?? problem.Kind.Title)
{
    public Problem Problem { get; } = problem;
}

/// <summary>Reads requests: who calls, the body, the query, the version it means.</summary>
public static class RequestReading
{
    /// <summary>Bodies of the API are small; files go straight to storage.</summary>
    public const int MaxBodyBytes = 256 * 1024;

    public static Caller Caller(this HttpRequest request) =>
        request.HttpContext.Features.Get<Caller>() ?? throw new InvalidOperationException("The function was entered without admission.");

    /// <summary>The JSON body, whole and within its limits.</summary>
    public static async Task<T> ReadAsync<T>(this HttpRequest request, int maxBytes = MaxBodyBytes)
    {
        if (!IsJson(request)) throw new ProblemException(CommonProblems.UnsupportedMediaType);
        using var body = await BytesAsync(request, maxBytes);
        if (!Utf8.IsValid(body.GetBuffer().AsSpan(0, (int)body.Length))) throw new ProblemException(Problem.Malformed("The body is not UTF-8."));
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(body, Json.Strict, request.HttpContext.RequestAborted);
        }
        catch (JsonException error)
        {
            throw new ProblemException(Problem.Malformed($"The body is not JSON that can be read: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.Malformed("A name in the body holds half a character (a lone surrogate)."));
        }
        using (document)
        {
            return Become<T>(document.RootElement);
        }
    }

    /// <summary>The query's parameters as a record; a parameter it does not know is ignored.</summary>
    public static T Query<T>(this HttpRequest request)
    {
        var values = new JsonObject();
        foreach (var property in Json.Options.GetTypeInfo(typeof(T)).Properties)
        {
            var given = request.Query[property.Name];
            if (given.Count == 0) continue;
            if (given.Count > 1) throw new ProblemException(Problem.Invalid($"/{property.Name}", "repeated", "It is given more than once."));
            values[property.Name] = ValueOf(given.ToString(), Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        }
        using var document = JsonDocument.Parse(values.ToJsonString());
        return Become<T>(document.RootElement);
    }

    /// <summary>The version an If-Match names, or null where the client does not mind.</summary>
    public static int? IfMatch(this HttpRequest request)
    {
        var header = request.Headers.IfMatch.ToString();
        if (header is "" or "*") return null;
        // what was read says behind its version what else it showed
        return header.Length > 2 && header[0] == '"' && header[^1] == '"' && int.TryParse(header[1..^1].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new ProblemException(CommonProblems.Stale);
    }

    /// <summary>An id in the route. What is no id names nothing.</summary>
    public static Guid Id(string text, string what) =>
        Guid.TryParseExact(text, "D", out var id) ? id : throw new ProblemException(Problem.NotFound(what));

    private static T Become<T>(JsonElement value)
    {
        var faults = RequestShape.Check(value, typeof(T));
        if (faults.Count > 0) throw new ProblemException(new Problem(CommonProblems.Invalid) { Faults = faults });
        return value.Deserialize<T>(Json.Options)!;
    }

    private static JsonNode ValueOf(string text, Type type)
    {
        if (type == typeof(int) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        if (type == typeof(decimal) && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var fraction)) return fraction;
        if (type == typeof(bool) && text is "true" or "false") return text == "true";
        return text;
    }

    private static bool IsJson(HttpRequest request) =>
        request.HasJsonContentType() &&
        (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    private static async Task<MemoryStream> BytesAsync(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes) throw new ProblemException(new Problem(CommonProblems.TooLarge, $"At most {maxBytes} bytes are allowed."));
        var body = new MemoryStream();
        var chunk = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length + read > maxBytes) throw new ProblemException(new Problem(CommonProblems.TooLarge, $"At most {maxBytes} bytes are allowed."));
            body.Write(chunk, 0, read);
        }
        body.Position = 0;
        return body;
    }
}
