using Microsoft.Extensions.DependencyInjection;

namespace Podium.Emergencies;

/// <summary>What organisers do when something goes badly wrong.</summary>
public static class EmergencyServices
{
    public static IServiceCollection AddEmergencies(this IServiceCollection services) => services
        .AddSingleton<HaltVotings>()
        .AddSingleton<EmergencyMeasure, FreezeCompetition>()
        .AddSingleton<EmergencyMeasure, ExtendDeadlines>()
        .AddSingleton<EmergencyMeasure, VoidRound>()
        .AddSingleton<EmergencyMeasure, HaltVotings>()
        .AddSingleton<EmergencyMeasure, Broadcast>()
        .AddSingleton<EmergencyMeasure, RevokeCopies>()
        .AddSingleton<ActInEmergency>()
        .AddSingleton<DecideEmergency>()
        .AddSingleton<EmergencyBook>();
}
