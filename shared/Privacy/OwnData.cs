using System.Collections.Frozen;
using System.Reflection;
using Podium.Platform.Security;

namespace Podium.Privacy;

/// <summary>
/// Something that is kept about a person, and how it is read for them. A feature declares its own as <c>static readonly OwnData</c>, and names the columns
/// that lead to it: a test asks the database for every column that points at a person, and fails where nobody has spoken for it.
/// </summary>
public sealed record OwnData
{
    /// <summary>What it is called in the file.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for the person who reads the file.</summary>
    public required string Description { get; init; }

    /// <summary>The columns (table.column) by which these rows belong to a person.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Reads the rows of @person in @TenantId. It names each column: what opens something (hashes, secrets) is nobody's data.</summary>
    public required string Sql { get; init; }

    /// <summary>Columns of the answer that the app has encrypted, under the tenant and the person.</summary>
    public IReadOnlyDictionary<string, EncryptedColumn> Encrypted { get; init; } = FrozenDictionary<string, EncryptedColumn>.Empty;

    /// <summary>Columns of the answer that hold a learner's code, which may be encrypted.</summary>
    public IReadOnlyList<string> Sealed { get; init; } = [];

    /// <summary>Everything that features have declared.</summary>
    public static readonly IReadOnlyList<OwnData> All =
    [
        .. typeof(OwnData).Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(OwnData))
            .Select(field => (OwnData)field.GetValue(null)!)
            .OrderBy(one => one.Name, StringComparer.Ordinal),
    ];
}
