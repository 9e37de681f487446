using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Functions.Middleware;
using Podium.Tests.Harness;
using Podium.Voting.Log;

namespace Podium.Tests.Songs;

/// <summary>A week of public song contests of three white-label clients, from the entries to the recount.</summary>
public sealed class SongContestTests
{
    private static readonly string[] Genres = ["Folk", "Pop", "Rock", "Gospel"];
    private static readonly string[] Agents = ["Mozilla/5.0 (iPhone) Safari/604.1", "Mozilla/5.0 (Linux; Android 15) Chrome/126.0", "Mozilla/5.0 (Windows NT 10.0) Firefox/131.0", "Mozilla/5.0 (Macintosh) Chrome/126.0"];

    /// <summary>A client with its contest; what honest people voted is kept beside it, to be found again.</summary>
    private sealed class Client(TestTenant tenant)
    {
        public TestTenant Tenant => tenant;

        public TestPerson Boss { get; set; } = null!;

        public Guid Competition { get; set; }

        public Guid Voting { get; set; }

        public List<Guid> Songs { get; } = [];

        public List<string> Fans { get; } = [];

        public Dictionary<Guid, int> Honest { get; } = [];

        public string Path => $"/api/voting-sessions/{Voting}";
    }

    [Fact]
    public async Task A_week_of_three_clients_ends_with_every_vote_accounted_for()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Timers = ["SealVoteLogs", "OrderVoteChecks", "WakeVotingPhases"],
            Settings = new Dictionary<string, string?> { ["Http:FrontDoor"] = "true", ["RateLimits:anyone"] = "100000/60", ["RateLimits:person"] = "100000/60" },
        });
        var begins = app.Clock.GetUtcNow().AddDays(2);
        var clients = new List<Client>();
        for (var number = 0; number < 3; number++)
            clients.Add(await ContestAsync(new Client(await TestTenant.CreateAsync(app, hosts: [$"client-{number}.example.org"])), begins));

        await app.AdvanceAsync(TimeSpan.FromDays(2));
        foreach (var client in clients) Assert.Equal("open", (string)(await client.Tenant.Http.GetAsync(client.Path).OkAsync())["status"]!);
        // a client is known by its host name as by its key, and sees its own songs alone
        using (var request = new HttpRequestMessage(HttpMethod.Get, $"/api/competitions/{clients[1].Competition}/songs"))
        {
            request.Headers.Add(Admission.HostHeader, "client-1.example.org");
            Assert.Equal(20, (await app.Http.SendAsync(request).OkAsync())["items"]!.AsArray().Count);
        }
        using (var request = new HttpRequestMessage(HttpMethod.Get, $"/api/competitions/{clients[1].Competition}/songs"))
        {
            request.Headers.Add(Admission.HostHeader, "client-0.example.org");
            await app.Http.SendAsync(request).ProblemAsync(404, "not-found");
        }

        JsonObject? receipt = null;
        for (var day = 0; day < 7; day++)
        {
            foreach (var (index, client) in clients.Index())
            {
                for (var fan = 0; fan < 10; fan++)
                {
                    // fans come back on other days, for songs of their own taste
                    if (client.Fans.Count <= fan + (day / 2)) client.Fans.Add(await TicketAsync(client));
                    var voter = fan + (day / 2);
                    var song = client.Songs[((voter * 7) + (day * 3)) % client.Songs.Count];
                    receipt = await CastAsync(client, client.Fans[voter], song, $"198.{18 + index}.{voter}.{10 + day}", $"device {index} {voter}", Agents[voter % 4]);
                    client.Honest[song] = client.Honest.GetValueOrDefault(song) + 1;
                }
            }
            if (day == 2) await WatchedAttackAsync(app, clients[0]);
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            if (day == 3) await ModerateAsync(clients[0]);
            await app.AdvanceAsync(TimeSpan.FromDays(1) - TimeSpan.FromMinutes(1));
        }
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));

        foreach (var client in clients)
        {
            client.Boss = await client.Tenant.SignInAsync(client.Boss.Email);
            Assert.Equal("published", (string)(await client.Tenant.Http.GetAsync(client.Path).OkAsync())["status"]!);
            var board = await client.Tenant.Http.GetAsync($"{client.Path}/board").OkAsync();
            Assert.Equal(70, (int)board["votes"]!);
            Assert.All(board["lines"]!.AsArray(), line => Assert.Equal(client.Honest.GetValueOrDefault((Guid)line!["optionId"]!), (int)line["votes"]!));
            var byGenre = await client.Tenant.Http.GetAsync($"{client.Path}/board?by=genre").OkAsync();
            Assert.Equal(70, byGenre["lines"]!.AsArray().Sum(line => (int)line!["votes"]!));
            Assert.Equal(Genres.Order(), byGenre["lines"]!.AsArray().Select(line => (string)line!["part"]!).Distinct());
            Assert.Equal(7, (await client.Tenant.Http.GetAsync($"{client.Path}/board?by=day").OkAsync())["lines"]!.AsArray().Select(line => (string)line!["part"]!).Distinct().Count());
            var results = await client.Tenant.Http.GetAsync($"{client.Path}/results").OkAsync();
            Assert.Equal(client.Honest.Values.Max(), (int)(decimal)results["order"]![0]!["total"]!);

            // whoever has the export counts again, without us
            var export = await client.Boss.Http.GetStringAsync($"{client.Path}/export");
            using var reader = new StringReader(export);
            var report = await ExportCheck.RunAsync(reader, null, null, CancellationToken.None);
            Assert.True(report.IsSound, string.Join(" ", report.Faults));
        }
        var proof = await clients[2].Tenant.Http.PostAsJsonAsync($"{clients[2].Path}/log/proofs", new { entryId = (long)receipt!["entryId"]!, code = (string)receipt["code"]! }).OkAsync();
        Assert.Equal("cast", (string)proof["record"]!["action"]!);
        var fraud = await clients[0].Boss.Http.GetAsync($"{clients[0].Path}/fraud-report").OkAsync();
        Assert.Equal((70, 0, 30), ((int)fraud["counted"]!, (int)fraud["held"]!, (int)fraud["void"]!));
    }

    // two artists with ten songs each; one is turned away and let in on appeal
    private static async Task<Client> ContestAsync(Client client, DateTimeOffset begins)
    {
        var boss = client.Boss = await client.Tenant.AdministratorAsync();
        var contest = await boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Song week",
            slug = "song-week",
            blueprint = "urvote",
            competitionStart = begins,
            configuration = new { songs = new { maxEntriesPerUser = 10 } },
        }).OkAsync(201);
        client.Competition = (Guid)contest["id"]!;
        await boss.Http.PostAsJsonAsync($"/api/competitions/{client.Competition}/moves", new { to = "published" }).OkAsync();
        var voting = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new
        {
            title = "Song week",
            competitionId = client.Competition,
            ballot = "option",
            period = "day",
            voters = "anyone",
            timeZone = "UTC",
            opensAt = begins,
            closesAt = begins.AddDays(7),
            publishesItself = true,
        }).OkAsync(201);
        client.Voting = (Guid)voting["id"]!;
        await boss.Http.PutAsJsonAsync($"/api/competitions/{client.Competition}/song-voting", new { votingId = client.Voting }).OkAsync();
        for (var artist = 0; artist < 2; artist++)
        {
            var person = await client.Tenant.PersonAsync();
            for (var number = 0; number < 10; number++)
            {
                var song = await person.Http.PostAsJsonAsync($"/api/competitions/{client.Competition}/songs", new
                {
                    title = $"Song {artist}-{number}",
                    artistName = $"Artist {artist}",
                    genre = Genres[number % 4],
                    aiToolsUsed = "none",
                    externalLink = string.Create(CultureInfo.InvariantCulture, $"https://youtu.be/abcdefgh{artist}{number:00}"),
                }).OkAsync(201);
                client.Songs.Add((Guid)song["song"]!["id"]!);
            }
            if (artist == 1) continue;
            await boss.Http.PostAsJsonAsync($"/api/songs/{client.Songs[0]}/decision", new { approve = false, reason = "Too quiet." }).OkAsync();
            await person.Http.PostAsJsonAsync($"/api/songs/{client.Songs[0]}/appeal", new { text = "It is a lullaby." }).OkAsync();
        }
        foreach (var song in client.Songs) await boss.Http.PostAsJsonAsync($"/api/songs/{song}/decision", new { approve = true }).OkAsync();
        return client;
    }

    // thirty tickets of one device for one song, while somebody watches the board
    private static async Task WatchedAttackAsync(PodiumApp app, Client client)
    {
        await using var board = await LiveReader.OpenAsync(client.Tenant.Http, $"{client.Path}/board/stream");
        var before = (int)(await board.NextAsync("board")).Data["votes"]!;
        Assert.Equal(30, before);
        for (var ticket = 0; ticket < 30; ticket++) await CastAsync(client, await TicketAsync(client), client.Songs[5], $"198.51.100.{ticket}", "farm", Agents[1]);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        await UntilAsync(board, 60);
        // the next look at the votes takes them from everybody's board
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await UntilAsync(board, 30);
    }

    // a board may be told on its way there
    private static async Task UntilAsync(LiveReader board, int votes)
    {
        while ((int)(await board.NextAsync("board")).Data["votes"]! != votes)
        {
        }
    }

    private static async Task ModerateAsync(Client client)
    {
        client.Boss = await client.Tenant.SignInAsync(client.Boss.Email);
        var queue = (await client.Boss.Http.GetAsync($"{client.Path}/doubtful-votes?limit=200").OkAsync())["items"]!.AsArray();
        Assert.Equal(30, queue.Count);
        var where = new { device = (string)queue[0]!["device"]! };
        var dry = await client.Boss.Http.PostAsJsonAsync($"{client.Path}/decisions", new { where, state = "void", reason = "A farm.", dryRun = true }).OkAsync();
        Assert.Equal(30, (int)dry["changed"]!);
        Assert.Equal(30, (int)(await client.Boss.Http.PostAsJsonAsync($"{client.Path}/decisions", new { where, state = "void", reason = "A farm.", upTo = (long)dry["upTo"]! }).OkAsync())["changed"]!);
    }

    private static async Task<string> TicketAsync(Client client) => (string)(await client.Tenant.Http.PostAsync($"{client.Path}/tickets", null).OkAsync())["value"]!;

    private static async Task<JsonObject> CastAsync(Client client, string ticket, Guid song, string address, string device, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{client.Path}/votes") { Content = JsonContent.Create(new { choices = new[] { new { optionId = song } }, ticket, deviceFingerprint = device }) };
        request.Headers.Add(Admission.AddressHeader, address);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        return await client.Tenant.Http.SendAsync(request).OkAsync();
    }
}
