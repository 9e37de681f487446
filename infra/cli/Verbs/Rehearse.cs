using System.CommandLine;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Running;

namespace Podium.Cli.Verbs;

/// <summary>Takes a competition through its rounds with people who do not exist.</summary>
internal static class Rehearse
{
    public static Verb Verb()
    {
        var tenant = new Option<string>("--tenant", "-t") { Description = "The tenant, by its slug or id.", HelpName = "slug", Required = true };
        var competition = new Argument<string>("competition") { Description = "The competition, by its slug or id." };
        var participants = new Option<int>("--participants") { Description = "How many take part, from 1 to 500.", HelpName = "number", DefaultValueFactory = _ => 20 };
        var judges = new Option<int>("--judges") { Description = "How many judge, up to 200.", HelpName = "number", DefaultValueFactory = _ => 6 };
        var late = new Option<int>("--late-judges") { Description = "How many of a hundred judges do not finish in time.", HelpName = "percent" };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same marks.", HelpName = "number", DefaultValueFactory = _ => 1 };
        var verb = new Verb("rehearse", "Say what a competition will do, when, and what would go wrong. Nothing of it stays.", "rehearse nestfest-2026 --tenant demo --participants 40 --judges 12") { competition, tenant, participants, judges, late, seed };
        Within(participants, 1, 500);
        Within(judges, 0, 200);
        Within(late, 0, 100);
        return verb.Does(async call =>
        {
            var caller = await call.InTenantAsync(call.Value(tenant)!) with { Grants = [new Grant(Scope.Tenant, "operator", ["*"], null)] };
            var id = await call.Get<Database>().As(caller).FirstAsync<Guid?>(
                "SELECT id FROM competitions WHERE tenant_id = @TenantId AND deleted_at IS NULL AND (slug = @name OR id::text = @name)", new { caller.TenantId, name = call.Value(competition)!.ToLowerInvariant() }, call.Stop)
                ?? throw new CommandException($"{caller.Tenant.Slug} has no competition '{call.Value(competition)}'.");
            var request = new RehearseRun.Request { Participants = call.Value(participants), Judges = call.Value(judges), LateJudges = call.Value(late), Seed = call.Value(seed) };
            var seen = Call.Check(await call.Get<RehearseRun>().RunAsync(caller, id, request, call.Stop));
            call.Answer(seen, screen => Show(screen, seen));
        });
    }

    private static void Within(Option<int> option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && (value < least || value > most)) result.AddError($"{option.Name} is from {least} to {most}.");
    });

    private static void Show(Screen screen, RehearseRun.View seen)
    {
        screen.Table(
            seen.Timeline,
            ("when (UTC)", moment => $"{moment.At.UtcDateTime:yyyy-MM-dd HH:mm}"), ("round", moment => $"{moment.Round}"), ("what", moment => moment.What), ("told", moment => moment.Told == 0 ? "" : $"{moment.Told}: {string.Join(", ", moment.Notices)}"), ("", moment => moment.Detail));
        screen.Table(seen.Rounds, ("round", round => $"{round.Number} {round.Name}"), ("entries", round => $"{round.Entries}"), ("reviews", round => $"{round.Reviews}"), ("go on", round => $"{round.Advancing}"));
        foreach (var warning in seen.Warnings) screen.Line($"! {warning}");
        screen.Line(seen.EndsAt is { } end ? $"The results are announced at {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Nothing of this rehearsal stays." : "It does not come to an end. Nothing of this rehearsal stays.");
    }
}
