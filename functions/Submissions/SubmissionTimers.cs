using Microsoft.Azure.Functions.Worker;
using Podium.Submissions;

namespace Podium.Functions.Submissions;

public sealed class SubmissionTimers(WatchSubmissions watch, RemindSubmitters remind)
{
    [Function("WatchSubmissions")]
    public Task Watch([TimerTrigger("55 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => watch.Run(cancellationToken);

    [Function("RemindSubmitters")]
    public Task Remind([TimerTrigger("0 15 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => remind.Run(cancellationToken);
}
