using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;

namespace Podium.Functions.Competitions;

public sealed class CompetitionTimers(Waitlist waitlist, RemindTeams remind)
{
    [Function("MoveWaitlistsUp")]
    public Task MoveUp([TimerTrigger("0 25 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => waitlist.SweepAsync(cancellationToken);

    [Function("RemindTeams")]
    public Task Remind([TimerTrigger("0 40 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => remind.Run(cancellationToken);
}
