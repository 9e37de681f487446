using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Npgsql;
using Podium.Privacy;
using Podium.Tests.Harness;

namespace Podium.Tests.Privacy;

public sealed class OwnDataTests(SharedApp shared)
{
    [Fact]
    public async Task Every_column_that_points_at_a_person_is_spoken_for()
    {
        var app = await shared.AppAsync();
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        // a foreign key to users, or a name that says so; who last changed a row is in the audit log, which is exported
        await using var command = source.CreateCommand(
            """
            SELECT relname || '.' || attname
            FROM pg_class
            JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'tenant_id'
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
              -- who sits an examination has no account: they are a number and a name at their centre
              AND NOT (relname LIKE 'exam\_%' AND attname = 'candidate_id')
              AND (EXISTS (SELECT FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'f' AND confrelid = 'users'::regclass AND attnum = ANY (conkey))
                   OR atttypid = 'uuid'::regtype AND attname ~ '^(.*_)?(user|person|actor|participant|member|voter|judge|candidate|owner|author|recipient)_id$')
            ORDER BY 1
            """);
        var pointing = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) pointing.Add(reader.GetString(0));
        }
        var spokenFor = OwnData.All.SelectMany(what => what.Columns).ToList();
        Assert.Contains("notifications.user_id", pointing);
        Assert.Empty(pointing.Except(spokenFor));
        Assert.Empty(spokenFor.Except(pointing).Except(["users.id"]));
    }

    [Fact]
    public void Every_part_has_a_name_of_its_own_and_shows_nothing_that_opens_anything()
    {
        Assert.Equal(OwnData.All.Count, OwnData.All.Select(what => what.Name).Distinct().Count());
        Assert.All(OwnData.All, what => Assert.EndsWith(".", what.Description, StringComparison.Ordinal));
        Assert.All(OwnData.All, what => Assert.DoesNotMatch(@"SELECT \*|_hash\b(?! IS NOT NULL)|totp_secret|code_hash", what.Sql));
    }

    [Fact]
    public async Task A_person_gets_all_that_is_kept_about_them_for_a_week_and_nobody_else_does()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["ExportSweep"] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync("ada@example.org");
        await ada.Http.PatchAsJsonAsync("/api/me", new { phone = "+77010000000", username = "ada" }).OkAsync();
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "en", title = "Doors open", body = "Come." } } }).OkAsync(202);
        await app.SettleAsync();

        await ada.Http.GetAsync("/api/me/export").ProblemAsync(404, "not-found");
        await ada.Http.GetAsync("/api/me/export/content").ProblemAsync(404, "not-found");
        Assert.Equal("pending", (string?)(await ada.Http.PostAsync("/api/me/export", null).OkAsync(202))["status"]);
        await ada.Http.PostAsync("/api/me/export", null).OkAsync(202); // once more is the same
        await app.SettleAsync();

        var ready = await ada.Http.GetAsync("/api/me/export").OkAsync();
        Assert.Equal("ready", (string?)ready["status"]);
        var data = await FetchAsync(ada);
        Assert.Equal(ada.Id, (Guid)data["person"]!);
        var profile = data["data"]!["profile"]!["rows"]![0]!;
        Assert.Equal(("ada@example.org", "+77010000000", "ada"), ((string)profile["email"]!, (string)profile["phone"]!, (string)profile["username"]!));
        Assert.Equal("Doors open", (string?)data["data"]!["notifications"]!["rows"]![0]!["title"]);
        Assert.Single(data["data"]!["sessions"]!["rows"]!.AsArray());
        Assert.Contains(data["data"]!["changes"]!["rows"]!.AsArray(), row => (string?)row!["action"] == "update" && (string?)row["table_name"] == "users");
        Assert.Equal(OwnData.All.Select(what => what.Name), data["data"]!.AsObject().Select(part => part.Key));
        Assert.DoesNotContain(boss.Email, data.ToJsonString(), StringComparison.Ordinal);
        Assert.Single(await tenant.MailsAsync(ada.Email), mail => mail.Template == "export-ready");

        await boss.Http.GetAsync("/api/me/export/content").ProblemAsync(404, "not-found");
        await tenant.Http.GetAsync("/api/me/export/content").ProblemAsync(401, "sign-in-required");

        // an order that comes again makes nothing anew
        var order = new ServiceBusMessage($$"""{"userId":"{{ada.Id}}","exportId":"{{Guid.CreateVersion7()}}"}""") { Subject = "own-data", ApplicationProperties = { ["tenant"] = tenant.Id.ToString() } };
        await app.Bus.CreateSender("notifications").SendMessageAsync(order);
        await app.SettleAsync();
        Assert.Single(app.Storage.GetBlobContainerClient("exports").GetBlobs());

        // after the hour it is made anew, after the week it is gone
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        ada = await tenant.SignInAsync(ada.Email);
        Assert.Equal("pending", (string?)(await ada.Http.PostAsync("/api/me/export", null).OkAsync(202))["status"]);
        await app.SettleAsync();
        Assert.Equal(2, (await FetchAsync(ada))["data"]!["sessions"]!["rows"]!.AsArray().Count);
        await app.AdvanceAsync(TimeSpan.FromDays(8.5));
        ada = await tenant.SignInAsync(ada.Email);
        Assert.Equal("expired", (string?)(await ada.Http.GetAsync("/api/me/export").OkAsync())["status"]);
        await ada.Http.GetAsync("/api/me/export/content").ProblemAsync(404, "not-found");
        Assert.Empty(app.Storage.GetBlobContainerClient("exports").GetBlobs());
    }

    private static async Task<JsonNode> FetchAsync(TestPerson person)
    {
        using var answer = await person.Http.GetAsync("/api/me/export/content");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        await using var gzip = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        return (await JsonNode.ParseAsync(gzip))!;
    }
}
