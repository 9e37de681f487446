using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;
using Podium.Tests.Submissions;

namespace Podium.Tests.Competitions;

/// <summary>The story of a university's competition, from an empty tenant to forty teams whose ideas are in.</summary>
public sealed class NestFestTests
{
    [Fact]
    public async Task Forty_of_forty_two_teams_get_a_seat_one_drops_out_another_moves_up_and_all_hand_in_their_ideas()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["MoveWaitlistsUp", "RemindTeams", "RemindSubmitters", "WatchFiles", "WatchSubmissions"] });
        var tenant = await TestTenant.CreateAsync(app, new { siteUrl = "https://nestfest.example.org" });
        var boss = await tenant.AdministratorAsync();

        // January: the university makes its competition from the blueprint; it begins on 2 March
        var starts = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        var made = await boss.Http.PostAsJsonAsync("/api/competitions", new { name = "NestFest 2026", slug = "nestfest-2026", blueprint = "nestfest", competitionStart = starts }).OkAsync(201);
        var path = $"/api/competitions/{made["id"]}";
        await boss.Http.PostAsJsonAsync($"{path}/moves", new { to = "published" }).OkAsync();

        // the students come in by a table, and so do thirty-eight teams that formed at their universities
        var people = new StringBuilder("email,first_name,last_name,external_id\n");
        for (var i = 1; i <= 82; i++) people.Append(null, $"student{i}@nest.example.org,Student,Number {i},s{i}\n");
        Assert.Equal(82, (int)(await ImportAsync("/api/imports/people", people.ToString()))["added"]!);
        var teams = new StringBuilder("external_id;team;captain;members\n");
        for (var i = 1; i <= 38; i++) teams.Append(null, $"t{i};Team {i};student{(2 * i) - 1}@nest.example.org;student{2 * i}@nest.example.org\n");
        Assert.Equal(38, (int)(await ImportAsync($"{path}/imports/teams", teams.ToString()))["added"]!);

        // a week later registration opens; four teams form by themselves
        await tenant.Http.GetAsync("/api/pages/nestfest-2026").OkAsync();
        await app.AdvanceAsync(starts.AddDays(-42) - app.Clock.GetUtcNow());
        boss = await tenant.SignInAsync(tenant.AdministratorEmail);
        var registrations = new StringBuilder("external_id,team,status,motivation,track,rules\n");
        for (var i = 1; i <= 38; i++) registrations.Append(null, $"r{i},t{i},approved,We want to help people and to learn a lot.,health,yes\n");
        Assert.Equal(38, (int)(await ImportAsync($"{path}/imports/registrations", registrations.ToString()))["added"]!);
        var captains = new List<TestPerson>();
        var own = new List<JsonObject>();
        for (var i = 0; i < 4; i++)
        {
            var (captain, friend) = (await tenant.PersonAsync(), await tenant.PersonAsync());
            var team = await captain.Http.PostAsJsonAsync($"{path}/teams", new { name = $"Friends {i}" }).OkAsync(201);
            var invitation = await captain.Http.PostAsJsonAsync($"/api/teams/{team["id"]}/invitations", new { email = friend.Email }).OkAsync(201);
            await captain.Http.PostAsJsonAsync($"{path}/registrations", new { teamId = (Guid)team["id"]!, entry = Entry() }).ProblemAsync(409, "team-too-small");
            await friend.Http.PostAsync($"/api/invitations/{invitation["id"]}/acceptance", null).OkAsync();
            own.Add(await captain.Http.PostAsJsonAsync($"{path}/registrations", new { teamId = (Guid)team["id"]!, entry = Entry() }).OkAsync(201));
            captains.Add(captain);
        }
        Assert.Equal(["pending", "pending", "waitlisted", "waitlisted"], own.Select(registration => (string)registration["status"]!));

        // the organisers look at them; one is not accepted, and who waits longest moves up
        await boss.Http.PostAsJsonAsync($"{path}/registrations/{own[0]["id"]}/decision", new { decision = "approve", reason = "Welcome!" }).OkAsync();
        await boss.Http.PostAsJsonAsync($"{path}/registrations/{own[1]["id"]}/decision", new { decision = "reject", reason = "Not students." }).OkAsync();
        Assert.Equal("pending", (string?)(await RegistrationTests.OwnAsync(captains[2]))["status"]);
        await boss.Http.PostAsJsonAsync($"{path}/registrations/{own[2]["id"]}/decision", new { decision = "approve" }).OkAsync();
        Assert.Equal(1, (int)(await RegistrationTests.OwnAsync(captains[3]))["place"]!);

        // two weeks before the beginning a team drops out
        await app.AdvanceAsync(starts.AddDays(-14) - app.Clock.GetUtcNow());
        (boss, captains[0], captains[3]) = (await tenant.SignInAsync(tenant.AdministratorEmail), await tenant.SignInAsync(captains[0].Email), await tenant.SignInAsync(captains[3].Email));
        await captains[0].Http.PostAsJsonAsync($"{path}/registrations/{own[0]["id"]}/withdrawal", new { reason = "Exams." }).OkAsync();
        Assert.Contains(await tenant.MailsAsync(captains[3].Email), mail => mail.Subject == "You have moved up in NestFest 2026");
        await boss.Http.PostAsJsonAsync($"{path}/registrations/{own[3]["id"]}/decision", new { decision = "approve" }).OkAsync();

        // a week before the beginning registration closes; at the beginning the teams stand
        await app.AdvanceAsync(starts - app.Clock.GetUtcNow());
        (boss, captains[0], captains[3]) = (await tenant.SignInAsync(tenant.AdministratorEmail), await tenant.SignInAsync(captains[0].Email), await tenant.SignInAsync(captains[3].Email));
        var tooLate = (await captains[0].Http.GetAsync("/api/me/teams").OkAsync())["items"]![0]!;
        await captains[0].Http.PostAsJsonAsync($"{path}/registrations", new { teamId = (Guid)tooLate["id"]!, entry = Entry() }).ProblemAsync(409, "registration-closed");
        await boss.Http.PostAsJsonAsync($"{path}/moves", new { to = "active" }).OkAsync();
        await captains[3].Http.DeleteAsync($"/api/teams/{(await captains[3].Http.GetAsync("/api/me/teams").OkAsync())["items"]![0]!["id"]}").ProblemAsync(423, "team-frozen");

        var page = await tenant.Http.GetAsync("/api/pages/nestfest-2026").OkAsync();
        Assert.Equal((40, 40, "active"), ((int)page["seatsTaken"]!, page["teams"]!.AsArray().Count, (string?)page["status"]));
        Assert.DoesNotContain("Friends 0", page["teams"]!.AsArray().Select(team => (string)team!));
        Assert.Contains("Friends 3", page["teams"]!.AsArray().Select(team => (string)team!));
        Assert.Equal(starts, (DateTimeOffset)page["rounds"]![0]!["opensAt"]!);

        // two days later thirty-eight teams have handed in their ideas at the university's desk; one of the others sends a bomb
        var round = (Guid)made["rounds"]![0]!["id"]!;
        var closes = (DateTimeOffset)made["rounds"]![0]!["closesAt"]!;
        await app.AdvanceAsync(starts.AddDays(2) - app.Clock.GetUtcNow());
        await SignInAsync();
        var desk = (await boss.Http.GetAsync($"{path}/missing-submissions?roundId={round}&limit=200").OkAsync())["items"]!.AsArray().Where(entry => ((string)entry!["name"]!).StartsWith("Team", StringComparison.Ordinal)).ToList();
        Assert.Equal(38, desk.Count);
        await Parallel.ForEachAsync(desk, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (entry, _) =>
            await HandInContest.PutAsync(await HandInAsync(boss, "idea.pdf", (Guid)entry!["registrationId"]!), HandInContest.Pdf));
        var bomb = await HandInAsync(captains[3], "idea.zip");
        await HandInContest.PutAsync(bomb, ZipFileWriter.Zip(new ZipItem("zeros", new byte[8 << 20])));
        await app.SettleAsync();
        Assert.Equal((("submitted", "REJECTED"), "archive-bomb"), (await StandsAsync(captains[3], bomb), (string)(await HandInContest.ReadAsync(captains[3], bomb["submission"]!["id"]!))["submission"]!["reasonCode"]!));
        Assert.Equal(38, await ValidAsync());

        // a day before the deadline both are reminded; the one with the bomb falls ill and gets more time
        await app.AdvanceAsync(closes.AddHours(-12) - app.Clock.GetUtcNow());
        await SignInAsync();
        foreach (var captain in captains.Skip(2)) Assert.Single(await tenant.MailsAsync(captain.Email), mail => mail.Subject == "The deadline of NestFest 2026 is near");
        await boss.Http.PostAsJsonAsync($"{path}/extensions", new { registrationId = (Guid)own[3]["id"]!, roundId = round, until = closes.AddDays(1), reason = "Flu." }).OkAsync(201);

        // one comes an hour and a half late, which costs four per cent; the other in time, by its own deadline
        await app.AdvanceAsync(closes.AddMinutes(90) - app.Clock.GetUtcNow());
        await SignInAsync();
        var late = await HandInAsync(captains[2], "idea.pdf");
        await HandInContest.PutAsync(late, HandInContest.Pdf);
        await app.AdvanceAsync(closes.AddHours(23) - app.Clock.GetUtcNow());
        await SignInAsync();
        var extended = await HandInAsync(captains[3], "idea.pdf");
        await HandInContest.PutAsync(extended, HandInContest.Pdf);
        await app.SettleAsync();
        Assert.Equal((true, 4m), await LatenessAsync(captains[2], late));
        Assert.Equal((false, 0m), await LatenessAsync(captains[3], extended));
        Assert.Equal(40, await ValidAsync());
        Assert.Empty((await boss.Http.GetAsync($"{path}/missing-submissions?roundId={round}").OkAsync())["items"]!.AsArray());
        // who dropped out hands in nothing
        await captains[0].Http.PostAsJsonAsync($"{path}/submissions", new { roundId = round }).ProblemAsync(403, "not-taking-part");

        Task<JsonObject> HandInAsync(TestPerson by, string name, Guid? registrationId = null) => by.Http.PostAsJsonAsync(
            $"{path}/submissions", new { roundId = round, registrationId, submit = true, entry = new { title = "An idea", summary = "It helps many." }, files = new[] { new { name } } }).OkAsync(201);

        async Task<(string, string)> StandsAsync(TestPerson person, JsonObject asked) => HandInContest.StandsAt(await HandInContest.ReadAsync(person, asked["submission"]!["id"]!));

        async Task<(bool, decimal)> LatenessAsync(TestPerson person, JsonObject asked)
        {
            Assert.Equal(("submitted", "APPROVED"), await StandsAsync(person, asked));
            var submission = (await HandInContest.ReadAsync(person, asked["submission"]!["id"]!))["submission"]!;
            return ((bool)submission["late"]!, (decimal)submission["penalty"]!);
        }

        async Task<int> ValidAsync() => (await boss.Http.GetAsync($"{path}/submissions?roundId={round}&status=submitted&reviewStatus=APPROVED&limit=200").OkAsync())["items"]!.AsArray().Count;

        async Task SignInAsync()
        {
            boss = await tenant.SignInAsync(tenant.AdministratorEmail);
            for (var who = 0; who < captains.Count; who++) captains[who] = await tenant.SignInAsync(captains[who].Email);
        }

        async Task<JsonObject> ImportAsync(string at, string csv)
        {
            var result = await boss.Http.PostAsJsonAsync(at, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(csv)) }).OkAsync();
            Assert.True(result["errors"]!.AsArray().Count == 0, result.ToJsonString());
            return result;
        }

        static object Entry() => new { motivation = "We build what we would like to use ourselves.", track = "climate", rules = true };
    }
}
