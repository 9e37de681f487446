using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>What can go wrong with tenants.</summary>
public static class TenancyProblems
{
    public static readonly ProblemKind SlugTaken = new(409, "tenant-slug-taken", "Another tenant has this slug.");
    public static readonly ProblemKind HostTaken = new(409, "tenant-host-taken", "Another tenant answers by this host name.");
    public static readonly ProblemKind UnknownShard = new(422, "unknown-shard", "There is no such shard.");
}
