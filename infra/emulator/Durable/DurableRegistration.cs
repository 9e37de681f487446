using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>Wires Durable Functions into the emulator.</summary>
internal static class DurableRegistration
{
    public static IServiceCollection AddDurable(this IServiceCollection services) => services
        .AddSingleton<DurableEndpoints>()
        .AddSingleton<DurableFunctions>()
        .AddSingleton<DurableStore>()
        .AddSingleton<InstanceQueries>()
        .AddSingleton<Journal>()
        .AddSingleton<OrchestratorRunner>()
        .AddSingleton<ActivityRunner>()
        .AddSingleton<DurableEngine>()
        .AddSingleton<DurableTaskClient, EmulatorDurableClient>()
        .AddSingleton<IParameterBinding, DurableClientBinding>()
        .AddSingleton<ITriggerKind, OrchestrationTriggerKind>()
        .AddSingleton<ITriggerKind, ActivityTriggerKind>();

    /// <summary>[DurableClient] parameters.</summary>
    private sealed class DurableClientBinding(DurableTaskClient client) : IParameterBinding
    {
        public ParameterBinder? Bind(FunctionDescriptor function, ParameterInfo parameter)
        {
            if (parameter.GetCustomAttribute<DurableClientAttribute>() is null) return null;
            return parameter.ParameterType == typeof(DurableTaskClient)
                ? _ => new ValueTask<object?>(client)
                : throw new EmulatorException(
                    $"Parameter '{parameter.Name}' of function '{function.Name}' has [DurableClient] and must be a DurableTaskClient, not {parameter.ParameterType.Name}.");
        }
    }
}
