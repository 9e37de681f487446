using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Podium.Competitions;
using Podium.Exams;
using Podium.Identity;
using Podium.Learning;
using Podium.Platform.Access;
using Podium.Songs;
using Podium.Submissions;
using Podium.Tenancy;

namespace Podium.Cli.Verbs;

/// <summary>Something to look at and to sign in to, for development.</summary>
internal static class Seed
{
    private const string Password = "a seat for everybody";

    private static readonly string[] Hosts = ["localhost", "127.0.0.1"];

    private static readonly (string Account, string FirstName, string LastName, string Language, string Role)[] People =
    [
        ("administrator", "Aigerim", "Akhmetova", "kk", Permissions.Administrator),
        ("organiser", "Olga", "Sokolova", "ru", "ORGANIZER"),
        ("judge", "Henry", "Carter", "en", "JUDGE"),
        ("participant1", "Dana", "Omarova", "kk", Permissions.Participant),
        ("participant2", "Pavel", "Orlov", "ru", Permissions.Participant),
        ("participant3", "Camille", "Dubois", "fr", Permissions.Participant),
    ];

    // the contests of the song contest platform's first clients, one line for each as its database had them
    private static readonly (string Client, string Contest)[] Contests =
    [
        ("PayPortPro", "Patriotic AI Music Challenge 2024"),
        ("Sound of Chi", "Community Playlist Contest"),
        ("Jericho Homestead", "The House of Mary & Joseph"),
        ("Sound of Chi", "Community Playlist Contest"),
        ("Jericho Homestead", "The House of Mary & Joseph"),
        ("Sound of Chi", "Community Playlist Contest"),
        ("Jericho Homestead", "The House of Mary & Joseph"),
    ];

    private const string Practice = "codepractice";

    private const string SongContests = "urvote";

    private const string Exams = "gce";

    private sealed record Login(string Role, string Email, string Password, bool Created);

    private sealed record Made(string Slug, Guid Id, bool Created);

    public static Verb Verb()
    {
        var slug = new Option<string>("--tenant", "-t") { Description = "The demo tenant's slug.", DefaultValueFactory = _ => "demo", HelpName = "slug" };
        var force = new Option<bool>("--force") { Description = "Do it although this is no development environment." };
        var what = new Argument<string[]>("what")
        {
            Description = $"What to make as well: competitions with hundreds of people and some submissions ({string.Join(", ", Blueprints.BuiltIn)}), three tracks of coding practice ({Practice}), or an examination with 20,000 candidates ({Exams}); {SongContests} gives the white-label clients their contests, with songs to vote for.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [],
        };
        return new Verb("seed", "Make a demo tenant with people whose passwords are known, and the first white-label clients. Safe to repeat; for development.", "seed", "seed nestfest kazrockets codepractice urvote", "seed gce", "seed --tenant playground") { what, slug, force }.Does(async call =>
        {
            if (!call.IsDevelopment && !call.Value(force))
                throw new CommandException("Accounts with known passwords belong to development only: set AZURE_FUNCTIONS_ENVIRONMENT=Development, or insist with --force.");
            var demo = await TenantAsync(call, call.Value(slug)!, "Demo", ["en", "kk", "ru", "fr"], "Asia/Almaty", null);
            var taken = await HostsAsync(call, demo);
            var logins = new List<Login>();
            foreach (var (account, firstName, lastName, language, role) in People)
                logins.Add(await PersonAsync(call, demo, new OperatorAccounts.Request { Email = $"{account}@{demo.Slug}.example.org", FirstName = firstName, LastName = lastName, Language = language, Role = role, Password = Password }));
            var clients = new List<Made>();
            foreach (var client in Contests.GroupBy(pair => pair.Client)) clients.Add(await ClientAsync(call, client.Key, client.Select(pair => pair.Contest)));
            var contests = new List<SeedDemo.Result>();
            foreach (var blueprint in call.Value(what).Where(name => name is not (Practice or SongContests or Exams))) contests.Add(await ContestAsync(call, demo, blueprint, logins));
            var tracks = call.Value(what).Contains(Practice) ? await TracksAsync(call, demo) : [];
            var songs = call.Value(what).Contains(SongContests) ? await SongsAsync(call) : [];
            var exam = call.Value(what).Contains(Exams) ? await ExamAsync(call, demo, logins) : null;
            call.Answer(new { tenant = demo, people = logins, clients, hostsTaken = taken, competitions = contests, tracks, songContests = songs, exam }, screen =>
            {
                Show(screen, demo, logins, clients, taken, contests, tracks, songs);
                if (exam is not null) screen.Line($"{Exams}: {exam.Centres} centres, {exam.Candidates} candidates, {exam.Results} results, {exam.Certificates} certificates; try curl -H 'X-Candidate-Secret: {exam.Samples[0].Secret}' localhost:7071/api/exam-sessions/{exam.SessionId}/results/{exam.Samples[0].Number}");
            });
        });
    }

    private static void Show(Screen screen, Made demo, List<Login> logins, List<Made> clients, List<string> taken, List<SeedDemo.Result> contests, List<TrackVerbs.Imported> tracks, List<SeedSongs.Result> songs)
    {
        screen.Line($"Tenant {demo.Slug} {(demo.Created ? "is made" : "was there")}. Sign in at localhost as");
        screen.Table(
            logins,
            ("role", login => login.Role),
            ("e-mail", login => login.Email),
            ("password", login => login.Created ? login.Password : $"{login.Password} (or what it was changed to)"));
        if (taken.Count > 0) screen.Marked("!", $"{string.Join(" and ", taken)} belong to another tenant: send X-Tenant: {demo.Slug} instead.");
        foreach (var contest in contests) screen.Line($"{contest.Blueprint}: {contest.People} people, {contest.Teams} teams, {contest.Registrations} registrations, {contest.Submissions} submissions at /api/competitions/{contest.CompetitionId}.");
        foreach (var track in tracks) screen.Line($"Track {track.Track}: {track.Added} challenges added, {track.Changed} changed, {track.Unchanged} as they were.");
        foreach (var contest in songs) screen.Line($"{contest.Contest} of {contest.Client}: {contest.Songs} songs, voted for at /api/voting-sessions/{contest.VotingId} (X-Tenant: {contest.Client}).");
        screen.Line($"White-label clients: {string.Join(", ", clients.Select(client => client.Slug))}.");
    }

    private static async Task<Made> TenantAsync(Call call, string slug, string name, string[] languages, string zone, object? settings)
    {
        if (await call.Get<TenantDirectory>().BySlugAsync(slug, call.Stop) is { } known) return new Made(known.Slug, known.Id, false);
        var request = Call.Valid(new CreateTenant.Request
        {
            // the same each time, so that two who seed at once make one tenant
            Id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"podium seed {slug}")).AsSpan(0, 16)),
            Slug = slug,
            Name = name,
            Languages = languages,
            TimeZone = zone,
            AdministratorEmail = $"administrator@{slug}.example.org",
            Settings = settings is null ? null : JsonSerializer.SerializeToElement(settings, Platform.Api.Json.Options),
        });
        var created = Call.Check(await call.Get<CreateTenant>().Run(request, call.Stop));
        return new Made(created.Slug, created.Id, true);
    }

    private static async Task<List<string>> HostsAsync(Call call, Made tenant)
    {
        var taken = new List<string>();
        foreach (var host in Hosts)
        {
            var added = await call.Get<TenantHosts>().AddAsync(tenant.Id, host, call.Stop);
            if (added.Problem?.Kind == TenancyProblems.HostTaken) taken.Add(host);
            else Call.Check(added);
        }
        return taken;
    }

    private static async Task<Login> PersonAsync(Call call, Made tenant, OperatorAccounts.Request person)
    {
        var caller = await call.InTenantAsync(tenant.Slug);
        var accounts = call.Get<OperatorAccounts>();
        if ((await accounts.FindAsync(caller, person.Email, call.Stop)).Value is not { } known)
        {
            Call.Check(await accounts.CreateAsync(caller, person, call.Stop));
            return new Login(person.Role, person.Email, Password, true);
        }
        if (known.HasPassword) return new Login(person.Role, person.Email, Password, false);
        // the administrator, whom the tenant's making has invited
        Call.Check(await accounts.SetPasswordAsync(caller, known, Password, call.Stop));
        await accounts.VerifyEmailAsync(caller, known.Id, call.Stop);
        return new Login(person.Role, person.Email, Password, true);
    }

    private static async Task<SeedDemo.Result> ContestAsync(Call call, Made demo, string blueprint, List<Login> logins)
    {
        if (!Blueprints.BuiltIn.Contains(blueprint)) throw new CommandException($"There is no blueprint '{blueprint}'; there are {string.Join(", ", Blueprints.BuiltIn)} {Practice} and {Exams}.", ExitCode.Usage);
        var caller = await call.InTenantAsync(demo.Slug);
        var organiser = Call.Check(await call.Get<OperatorAccounts>().FindAsync(caller, logins.Single(login => login.Role == "ORGANIZER").Email, call.Stop));
        var acting = caller with { UserId = organiser.Id, Grants = [new Grant(Scope.Tenant, "ORGANIZER", [Permissions.CompetitionManage], null)] };
        var made = Call.Check(await call.Get<SeedDemo>().Run(acting, blueprint, call.Stop));
        return made with { Submissions = Call.Check(await call.Get<SeedSubmissions>().Run(acting, made.CompetitionId, blueprint, call.Stop)) };
    }

    private static async Task<List<TrackVerbs.Imported>> TracksAsync(Call call, Made tenant)
    {
        var imported = new List<TrackVerbs.Imported>();
        foreach (var (track, files) in CodePractice.Tracks()) imported.Add(await TrackVerbs.ImportAsync(call, tenant.Slug, $"administrator@{tenant.Slug}.example.org", track, files));
        return imported;
    }

    private static async Task<List<SeedSongs.Result>> SongsAsync(Call call)
    {
        var made = new List<SeedSongs.Result>();
        foreach (var (index, (client, contest)) in Contests.Index())
        {
            var caller = await call.InTenantAsync(SlugOf(client));
            var administrator = Call.Check(await call.Get<OperatorAccounts>().FindAsync(caller, $"administrator@{SlugOf(client)}.example.org", call.Stop));
            var acting = caller with { UserId = administrator.Id, Grants = [new Grant(Scope.Tenant, Permissions.Administrator, ["*"], null)] };
            var number = Contests.Take(index + 1).Count(pair => pair == (client, contest));
            made.Add(Call.Check(await call.Get<SeedSongs>().Run(acting, contest, number, call.Stop)));
        }
        return made;
    }

    private static string SlugOf(string client) => client.ToLowerInvariant().Replace(' ', '-');

    private static async Task<SeedExams.Result> ExamAsync(Call call, Made tenant, List<Login> logins)
    {
        var caller = await call.InTenantAsync(tenant.Slug);
        var people = new List<Caller>();
        foreach (var role in new[] { Permissions.Administrator, "ORGANIZER", "JUDGE" })
        {
            var person = Call.Check(await call.Get<OperatorAccounts>().FindAsync(caller, logins.Single(login => login.Role == role).Email, call.Stop));
            people.Add(caller with { UserId = person.Id, Grants = [new Grant(Scope.Tenant, role, ["exam.*"], null)] });
        }
        return Call.Check(await call.Get<SeedExams>().Run(people[0], people[1..], SeedExams.Whole, call.Stop));
    }

    private static Task<Made> ClientAsync(Call call, string client, IEnumerable<string> contests) => TenantAsync(
        call,
        SlugOf(client),
        client,
        ["en"],
        "America/Chicago",
        new { contests = contests.Select(contest => new { name = contest, isActive = true }) });
}
