using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Podium.Emulator.Runtime;

/// <summary>Reads one parameter's value for one invocation.</summary>
public delegate ValueTask<object?> ParameterBinder(InvocationContext invocation);

/// <summary>A discovered function: its method, its trigger, and how its parameters are bound.</summary>
public sealed class FunctionDescriptor : FunctionDefinition
{
    internal FunctionDescriptor(string name, MethodInfo method, ParameterInfo triggerParameter, TriggerBindingAttribute trigger)
    {
        Name = name;
        Method = method;
        TriggerParameter = triggerParameter;
        Trigger = trigger;
        Retry = method.GetCustomAttribute<RetryAttribute>();
        Parameters = [.. method.GetParameters().Select(p =>
            new FunctionParameter(p.Name!, p.ParameterType, p.HasDefaultValue, p.HasDefaultValue ? p.DefaultValue : null))];
        var triggerType = trigger.GetType().Name;
        InputBindings = ImmutableDictionary<string, BindingMetadata>.Empty.Add(
            triggerParameter.Name!,
            new TriggerMetadata(triggerParameter.Name!, char.ToLowerInvariant(triggerType[0]) + triggerType[1..^"Attribute".Length]));
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <summary>The method marked with [Function].</summary>
    public MethodInfo Method { get; }

    /// <summary>The parameter that carries the trigger attribute.</summary>
    public ParameterInfo TriggerParameter { get; }

    /// <summary>The trigger attribute.</summary>
    public TriggerBindingAttribute Trigger { get; }

    /// <summary>The retry attribute, where there is one.</summary>
    public RetryAttribute? Retry { get; }

    /// <summary>Setting AzureWebJobs.NAME.Disabled turns a function off.</summary>
    public bool Disabled { get; internal set; }

    /// <summary>What the last runs were like, for the status page.</summary>
    public FunctionStatistics Statistics { get; } = new();

    /// <summary>One binder a parameter, in the method's order.</summary>
    internal ParameterBinder[] Binders { get; set; } = [];

    /// <inheritdoc />
    public override ImmutableArray<FunctionParameter> Parameters { get; }

    /// <inheritdoc />
    public override string PathToAssembly => Method.DeclaringType!.Assembly.Location;

    /// <inheritdoc />
    public override string EntryPoint => $"{Method.DeclaringType!.FullName}.{Method.Name}";

    /// <inheritdoc />
    public override string Id => Name;

    /// <inheritdoc />
    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    /// <inheritdoc />
    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; } = ImmutableDictionary<string, BindingMetadata>.Empty;

    private sealed class TriggerMetadata(string name, string type) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
