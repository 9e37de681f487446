using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>Orchestrators. This kind and the activities' share one engine.</summary>
internal sealed class OrchestrationTriggerKind(DurableFunctions functions, DurableEngine engine) : ITriggerKind
{
    public Type AttributeType => typeof(OrchestrationTriggerAttribute);

    public ParameterBinder Add(FunctionDescriptor function)
    {
        if (function.TriggerParameter.ParameterType != typeof(TaskOrchestrationContext))
            throw new EmulatorException($"The orchestration trigger of function '{function.Name}' must be a TaskOrchestrationContext, not {function.TriggerParameter.ParameterType.Name}.");
        if (function.Retry is not null)
            throw new EmulatorException($"Function '{function.Name}' is an orchestrator and cannot have a retry attribute: pass a RetryPolicy where it calls an activity.");
        functions.AddOrchestrator(((OrchestrationTriggerAttribute)function.Trigger).Orchestration ?? function.Name, function);
        return static invocation => new ValueTask<object?>(invocation.TriggerValue);
    }

    // a further parameter without a binding of its own is the orchestration's input
    public ParameterBinder? BindOther(FunctionDescriptor function, ParameterInfo parameter)
    {
        if (parameter.IsDefined(typeof(InputBindingAttribute)) || parameter.Name!.Equals("instanceId", StringComparison.OrdinalIgnoreCase)) return null;
        return invocation => new ValueTask<object?>(((ReplayContext)invocation.TriggerValue!).GetInput(parameter.ParameterType));
    }

    public string Describe(FunctionDescriptor function) => "orchestrationTrigger";

    public Task StartAsync(CancellationToken cancellationToken) => engine.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}
