using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Exams;
using Podium.Functions.Messaging;
using Podium.Platform.Databases;

namespace Podium.Functions.Exams;

/// <summary>Takes a run from computation to publication. The database says how far it is; every step may be repeated.</summary>
public sealed class ExamPublication(ComputeExamRun compute, PublishExamRun publish)
{
    public const string Name = "ExamPublication";

    private const string Changed = "ExamRunChanged";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(5), backoffCoefficient: 2));

    /// <summary>Which run, and whether it has been computed and verified already.</summary>
    public sealed record Order(Guid TenantId, string Shard, Guid RunId, bool Verified = false)
    {
        internal Actor Actor => new() { TenantId = TenantId, Shard = Shard };
    }

    /// <summary>Lets it look at the run again, or for the first time.</summary>
    internal static Task WakeAsync(DurableTaskClient durable, Actor actor, Guid runId, CancellationToken cancellationToken) =>
        durable.WakeAsync(Name, $"exam-run-{runId:N}", new Order(actor.TenantId, actor.Shard, runId), Changed, cancellationToken);

    [Function(Name)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var order = context.GetInput<Order>()!;
        if (!order.Verified)
        {
            await context.CallActivityAsync<bool>(nameof(ComputeExamResults), order, Retry);
            await context.CallActivityAsync<bool>(nameof(VerifyExamResults), order, Retry);
        }
        var step = await context.CallActivityAsync<PublishExamRun.Step>(nameof(PublishExamResultsWhenDue), order, Retry);
        if (step.Published is { } session) await ExamCertification.IssueAllAsync(context, new ExamCertification.Order(order.TenantId, order.Shard, session, order.RunId));
        if (step.Done) return;
        // approvals and another instant come as events
        await context.SleepAsync(Changed, step.Next);
        context.ContinueAsNew(order with { Verified = true });
    }

    [Function(nameof(ComputeExamResults))]
    public Task<bool> ComputeExamResults([ActivityTrigger] Order order, CancellationToken cancellationToken) => compute.ComputeAsync(order.Actor, order.RunId, cancellationToken);

    [Function(nameof(VerifyExamResults))]
    public Task<bool> VerifyExamResults([ActivityTrigger] Order order, CancellationToken cancellationToken) => compute.VerifyAsync(order.Actor, order.RunId, cancellationToken);

    [Function(nameof(PublishExamResultsWhenDue))]
    public Task<PublishExamRun.Step> PublishExamResultsWhenDue([ActivityTrigger] Order order, CancellationToken cancellationToken) => publish.WhenDueAsync(order.Actor, order.RunId, cancellationToken);
}
