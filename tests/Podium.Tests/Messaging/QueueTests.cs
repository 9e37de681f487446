using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Azure.Messaging.ServiceBus;
using Podium.Tests.Harness;

namespace Podium.Tests.Messaging;

public sealed class NotificationQueueTests
{
    private static readonly AppOptions NoMailServer = new() { Settings = new Dictionary<string, string?> { ["Smtp"] = "smtp://127.0.0.1:1" } };

    [Theory]
    [InlineData("{ not json", "mail", true, "malformed")]
    [InlineData("{\"template\":7}", "mail", true, "invalid")]
    [InlineData("{}", "dance", true, "unknown-subject")]
    [InlineData("{\"template\":\"no-such\",\"userId\":null,\"to\":\"a@example.org\",\"language\":\"en\",\"secretEncrypted\":null,\"expiresAt\":null}", "mail", true, "unknown-template")]
    [InlineData("{}", "mail", false, "unknown-tenant")]
    [InlineData("{}", "mail", null, "no-tenant")]
    public async Task A_message_that_makes_no_sense_is_dead_at_once_with_its_reason(string body, string subject, bool? known, string reason)
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var message = new ServiceBusMessage(body) { Subject = subject };
        if (known is not null) message.ApplicationProperties["tenant"] = (known.Value ? tenant.Id : Guid.NewGuid()).ToString();

        await app.Bus.CreateSender("notifications").SendMessageAsync(message);
        await app.SettleAsync();

        Assert.Contains(await DeadAsync(app), dead => dead.DeadLetterReason == reason);
    }

    [Fact]
    public async Task A_mail_that_cannot_leave_is_tried_again_with_growing_pauses_and_then_kept_with_the_reason()
    {
        await using var app = await PodiumApp.StartAsync(NoMailServer);
        var tenant = await TestTenant.CreateAsync(app); // invites its administrator
        await app.SettleAsync();
        Assert.Equal("pending 1", await StatusAsync(app));

        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("pending 2", await StatusAsync(app));
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("pending 2", await StatusAsync(app));
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("pending 3", await StatusAsync(app));
        await app.AdvanceAsync(TimeSpan.FromHours(6));

        Assert.Equal("pending 8", await StatusAsync(app));
        var dead = Assert.Single(await DeadAsync(app));
        Assert.Equal("failed", dead.DeadLetterReason);
        Assert.Contains("8 tries", dead.DeadLetterErrorDescription, StringComparison.Ordinal);
        Assert.Contains("SmtpException", await app.QueryAsync<string>("SELECT last_error FROM notification_deliveries"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_comes_five_times_has_its_effect_once_and_one_of_an_earlier_try_none()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        var boss = await tenant.AdministratorAsync();
        var id = (string)(await boss.Http.PostAsJsonAsync("/api/announcements", new { texts = new[] { new { language = "en", title = "One", body = "Come." } } }).OkAsync(202))["id"]!;
        await app.SettleAsync();
        await using var sender = app.Bus.CreateSender("notifications");

        // five tries of one message, as a consumer sends them that dies before it settles; the last comes first
        foreach (var attempt in new[] { 5, 4, 3, 2, 1 })
        {
            await sender.SendMessageAsync(new ServiceBusMessage($$"""{"announcementId":"{{id}}","after":null}""")
            {
                Subject = "announcement",
                MessageId = $"again-{attempt}",
                ApplicationProperties = { ["tenant"] = tenant.Id.ToString(), ["origin"] = "again", ["attempt"] = attempt },
            });
        }
        await app.SettleAsync();

        // once for the announcement itself, once for the message that came five times
        Assert.Equal(2L, await app.QueryAsync<long>("SELECT count(*) FROM notifications"));
        Assert.Equal(1L, await app.QueryAsync<long>("SELECT count(*) FROM inbox WHERE message_id = 'again'"));
        Assert.Empty(await DeadAsync(app));
    }

    [Fact]
    public async Task A_mail_server_that_hangs_keeps_nobody_waiting_and_the_mail_is_tried_again()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start(); // takes the call and never says a word
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Settings = new Dictionary<string, string?> { ["Smtp"] = $"smtp://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}", ["Mail:Timeout"] = "00:00:00.3" },
        });
        var tenant = await TestTenant.CreateAsync(app);
        await app.SettleAsync();
        Assert.Equal("pending 1", await StatusAsync(app));
        Assert.NotEqual("", await app.QueryAsync<string>("SELECT last_error FROM notification_deliveries"));
        await tenant.Http.GetAsync("/api/tenant").OkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("pending 2", await StatusAsync(app));
    }

    [Fact]
    public async Task What_a_crash_left_on_the_outbox_is_swept()
    {
        await using var app = await PodiumApp.StartAsync(NoMailServer);
        var tenant = await TestTenant.CreateAsync(app);
        await app.SettleAsync();
        // as it stands when the process dies between the commit and the sending
        await app.QueryAsync<int>(
            $$"""
            INSERT INTO outbox (tenant_id, id, queue, subject, body, created_at, due_at, retry_at)
            VALUES ('{{tenant.Id}}', gen_random_uuid(), 'notifications', 'dance', '{}', '2026-01-05T08:00Z', '2026-01-05T08:00Z', '2026-01-05T08:00:30Z')
            RETURNING 1
            """);

        await app.AdvanceAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM outbox"));
        Assert.Contains(await DeadAsync(app), dead => dead.DeadLetterReason == "unknown-subject");
    }

    [Fact]
    public async Task A_message_for_a_queue_that_is_not_there_waits_with_its_reason_and_holds_nothing_back()
    {
        await using var app = await PodiumApp.StartAsync(NoMailServer);
        var tenant = await TestTenant.CreateAsync(app);
        await app.SettleAsync();
        await app.QueryAsync<long>(
            $$"""
            WITH added AS (
                INSERT INTO outbox (tenant_id, id, queue, subject, body, created_at, due_at, retry_at)
                SELECT '{{tenant.Id}}', gen_random_uuid(), queue, 'dance', '{}', '2026-01-05T08:00Z', '2026-01-05T08:00Z', '2026-01-05T08:00:30Z'
                FROM unnest(ARRAY['nowhere', 'notifications']) AS queue
                RETURNING 1
            )
            SELECT count(*) FROM added
            """);

        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal("nowhere", await app.QueryAsync<string>("SELECT string_agg(queue, ',') FROM outbox"));
        Assert.True(await app.QueryAsync<int>("SELECT attempts FROM outbox") >= 2);
        Assert.Contains(await DeadAsync(app), dead => dead.DeadLetterReason == "unknown-subject");
    }

    [Fact]
    public async Task A_request_that_is_refused_sends_nothing()
    {
        await using var app = await PodiumApp.StartAsync(NoMailServer);
        var tenant = await TestTenant.CreateAsync(app);
        await app.SettleAsync();
        var before = await app.QueryAsync<long>("SELECT count(*) FROM notification_deliveries");

        await tenant.Http.PostAsJsonAsync("/api/accounts", new { email = "x@example.org", password = TestTenant.Password, firstName = "Ada", lastName = "Byron", institutionId = Guid.NewGuid() }).ProblemAsync(422, "invalid");
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(before, await app.QueryAsync<long>("SELECT count(*) FROM notification_deliveries"));
    }

    private static Task<string> StatusAsync(PodiumApp app) => app.QueryAsync<string>("SELECT status || ' ' || attempts FROM notification_deliveries");

    private static async Task<IReadOnlyList<ServiceBusReceivedMessage>> DeadAsync(PodiumApp app)
    {
        await using var receiver = app.Bus.CreateReceiver("notifications", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        return await receiver.PeekMessagesAsync(50);
    }
}
