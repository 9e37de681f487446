using Microsoft.Extensions.DependencyInjection;

namespace Podium.Platform.Partitions;

/// <summary>Looking after tables that are partitioned by time.</summary>
public static class PartitionServices
{
    public static IServiceCollection AddPartitions(this IServiceCollection services) => services
        .AddSingleton<TableOwner>()
        .AddSingleton<ArchivePartition>()
        .AddSingleton<VerifyArchive>()
        .AddSingleton<RotatePartitions>()
        .AddSingleton<RestoreArchive>()
        .AddSingleton<ListPartitions>()
        .AddSingleton<ChangePartitionPolicy>()
        .AddSingleton<LegalHolds>();
}
