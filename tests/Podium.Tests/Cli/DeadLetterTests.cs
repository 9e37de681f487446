using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class DeadLetterTests
{
    private const string Queue = "evaluation_assignment";

    [Fact]
    public async Task A_dead_letter_is_listed_and_shown_with_what_it_means()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Nothing)]);
        var op = Operator.At(app);
        Assert.Empty((await op.JsonAsync("dead-letters", "list")).AsArray());
        Assert.Contains("There are none.", (await op.RunAsync("dead-letters", "list")).Ok().Output);
        await GiveUpAsync(app, "one");

        var letter = Assert.Single((await op.JsonAsync("dead-letters", "list")).AsArray())!;
        var shown = await op.JsonAsync("dead-letters", "show", letter["sequence"]!.ToString());

        Assert.Equal((Queue, "one", "no-judge"), ((string)letter["queue"]!, (string)letter["messageId"]!, (string)letter["reason"]!));
        Assert.Equal("{\"work\":\"one\"}", (string)shown["body"]!);
        Assert.Contains("gave it up itself", (string)shown["explanation"]!);
        Assert.Empty((await op.JsonAsync("dead-letters", "list", "--queue", "notifications")).AsArray());
        (await op.RunAsync("dead-letters", "show", "424242")).Failed(1, "There is no dead letter 424242");
        (await op.RunAsync("dead-letters", "list", "--queue", "nowhere")).Failed(2, "There is no queue 'nowhere'");
    }

    [Fact]
    public async Task A_replayed_message_keeps_its_id_and_waits_until_the_queue_has_forgotten_it()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Nothing)]);
        var op = Operator.At(app);
        await GiveUpAsync(app, "one", "two");
        var second = (await op.JsonAsync("dead-letters", "list")).AsArray().Single(letter => (string)letter!["messageId"]! == "two")!["sequence"]!.ToString();

        (await op.RunAsync("dead-letters", "replay")).Failed(1, "2 were sent so lately");
        await app.AdvanceAsync(TimeSpan.FromMinutes(11));
        var one = await op.JsonAsync("dead-letters", "replay", "--message", second, "--queue", Queue);

        Assert.Equal(1, (int)one[0]!["count"]!);
        Assert.Equal("one", (string)Assert.Single((await op.JsonAsync("dead-letters", "list")).AsArray())!["messageId"]!);
        await using var receiver = app.Bus.CreateReceiver(Queue);
        var back = await receiver.ReceiveMessageAsync(TimeSpan.Zero);
        Assert.Equal(("two", 1, "{\"work\":\"two\"}", "high"), (back!.MessageId, back.DeliveryCount, back.Body.ToString(), back.ApplicationProperties["priority"]));
        Assert.Null(back.DeadLetterReason);
        (await op.RunAsync("dead-letters", "replay", "--message", second)).Failed(1, "There is no dead letter");
    }

    [Fact]
    public async Task Purging_asks_and_throws_away_only_what_is_named()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Nothing)]);
        var op = Operator.At(app);
        await GiveUpAsync(app, "one", "two", "three");
        var first = (await op.JsonAsync("dead-letters", "list")).AsArray()[0]!["sequence"]!.ToString();

        (await op.RunAsync("dead-letters", "purge")).Failed(2, "say --yes");
        await op.JsonAsync("dead-letters", "purge", "--message", first, "--yes");
        Assert.Equal(2, (await op.JsonAsync("dead-letters", "list")).AsArray().Count);

        var purged = await op.JsonAsync("dead-letters", "purge", "--queue", Queue, "--yes");
        Assert.Equal(2, (int)purged[0]!["count"]!);
        Assert.Empty((await op.JsonAsync("dead-letters", "list")).AsArray());
    }

    private static async Task GiveUpAsync(PodiumApp app, params string[] ids)
    {
        await using var sender = app.Bus.CreateSender(Queue);
        await using var receiver = app.Bus.CreateReceiver(Queue);
        foreach (var id in ids)
        {
            await sender.SendMessageAsync(new ServiceBusMessage($"{{\"work\":\"{id}\"}}") { MessageId = id, Subject = "assign", ApplicationProperties = { ["priority"] = "high" } });
            await receiver.DeadLetterMessageAsync((await receiver.ReceiveMessageAsync(TimeSpan.Zero))!, "no-judge", "Nobody is free.");
        }
    }

    public sealed class Nothing
    {
        [Function("Nothing")]
        public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequest request) => Results.NoContent();
    }
}
