using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Files;
using Podium.Tests.Harness;
using static Podium.Tests.Submissions.HandInContest;

namespace Podium.Tests.Submissions;

/// <summary>What organisers and judges do with what was handed in.</summary>
public sealed class OrganiserTests(SharedApp shared)
{
    [Fact]
    public async Task Organisers_list_filter_decide_withdraw_reinstate_and_export()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 3);
        var (ada, bob) = (contest.Entries[0].Person, contest.Entries[1].Person);
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "submission", fields = new object[] { new { name = "title", type = "text", max = 100, label = new { en = "Title" } } } }).OkAsync(201);
        var first = (await contest.SendAsync(ada, Pdf, new { submit = true, entry = new { title = "=HYPERLINK(\"http://evil.example.org\")" }, files = new[] { new { name = "one.pdf" } } }))["submission"]!;
        var second = (await contest.SendAsync(ada))["submission"]!;
        var bobs = (await contest.SendAsync(bob, [.. "MZ"u8, .. new byte[100]]))["submission"]!;

        // made in one millisecond, they have no order of their own
        string[] all = [.. new[] { Id(bobs), Id(second), Id(first) }.OrderDescending(StringComparer.Ordinal)];
        Assert.Equal(all, (await contest.ListAsync()).Select(Id));
        Assert.Equal([Id(first)], (await contest.ListAsync("&status=superseded")).Select(Id));
        Assert.Equal([Id(bobs)], (await contest.ListAsync("&reviewStatus=REJECTED")).Select(Id));
        Assert.Empty(await contest.ListAsync("&late=true"));
        Assert.Equal(2, (await contest.ListAsync($"&registrationId={contest.Entries[0].RegistrationId}")).Count);
        var page = await contest.Boss.Http.GetAsync($"{contest.Path}/submissions?limit=2").OkAsync();
        Assert.Equal([all[2]], (await contest.Boss.Http.GetAsync($"{contest.Path}/submissions?limit=2&after={page["next"]}").OkAsync())["items"]!.AsArray().Select(item => Id(item!)));
        Assert.Equal(["Ada Number1", "Ada Number2"], (await contest.MissingAsync()).Order());

        // whoever does not run the competition cannot; neither can another tenant's organiser
        var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        await ada.Http.GetAsync($"{contest.Path}/submissions").ProblemAsync(403, "forbidden");
        await stranger.Http.GetAsync($"{contest.Path}/submissions").ProblemAsync(404, "not-found");
        await stranger.Http.PostAsJsonAsync($"{contest.Path}/submissions/{Id(second)}/decision", new { decision = "reject", reason = "x" }).ProblemAsync(404, "not-found");
        await ada.Http.PostAsJsonAsync($"{contest.Path}/submissions/{Id(second)}/decision", new { decision = "approve", reason = "x" }).ProblemAsync(403, "forbidden");

        // the organisers know better than the validation, and say why
        await DecideAsync(bobs, "approve", "We know him.").ProblemAsync(409, "submission-not-valid");
        Assert.Equal(("REJECTED", "organiser", "Copied."), Review(await DecideAsync(second, "reject", "Copied.").OkAsync()));
        Assert.Contains(await contest.Tenant.MailsAsync(ada.Email), mail => mail.Text.Contains("Copied.", StringComparison.Ordinal));
        Assert.Equal(("APPROVED", "organiser", "It was not."), Review(await DecideAsync(second, "approve", "It was not.").OkAsync()));
        await DecideAsync(first, "reject", "x").ProblemAsync(409, "submission-withdrawn");

        // on somebody's behalf
        await contest.Boss.Http.PostAsJsonAsync($"/api/submissions/{Id(second)}/withdrawal", new { }).ProblemAsync(422, "invalid");
        await contest.Boss.Http.PostAsJsonAsync($"/api/submissions/{Id(second)}/withdrawal", new { reason = "They asked by telephone." }).OkAsync();
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/submissions/{Id(first)}/reinstatement", new { reason = "The first was right." }).OkAsync();
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/submissions/{Id(bobs)}/reinstatement", new { reason = "x" }).ProblemAsync(409, "submission-not-valid");
        Assert.Equal(("submitted", "APPROVED"), StandsAt(await ReadAsync(ada, Id(first))));
        Assert.Equal("withdrawn", (string?)(await ada.Http.GetAsync($"/api/submissions/{Id(second)}/status").OkAsync())["status"]);
        var log = (await contest.Boss.Http.GetAsync("/api/audit?table=submissions&limit=200").OkAsync())["items"]!.AsArray();
        Assert.Contains(log, entry => (string?)entry!["new"]?["reason"] == "They asked by telephone." && entry["actorId"]!.ToString() == contest.Boss.Id.ToString());

        // for an entry whose people have no time
        var cleo = contest.Entries[2];
        var asked = await contest.BeginAsync(contest.Boss, new { registrationId = cleo.RegistrationId, submit = true, files = new[] { new { name = "cleo.pdf" } } }).OkAsync(201);
        await PutAsync(asked, Pdf);
        await app.SettleAsync();
        Assert.Equal(("submitted", "APPROVED"), StandsAt(await ReadAsync(cleo.Person, asked["submission"]!["id"]!)));
        await contest.BeginAsync(ada, new { registrationId = cleo.RegistrationId }).ProblemAsync(422, "invalid");

        // no formula survives the export; JSON has everything as it is
        var table = await contest.Boss.Http.GetStringAsync($"{contest.Path}/export/submissions");
        Assert.Contains("'=HYPERLINK", table, StringComparison.Ordinal);
        Assert.DoesNotContain(",=HYPERLINK", table.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(5, table.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        var whole = (await contest.Boss.Http.GetAsync($"{contest.Path}/export").OkAsync())["submissions"]!.AsArray();
        Assert.Equal(4, whole.Count);
        Assert.Contains(whole, row => (string?)row!["entry"]!["title"] == "=HYPERLINK(\"http://evil.example.org\")");

        Task<HttpResponseMessage> DecideAsync(JsonNode submission, string decision, string reason) =>
            contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/submissions/{Id(submission)}/decision", new { decision, reason });

        static string Id(JsonNode submission) => submission["id"]!.ToString();

        static (string, string, string) Review(JsonNode submission) => ((string)submission["reviewStatus"]!, (string)submission["reasonCode"]!, (string)submission["reason"]!);
    }

    [Fact]
    public async Task Judges_see_what_was_handed_in_and_not_by_whom_where_judging_is_blind()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 2, new { @for = "competition", late = new { hours = 10, per = "hour", percent = 10 } });
        var now = app.Clock.GetUtcNow();
        // it ended an hour and a half ago: all that comes is late
        await contest.Boss.Http.PatchAsJsonAsync(contest.Path, new { registrationEnd = now.AddHours(-4), competitionStart = now.AddHours(-3), competitionEnd = now.AddMinutes(-90) }).OkAsync();
        var round = (Guid)(await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/rounds", new { number = 1, name = "Jury", opensAt = now.AddHours(-3), closesAt = now.AddHours(-2) }).OkAsync(201))["id"]!;
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/rubrics", new { name = "Jury", criteria = new object[] { new { key = "work", name = "Work", maxPoints = 10 } }, blind = true, tieBreaks = Array.Empty<object>() }).OkAsync(201);
        var judge = await contest.Tenant.PersonAsync($"judge-{Guid.NewGuid():N}@jury.example.net", "Judge", "One");
        await contest.Boss.GrantAsync(judge, "JUDGE").OkAsync(201);
        judge = await contest.Tenant.SignInAsync(judge.Email);
        var judgeId = (Guid)(await contest.Boss.Http.PostAsJsonAsync("/api/judges", new { userId = judge.Id, capacity = 20 }).OkAsync(201))["id"]!;
        await contest.Boss.Http.PutAsJsonAsync($"{contest.Path}/judges/{judgeId}", new { }).OkAsync();

        // who has handed in nothing is not judged; what comes later finds its judge by itself
        await contest.SendAsync(contest.Entries[0].Person, request: new { submit = true, files = new[] { new { name = "ada-byron.pdf" } } });
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/rounds/{round}/assignment", new { needed = 1 }).OkAsync(202);
        await app.SettleAsync();
        Assert.Single((await judge.Http.GetAsync("/api/me/reviews").OkAsync())["items"]!.AsArray());
        await contest.SendAsync(contest.Entries[1].Person);
        var reviews = (await judge.Http.GetAsync("/api/me/reviews").OkAsync())["items"]!.AsArray();
        Assert.Equal(2, reviews.Count);

        foreach (var waiting in reviews)
        {
            var review = await judge.Http.GetAsync($"/api/reviews/{waiting!["id"]}").OkAsync();
            var submission = review["submission"]!;
            var file = submission["files"]![0]!;
            Assert.StartsWith((string)waiting["entry"]!, (string?)file["name"], StringComparison.Ordinal);
            Assert.DoesNotContain("byron", submission.ToJsonString(), StringComparison.OrdinalIgnoreCase);
            var link = await judge.Http.PostAsync($"/api/reviews/{waiting["id"]}/files/{file["id"]}/download", null).OkAsync();
            using var download = await Client.Http.GetAsync((string)link["url"]!);
            Assert.Equal(Pdf, await download.Content.ReadAsByteArrayAsync());
            Assert.DoesNotContain("ada-byron", download.Content.Headers.ToString(), StringComparison.OrdinalIgnoreCase);
            // judges have no other door to it
            await judge.Http.GetAsync($"/api/submissions/{submission["id"]}").ProblemAsync(404, "not-found");
            await judge.Http.PostAsync($"/api/reviews/{waiting["id"]}/files/{Guid.NewGuid()}/download", null).ProblemAsync(404, "not-found");
            await contest.Entries[0].Person.Http.PostAsync($"/api/reviews/{waiting["id"]}/files/{file["id"]}/download", null).ProblemAsync(404, "not-found");
            Assert.Equal((true, 20m), ((bool)submission["late"]!, (decimal)submission["penalty"]!));
            await judge.Http.PostAsJsonAsync($"/api/reviews/{waiting["id"]}/final", new { marks = new { work = 8 } }).OkAsync();
        }
        // what was late loses its part of the score
        var lines = (await contest.Boss.Http.GetAsync($"{contest.Path}/rounds/{round}/scores").OkAsync())["lines"]!.AsArray();
        Assert.Equal([(8m, 20m, 6.4m), (8m, 20m, 6.4m)], lines.Select(line => ((decimal)line!["raw"]!, (decimal)line["penalty"]!, (decimal)line["score"]!)));
    }
}
