namespace Podium.Platform.Api;

/// <summary>What the API's description shows for a field, where its rules alone would make none or a dull one.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExampleAttribute(object value) : Attribute
{
    /// <summary>A text, a number, true or false, or an array of these.</summary>
    public object Value { get; } = value;
}
