using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Hosting;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class QueueTests
{
    private const string Plain = "plain";
    private const string Deduplicating = "deduplicating";
    private const string Burying = "burying";

    [Fact]
    public async Task A_sent_message_runs_the_function_and_is_completed()
    {
        await using var app = await StartAsync();
        await SendAsync(app, Plain, new ServiceBusMessage("hello") { MessageId = "m1", Subject = "greeting", CorrelationId = "c1", ApplicationProperties = { ["number"] = 7, ["text"] = "x" } });
        await app.SettleAsync();

        var received = Assert.Single(app.Received());
        Assert.Equal(("hello", "m1", 1, "greeting"), (received.Message.Body.ToString(), received.MessageId, received.DeliveryCount, received.Message.Subject));
        Assert.Equal(7, received.Message.ApplicationProperties["number"]);
        Assert.Equal("x", received.Message.ApplicationProperties["text"]);
        Assert.Null(await Receiver(app, Plain).PeekMessageAsync());
    }

    [Fact]
    public async Task A_message_binds_as_text_bytes_json_and_in_batches()
    {
        await using var app = await StartAsync(functions: [typeof(Bindings)]);
        foreach (var queue in new[] { "text", "bytes", "json", "batch" }) await SendAsync(app, queue, new ServiceBusMessage("""{"Name":"Ada"}"""), new ServiceBusMessage("""{"Name":"Bob"}"""));
        await app.SettleAsync();
        var seen = app.Services.GetRequiredService<Seen>().Values;
        Assert.Equal(["text {\"Name\":\"Ada\"}", "text {\"Name\":\"Bob\"}"], seen.Where(v => v.StartsWith("text", StringComparison.Ordinal)).Order());
        Assert.Equal(["bytes 14", "bytes 14"], seen.Where(v => v.StartsWith("bytes", StringComparison.Ordinal)));
        Assert.Equal(["json Ada", "json Bob"], seen.Where(v => v.StartsWith("json", StringComparison.Ordinal)).Order());
        Assert.Equal(["batch Ada,Bob"], seen.Where(v => v.StartsWith("batch", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_function_that_throws_gets_the_message_again_at_once_with_a_higher_delivery_count()
    {
        await using var app = await StartAsync(failures: 2);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        await app.SettleAsync();
        Assert.Equal([1, 2, 3], app.Received().Select(r => r.DeliveryCount));
    }

    [Fact]
    public async Task A_poison_message_ends_in_the_dead_letter_queue_with_the_reason()
    {
        await using var app = await StartAsync(failures: int.MaxValue);
        await SendAsync(app, Plain, new ServiceBusMessage("poison") { MessageId = "p" });
        await app.SettleAsync();

        Assert.Equal(3, app.Received().Count);
        var dead = await Receiver(app, Plain, SubQueue.DeadLetter).ReceiveMessageAsync();
        Assert.Equal("p", dead!.MessageId);
        Assert.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason);
        Assert.Equal("Message could not be consumed after 3 delivery attempts.", dead.DeadLetterErrorDescription);
    }

    [Fact]
    public async Task A_dead_letter_can_be_replayed_and_purged()
    {
        await using var app = await StartAsync(failures: 3);
        await SendAsync(app, Plain, new ServiceBusMessage("once dead"));
        await app.SettleAsync();
        var admin = app.Services.GetRequiredService<QueueAdmin>();
        Assert.Equal(1, (await admin.CountsAsync(default)).Single(q => q.Name == Plain).Dead);

        Assert.Equal(1, await admin.ReplayAsync(Plain, null, default));
        await app.SettleAsync();
        Assert.Equal([1, 2, 3, 1], app.Received().Select(r => r.DeliveryCount));
        Assert.Equal(0, (await admin.CountsAsync(default)).Single(q => q.Name == Plain).Dead);
    }

    [Fact]
    public async Task A_scheduled_message_arrives_at_its_time_and_not_before_and_can_be_cancelled()
    {
        await using var app = await StartAsync();
        await using var sender = app.Bus.CreateSender(Plain);
        var start = app.Clock.GetUtcNow();
        await sender.ScheduleMessageAsync(new ServiceBusMessage("later"), start.AddHours(2));
        var cancelled = await sender.ScheduleMessageAsync(new ServiceBusMessage("never"), start.AddHours(2));
        await sender.CancelScheduledMessageAsync(cancelled);

        await app.AdvanceAsync(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        Assert.Empty(app.Received());
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(("later", start.AddHours(2)), app.Received().Select(r => (r.Message.Body.ToString(), r.At)).Single());
        var again = await Assert.ThrowsAsync<ServiceBusException>(() => sender.CancelScheduledMessageAsync(cancelled));
        Assert.Equal(ServiceBusFailureReason.MessageNotFound, again.Reason);
    }

    [Fact]
    public async Task A_message_id_is_taken_once_within_the_window_and_again_after_it()
    {
        await using var app = await StartAsync();
        await SendAsync(app, Deduplicating, new ServiceBusMessage("1") { MessageId = "same" }, new ServiceBusMessage("2") { MessageId = "same" }, new ServiceBusMessage("3") { MessageId = "other" });
        await SendAsync(app, Deduplicating, new ServiceBusMessage("4") { MessageId = "same" });
        await app.SettleAsync();
        Assert.Equal(["1", "3"], app.Received().Select(r => r.Message.Body.ToString()).Order());

        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        await SendAsync(app, Deduplicating, new ServiceBusMessage("5") { MessageId = "same" });
        await app.SettleAsync();
        Assert.Equal(["1", "3", "5"], app.Received().Select(r => r.Message.Body.ToString()).Order());
    }

    [Fact]
    public async Task A_message_past_its_time_to_live_is_dropped_or_dead_as_the_queue_says()
    {
        await using var app = await StartAsync(functions: []);
        foreach (var queue in new[] { Plain, Burying }) await SendAsync(app, queue, new ServiceBusMessage("mortal") { TimeToLive = TimeSpan.FromMinutes(5) }, new ServiceBusMessage("lives on"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(["lives on"], (await Receiver(app, Plain).PeekMessagesAsync(10)).Select(m => m.Body.ToString()));
        Assert.Empty(await Receiver(app, Plain, SubQueue.DeadLetter).PeekMessagesAsync(10));
        Assert.Equal(["lives on"], (await Receiver(app, Burying).PeekMessagesAsync(10)).Select(m => m.Body.ToString()));
        Assert.Equal("TTLExpiredException", Assert.Single(await Receiver(app, Burying, SubQueue.DeadLetter).PeekMessagesAsync(10)).DeadLetterReason);
    }

    [Fact]
    public async Task A_lock_that_ends_gives_the_message_to_the_next_receiver_and_is_lost_to_the_first()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        var receiver = Receiver(app, Plain);
        var first = await receiver.ReceiveMessageAsync();
        Assert.Equal(app.Clock.GetUtcNow().AddMinutes(1), first!.LockedUntil);
        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.Zero));

        await app.AdvanceAsync(TimeSpan.FromSeconds(40));
        await receiver.RenewMessageLockAsync(first);
        await app.AdvanceAsync(TimeSpan.FromSeconds(40));
        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.Zero));

        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        var second = await receiver.ReceiveMessageAsync(TimeSpan.Zero);
        Assert.Equal(2, second!.DeliveryCount);
        var lost = await Assert.ThrowsAsync<ServiceBusException>(() => receiver.CompleteMessageAsync(first));
        Assert.Equal(ServiceBusFailureReason.MessageLockLost, lost.Reason);
        await receiver.CompleteMessageAsync(second);
        Assert.Null(await receiver.PeekMessageAsync());
    }

    [Fact]
    public async Task A_deferred_message_waits_to_be_asked_for_by_its_number()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        var receiver = Receiver(app, Plain);
        var message = await receiver.ReceiveMessageAsync();
        await receiver.DeferMessageAsync(message!, new Dictionary<string, object?> { ["why"] = "not yet" });
        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.Zero));

        var deferred = await receiver.ReceiveDeferredMessageAsync(message!.SequenceNumber);
        Assert.Equal("not yet", deferred!.ApplicationProperties["why"]);
        await receiver.CompleteMessageAsync(deferred);
        await Assert.ThrowsAsync<ServiceBusException>(() => receiver.ReceiveDeferredMessageAsync(message.SequenceNumber));
    }

    [Fact]
    public async Task ReceiveAndDelete_takes_the_message_for_good()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        await using var receiver = app.Bus.CreateReceiver(Plain, new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete });
        Assert.Equal("x", (await receiver.ReceiveMessageAsync())!.Body.ToString());
        Assert.Null(await receiver.PeekMessageAsync());
    }

    [Fact]
    public async Task A_receiver_that_waits_gets_the_message_as_it_comes()
    {
        await using var app = await StartAsync(functions: []);
        var waiting = Receiver(app, Plain).ReceiveMessageAsync(TimeSpan.FromMinutes(10));
        await SendAsync(app, Plain, new ServiceBusMessage("at last"));
        Assert.Equal("at last", (await waiting.WaitAsync(TimeSpan.FromSeconds(10)))!.Body.ToString());
    }

    [Fact]
    public async Task A_function_may_settle_by_hand_and_what_is_settled_is_left_alone()
    {
        await using var app = await StartAsync(functions: [typeof(ByHand)]);
        await SendAsync(app, Plain, new ServiceBusMessage("dead"), new ServiceBusMessage("done, then throw"));
        await app.SettleAsync();
        var dead = Assert.Single(await Receiver(app, Plain, SubQueue.DeadLetter).PeekMessagesAsync(10));
        Assert.Equal(("dead", "unwanted", "by hand"), (dead.Body.ToString(), dead.DeadLetterReason, dead.DeadLetterErrorDescription));
        Assert.Null(await Receiver(app, Plain).PeekMessageAsync());
    }

    [Fact]
    public async Task Messages_survive_a_restart_and_a_stopped_hosts_locks_do_not()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        Assert.NotNull(await Receiver(app, Plain).ReceiveMessageAsync());
        await app.RestartAsync();
        var again = await Receiver(app, Plain).ReceiveMessageAsync(TimeSpan.Zero);
        Assert.Equal(("x", 2), (again!.Body.ToString(), again.DeliveryCount));
    }

    [Fact]
    public async Task An_unknown_queue_a_message_too_large_and_a_foreign_connection_are_said_clearly()
    {
        await using var app = await StartAsync(functions: []);
        var unknown = await Assert.ThrowsAsync<ServiceBusException>(() => SendAsync(app, "nowhere", new ServiceBusMessage("x")));
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, unknown.Reason);
        var large = await Assert.ThrowsAsync<ServiceBusException>(() => SendAsync(app, Plain, new ServiceBusMessage(new string('x', 300_000))));
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded, large.Reason);
        Assert.Throws<NotSupportedException>(() => new ServiceBusClient("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b"));
    }

    [Fact]
    public async Task A_batch_takes_what_fits()
    {
        await using var app = await StartAsync(functions: []);
        await using var sender = app.Bus.CreateSender(Plain);
        using var batch = await sender.CreateMessageBatchAsync();
        var count = 0;
        while (batch.TryAddMessage(new ServiceBusMessage(new string('x', 50_000)))) count++;
        Assert.Equal(5, count);
        await sender.SendMessagesAsync(batch);
        Assert.Equal(5, (await Receiver(app, Plain).PeekMessagesAsync(10)).Count);
    }

    [Fact]
    public async Task Many_messages_run_within_the_concurrency_of_host_json()
    {
        await using var app = await StartAsync(functions: [typeof(Slow)]);
        await SendAsync(app, Plain, [.. Enumerable.Range(0, 200).Select(i => new ServiceBusMessage($"{i}"))]);
        await app.SettleAsync();
        var slow = app.Services.GetRequiredService<Seen>();
        Assert.Equal(200, slow.Values.Count);
        Assert.InRange(slow.MostAtOnce, 2, 8);
    }

    [Fact]
    public async Task A_queues_name_knows_no_case()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, "PLAIN", new ServiceBusMessage("x"));
        var receiver = Receiver(app, "Plain");
        Assert.Equal("Plain", receiver.EntityPath);
        await receiver.DeadLetterMessageAsync((await receiver.ReceiveMessageAsync())!);
        Assert.Equal("x", (await app.Bus.CreateReceiver("pLain/$DeadLetterQueue").ReceiveMessageAsync())!.Body.ToString());
    }

    [Fact]
    public async Task A_last_delivery_whose_lock_ends_makes_a_dead_letter()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        for (var delivery = 1; delivery <= 3; delivery++)
        {
            Assert.Equal(delivery, (await Receiver(app, Plain).ReceiveMessageAsync(TimeSpan.Zero))!.DeliveryCount);
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Null(await Receiver(app, Plain).ReceiveMessageAsync(TimeSpan.Zero));
        Assert.Equal("MaxDeliveryCountExceeded", (await Receiver(app, Plain, SubQueue.DeadLetter).PeekMessageAsync())!.DeadLetterReason);
    }

    [Fact]
    public async Task A_message_that_expires_while_locked_is_dead_as_soon_as_it_is_abandoned()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Burying, new ServiceBusMessage("x") { TimeToLive = TimeSpan.FromSeconds(30) });
        var receiver = Receiver(app, Burying);
        var message = await receiver.ReceiveMessageAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(40));
        await receiver.AbandonMessageAsync(message!);
        await app.SettleAsync();
        Assert.Equal("TTLExpiredException", (await Receiver(app, Burying, SubQueue.DeadLetter).PeekMessageAsync())!.DeadLetterReason);
    }

    [Fact]
    public async Task A_scheduled_message_stands_behind_those_that_came_before_its_time()
    {
        await using var app = await StartAsync(functions: []);
        await using var sender = app.Bus.CreateSender(Plain);
        var number = await sender.ScheduleMessageAsync(new ServiceBusMessage("scheduled"), app.Clock.GetUtcNow().AddMinutes(1));
        await SendAsync(app, Plain, new ServiceBusMessage("meanwhile"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var messages = await Receiver(app, Plain).ReceiveMessagesAsync(10);
        Assert.Equal(["meanwhile", "scheduled"], messages.Select(m => m.Body.ToString()));
        Assert.True(messages[1].SequenceNumber > number);
    }

    [Fact]
    public async Task A_receiver_that_peeks_goes_on_where_it_stopped()
    {
        await using var app = await StartAsync(functions: []);
        await SendAsync(app, Plain, new ServiceBusMessage("1"), new ServiceBusMessage("2"), new ServiceBusMessage("3"));
        var receiver = Receiver(app, Plain);
        Assert.Equal(["1", "2"], (await receiver.PeekMessagesAsync(2)).Select(m => m.Body.ToString()));
        Assert.Equal("3", (await receiver.PeekMessageAsync())!.Body.ToString());
        Assert.Null(await receiver.PeekMessageAsync());
        Assert.Equal(3, (await receiver.PeekMessagesAsync(10, fromSequenceNumber: 0)).Count);
    }

    [Fact]
    public async Task A_function_may_work_on_dead_letters()
    {
        await using var app = await StartAsync(functions: [typeof(Undertaker)]);
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        var receiver = Receiver(app, Plain);
        await receiver.DeadLetterMessageAsync((await receiver.ReceiveMessageAsync())!, "unwanted");
        await app.SettleAsync();
        Assert.Equal(["x unwanted"], app.Services.GetRequiredService<Seen>().Values);
        Assert.Null(await Receiver(app, Plain, SubQueue.DeadLetter).PeekMessageAsync());
    }

    [Fact]
    public async Task A_batch_function_gets_the_data_of_all_its_messages()
    {
        await using var app = await StartAsync(functions: [typeof(BatchData)]);
        await SendAsync(app, "batch", new ServiceBusMessage("1") { MessageId = "a" }, new ServiceBusMessage("2") { MessageId = "b" });
        await app.SettleAsync();
        Assert.Equal(["a,b 1,1"], app.Services.GetRequiredService<Seen>().Values);
    }

    [Fact]
    public async Task Application_properties_keep_their_types()
    {
        await using var app = await StartAsync(functions: []);
        object[] values = ["text", true, (byte)1, (sbyte)-1, (short)2, (ushort)3, 4, 5u, 6L, 7ul, 1.5f, 2.5, 3.5m, 'c', Guid.NewGuid(), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), TimeSpan.FromSeconds(9)];
        var message = new ServiceBusMessage("x");
        for (var i = 0; i < values.Length; i++) message.ApplicationProperties[$"p{i}"] = values[i];
        await SendAsync(app, Plain, message);
        var received = await Receiver(app, Plain).ReceiveMessageAsync();
        Assert.Equal(values, Enumerable.Range(0, values.Length).Select(i => received!.ApplicationProperties[$"p{i}"]!));
        message.ApplicationProperties["no"] = new object();
        await Assert.ThrowsAsync<System.Runtime.Serialization.SerializationException>(() => SendAsync(app, Plain, message));
    }

    [Fact]
    public async Task The_senders_trace_travels_with_the_message()
    {
        await using var app = await StartAsync();
        using var activity = new System.Diagnostics.Activity("sending").SetIdFormat(System.Diagnostics.ActivityIdFormat.W3C).Start();
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        await app.SettleAsync();
        var properties = Assert.Single(app.Received()).Message.ApplicationProperties;
        Assert.Equal((activity.Id, activity.Id), (properties["Diagnostic-Id"], properties["traceparent"]));
    }

    [Fact]
    public async Task A_processor_handles_messages_and_says_what_fails()
    {
        await using var app = await StartAsync(functions: []);
        var errors = new ConcurrentQueue<string>();
        var handled = new ConcurrentQueue<int>();
        await using var processor = app.Bus.CreateProcessor(Plain, new ServiceBusProcessorOptions { MaxConcurrentCalls = 1 });
        processor.ProcessMessageAsync += args =>
        {
            handled.Enqueue(args.Message.DeliveryCount);
            return args.Message.DeliveryCount == 1 ? throw new InvalidOperationException("first time") : Task.CompletedTask;
        };
        processor.ProcessErrorAsync += args =>
        {
            errors.Enqueue($"{args.ErrorSource}: {args.Exception.Message}");
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync();
        await SendAsync(app, Plain, new ServiceBusMessage("x"));
        await app.SettleAsync();
        await processor.StopProcessingAsync();
        Assert.Equal([1, 2], handled);
        Assert.Equal(["ProcessMessageCallback: first time"], errors);
        Assert.Null(await Receiver(app, Plain).PeekMessageAsync());
    }

    [Fact]
    public void A_connection_string_carries_any_name_and_password()
    {
        var postgres = new Npgsql.NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = 5499, Database = "my data", Username = "us;er", Password = "p=a;s%s w+rd" };
        var address = EmulatedServiceBus.Parse(EmulatedServiceBus.ConnectionString(postgres.ConnectionString));
        var back = new Npgsql.NpgsqlConnectionStringBuilder(address.Postgres);
        Assert.Equal((postgres.Host, postgres.Port, postgres.Database, postgres.Username, postgres.Password), (back.Host, back.Port, back.Database, back.Username, back.Password));
        Assert.Contains("one host", Assert.Throws<EmulatorException>(() => EmulatedServiceBus.ConnectionString("Host=/var/run/postgresql")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetched_messages_are_locked_ahead_and_all_are_worked_on()
    {
        await using var app = await StartAsync(functions: [typeof(Gate)], host: new HostJson { MaxConcurrentCalls = 1, PrefetchCount = 4 });
        await SendAsync(app, Plain, [.. Enumerable.Range(0, 10).Select(i => new ServiceBusMessage($"{i}"))]);
        await Gate.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var counts = (await app.Services.GetRequiredService<QueueAdmin>().CountsAsync(default)).Single(queue => queue.Name == Plain);
        Assert.Equal((5, 5), (counts.Active, counts.Locked));
        Gate.Open.SetResult();
        await app.SettleAsync();
        Assert.Equal(10, app.Services.GetRequiredService<Seen>().Values.Count);
    }

    [Fact]
    public async Task A_trigger_on_an_undeclared_queue_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => PodiumApp.StartAsync([typeof(Echo)], new AppOptions { Queues = """{"UserConfig":{"Namespaces":[]}}""" }));
        Assert.Contains("'plain'", error.Message, StringComparison.Ordinal);
        Assert.Contains("servicebus.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not a Service Bus emulator configuration")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"LockDuration":"one minute"}}]}]}}""", "LockDuration of queue 'q' is 'one minute'")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"RequiresSession":true}}]}]}}""", "requires sessions")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Topics":[{"Name":"t"}]}]}}""", "declares topics")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"MaxDeliveryCount":0}}]}]}}""", "MaxDeliveryCount of queue 'q' is '0'")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"LockDuration":"PT10M"}}]}]}}""", "between PT5S and PT5M")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"LockDuraton":"PT1M"}}]}]}}""", "'LockDuraton', which is not known")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q","Properties":{"RequiresSession":"no"}}]}]}}""", "not true or false")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Properties":{}}]}]}}""", "without a Name")]
    [InlineData("""{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q"},{"Name":"Q"}]}]}}""", "twice")]
    public async Task A_broken_servicebus_json_stops_the_start(string json, string says)
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => PodiumApp.StartAsync([], new AppOptions { Queues = json }));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static async Task<TestApp> StartAsync(int failures = 0, Type[]? functions = null, HostJson? host = null)
    {
        var seen = new Seen { Failures = failures };
        var app = await PodiumApp.StartAsync(functions ?? [typeof(Echo)], new AppOptions
        {
            Queues = $$$"""
                {"UserConfig":{"Namespaces":[{"Name":"test","Queues":[
                  {"Name":"{{{Plain}}}","Properties":{"MaxDeliveryCount":3,"LockDuration":"PT1M"}},
                  {"Name":"text"},{"Name":"bytes"},{"Name":"json"},{"Name":"batch"},
                  {"Name":"{{{Deduplicating}}}","Properties":{"RequiresDuplicateDetection":true,"DuplicateDetectionHistoryTimeWindow":"PT10M"}},
                  {"Name":"{{{Burying}}}","Properties":{"DeadLetteringOnMessageExpiration":true}}]}]}}
                """,
            Host = host ?? new HostJson { MaxConcurrentCalls = 8 },
            Services = services => services.AddSingleton(seen),
        });
        return new TestApp(app, seen);
    }

    private static async Task SendAsync(TestApp app, string queue, params ServiceBusMessage[] messages)
    {
        await using var sender = app.Bus.CreateSender(queue);
        await sender.SendMessagesAsync(messages);
    }

    private static ServiceBusReceiver Receiver(TestApp app, string queue, SubQueue subQueue = SubQueue.None) =>
        app.Bus.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = subQueue });

    private sealed class TestApp(PodiumApp app, Seen seen) : IAsyncDisposable
    {
        public ServiceBusClient Bus => app.Bus;

        public Podium.Emulator.Clock.VirtualClock Clock => app.Clock;

        public IServiceProvider Services => app.Services;

        public IReadOnlyCollection<Received> Received() => seen.Messages;

        public Task SettleAsync() => app.SettleAsync();

        public Task AdvanceAsync(TimeSpan by) => app.AdvanceAsync(by);

        public Task RestartAsync() => app.RestartAsync();

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }

    public sealed record Received(ServiceBusReceivedMessage Message, string MessageId, int DeliveryCount, DateTimeOffset At);

    public sealed class Seen
    {
        private int _atOnce;

        public int Failures { get; set; }

        public int MostAtOnce { get; private set; }

        public ConcurrentQueue<Received> Messages { get; } = new();

        public ConcurrentQueue<string> Values { get; } = new();

        public void Enter() => MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));

        public void Leave() => Interlocked.Decrement(ref _atOnce);
    }

    public sealed class Echo(Seen seen, TimeProvider clock)
    {
        [Function("Echo")]
        public void Run([ServiceBusTrigger(Plain, Connection = "ServiceBus")] ServiceBusReceivedMessage message, string messageId, int deliveryCount)
        {
            seen.Messages.Enqueue(new Received(message, messageId, deliveryCount, clock.GetUtcNow()));
            if (seen.Failures-- > 0) throw new InvalidOperationException("on purpose");
        }

        [Function("EchoOnce")]
        public void Once([ServiceBusTrigger(Deduplicating, Connection = "ServiceBus")] ServiceBusReceivedMessage message, string messageId, int deliveryCount) =>
            seen.Messages.Enqueue(new Received(message, messageId, deliveryCount, clock.GetUtcNow()));
    }

    public sealed class Bindings(Seen seen)
    {
        [Function("Text")]
        public void Text([ServiceBusTrigger("text", Connection = "ServiceBus")] string body) => seen.Values.Enqueue($"text {body}");

        [Function("Bytes")]
        public void Bytes([ServiceBusTrigger("bytes", Connection = "ServiceBus")] byte[] body) => seen.Values.Enqueue($"bytes {body.Length}");

        [Function("Json")]
        public void Json([ServiceBusTrigger("json", Connection = "ServiceBus")] Person body) => seen.Values.Enqueue($"json {body.Name}");

        [Function("Batch")]
        public void Batch([ServiceBusTrigger("batch", Connection = "ServiceBus", IsBatched = true)] Person[] bodies) =>
            seen.Values.Enqueue($"batch {string.Join(',', bodies.Select(p => p.Name))}");
    }

    public sealed record Person(string Name);

    public sealed class ByHand
    {
        [Function("ByHand")]
        public static async Task Run([ServiceBusTrigger(Plain, Connection = "ServiceBus")] ServiceBusReceivedMessage message, ServiceBusMessageActions actions)
        {
            if (message.Body.ToString() == "dead")
            {
                await actions.DeadLetterMessageAsync(message, deadLetterReason: "unwanted", deadLetterErrorDescription: "by hand");
                return;
            }
            await actions.CompleteMessageAsync(message);
            throw new InvalidOperationException("on purpose");
        }
    }

    public sealed class Undertaker(Seen seen)
    {
        [Function("Undertaker")]
        public void Run([ServiceBusTrigger($"{Plain}/$deadletterqueue", Connection = "ServiceBus")] ServiceBusReceivedMessage message) =>
            seen.Values.Enqueue($"{message.Body} {message.DeadLetterReason}");
    }

    public sealed class BatchData(Seen seen)
    {
        [Function("BatchData")]
        public void Run([ServiceBusTrigger("batch", Connection = "ServiceBus", IsBatched = true)] string[] bodies, string[] messageIdArray, int[] deliveryCountArray)
        {
            Assert.Equal(bodies.Length, messageIdArray.Length);
            seen.Values.Enqueue($"{string.Join(',', messageIdArray)} {string.Join(',', deliveryCountArray)}");
        }
    }

    public sealed class Gate(Seen seen)
    {
        public static readonly TaskCompletionSource Entered = new();

        public static readonly TaskCompletionSource Open = new();

        [Function("Gate")]
        public async Task Run([ServiceBusTrigger(Plain, Connection = "ServiceBus")] string body)
        {
            Entered.TrySetResult();
            await Open.Task;
            seen.Values.Enqueue(body);
        }
    }

    public sealed class Slow(Seen seen)
    {
        [Function("Slow")]
        public async Task Run([ServiceBusTrigger(Plain, Connection = "ServiceBus")] string body)
        {
            seen.Enter();
            await Task.Delay(1); // real time: the clock stands still
            seen.Leave();
            seen.Values.Enqueue(body);
        }
    }
}
