using System.CommandLine;
using Podium.Identity;
using Podium.Operations;

namespace Podium.Cli.Verbs;

/// <summary>Forgets who somebody was, or who everybody is in a copy of production's data.</summary>
internal static class Anonymise
{
    public static Verb Verb()
    {
        var tenant = new Option<string?>("--tenant", "-t") { Description = "The person's tenant, by its slug or id.", HelpName = "slug" };
        var user = new Option<string?>("--user") { Description = "The person's e-mail address or id.", HelpName = "user" };
        var all = new Option<bool>("--all") { Description = "Everybody in every tenant of this copy of production's data." };
        var dryRun = new Option<bool>("--dry-run") { Description = "With --all: say what would change, and change nothing." };
        var names = new Option<string[]>("--database-name") { Description = "With --all: the name of the database, typed out, once for each shard.", HelpName = "name" };
        var verb = new Verb(
            "anonymise",
            "Forget who a person was; or turn a copy of production's data into sample data.",
            "anonymise --tenant demo --user ada@example.org",
            "anonymise --all --dry-run",
            "anonymise --all --database-name podium_staging --yes")
        { tenant, user, all, dryRun, names };
        verb.Validators.Add(result =>
        {
            var one = result.GetValue(tenant) is not null && result.GetValue(user) is not null;
            var some = result.GetValue(tenant) is not null || result.GetValue(user) is not null;
            if (result.GetValue(all) ? some : !one) result.AddError("Give --tenant and --user for one person, or --all for everybody.");
            if (!result.GetValue(all) && (result.GetValue(dryRun) || result.GetValue(names) is { Length: > 0 })) result.AddError("--dry-run and --database-name go with --all.");
        });
        return verb.Does(call => !call.Value(all) ? OneAsync(call, tenant, user) : call.Value(dryRun) ? LookAsync(call) : EverybodyAsync(call, call.Value(names) ?? []));
    }

    private static async Task<int> OneAsync(Call call, Option<string?> tenant, Option<string?> user)
    {
        var caller = await call.InTenantAsync(call.Value(tenant)!);
        var found = await call.Get<OperatorAccounts>().FindAsync(caller, call.Value(user)!, call.Stop);
        var account = found.Value ?? throw new CommandException($"Nobody in {caller.Tenant.Slug} has the address or id '{call.Value(user)}'.");
        call.Confirm($"{account.FirstName} {account.LastName} <{account.Email}> in {caller.Tenant.Slug} is forgotten for good.");
        var done = Call.Check(await call.Get<AnonymisePerson>().Run(caller, account.Id, call.Stop));
        call.Answer(new { account.Id, done.Steps }, screen =>
        {
            screen.Line($"{account.Id} is nobody now.");
            screen.Table(done.Steps, ("what", step => step.What), ("rows", step => $"{step.Rows}"));
        });
        return ExitCode.Ok;
    }

    private static async Task<int> LookAsync(Call call)
    {
        var standings = await call.Get<AnonymiseAll>().CountAsync(call.Stop);
        call.Answer(standings, screen => Show(screen, standings));
        return ExitCode.Ok;
    }

    private static void Show(Screen screen, IReadOnlyList<AnonymiseAll.Standing> standings)
    {
        foreach (var standing in standings)
        {
            screen.Line($"{standing.Shard}, database {standing.DatabaseName}: {standing.People} people would become others. Emptied:");
            screen.Table(standing.Emptied, ("table", table => table.Key), ("rows", table => $"{table.Value}"));
        }
    }

    private static async Task<int> EverybodyAsync(Call call, string[] names)
    {
        var anonymise = call.Get<AnonymiseAll>();
        var standings = await anonymise.CountAsync(call.Stop);
        var unmarked = standings.Select(standing => standing.DatabaseName).Except(names, StringComparer.Ordinal).ToList();
        if (unmarked.Count > 0)
            throw new CommandException($"This would destroy everybody's data in {string.Join(", ", unmarked)}: if it is a copy, say so with --database-name and exactly that name.", ExitCode.Usage);
        var total = standings.Sum(standing => standing.People);
        call.Confirm($"All {total} people in {string.Join(", ", standings.Select(standing => standing.DatabaseName))} become others, and nobody can sign in any more.");
        var people = await call.ProgressAsync("Anonymising", total, ticker => anonymise.Run(new Told(ticker), call.Stop));
        call.Answer(new { people, databases = standings.Select(standing => standing.DatabaseName) }, screen =>
            screen.Line($"{people} people are others now. Nobody has a password: set one with 'podium user reset-password … --password-stdin'."));
        return ExitCode.Ok;
    }

    private sealed class Told(Ticker ticker) : IProgress<long>
    {
        public void Report(long value) => ticker.Done(value);
    }
}
