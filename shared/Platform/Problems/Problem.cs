using Microsoft.AspNetCore.Http;

namespace Podium.Platform.Problems;

/// <summary>An expected failure: what RFC 9457 problem details say to the caller.</summary>
public sealed record Problem(int Status, string Code, string Title, string? Detail = null)
{
    /// <summary>Our own fault; the detail stays in the log.</summary>
    public static readonly Problem Unexpected = new(
        StatusCodes.Status500InternalServerError, "unexpected", "Something went wrong on our side.", "Please try again, and tell us the correlation id if it goes on.");

    /// <summary>The request cannot be read.</summary>
    public static Problem Malformed(string detail) => new(StatusCodes.Status400BadRequest, "malformed", "The request is malformed.", detail);

    /// <summary>There is no such thing, or the caller may not know of it.</summary>
    public static Problem NotFound(string what) => new(StatusCodes.Status404NotFound, "not-found", $"There is no such {what}.");

    /// <summary>The stable type of this problem, a relative reference under the API's documentation.</summary>
    public string Type => $"/problems/{Code}";

    /// <summary>The answer to the caller.</summary>
    public IResult ToResult(string? correlationId = null) => TypedResults.Problem(
        detail: Detail,
        statusCode: Status,
        title: Title,
        type: Type,
        extensions: correlationId is null ? null : [new("correlationId", correlationId)]);
}
