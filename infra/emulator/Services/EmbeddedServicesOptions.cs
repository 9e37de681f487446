namespace Podium.Emulator.Services;

/// <summary>Which servers to start, and where they keep their files.</summary>
public sealed record EmbeddedServicesOptions
{
    /// <summary>Made when missing; used by one emulator at a time.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Empties the data folder first.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether PostgreSQL is wanted.</summary>
    public bool NeedPostgres { get; init; } = true;

    /// <summary>Whether Azurite is wanted.</summary>
    public bool NeedStorage { get; init; } = true;

    /// <summary>How many storage accounts; the first is the well-known development account.</summary>
    public int StorageAccounts { get; init; } = 1;

    /// <summary>False for data that is thrown away: nothing waits for the disk.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Preferred port; another is taken where this is in use, or 0.</summary>
    public int PostgresPort { get; init; } = 5432;

    /// <summary>Preferred port; another is taken where this is in use, or 0.</summary>
    public int StoragePort { get; init; } = 10000;

    /// <summary>PostgreSQL's max_connections.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Further settings of PostgreSQL, such as where it archives to.</summary>
    public IReadOnlyDictionary<string, string> PostgresSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long PostgreSQL may take to be ready; recovery from an archive takes long.</summary>
    public TimeSpan PostgresPatience { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>A running server, for the status page.</summary>
public sealed record ServiceInfo(string Name, string Version, string Endpoint, int ProcessId, TimeSpan StartedIn);

/// <summary>A blob was written or overwritten, by Azurite's access log.</summary>
public sealed record BlobWrite(string Account, string Container, string Blob);
