using Microsoft.Azure.Functions.Worker;
using Podium.Analytics;

namespace Podium.Functions.Analytics;

public sealed class AnalyticsTimers(RollUpEvents rollUp, SendReports reports)
{
    [Function("RollUpEvents")]
    public Task RollUp([TimerTrigger("40 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => rollUp.RunAsync(cancellationToken);

    [Function("OrderWeeklyReports")]
    public Task OrderReports([TimerTrigger("0 15,45 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => reports.OrderAsync(cancellationToken);
}
