using System.ComponentModel.DataAnnotations;

namespace Podium.Platform.Api;

/// <summary>Part of a list, and where to go on.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Which part of a list: so many, after the place that <c>next</c> named. Lists run from the newest to the oldest.</summary>
public record PageQuery
{
    public const int MaxLimit = 200;

    [Range(1, MaxLimit)]
    public int Limit { get; init; } = 50;

    /// <summary>The <c>next</c> of the page before.</summary>
    public Guid? After { get; init; }

    /// <summary>One more than asked, to know whether there is a next page.</summary>
    public int Fetch() => Limit + 1;

    /// <summary>The page that rows fetched by <see cref="Fetch"/> make.</summary>
    public Page<T> Of<T>(IReadOnlyList<T> rows, Func<T, Guid> id) =>
        rows.Count <= Limit ? new Page<T>(rows, null) : new Page<T>([.. rows.Take(Limit)], id(rows[Limit - 1]).ToString());
}
