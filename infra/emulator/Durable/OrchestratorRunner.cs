using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>Runs one turn as a full invocation of the orchestrator's function: a scope, the middleware, the method.</summary>
internal sealed partial class OrchestratorRunner(
    DurableFunctions functions, FunctionInvoker invoker, IServiceScopeFactory scopes, HostJson host, ILoggerFactory loggers)
{
    /// <summary>Whether there is such an orchestrator; where not, the sentence that says so.</summary>
    public bool Knows(string name, [NotNullWhen(false)] out string? missing)
    {
        missing = functions.TryFindOrchestrator(name, out _) ? null : functions.NoOrchestrator(name);
        return missing is null;
    }

    public async Task<TurnOutcome> RunAsync(Instance instance, Execution execution, IReadOnlyList<DurableEvent> fresh)
    {
        if (!functions.TryFindOrchestrator(instance.Name, out var function))
            return Missing(functions.NoOrchestrator(instance.Name));

        var isFirst = execution.History.Count == 0;
        var logger = loggers.CreateLogger($"Function.{function.Name}");
        if (isFirst) LogStarted(logger, function.Name, instance.Id);
        var started = Stopwatch.GetTimestamp();
        // A turn leaves its invocation hanging at an await, so its scope is ended here.
        await using var scope = scopes.CreateAsyncScope();
        var subject = new ReplaySubject(instance.Id, instance.Name, instance.Version, host.DefaultVersion, instance.Parent, execution.Input);
        var replay = new Replay(subject, loggers, context => invoker.InvokeAsync(function, Invocation(context, scope.ServiceProvider), CancellationToken.None));
        var outcome = replay.Run(execution.History, fresh);
        Report(function, instance, outcome, Stopwatch.GetElapsedTime(started), logger);
        return outcome;
    }

    private static Invocation Invocation(ReplayContext context, IServiceProvider services) => new()
    {
        TriggerValue = context,
        Services = services,
        BindingData = () => new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = context.InstanceId },
        Reason = "Orchestration",
        Quiet = true, // a line a turn says nothing; start and end are logged here
    };

    private static TurnOutcome Missing(string message) =>
        new([], new TurnEnd.Failed(Failure.Missing("OrchestratorTaskNotFound", message)), null, false, new HashSet<int>());

    private static void Report(FunctionDescriptor function, Instance instance, TurnOutcome outcome, TimeSpan elapsed, ILogger logger)
    {
        switch (outcome.End)
        {
            case TurnEnd.Completed:
                function.Statistics.Finished(elapsed, null);
                LogCompleted(logger, function.Name, instance.Id);
                break;
            case TurnEnd.Failed failed:
                function.Statistics.Finished(elapsed, new InvalidOperationException(failed.Failure.Details.ErrorMessage));
                LogFailed(logger, function.Name, instance.Id, failed.Failure.Details.ErrorType, failed.Failure.Details.ErrorMessage);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Orchestration '{Function}' started ({InstanceId})")]
    private static partial void LogStarted(ILogger logger, string function, string instanceId);

    [LoggerMessage(2, LogLevel.Information, "Orchestration '{Function}' completed ({InstanceId})")]
    private static partial void LogCompleted(ILogger logger, string function, string instanceId);

    [LoggerMessage(3, LogLevel.Error, "Orchestration '{Function}' failed ({InstanceId}): {ErrorType}: {ErrorMessage}")]
    private static partial void LogFailed(ILogger logger, string function, string instanceId, string errorType, string errorMessage);
}
