using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Operations;
using Podium.Platform.Problems;

namespace Podium.Functions.Operations;

public sealed class SelfCheckApi(TimeProvider clock)
{
    [Function("StartSelfCheck")]
    public async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operations/self-checks")] HttpRequest request,
        [DurableClient] DurableTaskClient durable)
    {
        var id = await SelfCheckOrchestration.StartAsync(durable, clock, request.HttpContext.RequestAborted);
        return TypedResults.Accepted($"/api/operations/self-checks/{id}", new { id, status = "running" });
    }

    [Function("GetSelfCheck")]
    public static async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "operations/self-checks/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient durable)
    {
        var check = await durable.GetInstanceAsync(id, getInputsAndOutputs: true, request.HttpContext.RequestAborted);
        if (check is null || check.Name != SelfCheckOrchestration.Name) return Problem.NotFound("self-check").ToResult();
        var outcome = check.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? check.ReadOutputAs<SelfCheck.Outcome>() : null;
        return TypedResults.Json(new
        {
            id,
            status = !check.IsCompleted ? "running" : outcome is { Passed: true } ? "passed" : "failed",
            startedAt = check.CreatedAt,
            seconds = outcome?.Seconds,
            reason = outcome?.Reason ?? check.FailureDetails?.ErrorMessage,
        });
    }
}
