namespace Podium.Submissions;

/// <summary>How often an entry may still hand in. An upload that fails, is refused, expires or is cancelled gives its attempt back.</summary>
public sealed record Attempts
{
    /// <summary>How many are left; null is any number.</summary>
    public int? Left { get; init; }

    /// <summary>How many are left on this day; null is any number.</summary>
    public int? LeftToday { get; init; }

    /// <summary>How many more may be under validation at once.</summary>
    public required int LeftInFlight { get; init; }

    public bool AreUsed => Left is 0 || LeftToday is 0 || LeftInFlight == 0;

    internal sealed record Taken(int Total, int Today, int InFlight, int LastNumber);

    internal static Attempts Of(SubmissionRules rules, Taken taken) => new()
    {
        Left = rules.InTotal is { } total ? Math.Max(0, total - taken.Total) : null,
        LeftToday = rules.PerDay is { } day ? Math.Max(0, day - taken.Today) : null,
        LeftInFlight = Math.Max(0, rules.InFlight - taken.InFlight),
    };

    internal string Say(SubmissionRules rules) => this switch
    {
        { Left: 0 } => $"All {rules.InTotal} attempts are used.",
        { LeftToday: 0 } => $"The {rules.PerDay} attempts of this day are used; the next day begins at midnight, {rules.TimeZone ?? "where the organisers are"}.",
        _ => $"{rules.InFlight} are under validation: wait until one is decided, or withdraw it.",
    };
}
