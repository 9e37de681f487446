using Microsoft.Azure.Functions.Worker;
using Podium.Learning;
using Podium.Learning.Outcomes;
using Podium.Learning.Plagiarism;
using Podium.Learning.Recommendations;

namespace Podium.Functions.Learning;

public sealed class LearningTimers(ChallengeStatistics statistics, ChallengeTallies tallies, CountDropOff dropOff, FindNeighbours neighbours, CompareSolutions compare, SealStoredCode seal)
{
    [Function("RefreshChallengeStatistics")]
    public async Task Refresh([TimerTrigger("20 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await statistics.RefreshAsync(cancellationToken);
        await tallies.FoldAsync(cancellationToken);
    }

    [Function("CountDropOff")]
    public Task DropOff([TimerTrigger("0 25 3 * * *")] TimerInfo timer, CancellationToken cancellationToken) => dropOff.RunAsync(cancellationToken);

    [Function("FindNeighbours")]
    public Task Neighbours([TimerTrigger("0 55 3 * * *")] TimerInfo timer, CancellationToken cancellationToken) => neighbours.RunAsync(cancellationToken);

    [Function("CompareSolutionsAgain")]
    public Task Compare([TimerTrigger("0 10 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => compare.RunAllAsync(cancellationToken);

    [Function("SealStoredCode")]
    public Task Seal([TimerTrigger("0 20 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => seal.RunAsync(cancellationToken);
}
