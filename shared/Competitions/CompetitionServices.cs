using Microsoft.Extensions.DependencyInjection;

namespace Podium.Competitions;

/// <summary>Competitions, their rounds and forms, registrations, teams.</summary>
public static class CompetitionServices
{
    public static IServiceCollection AddCompetitions(this IServiceCollection services) => services
        .AddSingleton<Categories>()
        .AddSingleton<CompetitionDirectory>()
        .AddSingleton<EditCompetition>()
        .AddSingleton<MoveCompetition>()
        .AddSingleton<WakeRun>()
        .AddSingleton<Rounds>()
        .AddSingleton<EntryForms>()
        .AddSingleton<Blueprints>()
        .AddSingleton<Entrants>()
        .AddSingleton<CompetitionNotices>()
        .AddSingleton<Waitlist>()
        .AddSingleton<RemindTeams>()
        .AddSingleton<Registrations>()
        .AddSingleton<Register>()
        .AddSingleton<DecideRegistration>()
        .AddSingleton<Teams>()
        .AddSingleton<FormTeam>()
        .AddSingleton<InviteToTeam>()
        .AddSingleton<PublicPages>()
        .AddSingleton<FindPeople>()
        .AddSingleton<ImportPeople>()
        .AddSingleton<ImportTeams>()
        .AddSingleton<ImportRegistrations>()
        .AddSingleton<ExportCompetition>()
        .AddSingleton<SeedDemo>();
}
