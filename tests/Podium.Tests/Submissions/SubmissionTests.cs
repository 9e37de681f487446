using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Podium.Tests.Files;
using Podium.Tests.Harness;
using Podium.Tests.Platform.Files;
using static Podium.Tests.Submissions.HandInContest;

namespace Podium.Tests.Submissions;

/// <summary>Handing in through the public door: drafts, versions, attempts, receipts, and who may do what.</summary>
public sealed class SubmissionTests(SharedApp shared)
{
    [Fact]
    public async Task A_version_is_drafted_handed_in_replaced_restored_and_withdrawn()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 2, new { @for = "competition", kinds = new[] { "pdf", "png" }, minFiles = 1, maxFiles = 2, inTotal = 5 });
        var (ada, registration) = contest.Entries[0];
        var eve = contest.Entries[1].Person;
        var stranger = await (await TestTenant.CreateAsync(app)).AdministratorAsync();
        await contest.Boss.Http.PostAsJsonAsync($"{contest.Path}/forms", new { purpose = "submission", fields = new object[] { new { name = "title", type = "text", required = true, max = 20, label = new { en = "Title" } } } }).OkAsync(201);

        var possible = await ada.Http.GetAsync($"{contest.Path}/own-submission").OkAsync();
        Assert.Equal((true, 5, contest.Ends, registration), ((bool)possible["open"]!, (int)possible["attempts"]!["left"]!, (DateTimeOffset)possible["dueAt"]!, (Guid)possible["registrationId"]!));

        // a draft may be incomplete, and there is one at a time; the same request again is the same draft
        var id = Guid.CreateVersion7(app.Clock.GetUtcNow());
        var draft = await contest.BeginAsync(ada, new { id }).OkAsync(201);
        Assert.Equal(("draft", "PENDING"), StandsAt(draft));
        await contest.BeginAsync(ada, new { id }).OkAsync(201);
        await contest.BeginAsync(ada, new { }).ProblemAsync(409, "draft-exists");
        await contest.BeginAsync(eve, new { id }).ProblemAsync(409, "id-taken");
        Assert.Equal("/entry/colour", (string?)(await ada.Http.PatchAsJsonAsync($"/api/submissions/{id}", new { entry = new { colour = "red" } }).ProblemAsync(422, "invalid"))["errors"]![0]!["pointer"]);
        var missing = await ada.Http.PostAsync($"/api/submissions/{id}/handing-in", null).ProblemAsync(422, "invalid");
        Assert.Equal("/entry/title", (string?)missing["errors"]![0]!["pointer"]);
        await ada.Http.PatchAsJsonAsync($"/api/submissions/{id}", new { entry = new { title = "Our robot" } }).OkAsync();
        Assert.Equal("/files", (string?)(await ada.Http.PostAsync($"/api/submissions/{id}/handing-in", null).ProblemAsync(422, "invalid"))["errors"]![0]!["pointer"]);
        await ada.Http.IfMatchAsync(HttpMethod.Patch, $"/api/submissions/{id}", "\"1\"", new { entry = new { title = "x" } }).ProblemAsync(409, "stale");

        // files come straight to storage; what is over the count is refused, what was taken back makes room
        var first = Guid.CreateVersion7(app.Clock.GetUtcNow());
        var added = await ada.Http.PostAsJsonAsync($"/api/submissions/{id}/files", new { id = first, name = "report.pdf", bytes = Pdf.Length }).OkAsync(201);
        await ada.Http.PostAsJsonAsync($"/api/submissions/{id}/files", new { id = first, name = "report.pdf", bytes = Pdf.Length }).OkAsync(201);
        var second = (await ada.Http.PostAsJsonAsync($"/api/submissions/{id}/files", new { name = "drawing.png" }).OkAsync(201))["submission"]!["files"]!.AsArray().Single(file => (string?)file!["name"] == "drawing.png")!["id"]!;
        await ada.Http.PostAsJsonAsync($"/api/submissions/{id}/files", new { name = "more.pdf" }).ProblemAsync(409, "too-many-files");
        await ada.Http.DeleteAsync($"/api/submissions/{id}/files/{second}").OkAsync();
        await ada.Http.DeleteAsync($"/api/submissions/{id}/files/{second}").ProblemAsync(404, "not-found");
        await PutAsync(added, Pdf);
        await app.SettleAsync();
        var handed = await ada.Http.PostAsync($"/api/submissions/{id}/handing-in", null).OkAsync();
        Assert.Equal(("submitted", "APPROVED"), StandsAt(handed));
        Assert.Equal((4, 1), ((int)handed["attempts"]!["left"]!, (int)handed["submission"]!["number"]!));
        await ada.Http.PostAsync($"/api/submissions/{id}/handing-in", null).OkAsync();
        await ada.Http.PatchAsJsonAsync($"/api/submissions/{id}", new { entry = new { title = "Changed" } }).ProblemAsync(409, "submission-not-draft");
        await ada.Http.DeleteAsync($"/api/submissions/{id}").ProblemAsync(409, "submission-not-draft");

        // it is its team's and the organisers' alone
        var link = await contest.Boss.Http.PostAsync($"/api/submissions/{id}/files/{first}/download", null).OkAsync();
        Assert.Equal(Pdf, await Client.Http.GetByteArrayAsync((string)link["url"]!));
        await ada.Http.PostAsync($"/api/submissions/{id}/files/{first}/download", null).OkAsync();
        await ada.Http.PostAsync($"/api/submissions/{id}/files/{second}/download", null).ProblemAsync(404, "not-found");
        foreach (var other in new[] { eve, stranger })
        {
            await other.Http.GetAsync($"/api/submissions/{id}").ProblemAsync(404, "not-found");
            await other.Http.GetAsync($"/api/submissions/{id}/status").ProblemAsync(404, "not-found");
            await other.Http.GetAsync($"/api/submissions/{id}/stream").ProblemAsync(404, "not-found");
            await other.Http.GetAsync($"/api/submissions/{id}/receipt").ProblemAsync(404, "not-found");
            await other.Http.PostAsync($"/api/submissions/{id}/files/{first}/download", null).ProblemAsync(404, "not-found");
            await other.Http.PostAsync($"/api/submissions/{id}/restoration", null).ProblemAsync(404, "not-found");
            await other.Http.PostAsJsonAsync($"/api/submissions/{id}/withdrawal", new { }).ProblemAsync(404, "not-found");
        }

        // a second version takes the first one's place; the first can be made to count again, and that takes no attempt
        var newer = await contest.SendAsync(ada, Pdf, new { submit = true, entry = new { title = "Second" }, files = new[] { new { name = "second.pdf", sha256 = Convert.ToHexStringLower(SHA256.HashData(Pdf)) } } });
        Assert.Equal((("submitted", "APPROVED"), 2), (StandsAt(newer), (int)newer["submission"]!["number"]!));
        Assert.Equal(("superseded", "APPROVED"), StandsAt(await ReadAsync(ada, id)));
        var restored = await ada.Http.PostAsync($"/api/submissions/{id}/restoration", null).OkAsync(201);
        Assert.Equal((("submitted", "APPROVED"), 3, id, "Our robot"), (StandsAt(restored), (int)restored["submission"]!["number"]!, (Guid)restored["submission"]!["restoredFrom"]!, (string)restored["submission"]!["entry"]!["title"]!));
        Assert.Equal(3, (int)restored["attempts"]!["left"]!);
        Assert.Equal(["superseded", "superseded", "submitted"], (await ada.Http.GetAsync("/api/me/submissions").OkAsync())["items"]!.AsArray().OrderBy(item => (int)item!["number"]!).Select(item => (string)item!["status"]!));

        // taken back, an attempt that was used stays used
        var gone = await ada.Http.PostAsJsonAsync($"/api/submissions/{restored["submission"]!["id"]}/withdrawal", new { reason = "A mistake." }).OkAsync();
        Assert.Equal((("withdrawn", "APPROVED"), 3), (StandsAt(gone), (int)gone["attempts"]!["left"]!));
        Assert.Equal([$"Ada Number{0}", $"Ada Number{1}"], (await contest.MissingAsync()).Order());
        await ada.Http.PostAsJsonAsync($"/api/submissions/{id}/withdrawal", new { }).ProblemAsync(409, "submission-withdrawn");
        var discarded = await contest.BeginAsync(ada, new { }).OkAsync(201);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.Http.DeleteAsync($"/api/submissions/{discarded["submission"]!["id"]}")).StatusCode);
        await ada.Http.GetAsync($"/api/submissions/{discarded["submission"]!["id"]}").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task A_receipt_says_what_came_when_and_nobody_can_make_one()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 1);
        var ada = contest.Entries[0].Person;
        var asked = await contest.BeginAsync(ada, new { submit = true, files = new[] { new { name = "report.pdf" } } }).OkAsync(201);
        var id = asked["submission"]!["id"]!;
        await ada.Http.GetAsync($"/api/submissions/{id}/receipt").ProblemAsync(409, "no-receipt");
        await PutAsync(asked, Pdf);
        await app.SettleAsync();

        var receipt = (string)(await ada.Http.GetAsync($"/api/submissions/{id}/receipt").OkAsync())["text"]!;
        var verified = await contest.Tenant.Http.PostAsJsonAsync("/api/receipts/verification", new { receipt }).OkAsync();
        Assert.True((bool)verified["valid"]!);
        var said = verified["statement"]!;
        Assert.Equal((id.ToString(), 1, app.Clock.GetUtcNow(), false), (said["submissionId"]!.ToString(), (int)said["number"]!, (DateTimeOffset)said["arrivedAt"]!, (bool)said["late"]!));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(Pdf)), Pdf.Length), ((string)said["files"]![0]!["sha256"]!, (int)said["files"]![0]!["bytes"]!));

        // anybody can check it by the published keys alone
        var keys = (await contest.Tenant.Http.GetAsync("/api/receipts/keys").OkAsync())["keys"]!.AsArray();
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64((string)keys[0]!["x"]!), Y = Base64((string)keys[0]!["y"]!) } });
        var parts = receipt.Split('.');
        Assert.True(key.VerifyData(System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64(parts[2]), HashAlgorithmName.SHA256));

        foreach (var forged in new[] { receipt[..^6] + "AAAAAA", $"{parts[0]}.{parts[1][..^4]}AAAA.{parts[2]}", ada.AccessToken, "a.b.c" })
            Assert.False((bool)(await contest.Tenant.Http.PostAsJsonAsync("/api/receipts/verification", new { receipt = forged }).OkAsync())["valid"]!);
        var elsewhere = await TestTenant.CreateAsync(app);
        Assert.False((bool)(await elsewhere.Http.PostAsJsonAsync("/api/receipts/verification", new { receipt }).OkAsync())["valid"]!);
        Assert.Empty((await elsewhere.Http.GetAsync("/api/receipts/keys").OkAsync())["keys"]!.AsArray());

        static byte[] Base64(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
    }

    [Fact]
    public async Task Fifty_at_once_break_no_limit_and_failed_uploads_give_attempts_back()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 1, new { @for = "competition", perDay = 4, inTotal = 6, inFlight = 3 });
        var ada = contest.Entries[0].Person;
        var asked = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var answer = await contest.BeginAsync(ada, new { submit = true, files = new[] { new { name = "report.pdf" } } });
            return (answer.StatusCode, Json: await answer.JsonAsync());
        }));
        var begun = asked.Where(answer => answer.StatusCode == HttpStatusCode.Created).Select(answer => answer.Json).ToList();
        Assert.Equal(3, begun.Count);
        Assert.All(asked.Where(answer => answer.StatusCode != HttpStatusCode.Created), answer => Assert.Equal("/api/problems/attempts-used", (string?)answer.Json["type"]));
        Assert.Equal((3, 1, 0), Left(await ReadAsync(ada, begun[0]["submission"]!["id"]!)));

        // one is refused, one is taken back, one comes: two attempts are there again
        await PutAsync(begun[0], [.. "MZ"u8, .. new byte[300]]);
        await ada.Http.PostAsJsonAsync($"/api/submissions/{begun[1]["submission"]!["id"]}/withdrawal", new { }).OkAsync();
        await PutAsync(begun[2], Pdf);
        await app.SettleAsync();
        var refused = await ReadAsync(ada, begun[0]["submission"]!["id"]!);
        Assert.Equal((("submitted", "REJECTED"), "kind-not-allowed"), (StandsAt(refused), (string)refused["submission"]!["reasonCode"]!));
        Assert.NotEmpty((string)refused["submission"]!["files"]![0]!["reasons"]![0]!["message"]!);
        Assert.Equal((5, 3, 3), Left(refused));
        Assert.Equal(("withdrawn", "PENDING"), StandsAt(await ReadAsync(ada, begun[1]["submission"]!["id"]!)));
        Assert.Equal(("submitted", "APPROVED"), StandsAt(await ReadAsync(ada, begun[2]["submission"]!["id"]!)));

        // of the fifty, one counts whatever came of the others
        Assert.Equal(1L, await app.QueryAsync<long>($"SELECT count(*) FROM submissions WHERE competition_id = '{contest.Id}' AND status = 'submitted' AND review_status = 'APPROVED'"));
        for (var more = 0; more < 3; more++) await contest.SendAsync(ada);
        Assert.Contains("of this day", (string?)(await contest.BeginAsync(ada, new { submit = true, files = new[] { new { name = "report.pdf" } } }).ProblemAsync(409, "attempts-used"))["detail"], StringComparison.Ordinal);

        static (int, int, int) Left(JsonNode standing) => ((int)standing["attempts"]!["left"]!, (int)standing["attempts"]!["leftToday"]!, (int)standing["attempts"]!["leftInFlight"]!);
    }

    public static TheoryData<string, string> Malicious => new() { { "program", "kind-not-allowed" }, { "bomb", "archive-bomb" }, { "large", "too-large" }, { "empty", "empty" }, { "truncated", "truncated" } };

    [Fact]
    public async Task Malicious_and_broken_files_are_refused_with_a_reason_in_the_readers_language()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 1, new { @for = "competition", kinds = new[] { "pdf", "zip" }, maxBytes = 100_000 });
        var ada = contest.Entries[0].Person;
        await ada.Http.PatchAsJsonAsync("/api/me", new { language = "kk" }).OkAsync();
        foreach (var (what, code) in Malicious.Select(row => row.Data))
        {
            byte[] content = what switch
            {
                "program" => [.. "MZ"u8, .. new byte[300]],
                "bomb" => ZipFileWriter.Zip(new ZipItem("zeros", new byte[8 << 20])),
                "large" => [.. Pdf, .. new byte[100_000]],
                "empty" => [],
                _ => Pdf[..^40],
            };
            var standing = await contest.SendAsync(ada, content);
            Assert.Equal((("submitted", "REJECTED"), code), (StandsAt(standing), (string)standing["submission"]!["reasonCode"]!));
        }
        await contest.BeginAsync(ada, new { submit = true, files = new[] { new { name = "large.pdf", bytes = 100_001 } } }).ProblemAsync(422, "invalid");
        var mails = await contest.Tenant.MailsAsync(ada.Email);
        var told = mails.Last(mail => mail.Subject.Contains("есептелмейді", StringComparison.Ordinal));
        Assert.Contains("report.pdf", told.Text, StringComparison.Ordinal);
        Assert.Equal(["Ada Number0"], await contest.MissingAsync());
    }

    [Fact]
    public async Task Only_the_captain_hands_in_where_the_competition_wants_it_so()
    {
        var app = await shared.AppAsync();
        var contest = await CreateAsync(app, 0);
        var now = app.Clock.GetUtcNow();
        var made = await contest.Boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = "Cup of teams",
            type = "team",
            maxTeamSize = 3,
            registrationStart = now.AddDays(-1),
            registrationEnd = now.AddDays(1),
            competitionStart = now.AddDays(2),
            competitionEnd = now.AddDays(10),
            configuration = new { submissions = new { @for = "rounds", by = "captain" } },
        }).OkAsync(201);
        var teams = new HandInContest { App = app, Tenant = contest.Tenant, Boss = contest.Boss, Id = (Guid)made["id"]! };
        await teams.MoveAsync("published");
        var (captain, member, waiting) = (await teams.Tenant.PersonAsync(), await teams.Tenant.PersonAsync(), await teams.Tenant.PersonAsync());
        var team = (Guid)(await captain.Http.PostAsJsonAsync($"{teams.Path}/teams", new { name = "Foxes" }).OkAsync(201))["id"]!;
        var invited = await captain.Http.PostAsJsonAsync($"/api/teams/{team}/invitations", new { email = member.Email }).OkAsync(201);
        await member.Http.PostAsync($"/api/invitations/{invited["id"]}/acceptance", null).OkAsync();
        await captain.Http.PostAsJsonAsync($"{teams.Path}/registrations", new { teamId = team }).OkAsync(201);
        await teams.BeginAsync();
        var round = await teams.Boss.Http.PostAsJsonAsync($"{teams.Path}/rounds", new { number = 1, name = "Idea", opensAt = now.AddHours(-1), closesAt = now.AddDays(1) }).OkAsync(201);
        var later = await teams.Boss.Http.PostAsJsonAsync($"{teams.Path}/rounds", new
        {
            number = 2,
            name = "Final",
            opensAt = now.AddDays(1),
            closesAt = now.AddDays(2),
            configuration = new { submissions = new { @for = "rounds", kinds = new[] { "zip" } } },
        }).OkAsync(201);
        var roundId = (Guid)round["id"]!;

        await teams.BeginAsync(member, new { roundId }).ProblemAsync(403, "forbidden");
        await teams.BeginAsync(waiting, new { roundId }).ProblemAsync(403, "not-taking-part");
        await teams.BeginAsync(captain, new { }).ProblemAsync(409, "submissions-not-taken");
        await teams.BeginAsync(captain, new { roundId = Guid.NewGuid() }).ProblemAsync(422, "invalid");
        await teams.BeginAsync(captain, new { roundId = (Guid)later["id"]! }).ProblemAsync(409, "submissions-closed");
        await teams.BeginAsync(captain, new { roundId, registrationId = Guid.NewGuid() }).ProblemAsync(422, "invalid");
        Assert.Equal("zip", (string?)(await member.Http.GetAsync($"{teams.Path}/own-submission?roundId={later["id"]}").OkAsync())["rules"]!["kinds"]![0]);
        var sent = await teams.SendAsync(captain, request: new { roundId, submit = true, files = new[] { new { name = "idea.pdf" } } });
        Assert.Equal(("submitted", "APPROVED"), StandsAt(sent));
        var id = sent["submission"]!["id"]!;
        await ReadAsync(member, id);
        await member.Http.PostAsJsonAsync($"/api/submissions/{id}/withdrawal", new { }).ProblemAsync(403, "forbidden");
        await member.Http.PostAsync($"/api/submissions/{id}/restoration", null).ProblemAsync(403, "forbidden");

        // who leaves the team sees nothing of it any more, and a team that drops out hands in nothing
        await teams.Boss.Http.DeleteAsync($"/api/teams/{team}/members/{member.Id}").OkAsync(204);
        await member.Http.GetAsync($"/api/submissions/{id}").ProblemAsync(404, "not-found");
        await captain.Http.PostAsJsonAsync($"{teams.Path}/registrations/{sent["submission"]!["registrationId"]}/withdrawal", new { }).OkAsync();
        await teams.BeginAsync(captain, new { roundId }).ProblemAsync(403, "not-taking-part");
        // a stranger's file cannot be told by asking
        await captain.Http.GetAsync($"/api/submissions/{Guid.NewGuid()}").ProblemAsync(404, "not-found");
    }
}
