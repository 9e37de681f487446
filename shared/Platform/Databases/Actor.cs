using System.Net;

namespace Podium.Platform.Databases;

/// <summary>On whose behalf a statement runs: row-level security and the audit log read it from the session.</summary>
public record Actor
{
    public required Guid TenantId { get; init; }

    /// <summary>The database that holds the tenant's rows.</summary>
    public string Shard { get; init; } = DatabaseSettings.DefaultShard;

    public Guid? UserId { get; init; }

    public IPAddress? Address { get; init; }
}
