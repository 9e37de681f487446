using System.Net.Http.Json;
using Podium.Tests.Harness;
using static Podium.Tests.Submissions.HandInContest;

namespace Podium.Tests.Submissions;

/// <summary>The robotics contest by its own names: one PDF, PENDING, APPROVED or REJECTED, told in English, Kazakh and Russian while it happens.</summary>
public sealed class KazRocketsTests(SharedApp shared)
{
    [Fact]
    public async Task A_teams_pdf_goes_from_pending_to_approved_and_the_organiser_has_the_last_word()
    {
        var app = await shared.AppAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var organizer = await tenant.AdministratorAsync();
        var now = app.Clock.GetUtcNow();
        var made = await organizer.Http.PostAsJsonAsync("/api/competitions", new { name = "KazRockets", blueprint = "kazrockets", competitionStart = now.AddDays(1) }).OkAsync(201);
        var contest = new HandInContest { App = app, Tenant = tenant, Boss = organizer, Id = (Guid)made["id"]! };
        await contest.MoveAsync("published");

        // an English captain, a Kazakh and a Russian member
        var people = new List<TestPerson>();
        foreach (var language in new[] { "en", "kk", "ru" })
        {
            people.Add(await tenant.PersonAsync());
            await people[^1].Http.PatchAsJsonAsync("/api/me", new { language }).OkAsync();
        }
        var team = (Guid)(await people[0].Http.PostAsJsonAsync($"{contest.Path}/teams", new { name = "Saigas" }).OkAsync(201))["id"]!;
        foreach (var member in people.Skip(1))
        {
            var invited = await people[0].Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { email = member.Email }).OkAsync(201);
            await member.Http.PostAsync($"/api/invitations/{invited["id"]}/acceptance", null).OkAsync();
        }
        await people[0].Http.PostAsJsonAsync($"{contest.Path}/registrations", new { teamId = team, entry = new { robotName = "Arystan" } }).OkAsync(201);
        await organizer.Http.DeleteAsync($"{contest.Path}/rounds/{made["rounds"]![0]!["id"]}").OkAsync(204);
        await contest.BeginAsync();

        // no PDF at first: REJECTED, and each reads why
        var asked = await contest.BeginAsync(people[1], new { submit = true, files = new[] { new { name = "report.pdf" } } }).OkAsync(201);
        var id = asked["submission"]!["id"]!.ToString();
        Assert.Equal("PENDING", (string?)asked["submission"]!["reviewStatus"]);
        await using (var stream = await LiveReader.OpenAsync(people[2].Http, $"/api/submissions/{id}/stream"))
        {
            Assert.Equal("PENDING", (string?)(await stream.NextAsync("submission")).Data["reviewStatus"]);
            Assert.Equal("PENDING", (string?)(await people[0].Http.GetAsync($"/api/submissions/{id}/status").OkAsync())["reviewStatus"]); // and is remembered
            await PutAsync(asked, [.. "PK"u8, .. new byte[64]]);
            await app.SettleAsync();
            // on its way there may be more of it, such as the file's being looked into
            while ((string?)(await stream.NextAsync("submission")).Data["reviewStatus"] is var told && told != "REJECTED") Assert.Equal("PENDING", told);
        }
        Assert.Equal("REJECTED", (string?)(await people[0].Http.GetAsync($"/api/submissions/{id}/status").OkAsync())["reviewStatus"]);
        foreach (var (person, words) in people.Zip(["does not count", "есептелмейді", "не засчитана"]))
            Assert.Contains((await tenant.MailsAsync(person.Email)), mail => mail.Subject.Contains(words, StringComparison.Ordinal) && mail.Text.Contains("report.pdf", StringComparison.Ordinal));

        // then a real one: APPROVED, in its own place
        var sent = await contest.SendAsync(people[0]);
        id = sent["submission"]!["id"]!.ToString();
        Assert.Equal(("submitted", "APPROVED"), StandsAt(sent));
        Assert.True(await app.Storage.GetBlobContainerClient("submissions").GetBlobClient($"{contest.Id}/{team}/{id}.pdf").ExistsAsync());
        foreach (var (person, words) in people.Zip(["has arrived", "келіп жетті", "пришла"]))
            Assert.Contains((await tenant.MailsAsync(person.Email)), mail => mail.Subject.Contains(words, StringComparison.Ordinal));

        // the organiser overrides it, with a reason, and takes that back
        Assert.Equal("REJECTED", (string?)(await DecideAsync("reject", "Not your robot.").OkAsync())["reviewStatus"]);
        Assert.Equal("organiser", (string?)(await people[0].Http.GetAsync($"/api/submissions/{id}/status").OkAsync())["reasonCode"]);
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/submissions/{id}/decision", new { decision = "approve" }).ProblemAsync(422, "invalid");
        Assert.Equal("APPROVED", (string?)(await DecideAsync("approve", "It is, after all.").OkAsync())["reviewStatus"]);
        var log = (await organizer.Http.GetAsync("/api/audit?table=submissions&limit=200").OkAsync())["items"]!.AsArray();
        Assert.Contains(log, entry => (string?)entry!["new"]?["reason"] == "Not your robot." && (string?)entry["new"]?["review_status"] == "REJECTED");

        // a draft that is discarded keeps its row for audits, and is nowhere else
        var draft = (await contest.BeginAsync(people[0], new { }).OkAsync(201))["submission"]!["id"]!;
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await people[0].Http.DeleteAsync($"/api/submissions/{draft}")).StatusCode);
        Assert.True(await app.QueryAsync<bool>($"SELECT deleted_at IS NOT NULL FROM submissions WHERE id = '{draft}'"));
        await people[0].Http.GetAsync($"/api/submissions/{draft}/status").ProblemAsync(404, "not-found");

        // the file is withdrawn by the organisers: the submission does not count any more
        await organizer.Http.PutAsJsonAsync($"/api/files/{sent["submission"]!["files"]![0]!["id"]}/revocation", new { reason = "It names people." }).OkAsync();
        await app.SettleAsync();
        Assert.Equal("REJECTED", (string?)(await people[0].Http.GetAsync($"/api/submissions/{id}/status").OkAsync())["reviewStatus"]);

        Task<HttpResponseMessage> DecideAsync(string decision, string reason) => organizer.Http.PostAsJsonAsync($"{contest.Path}/submissions/{id}/decision", new { decision, reason });
    }
}
