using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Podium.Emulator.Mail;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class MailTests(MailTests.SharedApp shared) : IClassFixture<MailTests.SharedApp>
{
    private const int LargestMail = 100_000;
    private const string From = "MAIL FROM:<app@example.org>";

    private static int Next;

    private readonly PodiumApp _app = shared.App;

    [Theory]
    [InlineData("503", "MAIL FROM:<a@b.c>")]
    [InlineData("503", "RCPT TO:<a@b.c>")]
    [InlineData("503", "DATA")]
    [InlineData("503", "AUTH PLAIN AHgAeQ==")]
    [InlineData("250 503", "HELO test", "AUTH PLAIN AHgAeQ==")]
    [InlineData("250 503 503", "EHLO test", "RCPT TO:<a@b.c>", "DATA")]
    [InlineData("250 250 503", "EHLO test", From, "DATA")]
    [InlineData("250 250 503", "EHLO test", From, From)]
    [InlineData("250 250 250 250 503", "EHLO test", From, "RCPT TO:<a@b.c>", "RSET", "DATA")]
    [InlineData("250 250 250 250 503", "EHLO test", From, "RCPT TO:<a@b.c>", "EHLO again", "DATA")]
    [InlineData("250 250 503", "EHLO test", From, "AUTH PLAIN AHgAeQ==")]
    [InlineData("250 235 503", "EHLO test", "AUTH PLAIN AHgAeQ==", "AUTH PLAIN AHgAeQ==")]
    public Task What_comes_in_the_wrong_order_is_refused(string codes, params string[] lines) => AnswersAsync(codes, lines);

    [Theory]
    [InlineData("500", "HALLO")]
    [InlineData("500", "")]
    [InlineData("500", "MAILFROM:<a@b.c>")]
    [InlineData("500", "NOOP\t")]
    [InlineData("502", "STARTTLS")]
    [InlineData("502", "expn list")]
    [InlineData("502", "BDAT 10 LAST")]
    [InlineData("252", "VRFY somebody")]
    [InlineData("250", "noop whatever")]
    [InlineData("501 501 501", "EHLO", "HELO ", "QUIT now")]
    [InlineData("221", "quit")]
    public Task Commands_that_are_unknown_or_not_offered_are_said_to_be(string codes, params string[] lines) => AnswersAsync(codes, lines);

    [Theory]
    [InlineData("250", "MAIL FROM:<>")]
    [InlineData("250", "mail from:<app@example.org> ")]
    [InlineData("250", "MAIL FROM:<app@example.org> SIZE=100000 BODY=8BITMIME AUTH=<>")]
    [InlineData("250", "MAIL FROM:<\"a b>\\\"c\"@example.org>")]
    [InlineData("250", "MAIL FROM:<app@[127.0.0.1]>")]
    [InlineData("250", "MAIL FROM:<жюри@пример.kz> SMTPUTF8")]
    [InlineData("501", "MAIL")]
    [InlineData("501", "MAIL FROM: <app@example.org>")]
    [InlineData("501", "MAIL FROM:app@example.org")]
    [InlineData("501", "MAIL FROM:<app@example.org>SIZE=1")]
    [InlineData("501", "MAIL FROM:<app@example.org> SIZE=many")]
    [InlineData("501", "MAIL FROM:<app@example.org> SIZE=1 SIZE=2")]
    [InlineData("501", "MAIL FROM:<app@example.org> BODY=9BIT")]
    [InlineData("501", "MAIL FROM:<app@example.org> SMTPUTF8=yes")]
    [InlineData("552", "MAIL FROM:<app@example.org> SIZE=100001")]
    [InlineData("552", "MAIL FROM:<app@example.org> SIZE=99999999999999999999")]
    [InlineData("553", "MAIL FROM:<жюри@пример.kz>")]
    [InlineData("553", "MAIL FROM:<app>")]
    [InlineData("553", "MAIL FROM:<app@-example.org>")]
    [InlineData("553", "MAIL FROM:<a..b@example.org>")]
    [InlineData("555", "MAIL FROM:<app@example.org> RET=HDRS")]
    public Task A_sender_is_an_address_with_parameters_that_were_offered(string code, string line) => AnswersAsync($"250 {code}", "EHLO test", line);

    [Theory]
    [InlineData("250", "RCPT TO:<ada+judge@mail.example.org>")]
    [InlineData("250", "RCPT TO:<Postmaster>")]
    [InlineData("501", "RCPT TO:")]
    [InlineData("501", "RCPT TO:<ada@example.org")]
    [InlineData("553", "RCPT TO:<>")]
    [InlineData("553", "RCPT TO:<ada>")]
    [InlineData("553", "RCPT TO:<ada@example..org>")]
    [InlineData("553", "RCPT TO:<@relay.example:ada@example.org>")]
    [InlineData("553", "RCPT TO:<айгүл@example.kz>")]
    [InlineData("555", "RCPT TO:<ada@example.org> NOTIFY=NEVER")]
    public Task A_recipient_is_an_address(string code, string line) => AnswersAsync($"250 250 {code}", "EHLO test", From, line);

    [Fact]
    public Task After_HELO_there_are_no_parameters() => AnswersAsync("250 555", "HELO test", From + " SIZE=1");

    [Theory]
    [InlineData("235", "AUTH PLAIN AHgAeQ==")]
    [InlineData("334 235", "AUTH PLAIN", "AHgAeQ==")]
    [InlineData("334 334 235", "AUTH LOGIN", "eA==", "eQ==")]
    [InlineData("334 235", "auth login eA==", "eQ==")]
    [InlineData("334 501 250", "AUTH LOGIN", "*", "NOOP")]
    [InlineData("334 501 250", "AUTH PLAIN", "not base64!", "NOOP")]
    [InlineData("504", "AUTH CRAM-MD5")]
    public Task Whoever_signs_in_is_welcome(string codes, params string[] lines) => AnswersAsync($"250 {codes}", ["EHLO test", .. lines]);

    [Fact]
    public async Task What_is_offered_is_said()
    {
        using var talk = await SmtpTalk.BeginAsync(_app);
        Assert.Equal(
            ["250-podium.emulator", "250-SIZE 100000", "250-8BITMIME", "250-SMTPUTF8", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 AUTH PLAIN LOGIN"],
            (await talk.SayAsync("EHLO test")).Split('\n'));
    }

    [Fact]
    public async Task A_command_line_that_is_too_long_ends_badly_or_is_no_UTF8_is_refused_and_the_talk_goes_on()
    {
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 500 250", await talk.CodesAsync("NOOP " + new string('x', 12_000), "NOOP " + new string('x', 50_000), "NOOP"));
        await talk.SendAsync("NOOP\nNOOP\r\n");
        Assert.StartsWith("500 5.5.2 A line ends with CR LF", await talk.HearAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await talk.HearAsync(), StringComparison.Ordinal);
        await talk.SendAsync("NOOP \u00e9\r\n"u8.ToArray().Where(octet => octet != 0xc3).ToArray());
        Assert.StartsWith("500 5.5.2 This is not UTF-8", await talk.HearAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..\r\n...x\r\n..x.y\r\n", ".\r\n..x\r\n.x.y\r\n")]
    [InlineData(".x\r\n", "x\r\n")]
    [InlineData("a\n.\nb\r\n", "a\n.\nb\r\n")]
    [InlineData("a\n.\r\nb\r\n", "a\n.\r\nb\r\n")]
    [InlineData("a\r.\r\nb\r\n", "a\r.\r\nb\r\n")]
    [InlineData("..\ra\r\n", ".\ra\r\n")]
    [InlineData("", "")]
    public async Task Dots_that_were_stuffed_in_are_taken_out_and_only_CRLF_ends_a_line(string sent, string kept)
    {
        var to = Somebody();
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 250 354", await talk.CodesAsync(From, $"RCPT TO:<{to}>", "DATA"));
        foreach (var letter in sent + ".\r\n") await talk.SendAsync(letter.ToString()); // however it is cut into packets
        Assert.StartsWith("250 ", await talk.HearAsync(), StringComparison.Ordinal);
        Assert.Equal(kept, await RawAsync(to));
    }

    [Fact]
    public async Task A_long_line_and_eight_bits_come_as_they_were()
    {
        var to = Somebody();
        using var talk = await SmtpTalk.GreetAsync(_app);
        var content = $"Subject: long\r\n\r\n{new string('ж', 40_000)}\r\nend";
        Assert.StartsWith("250 ", await talk.MailAsync(to, content), StringComparison.Ordinal);
        Assert.Equal(content + "\r\n", await RawAsync(to));
    }

    [Fact]
    public async Task A_mail_that_is_too_large_is_refused_after_its_end_and_the_next_one_is_received()
    {
        var to = Somebody();
        using var talk = await SmtpTalk.GreetAsync(_app);
        var most = new string('x', LargestMail - 2);
        Assert.StartsWith("552 ", await talk.MailAsync(to, most + "x"), StringComparison.Ordinal);
        Assert.Empty(await _app.MailsAsync(to));
        Assert.StartsWith("250 ", await talk.MailAsync(to, most), StringComparison.Ordinal);
        Assert.Equal(LargestMail, Assert.Single(await _app.MailsAsync(to)).Size);
    }

    [Fact]
    public async Task Commands_and_mails_sent_in_one_go_are_answered_one_by_one()
    {
        var to = Somebody();
        using var talk = await SmtpTalk.GreetAsync(_app);
        await talk.SendAsync($"{From}\r\nRCPT TO:<{to}>\r\nRCPT TO:<no>\r\nDATA\r\nSubject: one\r\n\r\n.\r\nRSET\r\n{From}\r\nRCPT TO:<{to}>\r\nDATA\r\nSubject: two\r\n\r\n.\r\nQUIT\r\n");
        var codes = new List<string>();
        for (var i = 0; i < 11; i++) codes.Add((await talk.HearAsync()).Split(' ')[0]);
        Assert.Equal("250 250 553 354 250 250 250 250 354 250 221", string.Join(' ', codes));
        Assert.Equal("", await talk.HearAsync());
        Assert.Equal(["one", "two"], (await _app.MailsAsync(to)).Select(mail => mail.Subject));
    }

    [Fact]
    public async Task A_mail_has_up_to_a_hundred_recipients_and_is_one_mail()
    {
        var (first, last) = (Somebody(), Somebody());
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 250 250", await talk.CodesAsync(From, $"RCPT TO:<{first}>", $"RCPT TO:<{last}>"));
        for (var i = 2; i < 100; i++) Assert.Equal("250", await talk.CodesAsync($"RCPT TO:<r{i}@example.org>"));
        Assert.Equal("452 354 250", await talk.CodesAsync("RCPT TO:<r100@example.org>", "DATA", "Subject: all\r\n."));
        var mail = Assert.Single(await _app.MailsAsync(last.ToUpperInvariant()));
        Assert.Equal(100, mail.Recipients.Count);
        Assert.Equal(mail.Id, Assert.Single(await _app.MailsAsync(first)).Id);
    }

    [Fact]
    public async Task An_address_beyond_ASCII_is_received_where_it_was_announced()
    {
        var to = $"айгүл{Interlocked.Increment(ref Next)}@пример.kz";
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 250 354 250", await talk.CodesAsync("MAIL FROM:<жюри@пример.kz> SMTPUTF8 BODY=8BITMIME", $"RCPT TO:<{to}>", "DATA", "Subject: Сәлем\r\n\r\nСәлем!\r\n."));
        var mail = Assert.Single(await _app.MailsAsync(to));
        Assert.Equal(("жюри@пример.kz", "Сәлем", "Сәлем!\n"), (mail.Sender, mail.Subject, mail.Text));
    }

    [Fact]
    public async Task What_SmtpClient_sends_is_read_back()
    {
        var (to, blind) = (Somebody(), Somebody());
        var address = SmtpTalk.AddressOf(_app);
        using var client = new SmtpClient(address.Host, address.Port) { Credentials = new NetworkCredential("anybody", "anything") };
        using var message = new MailMessage("Жюри <app@example.org>", to, "Нәтижелер: вы прошли во второй тур, поздравляем от всей души!", ".начало\r\n..и конец\r\n");
        message.Bcc.Add(blind);
        message.Headers.Add("List-Unsubscribe", "<https://example.org/stop>");
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("<p>Вы <b>прошли</b></p>", Encoding.UTF8, MediaTypeNames.Text.Html));
        message.Attachments.Add(new Attachment(new MemoryStream([1, 2, 3, 0, 255]), "диплом первой степени за победу в олимпиаде.pdf", MediaTypeNames.Application.Pdf));
        await client.SendMailAsync(message);
        await client.SendMailAsync(new MailMessage("app@example.org", to, "second", "plain"));

        var mails = await _app.MailsAsync(to);
        Assert.Equal(["Нәтижелер: вы прошли во второй тур, поздравляем от всей души!", "second"], mails.Select(mail => mail.Subject));
        Assert.Equal(".начало\n..и конец\n", mails[0].Text);
        Assert.Equal("<p>Вы <b>прошли</b></p>", mails[0].Html);
        Assert.Equal("<https://example.org/stop>", mails[0].Headers["list-unsubscribe"]);
        Assert.Equal("Жюри <app@example.org>", mails[0].Headers["From"]);
        Assert.Equal([to, blind], mails[0].Recipients);
        var attachment = Assert.Single(mails[0].Attachments);
        Assert.Equal(("диплом первой степени за победу в олимпиаде.pdf", "application/pdf"), (attachment.Name, attachment.MediaType));
        Assert.Equal([1, 2, 3, 0, 255], attachment.Content.ToArray());
        Assert.Equal(("plain", null), (mails[1].Text?.Trim(), mails[1].Html));
    }

    [Fact]
    public async Task What_curl_sends_is_read_back()
    {
        var to = Somebody();
        var start = new ProcessStartInfo("curl") { RedirectStandardInput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-sS", "--max-time", "20", SmtpTalk.AddressOf(_app).ToString(), "--mail-from", "app@example.org", "--mail-rcpt", to, "--user", "anybody:anything", "-T", "-" })
            start.ArgumentList.Add(argument);
        using var curl = Process.Start(start)!;
        await curl.StandardInput.WriteAsync("Subject: from curl\r\n\r\n.dot\r\n..\r\n");
        curl.StandardInput.Close();
        var errors = await curl.StandardError.ReadToEndAsync();
        await curl.WaitForExitAsync();
        Assert.True(curl.ExitCode == 0, errors);
        var mail = Assert.Single(await _app.MailsAsync(to));
        Assert.Equal(("from curl", ".dot\n..\n"), (mail.Subject, mail.Text));
    }

    [Fact]
    public async Task An_app_sends_where_its_setting_says_and_its_own_setting_wins()
    {
        var to = Somebody();
        (await _app.Http.PostAsync($"api/send?to={to}", null)).EnsureSuccessStatusCode();
        Assert.Equal("hello", Assert.Single(await _app.MailsAsync(to)).Subject);

        await using var other = await PodiumApp.StartAsync([typeof(Mailing)], new AppOptions
        {
            Settings = new Dictionary<string, string?> { ["Smtp"] = SmtpTalk.AddressOf(_app).ToString() },
        });
        (await other.Http.PostAsync($"api/send?to={to}", null)).EnsureSuccessStatusCode();
        Assert.Empty(await other.MailsAsync());
        Assert.Equal(JsonValueKind.Null, (await other.Http.GetFromJsonAsync<JsonElement>("admin/emulator/status")).GetProperty("smtp").ValueKind);
        Assert.Equal(2, (await _app.MailsAsync(to)).Count);
    }

    [Fact]
    public async Task A_test_lets_recipients_be_refused_for_now_or_for_good()
    {
        var to = Somebody();
        using var talk = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 451 550 554 250", await talk.CodesAsync(From, "RCPT TO:<later@example.org>", "RCPT TO:<never@example.org>", "DATA", $"RCPT TO:<{to}>"));
        Assert.Equal("550 354 250", await talk.CodesAsync("RCPT TO:<never@example.org>", "DATA", "."));
        Assert.Equal([to], Assert.Single(await _app.MailsAsync(to)).Recipients);

        var address = SmtpTalk.AddressOf(_app);
        using var client = new SmtpClient(address.Host, address.Port);
        var error = await Assert.ThrowsAsync<SmtpFailedRecipientException>(() => client.SendMailAsync("app@example.org", "never@example.org", "x", "y"));
        Assert.Equal(SmtpStatusCode.MailboxUnavailable, error.StatusCode);
    }

    [Fact]
    public async Task A_test_lets_a_connection_end_before_or_after_a_mail_is_kept()
    {
        using var dropped = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 ", await dropped.CodesAsync(From, "RCPT TO:<drop@example.org>"));

        using var untold = await SmtpTalk.GreetAsync(_app);
        Assert.Equal("250 250 354 ", await untold.CodesAsync(From, "RCPT TO:<untold@example.org>", "DATA", "Subject: kept\r\n."));
        Assert.Equal("kept", Assert.Single(await _app.MailsAsync("untold@example.org")).Subject);
    }

    [Fact]
    public async Task A_server_that_hangs_holds_up_neither_the_clock_nor_the_end()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Mailing)], new AppOptions { Mail = Misbehaving });
        using var talk = await SmtpTalk.GreetAsync(app);
        Assert.Equal("250", await talk.CodesAsync(From));
        await talk.SendAsync("RCPT TO:<hang@example.org>\r\n");
        var reply = talk.HearAsync();
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.False(reply.IsCompleted);
        await app.RestartAsync();
        Assert.StartsWith("421 4.3.2", await reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_sent_away()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Mailing)], new AppOptions { Mail = new MailOptions { Patience = TimeSpan.FromMilliseconds(50) } });
        using var talk = await SmtpTalk.BeginAsync(app);
        Assert.StartsWith("421 4.4.2", await talk.HearAsync(), StringComparison.Ordinal);
        Assert.Equal("", await talk.HearAsync());
    }

    [Fact]
    public async Task The_clock_waits_for_a_mail_that_is_being_received()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Mailing)]);
        using (var leaving = await SmtpTalk.GreetAsync(app)) await leaving.CodesAsync(From, "RCPT TO:<ada@example.org>", "DATA");
        using var talk = await SmtpTalk.GreetAsync(app);
        Assert.Equal("250 250 354", await talk.CodesAsync(From, "RCPT TO:<ada@example.org>", "DATA"));
        var start = app.Clock.GetUtcNow();
        var advancing = app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.False(advancing.IsCompleted);
        await talk.SendAsync("Subject: in time\r\n.\r\n");
        await advancing;
        var mail = Assert.Single(await app.MailsAsync());
        Assert.Equal(("in time", start), (mail.Subject, mail.ReceivedAt));
    }

    [Fact]
    public async Task Mails_survive_a_restart_and_only_the_newest_are_kept()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Mailing)], new AppOptions { Mail = new MailOptions { Kept = 3 } });
        using (var talk = await SmtpTalk.GreetAsync(app))
        {
            for (var i = 1; i <= 4; i++) await talk.MailAsync("ada@example.org", $"Subject: {i}");
        }
        await app.RestartAsync(TimeSpan.FromHours(1));
        using var again = await SmtpTalk.GreetAsync(app);
        await again.MailAsync("ada@example.org", "Subject: 5");
        var mails = await app.MailsAsync();
        Assert.Equal(["3", "4", "5"], mails.Select(mail => mail.Subject));
        Assert.Equal(TimeSpan.FromHours(1), mails[2].ReceivedAt - mails[1].ReceivedAt);
    }

    [Fact]
    public async Task A_port_of_ones_choice_is_used_and_said_to_be_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var options = new AppOptions { Mail = new MailOptions { Port = ((IPEndPoint)taken.LocalEndpoint).Port } };
        var error = await Assert.ThrowsAnyAsync<Exception>(() => PodiumApp.StartAsync([typeof(Mailing)], options));
        Assert.Contains($"Port {options.Mail.Port}, where mails should come in, is in use", error.Message, StringComparison.Ordinal);
        taken.Stop();
        await using var app = await PodiumApp.StartAsync([typeof(Mailing)], options);
        Assert.Equal(options.Mail.Port, SmtpTalk.AddressOf(app).Port);
    }

    private static string Somebody() => $"somebody{Interlocked.Increment(ref Next)}@example.org";

    private static MailOptions Misbehaving => new()
    {
        LargestMail = LargestMail,
        Receive = address => address.Split('@')[0] switch
        {
            "later" => Reception.TryLater,
            "never" => Reception.Refuse,
            "hang" => Reception.Hang,
            "drop" => Reception.Drop,
            "untold" => Reception.AcceptAndDrop,
            _ => Reception.Accept,
        },
    };

    private async Task AnswersAsync(string codes, params string[] lines)
    {
        using var talk = await SmtpTalk.BeginAsync(_app);
        Assert.Equal(codes, await talk.CodesAsync(lines));
    }

    private async Task<string> RawAsync(string to) =>
        Encoding.UTF8.GetString(await _app.Http.GetByteArrayAsync($"admin/emulator/mails/{Assert.Single(await _app.MailsAsync(to)).Id}/raw"));

    public sealed class Mailing(IConfiguration configuration)
    {
        [Function("Send")]
        public async Task<IResult> Send([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "send")] HttpRequest request)
        {
            var smtp = new Uri(configuration["Smtp"]!);
            using var client = new SmtpClient(smtp.Host, smtp.Port);
            await client.SendMailAsync("app@example.org", request.Query["to"].ToString(), "hello", "text");
            return Results.NoContent();
        }
    }

    public sealed class SharedApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync([typeof(Mailing)], new AppOptions { Mail = Misbehaving });

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
