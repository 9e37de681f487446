using Microsoft.Extensions.Logging;

namespace Podium.Operations;

/// <summary>Looks everything over that the app stands on, for operators, and for alerts that read the log.</summary>
public sealed partial class LookOver(DatabaseChecks databases, QueueChecks queues, TimeProvider clock, ILogger<LookOver> log)
{
    /// <summary>Healthy is what has no bad finding.</summary>
    public sealed record Result(DateTimeOffset At, bool Healthy, IReadOnlyList<Finding> Findings);

    public async Task<Result> Run(Finding orchestrations, CancellationToken cancellationToken)
    {
        List<Finding> findings = [.. await databases.Run(cancellationToken), .. await queues.Run(cancellationToken), orchestrations];
        return new Result(clock.GetUtcNow(), findings.All(finding => finding.Verdict != Verdict.Bad), findings);
    }

    /// <summary>Writes what is not good to the log.</summary>
    public void Report(Result result)
    {
        foreach (var finding in result.Findings)
        {
            if (finding.Verdict == Verdict.Bad) LogBad(log, finding.Check, finding.Shard ?? "all", finding.Detail);
            else if (finding.Verdict == Verdict.Warning) LogWorthALook(log, finding.Check, finding.Shard ?? "all", finding.Detail);
        }
    }

    [LoggerMessage(210, LogLevel.Error, "Found wrong: {Check} ({Shard}): {Detail}")]
    private static partial void LogBad(ILogger logger, string check, string shard, string detail);

    [LoggerMessage(211, LogLevel.Warning, "Worth a look: {Check} ({Shard}): {Detail}")]
    private static partial void LogWorthALook(ILogger logger, string check, string shard, string detail);
}
