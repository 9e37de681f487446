using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>The mailbox as a browser and a program see it.</summary>
public sealed class MailboxTests(MailboxTests.SharedApp shared) : IClassFixture<MailboxTests.SharedApp>
{
    private static int Next;

    private readonly PodiumApp _app = shared.App;

    [Fact]
    public async Task The_page_runs_only_its_own_script_and_frames_only_its_own_mails()
    {
        var page = await _app.Http.GetAsync("admin/emulator/mail");
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.StartsWith("default-src 'none'; connect-src 'self'; ", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{HashOf(html, "script")}'; style-src '{HashOf(html, "style")}'; ", policy, StringComparison.Ordinal);
        Assert.Contains("frame-src 'self'; ", policy, StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, "admin/emulator") { Headers = { { "Accept", "text/html" } } };
        Assert.Contains("href=\"/admin/emulator/mail\"", await (await _app.Http.SendAsync(request)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(SmtpTalk.AddressOf(_app).ToString().TrimEnd('/'), (await GetAsync("status")).GetProperty("smtp").GetString());
    }

    [Fact]
    public async Task The_list_is_newest_first_and_can_be_narrowed()
    {
        var (ada, bob) = (Somebody(), Somebody());
        var first = await MailAsync(ada, "Subject: Қатысушы one");
        var second = await MailAsync(bob, "Subject: two");
        var third = await MailAsync(ada, "Subject: three");

        var list = await GetAsync($"mails?to={ada.ToUpperInvariant()}");
        Assert.Equal([third, first], Ids(list));
        Assert.Equal(("three", "app@example.org", ada), (list[0].GetProperty("subject").GetString(), list[0].GetProperty("sender").GetString(), list[0].GetProperty("recipients")[0].GetString()));
        Assert.Equal(_app.Clock.GetUtcNow(), list[0].GetProperty("receivedAt").GetDateTimeOffset());
        Assert.True(list[0].GetProperty("size").GetInt32() > 0);

        Assert.Equal([third], Ids(await GetAsync($"mails?to={ada}&after={first}")));
        Assert.Equal([third], Ids(await GetAsync($"mails?to={ada}&top=1")));
        Assert.Equal([first], Ids(await GetAsync($"mails?search={Uri.EscapeDataString("қАТЫСУШЫ")}")));
        Assert.Equal([second], Ids(await GetAsync($"mails?search={bob[..^4]}")));
        Assert.Equal([], Ids(await GetAsync($"mails?to={ada[1..]}")));
        Assert.Contains(first, Ids(await GetAsync("mails")));
        Assert.Equal(HttpStatusCode.BadRequest, (await _app.Http.GetAsync("admin/emulator/mails?after=yesterday")).StatusCode);
    }

    [Fact]
    public async Task A_mail_is_taken_apart_and_can_be_had_as_it_came()
    {
        const string Mail = """
            From: Podium <app@example.org>
            Subject: =?utf-8?Q?=D0=98=D1=82=D0=BE=D0=B3?=
            Content-Type: multipart/mixed; boundary="a"

            --a
            Content-Type: multipart/alternative; boundary="b"

            --b
            Content-Type: text/plain; charset=utf-8

            plain
            --b
            Content-Type: text/html; charset=utf-8

            <script>parent.alert(1)</script><img src="https://tracker.example/x.png"><a href="https://example.org/verify">verify</a>
            --b--
            --a
            Content-Type: text/html; name="page.html"
            Content-Disposition: attachment; filename="page.html"
            Content-Transfer-Encoding: base64

            PHNjcmlwdD4=
            --a--
            """;
        var id = await MailAsync(Somebody(), Mail.ReplaceLineEndings("\r\n"));

        var mail = await GetAsync($"mails/{id}");
        Assert.Equal(("Итог", "plain"), (mail.GetProperty("subject").GetString(), mail.GetProperty("text").GetString()));
        Assert.Equal("From: Podium <app@example.org>", mail.GetProperty("headers")[0].GetProperty("name").GetString() + ": " + mail.GetProperty("headers")[0].GetProperty("value").GetString());
        var listed = Assert.Single(mail.GetProperty("attachments").EnumerateArray());
        Assert.Equal(("page.html", 8), (listed.GetProperty("name").GetString(), listed.GetProperty("size").GetInt32()));

        var html = await _app.Http.GetAsync($"admin/emulator/mails/{id}/html");
        var policy = Assert.Single(html.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; style-src 'unsafe-inline'; img-src data:; ", policy, StringComparison.Ordinal);
        Assert.Contains("; sandbox ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-scripts", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-same-origin", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(html.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("<a href=\"https://example.org/verify\">", await html.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var raw = await _app.Http.GetAsync($"admin/emulator/mails/{id}/raw");
        Assert.Equal(("message/rfc822", "attachment", $"mail-{id}.eml"), (raw.Content.Headers.ContentType?.MediaType, raw.Content.Headers.ContentDisposition?.DispositionType, raw.Content.Headers.ContentDisposition?.FileName));
        Assert.Equal(Mail.ReplaceLineEndings("\r\n") + "\r\n", await raw.Content.ReadAsStringAsync());

        var attachment = await _app.Http.GetAsync($"admin/emulator/mails/{id}/attachments/0");
        Assert.Equal(("application/octet-stream", "attachment"), (attachment.Content.Headers.ContentType?.MediaType, attachment.Content.Headers.ContentDisposition?.DispositionType));
        Assert.Equal("<script>", await attachment.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_name_or_subject_with_control_characters_harms_nothing()
    {
        var id = await MailAsync(Somebody(), "Subject: =?utf-8?Q?a=00b=0D=0Ac?=\r\nContent-Type: application/x-y; name=\"=?utf-8?Q?a=0D=0AX-Evil:_1=00=22.pdf?=\"\r\n\r\nx");
        Assert.Equal("a b  c", (await GetAsync($"mails/{id}")).GetProperty("subject").GetString());
        var attachment = await _app.Http.GetAsync($"admin/emulator/mails/{id}/attachments/0");
        Assert.Equal(HttpStatusCode.OK, attachment.StatusCode);
        Assert.False(attachment.Headers.Contains("X-Evil") || attachment.Content.Headers.Contains("X-Evil"));
    }

    [Theory]
    [InlineData("mails/999999")]
    [InlineData("mails/one")]
    [InlineData("mails/-1/raw")]
    [InlineData("mails/999999/html")]
    [InlineData("mails/999999/attachments/0")]
    public async Task What_is_unknown_is_a_404_with_a_sentence(string path)
    {
        var answer = await _app.Http.GetAsync($"admin/emulator/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.StartsWith("There is no mail '", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_without_an_HTML_part_or_attachments_has_none_to_give()
    {
        var id = await MailAsync(Somebody(), "Subject: plain\r\n\r\ntext");
        Assert.Equal(HttpStatusCode.NotFound, (await _app.Http.GetAsync($"admin/emulator/mails/{id}/html")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _app.Http.GetAsync($"admin/emulator/mails/{id}/attachments/0")).StatusCode);
    }

    [Theory]
    [InlineData("GET", "mail", null, "rebound.example")]
    [InlineData("GET", "mails", null, "rebound.example")]
    [InlineData("GET", "mails", "https://evil.example", null)]
    [InlineData("GET", "mails/1", "https://evil.example", null)]
    [InlineData("GET", "mails/1/raw", "null", null)]
    [InlineData("GET", "mails/1/html", null, "rebound.example")]
    [InlineData("GET", "mails/1/attachments/0", "https://evil.example", null)]
    [InlineData("DELETE", "mails", "https://evil.example", null)]
    [InlineData("DELETE", "mails", null, null)]
    public async Task A_foreign_page_or_a_bent_name_sees_nothing_and_changes_nothing(string method, string path, string? origin, string? host)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"admin/emulator/{path}");
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (origin is not null) request.Headers.Add("x-podium-admin", "1");
        request.Headers.Host = host;
        Assert.Equal(HttpStatusCode.Forbidden, (await _app.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task All_mails_can_be_thrown_away()
    {
        await using var app = await PodiumApp.StartAsync([typeof(MailTests.Mailing)]);
        using (var talk = await SmtpTalk.GreetAsync(app))
        {
            await talk.MailAsync("ada@example.org", "Subject: one");
            await talk.MailAsync("ada@example.org", "Subject: two");
        }
        using var request = new HttpRequestMessage(HttpMethod.Delete, "admin/emulator/mails") { Headers = { { "x-podium-admin", "1" } } };
        Assert.Equal(2, (await (await app.Http.SendAsync(request)).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("deleted").GetInt32());
        Assert.Empty(await app.MailsAsync());
    }

    private static string Somebody() => $"reader{Interlocked.Increment(ref Next)}@example.org";

    private static IEnumerable<long> Ids(JsonElement list) => list.EnumerateArray().Select(mail => mail.GetProperty("id").GetInt64());

    private static string HashOf(string html, string element)
    {
        var content = html.Split($"<{element}>")[1].Split($"</{element}>")[0];
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
    }

    private Task<JsonElement> GetAsync(string path) => _app.Http.GetFromJsonAsync<JsonElement>($"admin/emulator/{path}");

    private async Task<long> MailAsync(string to, string content)
    {
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.StartsWith("250 ", await talk.MailAsync(to, content), StringComparison.Ordinal);
        return (await _app.MailsAsync(to))[^1].Id;
    }

    public sealed class SharedApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync([typeof(MailTests.Mailing)]);

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
