using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using static Podium.Tests.Submissions.HandInContest;

namespace Podium.Tests.Submissions;

/// <summary>Deadlines on the virtual clock: early URLs, grace, penalties, extensions, reminders, and what would wait unseen.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task The_deadline_is_kept_to_the_second_whenever_the_url_was_given_out()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RemindSubmitters", "WatchFiles", "WatchSubmissions"] });
        var contest = await CreateAsync(app, 5, new { @for = "competition", graceSeconds = 60, late = new { hours = 10, per = "hour", percent = 10, cap = 30 }, reminderHours = 24 });
        var people = contest.Entries.Select(entry => entry.Person).ToList();

        // a day before, who has handed in nothing is reminded, once
        await contest.SendAsync(people[0]);
        await app.AdvanceAsync(contest.Ends.AddHours(-20) - app.Clock.GetUtcNow());
        foreach (var (person, told) in people.Zip([0, 1, 1, 1, 1]))
            Assert.Equal(told, (await contest.Tenant.MailsAsync(person.Email)).Count(mail => mail.Subject == "The deadline of Cup of reports is near"));

        // the fourth gets two more days, the fifth too, but that is taken back
        contest.Boss = await contest.Tenant.SignInAsync(contest.Tenant.AdministratorEmail);
        await GrantAsync(3, contest.Ends.AddHours(-1)).ProblemAsync(422, "invalid");
        var id = Guid.CreateVersion7(app.Clock.GetUtcNow());
        await GrantAsync(3, contest.Ends.AddDays(2), id).OkAsync(201);
        await GrantAsync(3, contest.Ends.AddDays(2), id).OkAsync(201);
        await GrantAsync(3, contest.Ends.AddDays(3), id).ProblemAsync(409, "id-taken");
        var other = await GrantAsync(4, contest.Ends.AddDays(2)).OkAsync(201);
        await people[0].Http.PostAsJsonAsync($"{contest.Path}/extensions", new { registrationId = contest.Entries[0].RegistrationId, until = contest.Ends.AddDays(2), reason = "x" }).ProblemAsync(401, "token-refused");

        // asked for half a minute before the deadline, sent at the deadline's own second, within grace, and an hour and a half late
        await app.AdvanceAsync(contest.Ends.AddSeconds(-30) - app.Clock.GetUtcNow());
        await SignInAsync();
        var inTime = await AskAsync(0);
        var graceful = await AskAsync(1);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        await PutAsync(inTime, Pdf);
        await app.SettleAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(60));
        await PutAsync(graceful, Pdf);
        await app.SettleAsync();
        Assert.Equal((false, 0m), Lateness(await ReadAsync(people[0], Id(inTime))));
        Assert.Equal((true, 0m), Lateness(await ReadAsync(people[1], Id(graceful))));
        await app.AdvanceAsync(contest.Ends.AddMinutes(91) - app.Clock.GetUtcNow());
        await SignInAsync();
        var late = await contest.SendAsync(people[2]);
        Assert.Equal(((true, 20m), ("submitted", "APPROVED")), (Lateness(late), StandsAt(late)));
        Assert.Equal(contest.Ends, (DateTimeOffset)late["submission"]!["dueAt"]!);

        // a URL of the last minutes, used when all is over
        await app.AdvanceAsync(contest.Ends.AddHours(10).AddSeconds(-10) - app.Clock.GetUtcNow());
        await SignInAsync();
        var tooLate = await AskAsync(1);
        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        await PutAsync(tooLate, Pdf);
        await app.SettleAsync();
        var refused = await ReadAsync(people[1], Id(tooLate));
        Assert.Equal((("submitted", "REJECTED"), "late"), (StandsAt(refused), (string)refused["submission"]!["reasonCode"]!));
        Assert.Contains("after", (string?)refused["submission"]!["files"]![0]!["reasons"]![0]!["message"], StringComparison.Ordinal);
        Assert.Equal(("submitted", "APPROVED"), StandsAt(await ReadAsync(people[1], Id(graceful)))); // what came before still counts
        await contest.BeginAsync(people[2], new { }).ProblemAsync(409, "submissions-closed");

        // who has more time has it, until it is taken back; what was on its way then is too late
        var extended = await AskAsync(3);
        var caught = await AskAsync(4);
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/extensions/{other["id"]}/revocation", new { reason = "It was meant for somebody else." }).OkAsync();
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/extensions/{Guid.NewGuid()}/revocation", new { reason = "x" }).ProblemAsync(404, "not-found");
        await PutAsync(extended, Pdf);
        await PutAsync(caught, Pdf);
        await app.SettleAsync();
        Assert.Equal(((false, 0m), ("submitted", "APPROVED")), (Lateness(await ReadAsync(people[3], Id(extended))), StandsAt(await ReadAsync(people[3], Id(extended)))));
        var revoked = await ReadAsync(people[4], Id(caught));
        Assert.Equal((("submitted", "REJECTED"), "late"), (StandsAt(revoked), (string)revoked["submission"]!["reasonCode"]!));
        await contest.BeginAsync(people[4], new { }).ProblemAsync(409, "submissions-closed");
        Assert.Equal([true, false], (await contest.Boss.Http.GetAsync($"{contest.Path}/extensions").OkAsync())["items"]!.AsArray().OrderBy(item => (string)item!["name"]!, StringComparer.Ordinal).Select(item => item!["revokedAt"] is null));
        Assert.Contains((await contest.Boss.Http.GetAsync("/api/audit?table=submission_extensions").OkAsync())["items"]!.AsArray(), entry => (string?)entry!["new"]?["revoked_reason"] == "It was meant for somebody else.");
        Assert.Equal(2, (await contest.ListAsync("&late=true&reviewStatus=APPROVED")).Count);

        Task<HttpResponseMessage> GrantAsync(int who, DateTimeOffset until, Guid? grant = null) =>
            contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/extensions", new { id = grant, registrationId = contest.Entries[who].RegistrationId, until, reason = "Illness." });

        Task<JsonObject> AskAsync(int who) => contest.BeginAsync(people[who], new { submit = true, files = new[] { new { name = "report.pdf" } } }).OkAsync(201);

        async Task SignInAsync()
        {
            for (var who = 0; who < people.Count; who++) people[who] = await contest.Tenant.SignInAsync(people[who].Email);
            contest.Boss = await contest.Tenant.SignInAsync(contest.Tenant.AdministratorEmail);
        }

        static JsonNode Id(JsonObject standing) => standing["submission"]!["id"]!;

        static (bool, decimal) Lateness(JsonObject standing) => ((bool)standing["submission"]!["late"]!, (decimal)standing["submission"]!["penalty"]!);
    }

    [Fact]
    public async Task What_never_comes_expires_and_what_would_wait_unseen_is_settled_or_reported()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["WatchFiles", "WatchSubmissions"] });
        var contest = await CreateAsync(app, 3, new { @for = "competition", inTotal = 1 });
        var people = contest.Entries.Select(entry => entry.Person).ToList();
        var asked = await Task.WhenAll(people.Select(person => contest.BeginAsync(person, new { submit = true, files = new[] { new { name = "report.pdf" } } }).OkAsync(201)));

        // the second's message is lost on its way, and the third's file is looked into for ever
        await PutAsync(asked[1], Pdf);
        await app.QueryAsync<int>($"WITH changed AS (UPDATE submissions SET look_at = look_at + interval '1 hour' WHERE id = '{asked[1]["submission"]!["id"]}' RETURNING 1) SELECT count(*)::int FROM changed");
        await app.SettleAsync();
        await app.QueryAsync<int>(
            $"""
            WITH undone AS (
                UPDATE submissions SET review_status = 'PENDING', look_at = submitted_at + interval '20 minutes', arrived_at = NULL WHERE id = '{asked[1]["submission"]!["id"]}' RETURNING 1
            ), stuck AS (
                UPDATE files SET state = 'checking', received_at = created_at, look_at = created_at + interval '10 days' WHERE subject_id = '{asked[2]["submission"]!["id"]}' RETURNING 1
            )
            SELECT count(*)::int FROM undone, stuck
            """);
        await app.AdvanceAsync(TimeSpan.FromMinutes(110));
        for (var who = 0; who < 3; who++) people[who] = await contest.Tenant.SignInAsync(people[who].Email);

        var expired = await ReadAsync(people[0], asked[0]["submission"]!["id"]!);
        Assert.Equal((("submitted", "REJECTED"), "expired", 1), (StandsAt(expired), (string)expired["submission"]!["reasonCode"]!, (int)expired["attempts"]!["left"]!));
        Assert.Equal(("submitted", "APPROVED"), StandsAt(await ReadAsync(people[1], asked[1]["submission"]!["id"]!)));
        Assert.Equal(("submitted", "PENDING"), StandsAt(await ReadAsync(people[2], asked[2]["submission"]!["id"]!)));
        await app.AdvanceAsync(TimeSpan.FromMinutes(60));
        var told = (await contest.Tenant.MailsAsync(contest.Tenant.AdministratorEmail)).Where(mail => mail.Subject == "A submission to Cup of reports waits").ToList();
        Assert.Contains("Ada Number2", Assert.Single(told).Text, StringComparison.Ordinal);
        Assert.Contains("checking", told[0].Text, StringComparison.Ordinal);
    }
}
