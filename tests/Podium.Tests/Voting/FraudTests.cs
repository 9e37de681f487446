using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Podium.Functions.Middleware;
using Podium.Tests.Harness;
using Podium.Tests.Platform;
using Podium.Voting;

namespace Podium.Tests.Voting;

/// <summary>Votes under attack, from the door to the report, with a captcha service and a file of places of the test's own.</summary>
public sealed class FraudTests
{
    private const string Phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";

    [Fact]
    public async Task A_vote_farm_is_held_explained_moderated_and_reported()
    {
        var file = Path.GetTempFileName();
        await using var captcha = await CaptchaService.StartAsync();
        try
        {
            await File.WriteAllBytesAsync(file, GeoFileWriter.Write(
                28, ("203.0.113.0/24", GeoFileWriter.City("KZ", "Almaty", "Almaty", (43.24, 76.89))), ("198.51.100.0/24", GeoFileWriter.City("US", "Illinois", "Chicago", (41.88, -87.63)))));
            await using var app = await PodiumApp.StartAsync(new AppOptions
            {
                Timers = ["SealVoteLogs", "OrderVoteChecks"],
                Settings = new Dictionary<string, string?>
                {
                    ["GeoIp:File"] = file,
                    ["Http:FrontDoor"] = "true",
                    ["Captcha:Provider"] = "recaptcha",
                    ["Captcha:Secret"] = "s3cret",
                    ["Captcha:SiteKey"] = "site",
                    ["Captcha:Service"] = captcha.Url,
                },
            });
            var tenant = await TestTenant.CreateAsync(app);
            var boss = await tenant.AdministratorAsync();
            var voting = await VotingWorld.OpenAsync(boss, new { title = "Fans", ballot = "option", period = "day", voters = "anyone", mayWithdraw = true });
            var person = await tenant.PersonAsync();
            var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();

            async Task<HttpResponseMessage> CastAsync(int option, string address, string? device, string token = "good", string agent = Phone, string? ticket = null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{voting.Path}/votes")
                {
                    Content = JsonContent.Create(new { choices = new[] { new { optionId = voting.Options[option] } }, ticket = ticket ?? await voting.TicketAsync(tenant.Http), deviceFingerprint = device, captcha = token.Length > 0 ? token : null }),
                };
                request.Headers.Add(Admission.AddressHeader, address);
                request.Headers.TryAddWithoutValidation("User-Agent", agent);
                return await tenant.Http.SendAsync(request);
            }

            // rules are data: who may not, what is not, and what is kept in versions
            var path = $"{voting.Path}/fraud-rules";
            Assert.Equal(0, (int)(await boss.Http.GetAsync(path).OkAsync())["version"]!);
            await person.Http.GetAsync(path).ProblemAsync(403, "forbidden");
            await stranger.Http.GetAsync(path).ProblemAsync(404, "not-found");
            await boss.Http.PutAsJsonAsync(path, new { holdAt = 80, voidAt = 70 }).ProblemAsync(422, "invalid");
            await boss.Http.PutAsJsonAsync(path, new { rules = new[] { new { signal = "karma", weight = 10 } } }).ProblemAsync(422, "invalid");
            var set = await boss.Http.PutAsJsonAsync(path, new { captcha = "required", disposableDomains = new[] { "ours.example" } }).OkAsync();
            Assert.Equal(1, (int)set["version"]!);
            await boss.Http.IfMatchAsync(HttpMethod.Put, path, "\"0\"", new { captcha = "off" }).ProblemAsync(409, "stale");
            var asked = await tenant.Http.GetAsync($"{voting.Path}/captcha").OkAsync();
            Assert.Equal(("required", "recaptcha", "site"), ((string)asked["mode"]!, (string)asked["provider"]!, (string)asked["siteKey"]!));

            // the captcha at the door
            await CastAsync(0, "203.0.113.9", "d", token: "").ProblemAsync(403, "captcha-required");
            await CastAsync(0, "203.0.113.9", "d", token: "bad").ProblemAsync(403, "captcha-refused");
            Assert.Equal(("s3cret", "bad"), captcha.Asked.Last());
            for (var fan = 0; fan < 6; fan++) await CastAsync(fan % 3, $"203.0.113.{10 + fan}", $"phone {fan}").OkAsync();
            // a silent service keeps nobody from voting
            await CastAsync(1, "203.0.113.30", "phone 30", token: "silent").OkAsync();

            // a farm: one device behind an address, ticket after ticket
            for (var ticket = 0; ticket < 5; ticket++) await CastAsync(2, "198.51.100.7", "farm").OkAsync();
            Assert.Equal("2 3 7", await voting.CountsAsync(tenant.Http));
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            boss = await tenant.SignInAsync(boss.Email);
            Assert.Equal("2 3 7", await voting.CountsAsync(tenant.Http)); // four of a device are 40, and not enough
            for (var ticket = 5; ticket < 12; ticket++) await CastAsync(2, "198.51.100.7", "farm").OkAsync();
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            // the tenth made the first as doubtful as itself: all are held, and count no more
            Assert.Equal("2 3 2", await voting.CountsAsync(tenant.Http));
            // by now the device is known: the next is held before it is ever counted
            var late = await CastAsync(2, "198.51.100.8", "farm").OkAsync();
            Assert.Equal("2 3 2", await voting.CountsAsync(tenant.Http));
            // one who was in Almaty a minute ago
            var traveller = await voting.TicketAsync(tenant.Http);
            await CastAsync(0, "203.0.113.40", "laptop", ticket: traveller).OkAsync();
            await CastAsync(1, "198.51.100.40", "laptop", token: "low", ticket: traveller).OkAsync();
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.Equal("3 3 2", await voting.CountsAsync(tenant.Http));

            // the queue explains itself
            await person.Http.GetAsync($"{voting.Path}/doubtful-votes").ProblemAsync(403, "forbidden");
            var queue = (await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?limit=200").OkAsync())["items"]!.AsArray();
            Assert.Equal(14, queue.Count);
            var farmed = queue.First(vote => (string?)vote!["address"] == "198.51.100.7")!;
            var findings = farmed["findings"]!.AsArray();
            Assert.Equal((int)farmed["fraudScore"]!, Math.Min(100, findings.Sum(finding => (int)finding!["weight"]!)));
            Assert.Contains(findings, finding => (string)finding!["signal"]! == "deviceVoters" && (decimal)finding["value"]! == 10 && (decimal)finding["threshold"]! == 10 && (int)finding["weight"]! == 40);
            Assert.Equal((1, "held"), ((int)farmed["rulesVersion"]!, (string)farmed["state"]!));
            var flown = Assert.Single(queue, vote => (string?)vote!["address"] == "198.51.100.40")!;
            Assert.Equal(["travel", "captchaScore"], flown["findings"]!.AsArray().Select(finding => (string)finding!["signal"]!).OrderDescending());
            Assert.Equal(20, (int)flown["captchaScore"]!);
            Assert.Single((await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?signal=travel").OkAsync())["items"]!.AsArray());

            // a decision in bulk: first what it would touch, then that and no more
            var where = new { device = (string)farmed["device"]!, state = "held" };
            await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where = new { }, state = "void", reason = "all" }).ProblemAsync(422, "invalid");
            await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where, entryIds = new[] { 1 }, state = "void", reason = "both" }).ProblemAsync(422, "invalid");
            await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where = new { address = "nowhere" }, state = "void", reason = "x" }).ProblemAsync(422, "invalid");
            var dry = await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where, state = "void", reason = "A farm.", dryRun = true }).OkAsync();
            Assert.Equal((13, true), ((int)dry["changed"]!, (bool)dry["dryRun"]!));
            Assert.Equal("""[{"option":3,"from":"held","votes":13}]""", dry["parts"]!.ToJsonString());
            await CastAsync(2, "198.51.100.9", "farm").OkAsync(); // another comes meanwhile
            var voided = await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where, upTo = (long)dry["upTo"]!, state = "void", reason = "A farm." }).OkAsync();
            Assert.Equal(13, (int)voided["changed"]!);
            Assert.Equal(0, (int)(await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { where, upTo = (long)dry["upTo"]!, state = "void", reason = "A farm." }).OkAsync())["changed"]!);
            await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { entryIds = new[] { (long)flown["entryId"]! }, state = "counted", reason = "She has a VPN." }).OkAsync();
            Assert.Equal("3 4 2", await voting.CountsAsync(tenant.Http));
            var audited = await app.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE table_name = 'vote_decisions' AND actor_id = '{boss.Id}'");
            Assert.Equal(2, audited);

            // the day against stricter rules: a preview, then it is so; what people decided stays
            var replays = $"{voting.Path}/replays";
            var strict = new { rules = new[] { new { signal = "networkVoters", threshold = 5, minutes = 60, weight = 100 } }, holdAt = 60, voidAt = 100 };
            var order = new { id = Guid.CreateVersion7(), day = "2026-01-05", rules = strict };
            await boss.Http.PostAsJsonAsync(replays, order).OkAsync(202);
            await boss.Http.PostAsJsonAsync(replays, order).OkAsync(202); // once more is the same
            await person.Http.PostAsJsonAsync(replays, order).ProblemAsync(403, "forbidden");
            await app.SettleAsync();
            var preview = await boss.Http.GetAsync($"{replays}/{order.id}").OkAsync();
            Assert.Equal(("ready", 23), ((string)preview["status"]!, (int)preview["votes"]!));
            Assert.Equal("3 4 2", await voting.CountsAsync(tenant.Http));
            Assert.Contains(preview["differences"]!.AsArray(), difference => (string)difference!["from"]! == "counted" && (string)difference["to"]! == "void");
            Assert.DoesNotContain(preview["changes"]!.AsArray(), change => (long)change!["entryId"]! == (long)flown["entryId"]!);
            var applied = await boss.Http.PostAsync($"{replays}/{order.id}/application", null).OkAsync();
            Assert.Equal(("applied", preview["differences"]!.AsArray().Sum(difference => (int)difference!["votes"]!)), ((string)applied["status"]!, (int)applied["applied"]!));
            // of those who voted from the network in Almaty only who came when the hour was over, and none: all eight are void; who flew was counted by a person
            Assert.Equal("0 1 0", await voting.CountsAsync(tenant.Http));
            Assert.Equal("applied", (string)(await boss.Http.PostAsync($"{replays}/{order.id}/application", null).OkAsync())["status"]!);
            await boss.Http.GetAsync($"{replays}/{Guid.CreateVersion7()}").ProblemAsync(404, "not-found");

            // in one answer
            var report = await boss.Http.GetAsync($"{voting.Path}/fraud-report").OkAsync();
            Assert.Equal((1, 0, 22), ((int)report["counted"]!, (int)report["held"]!, (int)report["void"]!));
            Assert.Contains(report["sources"]!.AsArray(), source => (string)source!["name"]! == "198.51.100.0/24" && (int)source["void"]! == 14);
            Assert.Equal(["A farm.", "She has a VPN."], report["decisions"]!.AsArray().Select(decision => (string)decision!["reason"]!).Order());

            // counts, log and votes still agree, and the log proves every vote, held or not
            Assert.Equal(0, await app.Services.GetRequiredService<ReconcileCounts>().RunAllAsync(CancellationToken.None));
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            var proof = await tenant.Http.PostAsJsonAsync($"{voting.Path}/log/proofs", new { entryId = (long)late["entryId"]!, code = (string)late["code"]! }).OkAsync();
            Assert.Equal(("cast", 0), ((string)proof["record"]!["action"]!, (int)proof["record"]!["delta"]!));

            // two looks at once find each vote looked at
            await app.QueryAsync<int>($"UPDATE vote_checks SET checked_id = 0 WHERE voting_session_id = '{voting.Id}' RETURNING 1");
            var check = app.Services.GetRequiredService<Podium.Voting.Fraud.CheckVotes>();
            var actor = new Podium.Platform.Databases.Actor { TenantId = tenant.Id };
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => check.RunAsync(actor, voting.Id, CancellationToken.None)));
            Assert.Equal("0 1 0", await voting.CountsAsync(tenant.Http));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Who_is_forgotten_is_forgotten_as_a_voter_and_the_vote_stays()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var voter = await tenant.PersonAsync();
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Once" });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{voting.Path}/votes") { Content = JsonContent.Create(new { choices = new[] { new { optionId = voting.Options[0] } }, deviceFingerprint = "hers" }) };
        request.Headers.TryAddWithoutValidation("User-Agent", Phone);
        await voter.Http.SendAsync(request).OkAsync();
        var kept = $"SELECT count(*) FROM votes WHERE voting_session_id = '{voting.Id}' AND (ip_address IS NOT NULL OR device_fingerprint IS NOT NULL OR user_agent_id IS NOT NULL)";
        Assert.Equal(1, await app.QueryAsync<long>(kept));

        await app.QueryAsync<long>($"SELECT count(*) FROM anonymize_user('{tenant.Id}', '{voter.Id}', now())");
        Assert.Equal(0, await app.QueryAsync<long>(kept));
        Assert.Equal("1 0 0", await voting.CountsAsync(tenant.Http));
    }

    /// <summary>A captcha service on loopback: says of a token what the token says of itself.</summary>
    private sealed class CaptchaService : IAsyncDisposable
    {
        private readonly WebApplication _server;

        private CaptchaService(WebApplication server) => _server = server;

        public System.Collections.Concurrent.ConcurrentQueue<(string Secret, string Token)> Asked { get; } = new();

        public string Url => $"{_server.Urls.Single()}/siteverify";

        public static async Task<CaptchaService> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = builder.Build();
            var service = new CaptchaService(server);
            server.MapPost("/siteverify", service.AnswerAsync);
            await server.StartAsync();
            return service;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task AnswerAsync(HttpContext http)
        {
            var form = await http.Request.ReadFormAsync();
            var token = form["response"].ToString();
            Asked.Enqueue((form["secret"].ToString(), token));
            if (token == "silent") http.Response.StatusCode = 503;
            else if (token == "bad") await http.Response.WriteAsJsonAsync(new JsonObject { ["success"] = false, ["error-codes"] = new JsonArray("invalid-input-response") });
            else await http.Response.WriteAsJsonAsync(new { success = true, score = token == "low" ? 0.2 : 0.9, action = "vote" });
        }
    }
}
