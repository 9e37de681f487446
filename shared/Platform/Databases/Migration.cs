using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Podium.Platform.Databases;

/// <summary>How a migration's statements run.</summary>
public enum MigrationForm
{
    /// <summary>All in one transaction.</summary>
    Transaction,

    /// <summary>Each statement alone, for what PostgreSQL refuses inside a transaction (CREATE INDEX CONCURRENTLY). Must be repeatable.</summary>
    NoTransaction,

    /// <summary>
    /// One statement again and again, each time a transaction of its own. It takes <c>@after</c> (null at first) and answers one row:
    /// how many rows it moved and the key to go on after, null at the end.
    /// </summary>
    Batches,
}

/// <summary>One numbered step of the schema and its way back.</summary>
public sealed partial record Migration(int Version, string Name, string Up, string Down)
{
    /// <summary>What the file says in a line <c>-- podium: no transaction</c> or <c>-- podium: batches</c>.</summary>
    public MigrationForm Form => FormOf(Up);

    /// <summary>SHA-256 of the way up, whatever the line endings of a checkout.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Up.ReplaceLineEndings("\n"))));

    public override string ToString() => $"{Version:0000}_{Name}";

    /// <summary>The migrations that travel inside this assembly, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Read(typeof(Migration).Assembly);

    internal static string Roles { get; } = Text(typeof(Migration).Assembly, "Migrations/roles.sql");

    internal static MigrationForm FormOf(string sql) => FormLine().Match(sql).Groups[1].Value switch
    {
        "no transaction" => MigrationForm.NoTransaction,
        "batches" => MigrationForm.Batches,
        _ => MigrationForm.Transaction,
    };

    private static List<Migration> Read(Assembly assembly)
    {
        var migrations = new List<Migration>();
        foreach (var file in assembly.GetManifestResourceNames())
        {
            if (FileName().Match(file) is not { Success: true } match) continue;
            var down = file[..^".sql".Length] + ".down.sql";
            migrations.Add(new Migration(
                int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, Text(assembly, file), Text(assembly, down)));
        }
        migrations.Sort((a, b) => a.Version.CompareTo(b.Version));
        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Version != i + 1) throw new InvalidOperationException($"Migration {i + 1:0000} is missing, or there are two of {migrations[i].Version:0000}.");
        }
        return migrations;
    }

    private static string Text(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The file {name} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^Migrations/(\d{4})_([a-z0-9_]+)\.sql$")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^-- podium: (no transaction|batches)\r?$", RegexOptions.Multiline)]
    private static partial Regex FormLine();
}
