using Microsoft.Azure.Functions.Worker;
using Podium.Platform.Partitions;

namespace Podium.Functions.Operations;

public sealed class PartitionTimers(RotatePartitions rotatePartitions)
{
    // at the start too: an app that was away for long finds its months made before the first write
    [Function("RotatePartitions")]
    public Task Rotate([TimerTrigger("0 15 2 * * *", RunOnStartup = true)] TimerInfo timer, CancellationToken cancellationToken) => rotatePartitions.Run(cancellationToken);
}
