using Podium.Competitions;
using Podium.Exams;
using Podium.Identity;
using Podium.Learning;
using Podium.Platform.Access;
using Podium.Songs;
using static Podium.Demo.DemoException;

namespace Podium.Demo;

/// <summary>Something to look at and to sign in to, for development: a tenant with people whose passwords are known, and what is asked for of the five systems. The same again changes nothing.</summary>
public sealed class MakeDemo(DemoTenants tenants, Lazy<DemoContests> contests, TrackFolder tracks, SeedSongs songs, SeedExams exams)
{
    public const string Slug = "demo";

    public const string Practice = "codepractice";

    public const string SongContests = "urvote";

    public const string Examination = "gce";

    /// <summary>NestFest with a panel and its first round judged, KazRockets with a panel.</summary>
    public const string Judged = "judged";

    /// <summary>Everything there is.</summary>
    public static readonly IReadOnlyList<string> All = ["nestfest", "kazrockets", Judged, Practice, SongContests, Examination];

    private const string Organiser = "ORGANIZER";

    private const string Judge = "JUDGE";

    private static readonly (string Account, string FirstName, string LastName, string Language, string Role)[] People =
    [
        ("administrator", "Aigerim", "Akhmetova", "kk", Permissions.Administrator),
        ("organiser", "Olga", "Sokolova", "ru", Organiser),
        ("judge", "Henry", "Carter", "en", Judge),
        ("participant1", "Dana", "Omarova", "kk", Permissions.Participant),
        ("participant2", "Pavel", "Orlov", "ru", Permissions.Participant),
        ("participant3", "Camille", "Dubois", "fr", Permissions.Participant),
    ];

    // of another house than the participants, whom they could not judge otherwise
    private static readonly (string FirstName, string LastName)[] Jury = [("Marta", "Lindqvist"), ("Serik", "Abdrakhman"), ("Ngozi", "Okafor"), ("Hugo", "Lambert")];

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

    public sealed record Request
    {
        public string Tenant { get; init; } = Slug;

        /// <summary>Which of <see cref="All"/>, besides people and clients.</summary>
        public IReadOnlyList<string> What { get; init; } = [];

        public SeedExams.Size Exam { get; init; } = SeedExams.Whole;
    }

    public sealed record ImportedTrack(string Track, int Added, int Changed, int Unchanged);

    public sealed record Result
    {
        public required DemoTenants.Made Tenant { get; init; }

        public required IReadOnlyList<DemoTenants.Login> People { get; init; }

        /// <summary>Host names that another tenant has.</summary>
        public required IReadOnlyList<string> HostsTaken { get; init; }

        public required IReadOnlyList<DemoTenants.Made> Clients { get; init; }

        public IReadOnlyList<SeedDemo.Result> Competitions { get; init; } = [];

        /// <summary>Final reviews of the round that is judged.</summary>
        public long Reviews { get; init; }

        public IReadOnlyList<ImportedTrack> Tracks { get; init; } = [];

        public IReadOnlyList<SeedSongs.Result> SongContests { get; init; } = [];

        public SeedExams.Result? Exam { get; init; }
    }

    /// <exception cref="DemoException">A use case refused.</exception>
    public async Task<Result> Run(Request request, CancellationToken cancellationToken)
    {
        var demo = await tenants.TenantAsync(request.Tenant, "Demo", ["en", "kk", "ru", "fr"], "Asia/Almaty", null, cancellationToken);
        var taken = await tenants.HostsAsync(demo, ["localhost", "127.0.0.1"], cancellationToken);
        var people = new List<DemoTenants.Login>();
        foreach (var (account, firstName, lastName, language, role) in People)
            people.Add(await PersonAsync(demo.Slug, $"{account}@{demo.Slug}.example.org", firstName, lastName, language, role, cancellationToken));
        var clients = new List<DemoTenants.Made>();
        foreach (var client in Contests.GroupBy(pair => pair.Client)) clients.Add(await ClientAsync(client.Key, client.Select(pair => pair.Contest), cancellationToken));
        var result = new Result { Tenant = demo, People = people, HostsTaken = taken, Clients = clients };

        foreach (var blueprint in request.What.Where(name => Blueprints.BuiltIn.Contains(name) && name != SongContests))
            result = result with { Competitions = [.. result.Competitions, await contests.Value.MakeAsync(await OrganiserAsync(demo, cancellationToken), blueprint, cancellationToken)] };
        if (request.What.Contains(Judged)) result = await JudgedAsync(result, cancellationToken);
        if (request.What.Contains(Practice)) result = result with { Tracks = await TracksAsync(demo, cancellationToken) };
        if (request.What.Contains(SongContests)) result = result with { SongContests = await SongsAsync(cancellationToken) };
        if (request.What.Contains(Examination)) result = result with { Exam = await ExamAsync(demo, request.Exam, cancellationToken) };
        return result;
    }

    private Task<DemoTenants.Login> PersonAsync(string tenant, string email, string firstName, string lastName, string language, string role, CancellationToken cancellationToken) => tenants.PersonAsync(
        tenant, new OperatorAccounts.Request { Email = email, FirstName = firstName, LastName = lastName, Language = language, Role = role }, cancellationToken);

    private Task<Caller> OrganiserAsync(DemoTenants.Made demo, CancellationToken cancellationToken) =>
        tenants.ActingAsync(demo.Slug, $"organiser@{demo.Slug}.example.org", Organiser, Permissions.CompetitionManage, cancellationToken);

    private async Task<Result> JudgedAsync(Result made, CancellationToken cancellationToken)
    {
        var (logins, people) = (made.People.ToList(), new List<Guid>());
        foreach (var (number, (firstName, lastName)) in Jury.Index())
        {
            var login = await PersonAsync(made.Tenant.Slug, $"jury{number + 1}@jury.example.net", firstName, lastName, "en", Judge, cancellationToken);
            logins.Add(login);
            people.Add((await tenants.ActingAsync(made.Tenant.Slug, login.Email, Judge, Permissions.CompetitionManage, cancellationToken)).UserId!.Value);
        }
        var reviews = 0L;
        var organiser = await OrganiserAsync(made.Tenant, cancellationToken);
        foreach (var contest in made.Competitions) reviews += await contests.Value.JudgeAsync(organiser, contest.CompetitionId, people, first: contest.Blueprint == "nestfest", cancellationToken);
        return made with { People = logins, Reviews = reviews };
    }

    private async Task<IReadOnlyList<ImportedTrack>> TracksAsync(DemoTenants.Made demo, CancellationToken cancellationToken)
    {
        var author = await tenants.ActingAsync(demo.Slug, DemoTenants.AdministratorOf(demo.Slug), Permissions.Administrator, "*", cancellationToken);
        var made = new List<ImportedTrack>();
        foreach (var (name, files) in CodePractice.Tracks())
        {
            var imported = Check(await tracks.ImportAsync(author, name, files, cancellationToken));
            made.Add(new ImportedTrack(name, imported.Added, imported.Changed, imported.Unchanged));
        }
        return made;
    }

    private async Task<IReadOnlyList<SeedSongs.Result>> SongsAsync(CancellationToken cancellationToken)
    {
        var made = new List<SeedSongs.Result>();
        foreach (var (index, (client, contest)) in Contests.Index())
        {
            var slug = SlugOf(client);
            await PersonAsync(slug, DemoTenants.AdministratorOf(slug), client, "Administrator", "en", Permissions.Administrator, cancellationToken);
            var acting = await tenants.ActingAsync(slug, DemoTenants.AdministratorOf(slug), Permissions.Administrator, "*", cancellationToken);
            made.Add(Check(await songs.Run(acting, contest, Contests.Take(index + 1).Count(pair => pair == (client, contest)), cancellationToken)));
        }
        return made;
    }

    private async Task<SeedExams.Result> ExamAsync(DemoTenants.Made demo, SeedExams.Size size, CancellationToken cancellationToken)
    {
        var officers = new List<Caller>();
        foreach (var (account, _, _, _, role) in People.Take(3)) officers.Add(await tenants.ActingAsync(demo.Slug, $"{account}@{demo.Slug}.example.org", role, "exam.*", cancellationToken));
        return Check(await exams.Run(officers[0], officers[1..], size, cancellationToken));
    }

    private async Task<DemoTenants.Made> ClientAsync(string client, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var made = await tenants.TenantAsync(
            SlugOf(client), client, ["en"], "America/Chicago", new { contests = names.Select(contest => new { name = contest, isActive = true }) }, cancellationToken);
        await tenants.HostsAsync(made, [HostOf(made.Slug)], cancellationToken);
        return made;
    }

    /// <summary>Under which name a client answers on one's own machine.</summary>
    public static string HostOf(string client) => $"{client}.localhost";

    private static string SlugOf(string client) => client.ToLowerInvariant().Replace(' ', '-');
}
