using System.Collections;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Emulator.Runtime;

/// <summary>What a listener hands over for one invocation.</summary>
public sealed class Invocation
{
    /// <summary>The trigger's own value (a message, a blob, an orchestration context); the kind's binder reads it.</summary>
    public object? TriggerValue { get; init; }

    /// <summary>Values that parameters bind to by name, without regard to case. Made only when somebody asks.</summary>
    public Func<IReadOnlyDictionary<string, object?>>? BindingData { get; init; }

    /// <summary>The services of this invocation where the caller has a scope already (an HTTP request); null makes one.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>W3C trace parent of whatever caused this invocation.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Which try this is, where a retry attribute asks for tries.</summary>
    public (int Count, int Max)? Retry { get; init; }

    /// <summary>Why the function runs, for the log: "New blob", "Timer fired".</summary>
    public string Reason { get; init; } = "";

    /// <summary>Replays of an orchestrator are not worth a log line each.</summary>
    public bool Quiet { get; init; }

    /// <summary>Called with the context before the pipeline runs, to set features.</summary>
    public Action<InvocationContext>? Prepare { get; init; }
}

/// <summary>The emulator's <see cref="FunctionContext"/>.</summary>
public sealed class InvocationContext : FunctionContext
{
    private readonly Invocation _invocation;
    private IReadOnlyDictionary<string, object?>? _bindingData;
    private IDictionary<object, object>? _items;
    private string? _invocationId;
    private FeatureCollection? _features;
    private EmulatedTraceContext? _trace;

    internal InvocationContext(FunctionDescriptor function, Invocation invocation, IServiceProvider services, CancellationToken cancellationToken)
    {
        Function = function;
        _invocation = invocation;
        InstanceServices = services;
        CancellationToken = cancellationToken;
        Result = new EmulatedInvocationResult();
        if (invocation.Retry is { } retry) Retry = new EmulatedRetryContext(retry.Count, retry.Max);
    }

    /// <summary>The function that runs.</summary>
    public FunctionDescriptor Function { get; }

    /// <summary>What the listener handed over.</summary>
    public object? TriggerValue => _invocation.TriggerValue;

    /// <summary>The function's result.</summary>
    public InvocationResult Result { get; }

    /// <inheritdoc />
    public override string InvocationId => _invocationId ??= Guid.NewGuid().ToString();

    /// <inheritdoc />
    public override string FunctionId => Function.Id;

    /// <inheritdoc />
    public override TraceContext TraceContext => _trace ??= new EmulatedTraceContext(_invocation.TraceParent);

    /// <inheritdoc />
    public override BindingContext BindingContext => field ??= new EmulatedBindingContext(this);

    /// <summary>Null without a retry attribute, as in the real worker.</summary>
    public override RetryContext RetryContext => Retry!;

    /// <inheritdoc />
    public override IServiceProvider InstanceServices { get; set; }

    /// <inheritdoc />
    public override FunctionDefinition FunctionDefinition => Function;

    /// <inheritdoc />
    public override IDictionary<object, object> Items
    {
        get => _items ??= new Dictionary<object, object>();
        set => _items = value;
    }

    /// <inheritdoc />
    public override IInvocationFeatures Features => _features ??= new FeatureCollection(this);

    /// <inheritdoc />
    public override CancellationToken CancellationToken { get; }

    internal IReadOnlyDictionary<string, object?> BindingData =>
        _bindingData ??= _invocation.BindingData?.Invoke() ?? EmptyData;

    private EmulatedRetryContext? Retry { get; }

    private static readonly IReadOnlyDictionary<string, object?> EmptyData = new Dictionary<string, object?>();

    private sealed class EmulatedInvocationResult : InvocationResult
    {
        public override object? Value { get; set; }
    }

    private sealed class EmulatedBindingContext(InvocationContext context) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => context.BindingData;
    }

    private sealed class EmulatedRetryContext(int count, int max) : RetryContext
    {
        public override int RetryCount => count;

        public override int MaxRetryCount => max;
    }

    private sealed class EmulatedTraceContext(string? traceParent) : TraceContext
    {
        public override string TraceParent { get; } = traceParent ?? Activity.Current?.Id ??
            $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";

        public override string TraceState => "";
    }

    private sealed class FeatureCollection : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _features;

        public FeatureCollection(InvocationContext context)
        {
            _features = new Dictionary<Type, object> { [typeof(InvocationResult)] = context.Result };
            if (context.TriggerValue is Microsoft.AspNetCore.Http.HttpContext http) _features[typeof(Microsoft.AspNetCore.Http.HttpContext)] = http;
        }

        public void Set<T>(T instance) => _features[typeof(T)] = instance!;

        public T? Get<T>() => _features.TryGetValue(typeof(T), out var value) ? (T)value : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
