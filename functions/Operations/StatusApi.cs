using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Functions.Api;
using Podium.Operations;
using Podium.Platform.Api;

namespace Podium.Functions.Operations;

/// <summary>How the installation is: databases, queues, orchestrations, each with what to do.</summary>
public sealed class StatusApi(LookOver lookOver, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Function("GetStatus"), Operator]
    [Operation("How the installation is, and what to do about it", Description = "The same checks that 'podium doctor' makes, as the app sees them. It changes nothing.", Answer = typeof(LookOver.Result))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/operations/status")] HttpRequest request, [DurableClient] DurableTaskClient durable) =>
        Answer.Ok(await RunAsync(durable, request.HttpContext.RequestAborted));

    // what it finds goes to the log, which alerts read
    [Function("LookOver")]
    public async Task Timer([TimerTrigger("40 4/15 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken) =>
        lookOver.Report(await RunAsync(durable, cancellationToken));

    private async Task<LookOver.Result> RunAsync(DurableTaskClient durable, CancellationToken cancellationToken) =>
        await lookOver.Run(await OrchestrationsAsync(durable, cancellationToken), cancellationToken);

    // one that runs may wait for weeks; one that has not begun within minutes is stuck, since none of ours is begun for later
    private async Task<Finding> OrchestrationsAsync(DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var stuck = new List<string>();
        var pending = new OrchestrationQuery { Statuses = [OrchestrationRuntimeStatus.Pending], CreatedTo = clock.GetUtcNow() - Patience };
        await foreach (var instance in durable.GetAllInstancesAsync(pending).WithCancellation(cancellationToken))
        {
            stuck.Add($"{instance.Name} {instance.InstanceId}");
            if (stuck.Count == 5) break;
        }
        return stuck.Count > 0
            ? Finding.Bad("orchestrations", $"Not begun after {Patience.TotalMinutes:0} minutes: {string.Join(", ", stuck)}.", "See that the app which works runs, and that no other has its task hub.")
            : Finding.Good("orchestrations", "Each has begun.");
    }
}
