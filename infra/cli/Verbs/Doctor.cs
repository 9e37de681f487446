using System.CommandLine;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Podium.Operations;

namespace Podium.Cli.Verbs;

/// <summary>Looks everything over that the app cannot work without.</summary>
internal static class Doctor
{
    private const int MostCounted = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Verb Verb()
    {
        var invariants = new Option<bool>("--invariants") { Description = "Read all data instead and look for what was lost, doubled or half done. It may take minutes, and changes nothing." };
        return new Verb("doctor", "Look databases, keys, storage and queues over, and say what to do. Exits with 3 where something is wrong.", "doctor", "doctor --json", "doctor --invariants") { invariants }
            .Does(call => call.Value(invariants) ? InvariantsAsync(call) : RunAsync(call));
    }

    private static async Task<int> InvariantsAsync(Call call) =>
        Answer(call, await call.ProgressAsync("Reading", null, async _ => await call.Get<CheckInvariants>().RunAsync(settled: true, call.Stop)));

    private static async Task<int> RunAsync(Call call)
    {
        return Answer(call, await call.ProgressAsync("Looking", null, async _ =>
        {
            var all = new List<Finding>(await call.Get<DatabaseChecks>().Run(call.Stop));
            all.Add(await GuardAsync("storage", () => StorageAsync(call)));
            foreach (var queue in Queues.All) all.Add(await GuardAsync($"queue {queue.Name}", () => QueueAsync(call, queue)));
            return all;
        }));
    }

    private static int Answer(Call call, IReadOnlyList<Finding> findings)
    {
        var healthy = findings.All(finding => finding.Verdict != Verdict.Bad);
        call.Answer(new { healthy, findings }, screen => Show(screen, findings));
        return healthy ? ExitCode.Ok : ExitCode.FoundProblems;
    }

    private static void Show(Screen screen, IReadOnlyList<Finding> findings)
    {
        var shards = findings.Select(finding => finding.Shard).OfType<string>().Distinct().Count();
        foreach (var finding in findings)
        {
            var mark = finding.Verdict switch { Verdict.Good => "✓", Verdict.Warning => "!", _ => "✗" };
            screen.Marked(mark, $"{(shards > 1 && finding.Shard is { } shard ? $"{shard}: " : "")}{finding.Check}: {finding.Detail}");
            if (finding.Advice is not null) screen.Line($"  → {finding.Advice}");
        }
        screen.Line("");
        screen.Line($"{findings.Count(finding => finding.Verdict == Verdict.Bad)} wrong, {findings.Count(finding => finding.Verdict == Verdict.Warning)} worth a look, {findings.Count(finding => finding.Verdict == Verdict.Good)} good.");
    }

    private static async Task<Finding> StorageAsync(Call call)
    {
        var container = call.Get<BlobServiceClient>().GetBlobContainerClient(SelfCheck.Container);
        return await container.ExistsAsync(call.Stop)
            ? Finding.Good("storage", $"{container.AccountName} answers.")
            : Finding.Warning("storage", $"{container.AccountName} answers, but has no container '{SelfCheck.Container}' yet.", "Nothing to do: the first self-check makes it.");
    }

    private static async Task<Finding> QueueAsync(Call call, DeadLetters.Source queue)
    {
        var dead = (await call.Get<DeadLetters>().ListAsync(queue, MostCounted, call.Stop)).Count;
        return dead == 0
            ? Finding.Good($"queue {queue.Name}", "It answers, and has no dead letters.")
            : Finding.Warning($"queue {queue.Name}", $"{(dead == MostCounted ? "At least " : "")}{dead} dead letters.", $"Run 'podium dead-letters list --queue {queue.Name}'.");
    }

    private static async Task<Finding> GuardAsync(string check, Func<Task<Finding>> look)
    {
        try
        {
            return await look().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return Finding.Bad(check, $"No answer within {Patience.TotalSeconds:0} seconds.", "See that it runs and that this machine may reach it.");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Finding.Bad(check, Failure.Of(error).Sentence, "See docs/settings.md for how it is named, and that this machine may reach it.");
        }
    }
}
