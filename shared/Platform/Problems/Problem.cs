using Microsoft.AspNetCore.Http;

namespace Podium.Platform.Problems;

/// <summary>A kind of expected failure: a stable code that clients may decide by, its status and its meaning.</summary>
public sealed record ProblemKind(int Status, string Code, string Title)
{
    /// <summary>RFC 9457's type: a relative reference that answers with this kind's description.</summary>
    public string Type => $"/api/problems/{Code}";

    public static implicit operator Problem(ProblemKind kind) => new(kind);
}

/// <summary>One fault in what a client sent, and where it is (a JSON pointer into the body, or a parameter's name).</summary>
public sealed record Fault(string Pointer, string Code, string Detail);

/// <summary>An expected failure: what problem details say to the caller.</summary>
public sealed record Problem(ProblemKind Kind, string? Detail = null)
{
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>When another try makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A rule about one field of the request is broken.</summary>
    public static Problem Invalid(string pointer, string code, string detail) =>
        new(CommonProblems.Invalid) { Faults = [new Fault(pointer, code, detail)] };

    /// <summary>There is no such thing, or the caller may not know of it.</summary>
    public static Problem NotFound(string what) => new(CommonProblems.NotFound, $"There is no such {what}.");

    public static Problem Malformed(string detail) => new(CommonProblems.Malformed, detail);

    /// <summary>The answer to the caller.</summary>
    public IResult ToResult(string? correlationId = null) => new ProblemAnswer(this, correlationId);
}

/// <summary>What a use case gives: its result, or the problem that kept it from one.</summary>
public readonly record struct Outcome<T>
{
    private Outcome(T? value, Problem? problem) => (Value, Problem) = (value, problem);

    public T? Value { get; }

    public Problem? Problem { get; }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(default, problem);

    public static implicit operator Outcome<T>(ProblemKind kind) => new(default, new Problem(kind));

    /// <summary>The answer to the caller: the problem, or what the value is made into.</summary>
    public IResult Answer(Func<T, IResult> answer) => Problem is { } problem ? problem.ToResult() : answer(Value!);
}

internal sealed class ProblemAnswer(Problem problem, string? correlationId) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => problem.Kind.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        if (problem.RetryAfter is { } wait) headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (problem.Kind.Status == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = "Bearer";
        headers.CacheControl = "no-store";
        var extensions = new Dictionary<string, object?>();
        if (problem.Faults.Count > 0) extensions["errors"] = problem.Faults.Select(fault => new { pointer = fault.Pointer, code = fault.Code, detail = fault.Detail });
        if ((correlationId ?? headers["X-Correlation-Id"].ToString()) is { Length: > 0 } id) extensions["correlationId"] = id;
        return TypedResults.Problem(
            detail: problem.Detail,
            statusCode: problem.Kind.Status,
            title: problem.Kind.Title,
            type: problem.Kind.Type,
            extensions: extensions).ExecuteAsync(httpContext);
    }
}
