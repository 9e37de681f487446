using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

public sealed class TeamTests(SharedApp shared)
{
    [Fact]
    public async Task Invitations_go_both_ways_and_are_answered_once()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "team", maxTeamSize = 4 });
        var people = await RegistrationTests.PeopleAsync(tenant, 5);
        var (captain, invited, asking, declining, stranger) = (people[0], people[1], people[2], people[3], people[4]);
        var id = Guid.CreateVersion7();

        await contest.TeamAsync(captain, "Eagles", id: id).OkAsync(201);
        await contest.TeamAsync(captain, "Eagles", id: id).OkAsync(201);
        await contest.TeamAsync(invited, "EAGLES").ProblemAsync(409, "team-name-taken");
        await contest.TeamAsync(captain, "Hawks").ProblemAsync(409, "already-taking-part");
        await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { }).ProblemAsync(422, "invalid");
        await stranger.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { email = invited.Email }).ProblemAsync(403, "forbidden");

        // whether an address has an account is not told
        var known = await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { email = invited.Email, message = "Come!" }).OkAsync(201);
        var unknown = await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { email = $"nobody@{tenant.Slug}.example.org" }).OkAsync(201);
        Assert.Equal(known.Select(member => member.Key), unknown.Select(member => member.Key));
        Assert.Null(known["personName"]);
        await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { email = invited.Email }).ProblemAsync(409, "invited-already");
        await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { userId = invited.Id }).ProblemAsync(409, "invited-already");
        Assert.Contains(await tenant.MailsAsync(invited.Email), mail => mail.Subject == "Ada Byron invites you to Eagles");
        await stranger.Http.PostAsync($"/api/invitations/{known["id"]}/acceptance", null).ProblemAsync(404, "not-found");
        await captain.Http.PostAsync($"/api/invitations/{known["id"]}/acceptance", null).ProblemAsync(404, "not-found");
        Assert.Equal("Come!", (string?)(await invited.Http.GetAsync("/api/me/invitations").OkAsync())["items"]![0]!["message"]);
        Assert.Equal(2, (await invited.Http.PostAsync($"/api/invitations/{known["id"]}/acceptance", null).OkAsync())["members"]!.AsArray().Count);
        await invited.Http.PostAsync($"/api/invitations/{known["id"]}/acceptance", null).ProblemAsync(409, "invitation-used");

        // who opens the account later finds the invitation
        var late = await tenant.PersonAsync($"nobody@{tenant.Slug}.example.org");
        await late.Http.PostAsync($"/api/invitations/{unknown["id"]}/acceptance", null).OkAsync();

        var asked = await asking.Http.PostAsJsonAsync($"/api/teams/{id}/requests", new { message = "Please." }).OkAsync(201);
        await asking.Http.PostAsJsonAsync($"/api/teams/{id}/requests", new { }).ProblemAsync(409, "invited-already");
        await asking.Http.PostAsync($"/api/invitations/{asked["id"]}/acceptance", null).ProblemAsync(404, "not-found");
        var seen = (await captain.Http.GetAsync($"/api/teams/{id}/invitations").OkAsync())["items"]!.AsArray();
        Assert.Equal(3, seen.Count);
        await invited.Http.GetAsync($"/api/teams/{id}/invitations").ProblemAsync(403, "forbidden");
        await captain.Http.PostAsync($"/api/invitations/{asked["id"]}/refusal", null).OkAsync();
        await captain.Http.PostAsync($"/api/invitations/{asked["id"]}/acceptance", null).ProblemAsync(409, "invitation-used");
        Assert.Contains(await tenant.MailsAsync(asking.Email), mail => mail.Subject == "An answer about Eagles");
        var again = await asking.Http.PostAsJsonAsync($"/api/teams/{id}/requests", new { }).OkAsync(201);
        await captain.Http.PostAsync($"/api/invitations/{again["id"]}/acceptance", null).OkAsync();

        var over = await captain.Http.PostAsJsonAsync($"/api/teams/{id}/invitations", new { userId = declining.Id }).OkAsync(201);
        await declining.Http.PostAsync($"/api/invitations/{over["id"]}/acceptance", null).ProblemAsync(409, "team-full");
        await declining.Http.DeleteAsync($"/api/invitations/{over["id"]}").ProblemAsync(404, "not-found");
        await captain.Http.DeleteAsync($"/api/invitations/{over["id"]}").OkAsync(204);
        await declining.Http.PostAsync($"/api/invitations/{over["id"]}/refusal", null).ProblemAsync(409, "invitation-used");

        await captain.Http.PatchAsJsonAsync($"/api/teams/{id}", new { open = false, name = "Golden Eagles" }).OkAsync();
        await declining.Http.PostAsJsonAsync($"/api/teams/{id}/requests", new { }).ProblemAsync(409, "team-closed");
        var outside = await stranger.Http.GetAsync($"/api/teams/{id}").OkAsync();
        Assert.Null(outside["members"]);
        Assert.Equal(4, (int)outside["memberCount"]!);
        Assert.Single((await stranger.Http.GetAsync($"{contest.Path}/teams?search=eagl").OkAsync())["items"]!.AsArray());
        Assert.Empty((await stranger.Http.GetAsync($"{contest.Path}/teams?joinable=true").OkAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task An_invitation_expires()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [] });
        var tenant = await TestTenant.CreateAsync(app);
        var contest = await Contest.PublishedAsync(await tenant.AdministratorAsync(), new { type = "team", maxTeamSize = 2, configuration = new { teams = new { invitationDays = 2 } } });
        var (captain, person) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var team = (Guid)(await contest.TeamAsync(captain, "Slow").OkAsync(201))["id"]!;
        var invited = await captain.Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { email = person.Email }).OkAsync(201);

        await app.AdvanceAsync(TimeSpan.FromDays(2));

        (captain, person) = (await tenant.SignInAsync(captain.Email), await tenant.SignInAsync(person.Email));
        Assert.Equal("expired", (string?)(await person.Http.GetAsync("/api/me/invitations").OkAsync())["items"]![0]!["status"]);
        await person.Http.PostAsync($"/api/invitations/{invited["id"]}/acceptance", null).ProblemAsync(410, "invitation-expired");
        var again = await captain.Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { email = person.Email }).OkAsync(201);
        await person.Http.PostAsync($"/api/invitations/{again["id"]}/acceptance", null).OkAsync();
    }

    [Fact]
    public async Task A_team_is_handed_over_left_and_dissolved()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "team", minTeamSize = 2, maxTeamSize = 3, maxParticipants = 1 });
        var people = await RegistrationTests.PeopleAsync(tenant, 5);
        var team = await contest.TeamOfAsync("First", people[0], people[1], people[2]);
        var waiting = await contest.TeamOfAsync("Second", people[3], people[4]);
        await contest.RegisterAsync(people[1], team).ProblemAsync(403, "forbidden");
        await contest.RegisterAsync(people[0]).ProblemAsync(422, "invalid");
        var registered = await contest.RegisterAsync(people[0], team).OkAsync(201);
        Assert.Equal(("approved", "First", "team"), ((string?)registered["status"], (string?)registered["name"], (string?)registered["participantType"]));
        Assert.Equal("waitlisted", (string?)(await contest.RegisterAsync(people[3], waiting).OkAsync(201))["status"]);
        Assert.Equal("First", (string?)(await RegistrationTests.OwnAsync(people[2]))["name"]);

        await people[0].Http.DeleteAsync($"/api/teams/{team}/members/{people[0].Id}").ProblemAsync(409, "captain-must-hand-over");
        await people[1].Http.DeleteAsync($"/api/teams/{team}/members/{people[2].Id}").ProblemAsync(403, "forbidden");
        await people[1].Http.PostAsJsonAsync($"/api/teams/{team}/captain", new { userId = people[1].Id }).ProblemAsync(403, "forbidden");
        await people[0].Http.PostAsJsonAsync($"/api/teams/{team}/captain", new { userId = people[3].Id }).ProblemAsync(422, "invalid");
        await people[0].Http.PatchAsJsonAsync($"/api/teams/{team}/members/{people[2].Id}", new { role = "reserve" }).OkAsync();
        await people[0].Http.PatchAsJsonAsync($"/api/teams/{team}/members/{people[2].Id}", new { role = "captain" }).ProblemAsync(422, "invalid");
        var handed = await people[0].Http.PostAsJsonAsync($"/api/teams/{team}/captain", new { userId = people[1].Id }).OkAsync();
        Assert.Equal(["captain", "member", "reserve"], handed["members"]!.AsArray().Select(member => (string)member!["role"]!).Order());
        Assert.Contains(await tenant.MailsAsync(people[1].Email), mail => mail.Subject == "You lead First now");

        await people[0].Http.DeleteAsync($"/api/teams/{team}/members/{people[0].Id}").OkAsync(204);
        await people[2].Http.DeleteAsync($"/api/teams/{team}/members/{people[2].Id}").ProblemAsync(409, "team-too-small");
        await people[0].Http.DeleteAsync($"/api/teams/{team}").ProblemAsync(403, "forbidden");
        await people[1].Http.DeleteAsync($"/api/teams/{team}").OkAsync(204);
        await people[1].Http.GetAsync($"/api/teams/{team}").ProblemAsync(404, "not-found");
        Assert.Equal("approved", (string?)(await RegistrationTests.OwnAsync(people[4]))["status"]);
        // who was in it is free for another
        await contest.TeamAsync(people[2], "First").OkAsync(201);
    }

    [Fact]
    public async Task A_captain_is_a_participant()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "team", maxTeamSize = 3 });
        var (captain, judge) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        var roles = (await boss.Http.GetAsync($"/api/users/{judge.Id}/roles").OkAsync())["items"]!.AsArray();
        await boss.Http.DeleteAsync($"/api/users/{judge.Id}/roles/{roles.Single(role => (string?)role!["role"] == "PARTICIPANT")!["id"]}").OkAsync(204);

        await contest.TeamAsync(judge, "Judges").ProblemAsync(409, "captain-not-participant");
        var team = await contest.TeamOfAsync("Mixed", captain, judge);
        await captain.Http.PostAsJsonAsync($"/api/teams/{team}/captain", new { userId = judge.Id }).ProblemAsync(409, "captain-not-participant");
        await contest.RegisterAsync(captain, team).OkAsync(201);
    }

    [Fact]
    public async Task Fifty_at_once_break_neither_a_team_nor_the_rule_of_one_team()
    {
        var tenant = await shared.TenantAsync();
        var contest = await Contest.PublishedAsync(await tenant.AdministratorAsync(), new { type = "team", maxTeamSize = 4 });
        var people = await RegistrationTests.PeopleAsync(tenant, 15);
        var (captains, others) = (people.Take(5).ToList(), people.Skip(5).ToList());
        var teams = new List<Guid>();
        foreach (var captain in captains) teams.Add((Guid)(await contest.TeamAsync(captain, $"Team {teams.Count}").OkAsync(201))["id"]!);
        // each of five teams invites each of ten people
        var invitations = new List<(TestPerson Person, string Id)>();
        for (var team = 0; team < 5; team++)
        {
            foreach (var person in others)
                invitations.Add((person, (string)(await captains[team].Http.PostAsJsonAsync($"/api/teams/{teams[team]}/invitations", new { userId = person.Id }).OkAsync(201))["id"]!));
        }

        var answers = await Task.WhenAll(invitations.Select(invitation => RegistrationTests.InsistAsync(() => invitation.Person.Http.PostAsync($"/api/invitations/{invitation.Id}/acceptance", null))));

        Assert.All(answers, answer => Assert.True((int)answer.StatusCode is 200 or 409, $"{answer.StatusCode}"));
        var sizes = new List<int>();
        foreach (var (team, captain) in teams.Zip(captains)) sizes.Add((int)(await captain.Http.GetAsync($"/api/teams/{team}").OkAsync())["memberCount"]!);
        Assert.All(sizes, size => Assert.InRange(size, 1, 4));
        Assert.Equal(answers.Count(answer => (int)answer.StatusCode == 200), sizes.Sum() - 5);
        foreach (var person in others) Assert.InRange((await person.Http.GetAsync("/api/me/teams").OkAsync())["items"]!.AsArray().Count, 0, 1);
        // fifteen seats for ten people: nobody who was asked five times is left out for want of room
        Assert.Equal(10, sizes.Sum() - 5);
    }

    [Fact]
    public async Task Nobody_takes_part_alone_and_in_a_team_at_once()
    {
        var tenant = await shared.TenantAsync();
        var contest = await Contest.PublishedAsync(await tenant.AdministratorAsync(), new { type = "hybrid", maxTeamSize = 3 });
        var (captain, person) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var team = (Guid)(await contest.TeamAsync(captain, "Both").OkAsync(201))["id"]!;
        var invited = await captain.Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { userId = person.Id }).OkAsync(201);

        var both = await Task.WhenAll(person.Http.PostAsync($"/api/invitations/{invited["id"]}/acceptance", null), contest.RegisterAsync(person));

        Assert.Single(both, answer => answer.IsSuccessStatusCode);
        await contest.RegisterAsync(captain).ProblemAsync(409, "already-taking-part");
        await contest.RegisterAsync(captain, team).OkAsync(201);
    }

    [Fact]
    public async Task Teams_freeze_when_the_competition_begins_and_organisers_still_help()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RemindTeams"] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "team", maxTeamSize = 3, competitionStart = Contest.Closes });
        var (captain, person) = (await tenant.PersonAsync(), await tenant.PersonAsync());
        var team = await contest.TeamOfAsync("Frozen", captain, person);

        await app.AdvanceAsync(Contest.Closes.AddDays(-1) - app.Clock.GetUtcNow());
        Assert.Contains(await tenant.MailsAsync(captain.Email), mail => mail.Subject == "Registration for Cup of robots closes soon");
        await app.AdvanceAsync(TimeSpan.FromDays(1));

        (captain, person, boss) = (await tenant.SignInAsync(captain.Email), await tenant.SignInAsync(person.Email), await tenant.SignInAsync(boss.Email));
        await person.Http.DeleteAsync($"/api/teams/{team}/members/{person.Id}").ProblemAsync(423, "team-frozen");
        await captain.Http.PatchAsJsonAsync($"/api/teams/{team}", new { name = "Late" }).ProblemAsync(423, "team-frozen");
        await contest.TeamAsync(await tenant.PersonAsync(), "Later").ProblemAsync(423, "team-frozen");
        await boss.Http.DeleteAsync($"/api/teams/{team}/members/{person.Id}").OkAsync(204);
        Assert.Single(await tenant.MailsAsync(captain.Email), mail => mail.Subject == "Registration for Cup of robots closes soon");
    }
}
