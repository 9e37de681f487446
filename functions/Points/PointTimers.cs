using Microsoft.Azure.Functions.Worker;
using Podium.Points;

namespace Podium.Functions.Points;

public sealed class PointTimers(WatchDeeds watch)
{
    [Function("WatchDeeds")]
    public Task Watch([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => watch.RunAsync(cancellationToken);
}
