using Microsoft.Azure.Functions.Worker;
using Podium.Privacy;

namespace Podium.Functions.Privacy;

public sealed class PrivacyTimers(ExportOwnData export)
{
    [Function("ExportSweep")]
    public Task Sweep([TimerTrigger("0 50 4 * * *")] TimerInfo timer, CancellationToken cancellationToken) => export.SweepAsync(cancellationToken);
}
