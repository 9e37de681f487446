using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

/// <summary>The story of a university's competition, from an empty tenant to the first round.</summary>
public sealed class NestFestTests
{
    [Fact]
    public async Task Forty_of_forty_two_teams_get_a_seat_one_drops_out_and_another_moves_up()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.OrderDigests.Disabled"] = "true" } });
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
        var late = (await captains[0].Http.GetAsync("/api/me/teams").OkAsync())["items"]![0]!;
        await captains[0].Http.PostAsJsonAsync($"{path}/registrations", new { teamId = (Guid)late["id"]!, entry = Entry() }).ProblemAsync(409, "registration-closed");
        await boss.Http.PostAsJsonAsync($"{path}/moves", new { to = "active" }).OkAsync();
        await captains[3].Http.DeleteAsync($"/api/teams/{(await captains[3].Http.GetAsync("/api/me/teams").OkAsync())["items"]![0]!["id"]}").ProblemAsync(423, "team-frozen");

        var page = await tenant.Http.GetAsync("/api/pages/nestfest-2026").OkAsync();
        Assert.Equal((40, 40, "active"), ((int)page["seatsTaken"]!, page["teams"]!.AsArray().Count, (string?)page["status"]));
        Assert.DoesNotContain("Friends 0", page["teams"]!.AsArray().Select(team => (string)team!));
        Assert.Contains("Friends 3", page["teams"]!.AsArray().Select(team => (string)team!));
        Assert.Equal(starts, (DateTimeOffset)page["rounds"]![0]!["opensAt"]!);

        async Task<JsonObject> ImportAsync(string at, string csv)
        {
            var result = await boss.Http.PostAsJsonAsync(at, new { file = Convert.ToBase64String(Encoding.UTF8.GetBytes(csv)) }).OkAsync();
            Assert.True(result["errors"]!.AsArray().Count == 0, result.ToJsonString());
            return result;
        }

        static object Entry() => new { motivation = "We build what we would like to use ourselves.", track = "climate", rules = true };
    }
}
