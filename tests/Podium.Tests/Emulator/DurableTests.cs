using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Emulator.Hosting;

namespace Podium.Tests.Emulator;

/// <summary>What an orchestrator sees: replay, activities, timers, events, failures.</summary>
public sealed class DurableTests
{
    private const string IllegalAwait = "An invalid asynchronous invocation was detected.";

    public sealed record Order(string Name, int Amount);

    public sealed class Chain(Notes notes)
    {
        [Function("Chain")]
        public static async Task<string> Run([OrchestrationTrigger] TaskOrchestrationContext context, Order order)
        {
            var first = await context.CallActivityAsync<Order>("double", order);
            var second = await context.CallActivityAsync<Order>("Double", first);
            return $"{context.GetInput<Order>()!.Name}:{second.Amount}";
        }

        [Function("Double")]
        public Order Double([ActivityTrigger] Order order, string instanceId)
        {
            notes.Add($"{instanceId} {order.Amount}");
            return order with { Amount = order.Amount * 2 };
        }
    }

    [Fact]
    public async Task Activities_run_once_each_with_typed_input_and_output_and_names_ignore_case()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Chain));
        var id = await app.RunAsync("CHAIN", new Order("pens", 3), "order-1");
        Assert.Equal("pens:12", await app.OutputAsync<string>(id));
        Assert.Equal(["order-1 3", "order-1 6"], app.Notes().All);
    }

    public sealed class Replayed(Notes notes)
    {
        [Function("Replayed")]
        public async Task<string[]> Run([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            notes.Add("turn");
            var before = (context.CurrentUtcDateTime, context.NewGuid(), context.IsReplaying);
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            await context.CallActivityAsync("Nothing");
            return [$"{before.CurrentUtcDateTime:o}", $"{before.Item2}", $"{before.IsReplaying}", $"{context.CurrentUtcDateTime:o}", $"{context.IsReplaying}"];
        }

        [Function("Nothing")]
        public static void Nothing([ActivityTrigger] object? input)
        {
        }
    }

    [Fact]
    public async Task Every_turn_is_a_new_invocation_that_sees_the_same_past()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Replayed));
        var id = await app.RunAsync("Replayed", id: "same");
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var seen = (await app.OutputAsync<string[]>(id))!;
        Assert.Equal(3, app.Notes().Count("turn"));
        Assert.Equal("2026-01-05T08:00:00.0000000Z", seen[0]);
        Assert.Equal('5', seen[1][14]); // a version 5 GUID
        Assert.Equal("True", seen[2]);
        Assert.Equal("2026-01-05T09:00:00.0000000Z", seen[3]);
        Assert.Equal("False", seen[4]);
    }

    public static class Shifty
    {
        public static bool Changed { get; set; }

        [Function("Shifty")]
        public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            await context.CallActivityAsync(Changed ? "New" : "Old");
            await context.WaitForExternalEvent<string>("Go");
        }

        [Function("Old")]
        public static void Old([ActivityTrigger] object? input) => Changed = true;

        [Function("New")]
        public static void New([ActivityTrigger] object? input)
        {
        }
    }

    [Fact]
    public async Task A_non_deterministic_orchestrator_fails_with_the_reason()
    {
        Shifty.Changed = false;
        await using var app = await DurableFixture.StartAsync(typeof(Shifty));
        var instance = await app.GetAsync(await app.RunAsync("Shifty"));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.RuntimeStatus);
        Assert.Equal("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", instance.FailureDetails!.ErrorType);
        Assert.StartsWith(
            "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task with sequence number 0 " +
            "named 'Old', but the current orchestration replay instead scheduled an activity task named 'New'",
            instance.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    public static class Illegal
    {
        [Function("Delays")]
        public static async Task Delays([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            _ = context.GetInput<string>();
            await Task.Delay(60_000); // far longer than it takes to notice, on the busiest machine
        }

        [Function("LeavesItsThread")]
        public static async Task LeavesItsThread([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            await Task.Run(() => Thread.Sleep(5_000));
            await context.CallActivityAsync("Nothing");
        }

        [Function("NeverEnds")]
        public static Task NeverEnds([OrchestrationTrigger] TaskOrchestrationContext context) => new TaskCompletionSource().Task;
    }

    [Theory]
    [InlineData("Delays")]
    [InlineData("LeavesItsThread")]
    [InlineData("NeverEnds")]
    public async Task Awaiting_what_is_not_durable_fails_the_orchestration(string name)
    {
        await using var app = await DurableFixture.StartAsync(typeof(Illegal));
        var instance = await app.GetAsync(await app.RunAsync(name));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.RuntimeStatus);
        Assert.Equal("System.InvalidOperationException", instance.FailureDetails!.ErrorType);
        Assert.StartsWith(IllegalAwait, instance.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    public sealed class Failing(Notes notes)
    {
        private static readonly RetryPolicy Patient = new(4, TimeSpan.FromMinutes(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(3));

        [Function("Careless")]
        public static Task Careless([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Break", "always");

        [Function("Persistent")]
        public static Task<string> Persistent([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync<string>("Break", context.GetInput<string>(), TaskOptions.FromRetryPolicy(Patient));

        [Function("Selective")]
        public static Task Selective([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync("Break", "always", TaskOptions.FromRetryPolicy(
                new RetryPolicy(9, TimeSpan.FromMinutes(1)) { HandleFailure = failure => !failure.IsCausedBy<ArithmeticException>() }));

        [Function("Handled")]
        public static Task Handled([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync("Break", "always", TaskOptions.FromRetryHandler((RetryHandler)(retry => retry.LastAttemptNumber < 3)));

        [Function("Misspelt")]
        public static Task Misspelt([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync("Braek", null, TaskOptions.FromRetryPolicy(Patient));

        [Function("Break")]
        public string Break([ActivityTrigger] string when)
        {
            if (notes.Add("try") == 4 && when == "three times") return "mended";
            throw new DivideByZeroException("no way", new IOException("the cause"));
        }
    }

    [Fact]
    public async Task An_activity_that_throws_fails_its_orchestration_with_the_original_type_inside()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Failing));
        var instance = await app.GetAsync(await app.RunAsync("Careless"));
        var failure = instance.FailureDetails!;
        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.RuntimeStatus);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", failure.ErrorType);
        Assert.Equal("Task 'Break' (#0) failed with an unhandled exception: no way", failure.ErrorMessage);
        Assert.Equal(failure.ErrorMessage, instance.SerializedOutput);
        Assert.Equal("System.DivideByZeroException", failure.InnerFailure!.ErrorType);
        Assert.True(failure.InnerFailure.IsCausedBy<ArithmeticException>());
        Assert.Equal("the cause", failure.InnerFailure.InnerFailure!.ErrorMessage);
    }

    [Fact]
    public async Task Retries_back_off_to_the_exact_instants_up_to_the_longest_interval()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Failing));
        var id = await app.RunAsync("Persistent", "three times");
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("mended", await app.OutputAsync<string>(id));
        Assert.Equal([0, 1, 3, 6], app.Notes().Times("try").Select(at => (at - DurableFixture.Start).TotalMinutes));
    }

    [Fact]
    public async Task Retries_end_with_the_last_failure()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Failing));
        var id = await app.RunAsync("Persistent", "always");
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var instance = await app.GetAsync(id);
        Assert.Equal(4, app.Notes().Count("try"));
        Assert.Equal("Task 'Break' (#6) failed with an unhandled exception: no way", instance.FailureDetails!.ErrorMessage);
    }

    [Theory]
    [InlineData("Selective", 1)]
    [InlineData("Handled", 3)]
    public async Task A_handler_decides_about_retries(string name, int tries)
    {
        await using var app = await DurableFixture.StartAsync(typeof(Failing));
        var id = await app.RunAsync(name);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(tries, app.Notes().Count("try"));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await app.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task A_missing_activity_is_named_and_not_tried_again()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Failing));
        var instance = await app.GetAsync(await app.RunAsync("Misspelt"));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.RuntimeStatus);
        Assert.Contains("The function 'Braek' doesn't exist, is disabled, or is not an activity function.", instance.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("'Break'", instance.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    public static class Crowd
    {
        [Function("Crowd")]
        public static async Task<int> Run([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var sum = 0;
            for (var i = 0; i < 3; i++) sum += await context.CallActivityAsync<int>("One");
            await context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            return sum + (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => context.CallActivityAsync<int>("One")))).Sum();
        }

        [Function("One")]
        public static async Task<int> One([ActivityTrigger] object? input)
        {
            await Task.Yield();
            return 1;
        }
    }

    [Fact]
    public async Task Five_hundred_orchestrations_run_at_once()
    {
        await using var app = await DurableFixture.StartAsync(new HostJson { MaxConcurrentActivityFunctions = 32 }, typeof(Crowd));
        var ids = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => app.Durable.ScheduleNewOrchestrationInstanceAsync("Crowd")));
        await app.SettleAsync();
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        var all = new List<OrchestrationMetadata>();
        await foreach (var instance in app.Durable.GetAllInstancesAsync(new OrchestrationQuery(FetchInputsAndOutputs: true))) all.Add(instance);
        Assert.Equal(500, all.Count);
        Assert.All(all, instance => Assert.Equal(7, instance.ReadOutputAs<int>()));
        Assert.Equal(ids.Order(), all.Select(instance => instance.InstanceId).Order());
    }
}
