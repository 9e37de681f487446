using DurableTask.Core.Exceptions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Tests.Emulator;

/// <summary>What a client may do with instances, and what survives a restart.</summary>
public sealed class DurableClientTests
{
    public sealed class Door(Notes notes)
    {
        [Function("Door")]
        public async Task<string> Run([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            context.SetCustomStatus("closed");
            var key = await context.WaitForExternalEvent<string>("Open");
            context.SetCustomStatus(new { key });
            await context.CallActivityAsync("Creak");
            return $"opened with {key}, version '{context.Version}' is {context.CompareVersionTo("1.10")}";
        }

        [Function("House")]
        public static Task<string> House([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallSubOrchestratorAsync<string>("Door", null, new SubOrchestrationOptions(instanceId: context.InstanceId + "-door"));

        [Function("Creak")]
        public void Creak([ActivityTrigger] FunctionContext context) => notes.Add("creak");
    }

    [Fact]
    public async Task A_running_id_cannot_be_started_again_and_a_finished_one_can()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        await app.RunAsync("Door", id: "front");
        var error = await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => app.RunAsync("Door", id: "front"));
        Assert.Equal("An Orchestration instance with the ID front already exists.", error.Message);
        await app.Durable.RaiseEventAsync("front", "Open", "key");
        await app.SettleAsync();
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => app.Durable.ScheduleNewOrchestrationInstanceAsync(
            "Door", new StartOrchestrationOptions("front").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed)));
        await app.RunAsync("Door", id: "front");
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await app.GetAsync("front")).RuntimeStatus);
        Assert.Equal(2L, await app.QueryAsync<long>("SELECT count(*) FROM emulator.durable_history"));
    }

    [Fact]
    public async Task A_start_without_an_id_gets_one_and_faulty_ones_are_refused()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        Assert.True(Guid.TryParseExact(await app.RunAsync("Door"), "N", out _));
        await Assert.ThrowsAsync<ArgumentException>(() => app.RunAsync("Door", id: "@entity"));
        await Assert.ThrowsAsync<ArgumentException>(() => app.RunAsync("Door", id: "a/b"));
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => app.RunAsync("Window"));
        Assert.Contains("The function 'Window' doesn't exist", unknown.Message, StringComparison.Ordinal);
        Assert.Null(await app.Durable.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task A_start_may_be_scheduled_and_carries_version_and_tags()
    {
        await using var app = await DurableFixture.StartAsync(new HostJson { DefaultVersion = "1.2" }, typeof(Door));
        var options = new StartOrchestrationOptions("later", DurableFixture.Start.AddDays(1)) { Version = "1.9", Tags = new Dictionary<string, string> { ["a"] = "b" } };
        await app.Durable.ScheduleNewOrchestrationInstanceAsync("Door", options);
        await app.Durable.RaiseEventAsync("later", "Open", "patience");
        await app.AdvanceAsync(TimeSpan.FromHours(23));
        var pending = await app.GetAsync("later");
        Assert.Equal((OrchestrationRuntimeStatus.Pending, false, "b"), (pending.RuntimeStatus, pending.IsRunning, pending.Tags["a"]));
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("opened with patience, version '1.9' is -1", await app.OutputAsync<string>("later"));
        await app.RunAsync("Door", id: "plain");
        await app.Durable.RaiseEventAsync("plain", "Open", "key");
        await app.SettleAsync();
        Assert.Contains("version '1.2'", await app.OutputAsync<string>("plain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_start_and_completion_needs_no_polling()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        var id = await app.Durable.ScheduleNewOrchestrationInstanceAsync("Door");
        var begun = await app.Durable.WaitForInstanceStartAsync(id, default);
        Assert.True(begun.IsRunning, $"{begun}");
        var end = app.Durable.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        using var impatience = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Durable.WaitForInstanceCompletionAsync(id, impatience.Token));
        await app.Durable.RaiseEventAsync(id, "Open", "key");
        Assert.StartsWith("opened with key", (await end).ReadOutputAs<string>(), StringComparison.Ordinal);
        Assert.True((await app.Durable.WaitForInstanceCompletionAsync(id, default)).IsCompleted);
    }

    [Fact]
    public async Task A_suspended_instance_keeps_what_comes_until_it_is_resumed()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        var id = await app.RunAsync("Door");
        await app.Durable.SuspendInstanceAsync(id, "lunch");
        await app.Durable.RaiseEventAsync(id, "Open", "early");
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var suspended = await app.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, suspended.RuntimeStatus);
        Assert.Equal("closed", suspended.ReadCustomStatusAs<string>());
        await app.RestartAsync();
        await app.Durable.ResumeInstanceAsync(id, "back");
        await app.SettleAsync();
        Assert.StartsWith("opened with early", await app.OutputAsync<string>(id), StringComparison.Ordinal);
        Assert.Equal("""{"key":"early"}""", (await app.GetAsync(id)).SerializedCustomStatus);
    }

    [Fact]
    public async Task Termination_ends_an_instance_and_its_children_where_asked()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        await app.RunAsync("House", id: "alone");
        await app.Durable.TerminateInstanceAsync("alone", (object)"fire");
        await app.RunAsync("House", id: "both");
        await app.Durable.TerminateInstanceAsync("both", new TerminateInstanceOptions("flood", Recursive: true));
        await app.SettleAsync();
        var alone = await app.GetAsync("alone");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "fire"), (alone.RuntimeStatus, alone.ReadOutputAs<string>()));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await app.GetAsync("alone-door")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.GetAsync("both-door")).RuntimeStatus);
        await app.Durable.TerminateInstanceAsync("alone", (object)"again"); // over: dropped
        await app.Durable.RaiseEventAsync("nobody", "Open"); // unknown: dropped
    }

    [Fact]
    public async Task Purging_removes_finished_instances_only_and_their_children_where_asked()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        await app.RunAsync("House", id: "house");
        await app.RunAsync("Door", id: "open");
        Assert.Equal(0, (await app.Durable.PurgeInstanceAsync("open")).PurgedInstanceCount);
        await app.Durable.RaiseEventAsync("house-door", "Open", "key");
        await app.SettleAsync();
        Assert.Equal(2, (await app.Durable.PurgeInstanceAsync("house", new PurgeInstanceOptions(Recursive: true))).PurgedInstanceCount);
        Assert.Equal(0, (await app.Durable.PurgeAllInstancesAsync(new PurgeInstancesFilter(DurableFixture.Start))).PurgedInstanceCount);
        await app.Durable.TerminateInstanceAsync("open");
        await app.SettleAsync();
        var filter = new PurgeInstancesFilter(DurableFixture.Start.AddDays(-1), null, [OrchestrationRuntimeStatus.Terminated]);
        Assert.Equal(1, (await app.Durable.PurgeAllInstancesAsync(filter)).PurgedInstanceCount);
        foreach (var table in new[] { "instances", "history", "events", "activities" })
            Assert.Equal(0L, await app.QueryAsync<long>($"SELECT count(*) FROM emulator.durable_{table}"));
    }

    [Fact]
    public async Task Instances_are_listed_page_by_page_and_by_filter()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door));
        for (var i = 0; i < 7; i++)
        {
            await app.RunAsync("Door", i, $"{(i % 2 == 0 ? "even" : "odd")}-{i}");
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        await app.Durable.RaiseEventAsync("even-4", "Open", "key");
        await app.SettleAsync();
        List<string[]> pages = [];
        await foreach (var page in app.Durable.GetAllInstancesAsync(new OrchestrationQuery { PageSize = 3 }).AsPages())
            pages.Add([.. page.Values.Select(instance => instance.InstanceId)]);
        Assert.Equal(["even-0,odd-1,even-2", "odd-3,even-4,odd-5", "even-6"], pages.Select(page => string.Join(',', page)));

        Assert.Equal(["odd-3", "odd-5"], await ListAsync(new OrchestrationQuery { InstanceIdPrefix = "odd", CreatedFrom = DurableFixture.Start.AddMinutes(2) }));
        Assert.Equal(["even-4"], await ListAsync(new OrchestrationQuery { Statuses = [OrchestrationRuntimeStatus.Completed] }));
        Assert.Equal(["even-4"], (await app.Durable.ListInstanceIdsAsync()).Values);

        async Task<List<string>> ListAsync(OrchestrationQuery query)
        {
            List<string> ids = [];
            await foreach (var instance in app.Durable.GetAllInstancesAsync(query)) ids.Add(instance.InstanceId);
            return ids;
        }
    }

    [Fact]
    public async Task A_restart_of_the_emulator_loses_and_repeats_nothing()
    {
        await using var app = await DurableFixture.StartAsync(typeof(Door), typeof(DurableEventTests.Waiting), typeof(DurableEventTests.Timing));
        await app.RunAsync("House", id: "house");
        await app.RunAsync("Patient", id: "patient");
        await app.RunAsync("Race", id: "race");
        await app.RestartAsync(downtime: TimeSpan.FromHours(1));
        await app.SettleAsync();
        Assert.Equal("2026-01-05 09:00:00Z True", await app.OutputAsync<string>("race"));
        await app.Durable.RaiseEventAsync("house-door", "Open", "key");
        await app.SettleAsync();
        Assert.StartsWith("opened with key", await app.OutputAsync<string>("house"), StringComparison.Ordinal);
        Assert.Equal(1, app.Notes().Count("creak"));
        await app.AdvanceAsync(TimeSpan.FromDays(10));
        Assert.Equal("nothing by 2026-01-15 08:00:00Z", await app.OutputAsync<string>("patient"));
    }

    public static class Wrong
    {
        [Function("Wrong")]
        public static void Run([OrchestrationTrigger] string context)
        {
        }
    }

    [Fact]
    public async Task A_faulty_declaration_is_one_sentence_at_the_start()
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => DurableFixture.StartAsync(typeof(Wrong)));
        Assert.Equal("The orchestration trigger of function 'Wrong' must be a TaskOrchestrationContext, not String.", error.Message);
    }
}
