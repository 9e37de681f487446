using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Functions.Api;
using Podium.Operations;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Operations;

/// <summary>Probes that go through every part of the app.</summary>
public sealed class SelfCheckApi(TimeProvider clock)
{
    public sealed record Started(string Id, string Status);

    public sealed record State(string Id, string Status, DateTimeOffset StartedAt, double? Seconds, string? Reason);

    [Function("StartSelfCheck"), Operator]
    [Operation("Send a probe through every part", Answer = typeof(Started), Status = 202)]
    public async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/self-checks")] HttpRequest request,
        [DurableClient] DurableTaskClient durable)
    {
        var id = await SelfCheckOrchestration.StartAsync(durable, clock, request.HttpContext.RequestAborted);
        return Answer.Accepted(new Started(id, "running"), $"/api/operations/self-checks/{id}");
    }

    [Function("GetSelfCheck"), Operator]
    [Operation("What came of a probe", Answer = typeof(State), Problems = ["not-found"])]
    public static async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/operations/self-checks/{id}")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient durable)
    {
        var check = await durable.GetInstanceAsync(id, getInputsAndOutputs: true, request.HttpContext.RequestAborted);
        if (check is null || check.Name != SelfCheckOrchestration.Name) return Problem.NotFound("self-check").ToResult();
        var outcome = check.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? check.ReadOutputAs<SelfCheck.Outcome>() : null;
        return Answer.Ok(new State(
            id,
            !check.IsCompleted ? "running" : outcome is { Passed: true } ? "passed" : "failed",
            check.CreatedAt,
            outcome?.Seconds,
            outcome?.Reason ?? check.FailureDetails?.ErrorMessage));
    }
}
