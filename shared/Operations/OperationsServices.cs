using Microsoft.Extensions.DependencyInjection;

namespace Podium.Operations;

/// <summary>Health and self-checks.</summary>
public static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<CheckHealth>()
        .AddSingleton<WriteProbe>()
        .AddSingleton<ForwardProbe>()
        .AddSingleton<RemoveProbe>();
}
