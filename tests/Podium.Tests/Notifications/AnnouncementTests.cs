using System.Net.Http.Json;
using Podium.Emulator.Mail;
using Podium.Tests.Harness;

namespace Podium.Tests.Notifications;

public sealed class AnnouncementTests
{
    private static readonly object English = new { language = "en", title = "Doors open", body = "Come at nine." };
    private static readonly object Kazakh = new { language = "kk", title = "Есік ашық", body = "Тоғызда келіңіз." };

    [Fact]
    public async Task Everybody_is_told_in_their_own_language_in_the_app_and_by_mail()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var ada = await tenant.PersonAsync();
        var aigerim = await tenant.PersonAsync();
        await aigerim.Http.PatchAsJsonAsync("/api/me", new { language = "kk" }).OkAsync();

        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English, Kazakh }, link = "/news/1" }).OkAsync(202);
        await app.SettleAsync();

        var told = (await ada.Http.GetAsync("/api/me/notifications").OkAsync())["items"]!.AsArray();
        Assert.Equal("Doors open", (string?)Assert.Single(told)!["title"]);
        var mail = (await tenant.MailsAsync(aigerim.Email))[^1];
        Assert.Equal(("announcement", "kk", "Есік ашық"), (mail.Template, mail.Language, mail.Subject));
        Assert.Contains("https://contest.example.org/news/1", mail.Text, StringComparison.Ordinal);
        var sent = (await boss.Http.GetAsync("/api/announcements").OkAsync())["items"]![0]!;
        Assert.Equal(3, (int)sent["recipients"]!);
        Assert.NotNull(sent["finishedAt"]);
    }

    [Fact]
    public async Task A_thousand_people_are_told_in_steps_each_once_though_the_request_is_repeated()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await app.QueryAsync<long>(
            $"""
            WITH people AS (
                INSERT INTO users (tenant_id, id, email, email_key, email_verified_at, first_name, last_name, language, created_at, updated_at)
                SELECT '{tenant.Id}', gen_random_uuid(), 'p' || n || '@example.org', 'p' || n || '@example.org', NULL, 'P', 'N', 'en', '2026-01-01', '2026-01-01'
                FROM generate_series(1, 1300) AS n
                RETURNING 1
            )
            SELECT count(*) FROM people
            """);
        var request = new { id = Guid.NewGuid(), texts = new[] { English } };

        await boss.Http.PostAsJsonAsync("/api/announcements", request).OkAsync(202);
        await boss.Http.PostAsJsonAsync("/api/announcements", request).OkAsync(202);
        await app.SettleAsync();

        Assert.Equal(1301L, await app.QueryAsync<long>("SELECT count(*) FROM notifications"));
        Assert.Equal(1301L, await app.QueryAsync<long>("SELECT count(DISTINCT user_id) FROM notifications"));
        // whose address is not proved gets no mail
        Assert.Equal(1300L, await app.QueryAsync<long>("SELECT count(*) FROM notification_deliveries WHERE template = 'announcement' AND status = 'dropped'"));
        Assert.Single(await tenant.MailsAsync(boss.Email), mail => mail.Template == "announcement");
    }

    [Fact]
    public async Task Only_who_holds_the_role_is_told()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English }, role = "ADMINISTRATOR" }).OkAsync(202);
        await app.SettleAsync();

        Assert.Equal(0, (int)(await person.Http.GetAsync("/api/me/notifications/count").OkAsync())["unread"]!);
        Assert.Equal(1, (int)(await boss.Http.GetAsync("/api/me/notifications/count").OkAsync())["unread"]!);
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English }, role = "NOBODY" }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "de", title = "x", body = "y" } } }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English, English } }).ProblemAsync(422, "invalid");
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English }, link = "javascript:alert(1)" }).ProblemAsync(422, "invalid");
        await person.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English } }).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task Mails_wait_for_the_end_of_quiet_hours_and_the_app_does_not()
    {
        await using var app = await PodiumApp.StartAsync(); // Monday 08:00 UTC
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PutAsJsonAsync("/api/me/notification-preferences", new { quietFrom = "22:00", quietUntil = "09:30", kinds = Array.Empty<object>() }).OkAsync();

        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English } }).OkAsync(202);
        await app.SettleAsync();

        Assert.Equal(1, (int)(await boss.Http.GetAsync("/api/me/notifications/count").OkAsync())["unread"]!);
        Assert.DoesNotContain(await tenant.MailsAsync(boss.Email), mail => mail.Template == "announcement");
        await app.AdvanceAsync(TimeSpan.FromMinutes(89));
        Assert.DoesNotContain(await tenant.MailsAsync(boss.Email), mail => mail.Template == "announcement");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Contains(await tenant.MailsAsync(boss.Email), mail => mail.Template == "announcement");
    }

    [Fact]
    public async Task A_digest_gathers_the_day_at_its_hour_and_says_each_thing_once()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["OrderDigests"] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PutAsJsonAsync("/api/me/notification-preferences", new { digestAt = "18:00", kinds = new[] { new { kind = "announcement", inApp = true, email = "digest" } } }).OkAsync();
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English } }).OkAsync(202);
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "en", title = "Lunch", body = "At one." } } }).OkAsync(202);

        await app.AdvanceAsync(TimeSpan.FromHours(9));
        Assert.DoesNotContain(await tenant.MailsAsync(boss.Email), mail => mail.Template is "digest" or "announcement");
        await app.AdvanceAsync(TimeSpan.FromHours(1.5));
        var digest = Assert.Single(await tenant.MailsAsync(boss.Email), mail => mail.Template == "digest");
        Assert.Contains("Doors open", digest.Text, StringComparison.Ordinal);
        Assert.Contains("Lunch", digest.Text, StringComparison.Ordinal);
        await app.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Single(await tenant.MailsAsync(boss.Email), mail => mail.Template == "digest");
    }

    [Fact]
    public async Task Whoever_wants_no_mail_gets_none_and_reads_in_the_app()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["OrderDigests"] });
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var stranger = await tenant.PersonAsync();
        await boss.Http.PutAsJsonAsync("/api/me/notification-preferences", new { kinds = new[] { new { kind = "announcement", inApp = true, email = "off" } } }).OkAsync();
        await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { English } }).OkAsync(202);
        await app.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.DoesNotContain(await tenant.MailsAsync(boss.Email), mail => mail.Template is "digest" or "announcement");
        var again = await tenant.SignInAsync(boss.Email); // the token's quarter of an hour is long over
        var other = await tenant.SignInAsync(stranger.Email);
        var id = (string)(await again.Http.GetAsync("/api/me/notifications?unread=true").OkAsync())["items"]![0]!["id"]!;
        await other.Http.PostAsync($"/api/me/notifications/{id}/read", null).ProblemAsync(404, "not-found");
        await again.Http.PostAsync($"/api/me/notifications/{id}/read", null).OkAsync(204);
        Assert.Equal(0, (int)(await again.Http.GetAsync("/api/me/notifications/count").OkAsync())["unread"]!);
        await again.Http.PutAsJsonAsync("/api/me/notification-preferences", new { quietFrom = "22:00" }).ProblemAsync(422, "invalid");
        await again.Http.PutAsJsonAsync("/api/me/notification-preferences", new { kinds = new[] { new { kind = "gossip", inApp = true, email = "off" } } }).ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task A_mail_server_that_fails_for_a_while_gets_the_mail_later_once()
    {
        var fails = true;
        await using var app = await PodiumApp.StartAsync(new AppOptions { Mail = new MailOptions { Receive = _ => Volatile.Read(ref fails) ? Reception.TryLater : Reception.Accept } });
        var tenant = await TestTenant.CreateAsync(app);
        await app.SettleAsync();
        Assert.Empty(await tenant.MailsAsync(tenant.AdministratorEmail));
        Volatile.Write(ref fails, false);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Single(await tenant.MailsAsync(tenant.AdministratorEmail));
    }

    [Fact]
    public async Task A_tenant_says_it_in_its_own_words()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PutAsJsonAsync("/api/notification-templates/account-verify/en", new { subject = "Welcome!", text = "Hi {{name}}, go to\n\n{{link}}" }).OkAsync();
        await boss.Http.PutAsJsonAsync("/api/notification-templates/account-verify/en", new { subject = "Welcome!", text = "No link" }).ProblemAsync(422, "invalid");
        await boss.Http.PutAsJsonAsync("/api/notification-templates/account-verify/en", new { subject = "{{password}}", text = "{{link}}" }).ProblemAsync(422, "invalid");
        await boss.Http.PutAsJsonAsync("/api/notification-templates/no-such/en", new { subject = "x", text = "x" }).ProblemAsync(404, "not-found");
        await boss.Http.PutAsJsonAsync("/api/notification-templates/account-verify/de", new { subject = "x", text = "{{link}}" }).ProblemAsync(404, "not-found");

        var person = await tenant.PersonAsync();
        Assert.Equal("Welcome!", (await tenant.MailsAsync(person.Email))[0].Subject);
        await person.Http.GetAsync("/api/notification-deliveries").ProblemAsync(403, "forbidden");
        using var deliveries = await boss.Http.GetAsync($"/api/notification-deliveries?userId={person.Id}");
        Assert.Contains("\"status\":\"sent\"", await deliveries.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await boss.Http.DeleteAsync("/api/notification-templates/account-verify/en").OkAsync(204);
        await boss.Http.DeleteAsync("/api/notification-templates/account-verify/en").ProblemAsync(404, "not-found");
        var other = await tenant.PersonAsync();
        Assert.StartsWith("Confirm", (await tenant.MailsAsync(other.Email))[0].Subject, StringComparison.Ordinal);
    }
}
