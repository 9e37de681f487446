using System.CommandLine;
using Podium.Competitions;
using Podium.Demo;

namespace Podium.Cli.Verbs;

/// <summary>Something to look at and to sign in to, for development.</summary>
internal static class Seed
{
    public static Verb Verb()
    {
        var slug = new Option<string>("--tenant", "-t") { Description = "The demo tenant's slug.", DefaultValueFactory = _ => MakeDemo.Slug, HelpName = "slug" };
        var force = new Option<bool>("--force") { Description = "Do it although this is no development environment." };
        var what = new Argument<string[]>("what")
        {
            Description = $"What to make as well: competitions with hundreds of people and some submissions ({string.Join(", ", Blueprints.BuiltIn)}), their judges, and NestFest's first round judged ({MakeDemo.Judged}), three tracks of coding practice ({MakeDemo.Practice}), or an examination with 20,000 candidates ({MakeDemo.Examination}); {MakeDemo.SongContests} gives the white-label clients their contests, with songs to vote for.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [],
        };
        return new Verb("seed", "Make a demo tenant with people whose passwords are known, and the first white-label clients. Safe to repeat; for development.", "seed", "seed nestfest kazrockets judged codepractice urvote", "seed gce", "seed --tenant playground") { what, slug, force }.Does(async call =>
        {
            if (!call.IsDevelopment && !call.Value(force))
                throw new CommandException("Accounts with known passwords belong to development only: set AZURE_FUNCTIONS_ENVIRONMENT=Development, or insist with --force.");
            if (call.Value(what).FirstOrDefault(name => !MakeDemo.All.Contains(name)) is { } unknown)
                throw new CommandException($"There is no blueprint '{unknown}'; there are {string.Join(", ", MakeDemo.All)}.", ExitCode.Usage);
            var made = await call.Get<MakeDemo>().Run(new MakeDemo.Request { Tenant = call.Value(slug)!, What = call.Value(what) }, call.Stop);
            call.Answer(made, screen => Show(screen, made));
        });
    }

    private static void Show(Screen screen, MakeDemo.Result made)
    {
        screen.Line($"Tenant {made.Tenant.Slug} {(made.Tenant.Created ? "is made" : "was there")}. Sign in at localhost as");
        screen.Table(
            made.People,
            ("role", login => login.Role),
            ("e-mail", login => login.Email),
            ("password", login => login.Created ? login.Password : $"{login.Password} (or what it was changed to)"));
        if (made.HostsTaken.Count > 0) screen.Marked("!", $"{string.Join(" and ", made.HostsTaken)} belong to another tenant: send X-Tenant: {made.Tenant.Slug} instead.");
        foreach (var contest in made.Competitions) screen.Line($"{contest.Blueprint}: {contest.People} people, {contest.Teams} teams, {contest.Registrations} registrations, {contest.Submissions} submissions at /api/competitions/{contest.CompetitionId}.");
        if (made.Reviews > 0) screen.Line($"{made.Reviews} reviews are final.");
        foreach (var track in made.Tracks) screen.Line($"Track {track.Track}: {track.Added} challenges added, {track.Changed} changed, {track.Unchanged} as they were.");
        foreach (var contest in made.SongContests) screen.Line($"{contest.Contest} of {contest.Client}: {contest.Songs} songs, voted for at /api/voting-sessions/{contest.VotingId} (X-Tenant: {contest.Client}).");
        screen.Line($"White-label clients: {string.Join(", ", made.Clients.Select(client => client.Slug))}.");
        if (made.Exam is { } exam) screen.Line($"{MakeDemo.Examination}: {exam.Centres} centres, {exam.Candidates} candidates, {exam.Results} results, {exam.Certificates} certificates; try curl -H 'X-Candidate-Secret: {exam.Samples[0].Secret}' localhost:7071/api/exam-sessions/{exam.SessionId}/results/{exam.Samples[0].Number}");
    }
}
