using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Exams;
using Podium.Platform.Databases;

namespace Podium.Functions.Exams;

/// <summary>Issues a session's certificates, some blocks of candidates at a time. Every step may be repeated.</summary>
public sealed class ExamCertification(IssueExamCertificates issue)
{
    public const string Name = "ExamCertification";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(5), backoffCoefficient: 2));

    /// <summary>Of which session and run.</summary>
    public sealed record Order(Guid TenantId, string Shard, Guid SessionId, Guid RunId);

    /// <summary>From which candidate on.</summary>
    public sealed record Part(Order Order, string After);

    internal static Task StartAsync(DurableTaskClient durable, Order order, CancellationToken cancellationToken) => durable.ScheduleNewOrchestrationInstanceAsync(Name, order, cancellationToken);

    [Function(Name)]
    public static Task Run([OrchestrationTrigger] TaskOrchestrationContext context) => IssueAllAsync(context, context.GetInput<Order>()!);

    [Function(nameof(IssueExamCertificatesPart))]
    public Task<string?> IssueExamCertificatesPart([ActivityTrigger] Part part, CancellationToken cancellationToken) =>
        issue.StepAsync(new Actor { TenantId = part.Order.TenantId, Shard = part.Order.Shard }, part.Order.SessionId, part.Order.RunId, part.After, cancellationToken);

    internal static async Task IssueAllAsync(TaskOrchestrationContext context, Order order)
    {
        for (string? after = ""; after is not null;) after = await context.CallActivityAsync<string?>(nameof(IssueExamCertificatesPart), new Part(order, after), Retry);
    }
}
