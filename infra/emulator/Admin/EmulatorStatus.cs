using System.Reflection;
using Podium.Emulator.Clock;
using Podium.Emulator.Durable;
using Podium.Emulator.Hosting;
using Podium.Emulator.Http;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;
using Podium.Emulator.Timers;

namespace Podium.Emulator.Admin;

/// <summary>Everything the status page shows, gathered.</summary>
internal sealed class EmulatorStatus(
    FunctionCatalog catalog, TimerTriggerKind timers, QueueAdmin queues, DurableEngine durable, FunctionKeys keys, EmulatorSession session, TimeProvider clock)
{
    private const int Recent = 50;

    public async Task<object> ReadAsync(CancellationToken cancellationToken)
    {
        var instances = await durable.Queries.RecentAsync(Recent, cancellationToken);
        var counts = await durable.Queries.CountAsync(cancellationToken);
        return new
        {
            version = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3),
            startedAt = session.Started,
            clock = new { now = clock.GetUtcNow(), isVirtual = clock is VirtualClock },
            services = session.Services?.Running.Select(service => new { service.Name, service.Version, service.Endpoint, pid = service.ProcessId }) ?? [],
            smtp = session.Smtp,
            keys = new { master = keys.Master, @default = keys.Default, durable = keys.Durable },
            functions = catalog.Functions.OrderBy(function => function.Name, StringComparer.Ordinal).Select(Describe),
            timers = timers.Timers.Select(timer => new { function = timer.Function.Name, schedule = timer.Schedule.Text, timer.Last, timer.Next, timer.Function.Disabled }),
            queues = await queues.CountsAsync(cancellationToken),
            orchestrations = new
            {
                counts = counts.ToDictionary(count => count.Key.ToString(), count => count.Value),
                recent = instances.Select(Summary),
            },
        };
    }

    public async Task<object?> ReadInstanceAsync(string id, CancellationToken cancellationToken)
    {
        if (await durable.Queries.FindAsync(id, cancellationToken) is not { } instance) return null;
        var history = await durable.HistoryAsync(instance, cancellationToken);
        return new
        {
            instance.InstanceId,
            instance.Name,
            status = instance.Status.ToString(),
            instance.CreatedAt,
            instance.UpdatedAt,
            instance.CompletedAt,
            instance.ParentId,
            instance.Input,
            instance.Output,
            instance.CustomStatus,
            history = history.Select(happened => new { kind = happened.Kind.ToString(), happened.At, happened.TaskId, happened.Name, happened.Payload, happened.FireAt }),
        };
    }

    private object Describe(FunctionDescriptor function) => new
    {
        function.Name,
        trigger = function.InputBindings.Values.Single().Type,
        description = function.Disabled ? "disabled" : catalog.KindOf(function)!.Describe(function),
        function.Disabled,
        function.Statistics.Succeeded,
        function.Statistics.Failed,
        function.Statistics.LastStarted,
        lastDurationMs = function.Statistics.LastDuration?.TotalMilliseconds,
        function.Statistics.LastError,
    };

    private static object Summary(DurableInstance instance) => new
    {
        id = instance.InstanceId,
        instance.Name,
        status = instance.Status.ToString(),
        instance.CreatedAt,
        instance.UpdatedAt,
        instance.CustomStatus,
    };
}
