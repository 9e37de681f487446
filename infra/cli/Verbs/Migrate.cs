using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Podium.Platform.Databases;

namespace Podium.Cli.Verbs;

/// <summary>The schema of every shard: up, down, where it stands, and whether it is what this build takes it for.</summary>
internal static class Migrate
{
    public static Verb Verb() => new("migrate", "Bring the schema of every shard up or down, and look at it.", "migrate up", "migrate status --json")
    {
        Up(),
        Down(),
        new Verb("status", "List every migration and when it was applied.", "migrate status").Does(StatusAsync),
        new Verb("verify", "Exit with 3 where a database is not exactly what this build expects.", "migrate verify && deploy").Does(VerifyAsync),
    };

    private static Verb Up()
    {
        var to = new Option<int?>("--to") { Description = "The last version to apply; all without it.", HelpName = "version" };
        to.Validators.Add(result => CheckVersion(result, least: 1));
        return new Verb("up", "Apply what is missing. Racing calls wait for each other.", "migrate up", "migrate up --to 3") { to }
            .Does(call => RunAsync(call, (migrator, progress) => migrator.UpAsync(By(call), call.Value(to), progress, call.Stop), "applied"));
    }

    private static Verb Down()
    {
        var to = new Option<int>("--to") { Description = "The version to go back to; 0 takes back all.", HelpName = "version", Required = true };
        to.Validators.Add(result => CheckVersion(result, least: 0));
        return new Verb("down", "Take migrations back, with the data they hold.", "migrate down --to 3", "migrate down --to 0 --yes") { to }
            .Does(call =>
            {
                var databases = string.Join(", ", Shards(call).Select(shard => shard.Name));
                call.Confirm($"Every migration after {call.Value(to):0000} is taken back on {databases}, and the tables it made are gone.");
                return RunAsync(call, (migrator, progress) => migrator.DownAsync(call.Value(to), By(call), progress, call.Stop), "taken back");
            });
    }

    private static void CheckVersion(OptionResult result, int least)
    {
        // what is no number at all the parser says itself
        if (int.TryParse(result.Tokens.SingleOrDefault()?.Value, out var version) && (version < least || version > Migration.All.Count))
            result.AddError($"--to must be a version from {least} to {Migration.All.Count}.");
    }

    private static async Task RunAsync(Call call, Func<Migrator, IProgress<Migrator.Step>, Task<IReadOnlyList<Migration>>> run, string done)
    {
        var answers = new List<object>();
        foreach (var (shard, migrator) in Shards(call))
        {
            var migrations = await call.ProgressAsync($"Migrating {shard}", null, ticker => run(migrator, new Steps(call, shard, ticker)));
            answers.Add(new { shard, migrations = migrations.Select(migration => migration.ToString()) });
            if (migrations.Count == 0) call.Say($"{shard}: nothing to do.");
            else call.Say(string.Create(CultureInfo.InvariantCulture, $"{shard}: {migrations.Count} {done}."));
        }
        call.Answer(answers, _ => { });
    }

    private static async Task StatusAsync(Call call)
    {
        var states = await StatesAsync(call);
        call.Answer(states.Select(state => new { state.Shard, state.State.Version, state.State.Name, state.State.AppliedAt, state.State.AppliedBy, state.State.ExecutionTimeMs, state.State.Moved, state.State.Fault }), screen =>
            screen.Table(
                states,
                ("shard", state => state.Shard),
                ("migration", state => $"{state.State.Version:0000}_{state.State.Name}"),
                ("applied", state => state.State.AppliedAt is { } at ? at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) : state.State.Moved is { } moved ? $"{moved} rows moved" : "no"),
                ("by", state => state.State.AppliedBy),
                ("took", state => state.State.ExecutionTimeMs is { } took ? $"{took} ms" : ""),
                ("fault", state => state.State.Fault)));
    }

    private static async Task<int> VerifyAsync(Call call)
    {
        var differences = (await StatesAsync(call))
            .Where(state => state.State.Fault is not null || state.State.AppliedAt is null)
            .Select(state => new { state.Shard, state.State.Version, state.State.Name, Difference = state.State.Fault ?? "It is not applied." })
            .ToList();
        call.Answer(new { verified = differences.Count == 0, differences }, screen =>
        {
            if (differences.Count == 0) screen.Line("Every shard is exactly what this build expects.");
            foreach (var found in differences) screen.Marked("✗", $"{found.Shard}: {found.Version:0000}_{found.Name}: {found.Difference}");
        });
        return differences.Count == 0 ? ExitCode.Ok : ExitCode.FoundProblems;
    }

    private static async Task<List<(string Shard, Migrator.State State)>> StatesAsync(Call call)
    {
        var states = new List<(string, Migrator.State)>();
        foreach (var (shard, migrator) in Shards(call)) states.AddRange((await migrator.StatusAsync(call.Stop)).Select(state => (shard, state)));
        return states;
    }

    private static IEnumerable<(string Name, Migrator Migrator)> Shards(Call call)
    {
        var database = call.Get<Database>();
        return database.Shards.Select(shard => (shard, new Migrator(database.Source(shard, DatabaseRole.Owner), call.Clock)));
    }

    private static string By(Call call) => $"podium, {call.Around.Environment.GetValueOrDefault("USER") ?? call.Around.Environment.GetValueOrDefault("USERNAME") ?? "somebody"} on {System.Environment.MachineName}";

    // told at once and in order, which Progress<T> would not promise
    private sealed class Steps(Call call, string shard, Ticker ticker) : IProgress<Migrator.Step>
    {
        public void Report(Migrator.Step value)
        {
            var step = $"{shard}: {value.Migration} {(value.Up ? "up" : "down")}";
            if (value.Finished) call.Say(string.Create(CultureInfo.InvariantCulture, $"{step} ({value.Elapsed.TotalSeconds:0.0} s)"));
            ticker.Now(value.Moved > 0 ? string.Create(CultureInfo.InvariantCulture, $"{step}, {value.Moved:N0} rows moved") : step);
        }
    }
}
