namespace Podium.Operations;

/// <summary>How a check came out.</summary>
public enum Verdict
{
    Good,

    /// <summary>Worth a look, no fault yet.</summary>
    Warning,

    Bad,
}

/// <summary>What a check found, and what to do about it.</summary>
public sealed record Finding(string Check, Verdict Verdict, string Detail, string? Advice = null)
{
    /// <summary>The shard that was looked at; null for what all share.</summary>
    public string? Shard { get; init; }

    public static Finding Good(string check, string detail) => new(check, Verdict.Good, detail);

    public static Finding Warning(string check, string detail, string advice) => new(check, Verdict.Warning, detail, advice);

    public static Finding Bad(string check, string detail, string advice) => new(check, Verdict.Bad, detail, advice);
}
