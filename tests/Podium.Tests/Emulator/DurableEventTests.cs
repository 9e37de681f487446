using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Podium.Tests.Emulator;

/// <summary>Timers, external events, sub-orchestrations and continue-as-new.</summary>
public sealed class DurableEventTests
{
    public static class Waiting
    {
        [Function("Patient")]
        public static async Task<string> Patient([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            try
            {
                return await context.WaitForExternalEvent<string>("Answer", TimeSpan.FromDays(10));
            }
            catch (TaskCanceledException)
            {
                return $"nothing by {context.CurrentUtcDateTime:u}";
            }
        }

        [Function("Slow")]
        public static async Task<string> Slow([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return await context.WaitForExternalEvent<string>("Answer") + await context.WaitForExternalEvent<string>("ANSWER");
        }

        [Function("Stacked")]
        public static async Task<string> Stacked([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var older = context.WaitForExternalEvent<string>("Answer");
            var younger = context.WaitForExternalEvent<string>("Answer");
            await younger;
            var first = older.IsCompleted ? "older" : "younger";
            await older;
            return $"{first} {younger.Result} {older.Result}";
        }

        [Function("Sender")]
        public static Task Sender([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            context.SendEvent(context.GetInput<string>()!, "answer", "from a friend");
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_event_wakes_the_orchestration_and_its_time_out_no_longer_matters()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Waiting));
        var id = await app.RunAsync("Patient");
        await app.Durable.RaiseEventAsync(id, "answer", "yes");
        await app.SettleAsync();
        Assert.Equal("yes", await app.OutputAsync<string>(id));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM emulator.durable_events"));
    }

    [Fact]
    public async Task Waiting_for_an_event_in_vain_ends_in_a_cancelled_task_at_the_exact_instant()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Waiting));
        var id = await app.RunAsync("Patient");
        await app.AdvanceAsync(TimeSpan.FromDays(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await app.GetAsync(id)).RuntimeStatus);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal("nothing by 2026-01-15 08:00:00Z", await app.OutputAsync<string>(id));
    }

    [Fact]
    public async Task Events_that_come_before_their_wait_are_kept_in_order()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Waiting));
        var id = await app.RunAsync("Slow");
        await app.Durable.RaiseEventAsync(id, "Answer", "a");
        await app.Durable.RaiseEventAsync(id, "answer", "b");
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal("ab", await app.OutputAsync<string>(id));
    }

    [Fact]
    public async Task Of_several_waiters_the_youngest_is_served_first()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Waiting));
        var id = await app.RunAsync("Stacked");
        await app.Durable.RaiseEventAsync(id, "Answer", "1");
        await app.SettleAsync();
        await app.Durable.RaiseEventAsync(id, "Answer", "2");
        await app.SettleAsync();
        Assert.Equal("younger 1 2", await app.OutputAsync<string>(id));
    }

    [Fact]
    public async Task An_orchestrator_sends_events_to_others()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Waiting));
        var id = await app.RunAsync("Patient");
        await app.RunAsync("Sender", id);
        Assert.Equal("from a friend", await app.OutputAsync<string>(id));
        var toNobody = await app.RunAsync("Sender", "nobody");
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await app.GetAsync(toNobody)).RuntimeStatus);
    }

    public static class Timing
    {
        [Function("Race")]
        public static async Task<string> Race([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            using var stop = new CancellationTokenSource();
            var late = context.CreateTimer(TimeSpan.FromDays(30), stop.Token);
            var soon = context.CreateTimer(context.CurrentUtcDateTime.AddMinutes(5), CancellationToken.None);
            await Task.WhenAny(late, soon);
            stop.Cancel();
            return $"{context.CurrentUtcDateTime:u} {late.IsCanceled}";
        }

        [Function("Forgetful")]
        public static async Task<string> Forgetful([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            _ = context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return "done";
        }
    }

    [Fact]
    public async Task A_cancelled_timer_leaves_nothing_behind()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Timing));
        var id = await app.RunAsync("Race");
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("2026-01-05 08:05:00Z True", await app.OutputAsync<string>(id));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM emulator.durable_events"));
    }

    [Fact]
    public async Task An_orchestration_is_not_over_while_a_timer_it_forgot_is_open()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Timing));
        var id = await app.RunAsync("Forgetful");
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await app.GetAsync(id)).RuntimeStatus);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal("done", await app.OutputAsync<string>(id));
    }

    public sealed class Family(Notes notes)
    {
        [Function("Parent")]
        public static async Task<string> Parent([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var retry = new SubOrchestrationOptions(new RetryPolicy(3, TimeSpan.FromMinutes(1)), $"{context.InstanceId}-child");
            var answer = await context.CallSubOrchestratorAsync<string>("Child", 2, retry);
            try
            {
                await context.CallSubOrchestratorAsync("Child", 99);
            }
            catch (TaskFailedException error)
            {
                answer += $" | {error.Message} | {error.FailureDetails.ErrorType}";
            }
            return answer;
        }

        [Function("Child")]
        public string Child([OrchestrationTrigger] TaskOrchestrationContext context, int failures)
        {
            if (notes.Add($"child {failures}") <= failures) throw new FormatException("not yet");
            return $"{context.InstanceId} of {context.Parent!.Name} {context.Parent.InstanceId}";
        }

        [Function("Twins")]
        public static async Task<string> Twins([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            try
            {
                await context.CallSubOrchestratorAsync("Twins", null, new SubOrchestrationOptions(instanceId: context.InstanceId));
                return "a twin";
            }
            catch (TaskFailedException error)
            {
                return error.FailureDetails.ErrorMessage;
            }
        }
    }

    [Fact]
    public async Task A_sub_orchestration_has_its_own_id_its_retries_and_its_parent()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Family));
        var id = await app.RunAsync("Parent", id: "p");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(
            "p-child of Parent p | Task 'Child' (#5) failed with an unhandled exception: not yet | System.FormatException",
            await app.OutputAsync<string>(id));
        Assert.Equal([0, 1, 2], app.Notes().Times("child 2").Select(at => (at - DurableFixture.Start).TotalMinutes));
    }

    [Fact]
    public async Task A_sub_orchestration_cannot_take_the_id_of_a_running_instance()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Family));
        var id = await app.RunAsync("Twins", id: "one");
        Assert.Equal("An Orchestration instance with the ID one already exists.", await app.OutputAsync<string>(id));
    }

    public static class Eternal
    {
        [Function("Counter")]
        public static async Task<string?> Counter([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var sum = context.GetInput<int>();
            context.SetCustomStatus(new { sum });
            var next = await context.WaitForExternalEvent<int>("Add");
            if (next == 0) return $"{sum} {context.Version}";
            context.ContinueAsNew(new ContinueAsNewOptions { NewInput = sum + next, NewVersion = $"v{sum + next}" });
            return null;
        }
    }

    [Fact]
    public async Task Continue_as_new_keeps_unprocessed_events_and_begins_with_an_empty_history()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Eternal));
        var id = await app.RunAsync("Counter", 0);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => app.Durable.RaiseEventAsync(id, "add", i)));
        await app.SettleAsync();
        var running = await app.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Running, running.RuntimeStatus);
        Assert.Equal("""{"sum":210}""", running.SerializedCustomStatus);
        Assert.Equal("210", running.SerializedInput);
        Assert.Equal(2L, await app.QueryAsync<long>("SELECT count(*) FROM emulator.durable_history"));
        await app.Durable.RaiseEventAsync(id, "Add", 0);
        await app.SettleAsync();
        Assert.Equal("210 v210", await app.OutputAsync<string>(id));
    }
}
