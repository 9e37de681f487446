using System.Text.Json;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Podium.Emulator.Durable;

/// <summary>What clients ask of the engine. Payloads are JSON already.</summary>
internal sealed partial class DurableEngine
{
    private const string Recursive = "recursive"; // the mark of a termination that takes sub-orchestrations along

    /// <summary>Starts an instance and answers its id.</summary>
    public async Task<string> ScheduleAsync(string name, string? input, StartOrchestrationOptions? options, CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        if (!_orchestrators.Knows(name, out var missing)) throw new ArgumentException(missing, nameof(name));
        if (options?.InstanceId is { } given) InstanceIds.Check(given);
        var dedupe = options?.DedupeStatuses is { } texts ? Parse(texts) : null;
        var id = options?.InstanceId ?? Guid.NewGuid().ToString("N");
        var instance = new Instance(id, Guid.NewGuid().ToString("N"), name, options?.Version?.Version ?? _host.DefaultVersion, null, System.Diagnostics.Activity.Current?.Id);

        await ReserveAsync(instance, dedupe, cancellationToken);
        using var busy = _tracker.Begin($"start of {name} {id}");
        Message start;
        try
        {
            await RefuseFinishedAsync(options?.InstanceId, dedupe, cancellationToken);
            start = await CommitStartAsync(instance, input, options);
        }
        catch
        {
            _live.TryRemove(new KeyValuePair<string, Instance>(id, instance));
            throw;
        }
        _alarm.Add(start);
        return id;
    }

    /// <summary>Raises an event; one for an instance that is unknown or over is dropped, as in Azure.</summary>
    public Task RaiseEventAsync(string instanceId, string name, string? payload, CancellationToken cancellationToken) =>
        TellAsync(instanceId, new DurableEvent(DurableEventKind.EventRaised, _clock.Now()) { Name = name, Payload = payload }, cancellationToken);

    public Task TerminateAsync(string instanceId, string? output, bool recursive, CancellationToken cancellationToken) =>
        TellAsync(
            instanceId,
            new DurableEvent(DurableEventKind.ExecutionTerminated, _clock.Now()) { Name = recursive ? Recursive : null, Payload = output },
            cancellationToken);

    public Task SuspendAsync(string instanceId, string? reason, CancellationToken cancellationToken) =>
        TellAsync(instanceId, new DurableEvent(DurableEventKind.ExecutionSuspended, _clock.Now()) { Payload = reason }, cancellationToken);

    public Task ResumeAsync(string instanceId, string? reason, CancellationToken cancellationToken) =>
        TellAsync(instanceId, new DurableEvent(DurableEventKind.ExecutionResumed, _clock.Now()) { Payload = reason }, cancellationToken);

    /// <summary>Completes once the instance has begun (or ended).</summary>
    public Task<DurableInstance> WaitForStartAsync(string instanceId, CancellationToken cancellationToken) =>
        WaitAsync(instanceId, instance => instance.Started.Task, cancellationToken);

    /// <summary>Completes once the instance has ended.</summary>
    public Task<DurableInstance> WaitForEndAsync(string instanceId, CancellationToken cancellationToken) =>
        WaitAsync(instanceId, instance => instance.Ended.Task, cancellationToken);

    /// <summary>Runs an orchestration again with the input it had.</summary>
    public async Task<string> RestartAsync(string instanceId, bool newId, CancellationToken cancellationToken)
    {
        var old = await Queries.FindAsync(instanceId, cancellationToken)
            ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
        if (!newId && !old.IsCompleted)
            throw new InvalidOperationException($"An orchestration with the instanceId {instanceId} cannot be restarted.");
        var options = new StartOrchestrationOptions(newId ? null : instanceId) { Version = old.Version, Tags = old.Tags };
        return await ScheduleAsync(old.Name, old.Input, options, cancellationToken);
    }

    private static HashSet<OrchestrationRuntimeStatus> Parse(IReadOnlyList<string> statuses) =>
    [
        .. statuses.Select(text => Enum.TryParse<OrchestrationRuntimeStatus>(text, ignoreCase: true, out var status)
            ? status
            : throw new ArgumentException($"Invalid orchestration runtime status: '{text}' for deduplication.", nameof(statuses))),
    ];

    // Takes the id. A live instance keeps it, unless its status was left out of the statuses not to be replaced.
    private async Task ReserveAsync(Instance instance, HashSet<OrchestrationRuntimeStatus>? dedupe, CancellationToken cancellationToken)
    {
        while (!_live.TryAdd(instance.Id, instance))
        {
            if (!_live.TryGetValue(instance.Id, out var other)) continue;
            if (dedupe is null || dedupe.Contains(other.Status)) throw AlreadyExists(instance.Id);
            await TerminateAsync(instance.Id, null, recursive: false, cancellationToken);
            await other.Ended.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task RefuseFinishedAsync(string? givenId, HashSet<OrchestrationRuntimeStatus>? dedupe, CancellationToken cancellationToken)
    {
        if (givenId is null || dedupe is null) return;
        if (await Queries.FindAsync(givenId, cancellationToken) is { } old && dedupe.Contains(old.Status)) throw AlreadyExists(givenId);
    }

    private async Task<Message> CommitStartAsync(Instance instance, string? input, StartOrchestrationOptions? options)
    {
        var now = _clock.Now();
        var due = options?.StartAt is { } later && later > now ? Instants.Due(later) : now;
        var tags = options?.Tags is { Count: > 0 } given ? JsonSerializer.Serialize(given) : null;
        var changes = new ChangeSet();
        if (options?.InstanceId is not null) changes.Replaced.Add(instance.Id);
        changes.Created.Add(new InstanceCreated(instance.Id, instance.ExecutionId, instance.Name, instance.Version, input, tags, null, instance.TraceParent, now));
        var start = new Message(
            NextId(), instance.Id, instance.ExecutionId, new DurableEvent(DurableEventKind.ExecutionStarted, now) { Name = instance.Name }, due);
        changes.Sent.Add(start);
        await _journal.CommitAsync(changes);
        return start;
    }

    private async Task TellAsync(string instanceId, DurableEvent news, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        await _loaded.Task.WaitAsync(cancellationToken);
        if (!_live.ContainsKey(instanceId))
        {
            LogDropped(_log, news.Name ?? news.Kind.ToString(), instanceId);
            return;
        }
        using var busy = _tracker.Begin($"{news.Kind} for {instanceId}");
        var message = new Message(NextId(), instanceId, null, news, news.At);
        var changes = new ChangeSet();
        changes.Sent.Add(message);
        await _journal.CommitAsync(changes);
        Deliver(message);
    }

    private async Task<DurableInstance> WaitAsync(string instanceId, Func<Instance, Task> moment, CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken);
        if (_live.TryGetValue(instanceId, out var instance)) await moment(instance).WaitAsync(cancellationToken);
        return await Queries.FindAsync(instanceId, cancellationToken)
            ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
    }

    private static OrchestrationAlreadyExistsException AlreadyExists(string id) => new($"An Orchestration instance with the ID {id} already exists.");
}
