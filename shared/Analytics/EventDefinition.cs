using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;

namespace Podium.Analytics;

/// <summary>What a property of an event is.</summary>
public enum PropertyType
{
    Text,
    Number,
    Boolean,

    /// <summary>One of the values that are listed.</summary>
    Choice,
}

/// <summary>A property that an event may have, and its limits.</summary>
public sealed record EventProperty
{
    [StringLength(50, MinimumLength = 1), RegularExpression("[A-Za-z][A-Za-z0-9_]{0,49}", ErrorMessage = "Letters, digits and underscores, a letter first."), Example("page")]
    public required string Name { get; init; }

    public required PropertyType Type { get; init; }

    public bool Required { get; init; }

    /// <summary>Of a text; 200 where it is absent.</summary>
    [Range(1, 1000)]
    public int? MaxLength { get; init; }

    /// <summary>Of a number.</summary>
    public decimal? Minimum { get; init; }

    /// <summary>Of a number.</summary>
    public decimal? Maximum { get; init; }

    /// <summary>Of a choice.</summary>
    [MaxLength(50), EventValues, Example(null!)]
    public IReadOnlyList<string>? Values { get; init; }
}

/// <summary>An event that front-ends may tell.</summary>
public sealed record EventDefinition(string Name, IReadOnlyList<EventProperty> Properties);

/// <summary>The values of a choice.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EventValuesAttribute : ValidationAttribute
{
    public EventValuesAttribute() => ErrorMessage = "Each has 1 to 100 characters and stands there once.";

    public override bool IsValid(object? value) =>
        value is not IReadOnlyList<string> values || (values.All(one => one is { Length: >= 1 and <= 100 }) && values.Distinct(StringComparer.Ordinal).Count() == values.Count);
}
