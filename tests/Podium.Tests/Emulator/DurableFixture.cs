using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Hosting;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>What orchestrators and activities leave behind for a test to look at.</summary>
public sealed class Notes(TimeProvider clock)
{
    private readonly ConcurrentQueue<(string What, DateTimeOffset At)> _all = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public IEnumerable<DateTimeOffset> Times(string what) => _all.Where(note => note.What == what).Select(note => note.At);

    public IEnumerable<string> All => _all.Select(note => note.What);

    /// <summary>Writes down and answers how often it was written down by now.</summary>
    public int Add(string what)
    {
        _all.Enqueue((what, clock.GetUtcNow()));
        return _counts.AddOrUpdate(what, 1, (_, count) => count + 1);
    }

    public int Count(string what) => _counts.GetValueOrDefault(what);
}

internal static class DurableFixture
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    public static Task<PodiumApp> StartAsync(params Type[] functions) => StartAsync(new HostJson(), functions);

    public static Task<PodiumApp> StartAsync(HostJson host, params Type[] functions) =>
        PodiumApp.StartAsync(functions, new AppOptions { Start = Start, Host = host, Services = services => services.AddSingleton<Notes>() });

    public static Notes Notes(this PodiumApp app) => app.Services.GetRequiredService<Notes>();

    /// <summary>Starts an orchestration and lets it run as far as it gets without the clock moving.</summary>
    public static async Task<string> RunAsync(this PodiumApp app, string name, object? input = null, string? id = null)
    {
        var started = await app.Durable.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id));
        await app.SettleAsync();
        return started;
    }

    public static async Task<OrchestrationMetadata> GetAsync(this PodiumApp app, string id) =>
        await app.Durable.GetInstanceAsync(id, getInputsAndOutputs: true) ?? throw new InvalidOperationException($"There is no instance {id}.");

    public static async Task<T?> OutputAsync<T>(this PodiumApp app, string id)
    {
        var instance = await app.GetAsync(id);
        Assert.True(instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{instance} {instance.FailureDetails?.StackTrace}");
        return instance.ReadOutputAs<T>();
    }
}
