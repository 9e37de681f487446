using Microsoft.Extensions.DependencyInjection;
using Podium.Operations.Audit;

namespace Podium.Operations;

/// <summary>Health, self-checks, and what was done.</summary>
public static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<CheckHealth>()
        .AddSingleton<WriteProbe>()
        .AddSingleton<ForwardProbe>()
        .AddSingleton<RemoveProbe>()
        .AddSingleton<RotateEncryption>()
        .AddSingleton<AnonymiseAll>()
        .AddSingleton<DatabaseChecks>()
        .AddSingleton<CheckInvariants>()
        .AddSingleton<DeadLetters>()
        .AddSingleton<LookOver>()
        .AddSingleton<QueueChecks>()
        .AddSingleton<ReadAuditLog>();
}
