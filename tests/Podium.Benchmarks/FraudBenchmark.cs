using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Clock;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Tenancy;
using Podium.Voting;
using Podium.Voting.Fraud;
using Podium.Voting.Log;

namespace Podium.Benchmarks;

/// <summary>How many dishonest votes the usual rules find, and how many honest ones they take for such; then a whole week through the whole app.</summary>
internal static class FraudBenchmark
{
    private const int Honest = 20_000;
    private const int Dishonest = 4_000;
    private static readonly DateTimeOffset Begins = new(2026, 5, 4, 0, 0, 0, TimeSpan.Zero);
    private static readonly FraudRules Rules = new() { Captcha = CaptchaMode.Asked };

    public static async Task RunAsync(BenchServers servers, string what)
    {
        if (what is "all" or "fraud" or "fraud-rules") Rate();
        if (what is "all" or "fraud" or "fraud-week") await WeekAsync(servers);
    }

    private static void Rate()
    {
        foreach (var seed in new[] { 1, 2, 3, 4, 5 })
        {
            var crowd = VoteCrowd.Make(seed, Begins, Honest, Dishonest);
            var watch = Stopwatch.StartNew();
            var memory = new FraudMemory();
            foreach (var (place, at) in VoteCrowd.Places.Index()) memory.Locate(place, at.Latitude, at.Longitude);
            var found = new List<List<FraudFinding>>();
            foreach (var (entry, cast) in crowd.Index()) found.Add(memory.Observe(VoteCrowd.VoteOf(entry, cast), Rules));
            foreach (var (entry, finding) in memory.Late) CheckVotes.Add(found[(int)entry], finding);
            Tell($"seed {seed}", crowd, [.. found.Select(findings => Rules.StateOf(FraudRules.ScoreOf(findings)) != VoteState.Counted)]);
            if (seed == 1) Console.WriteLine($"fraud: {crowd.Count / watch.Elapsed.TotalSeconds:N0} votes a second through the rules");
        }
    }

    private static void Tell(string name, IReadOnlyList<VoteCrowd.Cast> crowd, bool[] isHeld)
    {
        var all = crowd.Zip(isHeld, (cast, held) => (cast, held)).ToList();
        var hits = all.Count(one => one.held && one.cast.Attack.Length > 0);
        var held = all.Count(one => one.held);
        Console.WriteLine($"fraud: {name}: precision {(double)hits / held:0.000}, recall {(double)hits / all.Count(one => one.cast.Attack.Length > 0):0.000}");
        foreach (var attack in all.Where(one => one.cast.Attack.Length > 0).GroupBy(one => one.cast.Attack).OrderBy(attack => attack.Key, StringComparer.Ordinal))
            Console.WriteLine($"fraud: {name}:   {attack.Key}: {attack.Count(one => one.held)} of {attack.Count()} held ({(double)attack.Count(one => one.held) / attack.Count():0.000})");
        foreach (var kind in all.Where(one => one.cast.Attack.Length == 0).GroupBy(one => one.cast.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            Console.WriteLine($"fraud: {name}:   honest, {kind.Key}: {kind.Count(one => one.held)} of {kind.Count()} held ({(double)kind.Count(one => one.held) / kind.Count():0.0000})");
    }

    private sealed record Client(Tenant Tenant, Caller Boss, Guid Voting, IReadOnlyList<Guid> Songs)
    {
        public Dictionary<long, VoteCrowd.Cast> Votes { get; } = [];
    }

    // three clients with twenty songs each; everything by the app's own use cases, timers and queues, on a virtual clock
    private static async Task WeekAsync(BenchServers servers)
    {
        var clock = new VirtualClock(Begins) { Patience = TimeSpan.FromMinutes(5), Thinning = TimeSpan.FromMinutes(5) };
        string[] needed = ["SealVoteLogs", "OrderVoteChecks"];
        var others = typeof(Podium.Functions.Middleware.Correlation).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetParameters().Any(parameter => parameter.IsDefined(typeof(TimerTriggerAttribute), false)))
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name)
            .Except(needed);
        await using var app = await servers.StartPodiumAsync(others.ToDictionary(name => $"AzureWebJobs.{name}.Disabled", _ => (string?)"true"), clock);
        var clients = new List<Client>();
        for (var number = 0; number < 3; number++) clients.Add(await ClientAsync(app, number));
        var (cast, tickets) = (app.Services.GetRequiredService<CastVote>(), app.Services.GetRequiredService<VoterTickets>());
        var crowd = VoteCrowd.Make(1, Begins, Honest, Dishonest);
        var ticketOf = new Dictionary<(int Client, int Voter), string>();
        var (watch, taken, refused) = (Stopwatch.StartNew(), 0, 0);
        foreach (var one in crowd)
        {
            if (one.At - clock.GetUtcNow() > TimeSpan.FromMinutes(3)) await clock.AdvanceToAsync(one.At);
            var index = one.Song / 20;
            var client = clients[index];
            if (!ticketOf.TryGetValue((index, one.Voter), out var ticket)) ticketOf[(index, one.Voter)] = ticket = (await tickets.OfDeviceAsync(client.Boss, client.Voting, CancellationToken.None)).Value!.Value;
            var caller = client.Boss with { UserId = null, Grants = [], Address = one.Address, UserAgent = one.Agent };
            var receipt = await cast.RunAsync(caller, client.Voting, new CastVote.Request { Choices = [new BallotReading.Choice { OptionId = client.Songs[one.Song % 20] }], Ticket = ticket, DeviceFingerprint = one.Device }, CancellationToken.None);
            if (receipt.Value is { Outcome: VoteOutcome.Cast } made) (client.Votes[made.EntryId], taken) = (one, taken + 1);
            else refused++;
        }
        await clock.AdvanceAsync(TimeSpan.FromMinutes(5));
        Console.WriteLine($"fraud: a week through the app in {watch.Elapsed.TotalSeconds:0} s: {taken:N0} votes cast, {refused:N0} were a voter's second for a song in a day");
        foreach (var client in clients) await SettleAsync(app, client);
    }

    private static async Task<Client> ClientAsync(Podium.Emulator.Hosting.EmulatedApp app, int number)
    {
        var slug = $"client-{number}";
        var made = await app.Services.GetRequiredService<CreateTenant>().Run(new CreateTenant.Request { Slug = slug, Name = slug, Languages = ["en"], TimeZone = "UTC", AdministratorEmail = $"boss@{slug}.example.org" }, CancellationToken.None);
        var tenant = (await app.Services.GetRequiredService<TenantDirectory>().BySlugAsync(slug, CancellationToken.None))!;
        var boss = new Caller { TenantId = tenant.Id, Shard = tenant.Shard, Tenant = tenant, Language = "en", UserId = Guid.NewGuid(), Grants = [new Grant(Scope.Tenant, "ADMINISTRATOR", ["*"], null)] };
        if (made.Problem is { } problem) throw new InvalidOperationException(problem.Detail);
        var voting = (await app.Services.GetRequiredService<EditVotingSession>().AddAsync(
            boss, new EditVotingSession.Request { Title = "Songs", Ballot = BallotKind.Option, Period = VotingPeriod.Day, Voters = VotersKind.Anyone }, CancellationToken.None)).Value!.Id;
        var songs = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToList();
        await app.Services.GetRequiredService<EditVoteOptions>().ReplaceAsync(
            boss, voting, new EditVoteOptions.Request { Options = [.. songs.Select((id, song) => new EditVoteOptions.OptionRequest { Id = id, Title = $"Song {song}" })] }, CancellationToken.None);
        await app.Services.GetRequiredService<MovePhase>().ByHandAsync(boss, voting, new MovePhase.Request { Phase = VotingStatus.Open }, null, CancellationToken.None);
        return new Client(tenant, boss, voting, songs);
    }

    // moderators void what is held; then what is counted must be what is left, to the vote, by board, recount, results and export
    private static async Task SettleAsync(Podium.Emulator.Hosting.EmulatedApp app, Client client)
    {
        var judge = app.Services.GetRequiredService<JudgeVotes>();
        var doubtful = new HashSet<long>();
        await using (var source = NpgsqlDataSource.Create(app.Services.GetRequiredService<Podium.Platform.Databases.DatabaseSettings>().ConnectionString("default", Podium.Platform.Databases.DatabaseRole.Platform)))
        await using (var command = source.CreateCommand($"SELECT entry_id FROM votes WHERE voting_session_id = '{client.Voting}' AND state <> 0"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) doubtful.Add(reader.GetInt64(0));
        }
        var hits = doubtful.Count(entry => client.Votes[entry].Attack.Length > 0);
        var attacks = client.Votes.Values.Count(vote => vote.Attack.Length > 0);
        var decided = await judge.RunAsync(client.Boss, client.Voting, new JudgeVotes.Request { Where = new JudgeVotes.Which { State = VoteState.Held }, State = VoteState.Void, Reason = "Held by the rules." }, CancellationToken.None);
        var board = (await app.Services.GetRequiredService<VoteBoard>().ReadAsync(client.Boss, client.Voting, new VoteBoard.Query(), CancellationToken.None)).Value!;
        var right = client.Votes.Where(vote => !doubtful.Contains(vote.Key)).GroupBy(vote => client.Songs[vote.Value.Song % 20]).ToDictionary(song => song.Key, song => (long)song.Count());
        var exact = board.Lines.All(line => line.Votes == right.GetValueOrDefault(line.OptionId)) && board.Votes == right.Values.Sum();
        var mended = await app.Services.GetRequiredService<ReconcileCounts>().RunAllAsync(CancellationToken.None);
        foreach (var phase in new[] { VotingStatus.Closed, VotingStatus.Published }) await app.Services.GetRequiredService<MovePhase>().ByHandAsync(client.Boss, client.Voting, new MovePhase.Request { Phase = phase }, null, CancellationToken.None);
        var export = await app.Services.GetRequiredService<ExportVotes>().RunAsync(client.Boss, client.Voting, CancellationToken.None);
        var text = new System.Text.StringBuilder();
        await foreach (var line in export.Value!.Lines) text.AppendLine(JsonSerializer.Serialize(line, Json.Options));
        using var lines = new StringReader(text.ToString());
        var report = await ExportCheck.RunAsync(lines, null, null, CancellationToken.None);
        Console.WriteLine(
            $"fraud: {client.Tenant.Slug}: {client.Votes.Count:N0} votes, {attacks:N0} dishonest; without captcha held {doubtful.Count:N0} (precision {(double)hits / Math.Max(1, doubtful.Count):0.000}, recall {(double)hits / Math.Max(1, attacks):0.000}), "
            + $"voided {decided.Value!.Changed:N0}; the board is {(exact ? "right to the vote" : "WRONG")}, {mended} counts mended, export of {report.Entries:N0} entries {(report.IsSound ? "sound" : "NOT SOUND: " + string.Join(" ", report.Faults.Take(3)))}");
    }
}
