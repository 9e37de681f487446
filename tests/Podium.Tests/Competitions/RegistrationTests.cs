using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

public sealed class RegistrationTests(SharedApp shared)
{
    [Fact]
    public async Task People_register_wait_move_up_and_withdraw()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { maxParticipants = 2 });
        var people = await PeopleAsync(tenant, 5);
        var id = Guid.CreateVersion7();

        var first = await contest.RegisterAsync(people[0], id: id).OkAsync(201);
        Assert.Equal("approved", (string?)first["status"]);
        Assert.Equal(first.ToJsonString(), (await contest.RegisterAsync(people[0], id: id).OkAsync(201)).ToJsonString());
        await contest.RegisterAsync(people[1], id: id).ProblemAsync(409, "id-taken");
        await contest.RegisterAsync(people[0]).ProblemAsync(409, "already-registered");
        var second = await contest.RegisterAsync(people[1]).OkAsync(201);
        var third = await contest.RegisterAsync(people[2]).OkAsync(201);
        var fourth = await contest.RegisterAsync(people[3]).OkAsync(201);
        Assert.Equal(("waitlisted", 1), ((string?)third["status"], (int)third["place"]!));
        Assert.Equal(("waitlisted", 2), ((string?)fourth["status"], (int)fourth["place"]!));
        Assert.Equal(2, (int)(await contest.ReadAsync())["seatsTaken"]!);

        await contest.WithdrawAsync(people[2], first).ProblemAsync(404, "not-found");
        Assert.Equal("withdrawn", (string?)(await contest.WithdrawAsync(people[0], first).OkAsync())["status"]);
        Assert.Equal("withdrawn", (string?)(await contest.WithdrawAsync(people[0], first).OkAsync())["status"]);
        Assert.Equal("approved", (string?)(await OwnAsync(people[2]))["status"]);
        Assert.Equal(1, (int)(await OwnAsync(people[3]))["place"]!);
        Assert.Contains((await tenant.MailsAsync(people[2].Email)), mail => mail.Subject == "A seat for you in Cup of robots");

        // who withdrew comes back to the end of the queue
        Assert.Equal(2, (int)(await contest.RegisterAsync(people[0]).OkAsync(201))["place"]!);
        await boss.Http.PatchAsJsonAsync(contest.Path, new { maxParticipants = 1 }).ProblemAsync(409, "seats-taken");
        await boss.Http.PatchAsJsonAsync(contest.Path, new { maxParticipants = 3 }).OkAsync();
        Assert.Equal("approved", (string?)(await OwnAsync(people[3]))["status"]);
        await boss.Http.PatchAsJsonAsync(contest.Path, new { anyNumber = true }).OkAsync();
        Assert.Equal("approved", (string?)(await OwnAsync(people[0]))["status"]);

        await contest.DecideAsync(second, "disqualify").ProblemAsync(422, "invalid");
        await contest.DecideAsync(second, "disqualify", "Two accounts.").OkAsync();
        await contest.RegisterAsync(people[1]).ProblemAsync(409, "already-registered");
        Assert.Contains("Two accounts.", (await tenant.MailsAsync(people[1].Email))[^1].Text);
        Assert.Single(await contest.RegistrationsAsync("&status=disqualified"));
        await people[4].Http.GetAsync($"{contest.Path}/registrations").ProblemAsync(403, "forbidden");
        await people[4].Http.GetAsync($"{contest.Path}/registrations/{second["id"]}").ProblemAsync(404, "not-found");
        await boss.Http.GetAsync($"{contest.Path}/registrations/{second["id"]}").OkAsync();
        await contest.MoveAsync("draft").ProblemAsync(409, "has-registrations");
    }

    [Fact]
    public async Task Where_organisers_approve_a_seat_is_kept_until_they_decide()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { maxParticipants = 1, requiresApproval = true });
        var people = await PeopleAsync(tenant, 2);

        var first = await contest.RegisterAsync(people[0]).OkAsync(201);
        var second = await contest.RegisterAsync(people[1]).OkAsync(201);
        Assert.Equal(("pending", "waitlisted"), ((string?)first["status"], (string?)second["status"]));
        await contest.DecideAsync(second, "approve").ProblemAsync(409, "competition-full");
        await contest.DecideAsync(first, "reject").ProblemAsync(422, "invalid");
        await boss.Http.IfMatchAsync(HttpMethod.Post, $"{contest.Path}/registrations/{first["id"]}/decision", "\"9\"", new { decision = "approve" }).ProblemAsync(409, "stale");
        await people[0].Http.PostAsJsonAsync($"{contest.Path}/registrations/{first["id"]}/decision", new { decision = "approve" }).ProblemAsync(403, "forbidden");
        Assert.Equal("rejected", (string?)(await contest.DecideAsync(first, "reject", "Too young.").OkAsync())["status"]);
        await contest.RegisterAsync(people[0]).ProblemAsync(409, "already-registered");
        Assert.Equal("pending", (string?)(await OwnAsync(people[1]))["status"]);
        await contest.DecideAsync(second, "approve").OkAsync();
        await contest.DecideAsync(second, "approve").OkAsync();
        await contest.DecideAsync(first, "approve").ProblemAsync(409, "competition-full");
        Assert.Contains(await tenant.MailsAsync(people[0].Email), mail => mail.Text.Contains("Too young.", StringComparison.Ordinal));
        Assert.Single(await tenant.MailsAsync(people[1].Email), mail => mail.Subject == "You take part in Cup of robots");

        await contest.MoveAsync("cancelled", "The hall is flooded.").OkAsync();
        Assert.Contains(await tenant.MailsAsync(people[1].Email), mail => mail.Text.Contains("The hall is flooded.", StringComparison.Ordinal));
        Assert.DoesNotContain(await tenant.MailsAsync(people[0].Email), mail => mail.Text.Contains("The hall is flooded.", StringComparison.Ordinal));
        await contest.DecideAsync(first, "approve").ProblemAsync(409, "competition-ended");
    }

    [Fact]
    public async Task Registration_opens_and_closes_to_the_second()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var now = app.Clock.GetUtcNow();
        var contest = await Contest.PublishedAsync(boss, new { registrationStart = now.AddSeconds(60), registrationEnd = now.AddSeconds(120) });

        Assert.Contains("opens", (string?)(await contest.RegisterAsync(person).ProblemAsync(409, "registration-closed"))["detail"]);
        await app.AdvanceAsync(TimeSpan.FromSeconds(59));
        await contest.RegisterAsync(person).ProblemAsync(409, "registration-closed");
        Assert.Empty(await OpenAsync());
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Single(await OpenAsync());
        await contest.WithdrawAsync(person, await contest.RegisterAsync(person).OkAsync(201)).OkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(59));
        var late = await contest.RegisterAsync(person).OkAsync(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        await contest.WithdrawAsync(person, late).OkAsync();
        Assert.Contains("closed", (string?)(await contest.RegisterAsync(person).ProblemAsync(409, "registration-closed"))["detail"]);
        Assert.Empty(await OpenAsync());

        async Task<JsonArray> OpenAsync() => (await tenant.Http.GetAsync($"/api/competitions?openAt={app.Clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}").OkAsync())["items"]!.AsArray();
    }

    [Fact]
    public async Task Fifty_at_once_take_no_more_seats_than_there_are()
    {
        var tenant = await shared.TenantAsync();
        var contest = await Contest.PublishedAsync(await tenant.AdministratorAsync(), new { maxParticipants = 7 });
        var people = await PeopleAsync(tenant, 10);

        // each of ten people tries five times
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => InsistAsync(() => contest.RegisterAsync(people[number % 10]))));

        Assert.Equal(10, answers.Count(answer => (int)answer.StatusCode == 201));
        Assert.Equal(40, answers.Count(answer => (int)answer.StatusCode == 409));
        Assert.Equal(7, (await contest.RegistrationsAsync("&status=approved")).Count);
        Assert.Equal([1, 2, 3], (await contest.RegistrationsAsync("&status=waitlisted")).Select(waiting => (int)waiting["place"]!).Order());
        Assert.Equal(7, (int)(await contest.ReadAsync())["seatsTaken"]!);

        // all who have a seat leave at once: all who wait move up
        var approved = await contest.RegistrationsAsync("&status=approved");
        await Task.WhenAll(approved.Select(registration => InsistAsync(() => contest.WithdrawAsync(contest.Organizer, registration))));
        Assert.Equal(3, (await contest.RegistrationsAsync("&status=approved")).Count);
        Assert.Empty(await contest.RegistrationsAsync("&status=waitlisted"));
        Assert.Equal(3, (int)(await contest.ReadAsync())["seatsTaken"]!);
    }

    [Fact]
    public async Task Only_who_is_eligible_takes_part()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var school = (Guid)(await boss.Http.PostAsJsonAsync("/api/institutions", new { name = "Own", country = "KZ" }).OkAsync(201))["id"]!;
        var contest = await Contest.PublishedAsync(boss, new
        {
            configuration = new { eligibility = new { institutions = new[] { school }, countries = new[] { "KZ" }, minAge = 16, maxAge = 18 }, registration = new { waitlist = false } },
            maxParticipants = 1,
        });
        var person = await tenant.PersonAsync();
        var other = await tenant.PersonAsync();

        var refused = await contest.RegisterAsync(person).ProblemAsync(403, "not-eligible");
        Assert.Equal(["institution", "country", "age"], refused["errors"]!.AsArray().Select(fault => (string)fault!["code"]!));
        await person.Http.PatchAsJsonAsync("/api/me", new { institutionId = school, dateOfBirth = "2010-02-02" }).OkAsync();
        refused = await contest.RegisterAsync(person).ProblemAsync(403, "not-eligible"); // sixteen the day after it begins
        Assert.Equal(["age"], refused["errors"]!.AsArray().Select(fault => (string)fault!["code"]!));
        await person.Http.PatchAsJsonAsync("/api/me", new { dateOfBirth = "2010-02-01" }).OkAsync();
        await contest.RegisterAsync(person).OkAsync(201);
        await other.Http.PatchAsJsonAsync("/api/me", new { institutionId = school, dateOfBirth = "2009-02-01" }).OkAsync();
        await contest.RegisterAsync(other).ProblemAsync(409, "competition-full");
        await contest.RegisterAsync(other, Guid.NewGuid()).ProblemAsync(422, "invalid");
        await (await (await shared.TenantAsync()).PersonAsync()).Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).ProblemAsync(404, "not-found");
        await tenant.Http.PostAsJsonAsync($"{contest.Path}/registrations", new { }).ProblemAsync(401, "sign-in-required");
    }

    [Fact]
    public async Task A_form_is_checked_with_pointers_and_old_entries_stay_readable()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss);
        var people = await PeopleAsync(tenant, 2);
        await contest.RegisterAsync(people[0], entry: new { surprise = 1 }).ProblemAsync(422, "invalid");
        var fields = new object[]
        {
            new { name = "motto", type = "text", required = true, max = 10, label = new { en = "Motto", kk = "Ұран" } },
            new { name = "size", type = "choice", label = new { en = "Shirt" }, choices = new[] { new { value = "s", label = new { en = "Small" } }, new { value = "l", label = new { en = "Large" } } } },
            new { name = "agree", type = "consent", label = new { en = "I agree." } },
        };
        var form = await boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "registration", fields }).OkAsync(201);
        Assert.Equal(1, (int)(await boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "registration", fields }).OkAsync(201))["number"]!);

        var refused = await contest.RegisterAsync(people[0], entry: new { motto = "much too long", size = "xl", extra = true }).ProblemAsync(422, "invalid");
        Assert.Equal(["/entry/motto:too-long", "/entry/size:value", "/entry/agree:required", "/entry/extra:unknown-field"], refused["errors"]!.AsArray().Select(fault => $"{fault!["pointer"]}:{fault["code"]}"));
        var registered = await contest.RegisterAsync(people[0], entry: new { motto = "Алға!", agree = true }).OkAsync(201);
        Assert.Equal((Guid)form["id"]!, (Guid)registered["formId"]!);

        var second = await boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "registration", fields = new object[] { new { name = "team", type = "integer", min = 1, max = 3, required = true, label = new { en = "Team" } } } }).OkAsync(201);
        Assert.Equal(2, (int)second["number"]!);
        var kept = await people[0].Http.GetAsync($"{contest.Path}/registrations/{registered["id"]}").OkAsync();
        Assert.Equal("Алға!", (string?)kept["entry"]!["motto"]);
        Assert.Equal("Ұран", (string?)(await people[0].Http.GetAsync($"{contest.Path}/forms/{kept["formId"]}").OkAsync())["fields"]![0]!["label"]!["kk"]);
        Assert.Single((await tenant.Http.GetAsync($"{contest.Path}/forms").OkAsync())["items"]!.AsArray());
        Assert.Equal(2, (await tenant.Http.GetAsync($"{contest.Path}/forms?all=true").OkAsync())["items"]!.AsArray().Count);

        var path = $"{contest.Path}/registrations/{registered["id"]}";
        await people[0].Http.PatchAsJsonAsync(path, new { entry = new { team = 4 } }).ProblemAsync(422, "invalid");
        await people[1].Http.PatchAsJsonAsync(path, new { entry = new { team = 2 } }).ProblemAsync(404, "not-found");
        await people[0].Http.IfMatchAsync(HttpMethod.Patch, path, "\"5\"", new { entry = new { team = 2 } }).ProblemAsync(409, "stale");
        Assert.Equal((Guid)second["id"]!, (Guid)(await people[0].Http.PatchAsJsonAsync(path, new { entry = new { team = 2 } }).OkAsync())["formId"]!);
        await people[1].Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "registration", fields }).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task Who_closes_their_account_leaves_their_seat_and_hands_their_team_over()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["MoveWaitlistsUp"] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var contest = await Contest.PublishedAsync(boss, new { type = "hybrid", maxTeamSize = 3, maxParticipants = 1 });
        var people = await PeopleAsync(tenant, 4);
        await contest.RegisterAsync(people[0]).OkAsync(201);
        await contest.RegisterAsync(people[1]).OkAsync(201);
        var team = await contest.TeamOfAsync("Heirs", people[2], people[3]);

        await boss.Http.DeleteAsync($"/api/users/{people[0].Id}").OkAsync(204);
        await boss.Http.DeleteAsync($"/api/users/{people[2].Id}").OkAsync(204);

        var left = await people[3].Http.GetAsync($"/api/teams/{team}").OkAsync();
        Assert.Equal(("captain", people[3].Id), ((string?)Assert.Single(left["members"]!.AsArray())!["role"], (Guid)left["members"]![0]!["userId"]!));
        await app.AdvanceAsync(TimeSpan.FromHours(6)); // the sweep gives the seat on
        var again = await tenant.SignInAsync(people[1].Email);
        Assert.Equal("approved", (string?)(await OwnAsync(again))["status"]);
    }

    /// <summary>Asks again where the service is too busy just now, as a client does.</summary>
    internal static async Task<HttpResponseMessage> InsistAsync(Func<Task<HttpResponseMessage>> ask)
    {
        for (var left = 20; ; left--)
        {
            var answer = await ask();
            if ((int)answer.StatusCode != 503 || left == 0) return answer;
        }
    }

    internal static async Task<List<TestPerson>> PeopleAsync(TestTenant tenant, int count)
    {
        var people = new List<TestPerson>();
        for (var i = 0; i < count; i++) people.Add(await tenant.PersonAsync());
        return people;
    }

    /// <summary>The one registration that a person has not withdrawn.</summary>
    internal static async Task<JsonNode> OwnAsync(TestPerson person) =>
        (await person.Http.GetAsync("/api/me/registrations").OkAsync())["items"]!.AsArray().Single(registration => (string?)registration!["status"] != "withdrawn")!;
}
