using System.Reflection;

namespace Podium.Operations;

/// <summary>
/// Something that must hold over many rows, whatever has crashed, come twice or out of order. A feature declares its own as <c>static readonly Invariant</c>;
/// what the database can hold by itself is a constraint and no invariant.
/// </summary>
public sealed record Invariant
{
    public required string Name { get; init; }

    /// <summary>What must hold, in a sentence.</summary>
    public required string Holds { get; init; }

    /// <summary>Reads what breaks it: a tenant and some words for each. Knows @now.</summary>
    public required string Sql { get; init; }

    /// <summary>Whether it may be broken for a while by work that is under way.</summary>
    public bool InTheEnd { get; init; }

    /// <summary>Everything that features have declared.</summary>
    public static readonly IReadOnlyList<Invariant> All =
    [
        .. typeof(Invariant).Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(Invariant))
            .Select(field => (Invariant)field.GetValue(null)!)
            .OrderBy(one => one.Name, StringComparer.Ordinal),
    ];
}
