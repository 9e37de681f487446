using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;

namespace Podium.Emulator.Durable;

/// <summary>The context an orchestrator sees: every call is numbered and answered from history, or becomes an action.</summary>
internal sealed class ReplayContext(Replay replay, ReplaySubject subject, ILoggerFactory loggers) : TaskOrchestrationContext
{
    private static readonly JsonDataConverter Json = JsonDataConverter.Default;

    private int _guids;
    private object? _customStatus;

    public override TaskName Name => subject.Name;

    public override string InstanceId => subject.InstanceId;

    public override string Version => subject.Version;

    public override ParentOrchestrationInstance? Parent { get; } =
        subject.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.InstanceId) : null;

    public override DateTime CurrentUtcDateTime => replay.Now.UtcDateTime;

    public override bool IsReplaying => replay.IsReplaying;

    /// <summary>The custom status as JSON.</summary>
    public string? CustomStatus => Json.Serialize(_customStatus);

    protected override ILoggerFactory LoggerFactory { get; } = loggers;

    public override T GetInput<T>()
    {
        replay.EnsureLegal();
        return Json.Deserialize<T>(subject.Input)!;
    }

    public object? GetInput(Type type) => Json.Deserialize(subject.Input, type);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        replay.EnsureLegal();
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                "A TaskOptions value was provided for the activity input but no value was provided for options. " +
                "Did you actually mean to provide a TaskOptions value for the options parameter?", nameof(input));
        }
        var json = Json.Serialize(input);
        var version = options?.Version?.Version ?? subject.Version;
        return Retrying.Call(this, options?.Retry, () => Read<TResult>(replay.CallActivity(name.Name, version, json)));
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        replay.EnsureLegal();
        var given = (options as SubOrchestrationOptions)?.InstanceId;
        if (given is not null) InstanceIds.Check(given);
        var id = given ?? NewGuid().ToString("N");
        var json = Json.Serialize(input);
        var version = options?.Version?.Version ?? subject.DefaultVersion;
        return Retrying.Call(
            this, options?.Retry, () => Read<TResult>(replay.StartSubOrchestration(orchestratorName.Name, version, id, given is not null, json)));
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        replay.EnsureLegal();
        return replay.SetTimer(Instants.Due(fireAt.ToUniversalTime()), cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        replay.EnsureLegal();
        return replay.External.Wait<T>(eventName, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        replay.EnsureLegal();
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceId);
        replay.SendEvent(instanceId, eventName, Json.Serialize(payload));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        replay.EnsureLegal();
        _customStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        replay.EnsureLegal();
        ArgumentNullException.ThrowIfNull(options);
        var version = string.IsNullOrWhiteSpace(options.NewVersion) ? null : options.NewVersion;
        replay.ContinueAsNew(Json.Serialize(options.NewInput), version, options.PreserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        replay.EnsureLegal();
        return DeterministicGuid.Create(InstanceId, CurrentUtcDateTime, _guids++);
    }

    private static async Task<T> Read<T>(Task<string?> result) => Json.Deserialize<T>(await result)!;
}
