namespace Podium.Operations;

/// <summary>
/// A self-check sends one probe the whole way that real work goes: an orchestration writes a blob, its trigger puts a
/// message on a queue, whose trigger tells the orchestration. What arrives proves that every way is open.
/// </summary>
public static class SelfCheck
{
    public const string Container = "self-checks";

    public const string Queue = "self_checks";

    public const string IdPrefix = "self-check-";

    /// <summary>The event that ends the orchestration's wait.</summary>
    public const string ProbeArrived = "ProbeArrived";

    /// <summary>How long a probe may be under way.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long finished checks are kept.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    /// <summary>A new check's id, in order of time.</summary>
    public static string NewId(DateTimeOffset now) => IdPrefix + Guid.CreateVersion7(now).ToString("N");

    /// <summary>Name of the probe's blob.</summary>
    public static string BlobOf(string id) => $"{id}.probe";

    /// <summary>What the probe says: when it was written.</summary>
    public sealed record Probe(string Id, DateTimeOffset WrittenAt);

    /// <summary>What came of a check.</summary>
    public sealed record Outcome(bool Passed, double Seconds, string? Reason);
}
