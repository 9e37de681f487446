using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Converters;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>Activities. This kind and the orchestrators' share one engine.</summary>
internal sealed class ActivityTriggerKind(DurableFunctions functions, DurableEngine engine) : ITriggerKind
{
    public Type AttributeType => typeof(ActivityTriggerAttribute);

    public ParameterBinder Add(FunctionDescriptor function)
    {
        if (function.Retry is not null)
            throw new EmulatorException($"Function '{function.Name}' is an activity and cannot have a retry attribute: pass a RetryPolicy where it is called.");
        functions.AddActivity(((ActivityTriggerAttribute)function.Trigger).Activity ?? function.Name, function);
        var type = function.TriggerParameter.ParameterType;
        if (type == typeof(FunctionContext)) return static invocation => new ValueTask<object?>(invocation);
        var missing = type.IsValueType ? Activator.CreateInstance(type) : null;
        return invocation => new ValueTask<object?>(JsonDataConverter.Default.Deserialize(((ActivityWork)invocation.TriggerValue!).Input, type) ?? missing);
    }

    public string Describe(FunctionDescriptor function) => "activityTrigger";

    public Task StartAsync(CancellationToken cancellationToken) => engine.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}
