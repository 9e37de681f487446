using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Podium.CrashApp;

public sealed class CrashFunctions(Effects effects)
{
    [Function("Start")]
    public static async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start/{count:int}")] HttpRequest request,
        int count,
        [DurableClient] DurableTaskClient durable) =>
        TypedResults.Text(await durable.ScheduleNewOrchestrationInstanceAsync("FanOut", count, new StartOrchestrationOptions("fan-out")));

    /// <summary>Waves of activities, a timer and a sub-orchestration in each, so that a kill finds every kind of step in flight.</summary>
    [Function("FanOut")]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        const int Wave = 25;
        var count = context.GetInput<int>();
        var done = 0;
        for (var first = 0; first < count; first += Wave)
        {
            var tasks = Enumerable.Range(first, Math.Min(Wave, count - first))
                .Select(i => context.CallActivityAsync<int>("Effect", i)).ToList();
            tasks.Add(context.CallSubOrchestratorAsync<int>("Child", first));
            await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
            done += (await Task.WhenAll(tasks)).Sum();
            context.SetCustomStatus(new { done });
        }
        return done;
    }

    [Function("Child")]
    public static async Task<int> Child([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CallActivityAsync<int>("Effect", 1_000_000 + context.GetInput<int>());
        return 0;
    }

    [Function("Effect")]
    public async Task<int> Effect([ActivityTrigger] int number, CancellationToken cancellationToken)
    {
        await effects.LeaveAsync("activity", number.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        return 1;
    }

    [Function("Never")]
    public static void Never([TimerTrigger("%Schedule%")] TimerInfo timer) => _ = timer;

    [Function("Work")]
    public Task Work([ServiceBusTrigger("work", Connection = "ServiceBus")] string body, CancellationToken cancellationToken) =>
        effects.LeaveAsync("message", body, cancellationToken);

    [Function("Inbox")]
    public Task Inbox([BlobTrigger("inbox/{name}", Connection = "Storage")] string content, string name, CancellationToken cancellationToken) =>
        effects.LeaveAsync("blob", $"{name}:{content}", cancellationToken);
}
