using Microsoft.Azure.Functions.Worker;
using Podium.Learning;

namespace Podium.Functions.Learning;

public sealed class LearningTimers(ChallengeStatistics statistics)
{
    [Function("RefreshChallengeStatistics")]
    public Task Refresh([TimerTrigger("20 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => statistics.RefreshAsync(cancellationToken);
}
