using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;

namespace Podium.Competitions;

/// <summary>How a round's scores are made comparable between judges.</summary>
public enum NormalisationMethod
{
    None,

    /// <summary>Each judge's totals get the mean and deviation of all.</summary>
    Deviation,

    /// <summary>Each judge's effect in the additive model is taken off.</summary>
    JudgeEffect,
}

/// <summary>How a round is judged.</summary>
public sealed record JudgingRules
{
    /// <summary>How many judges each entry needs.</summary>
    [Range(1, 50), Example(3)]
    public int Reviews { get; init; } = 2;

    /// <summary>How many hours after the round's closing the reviews are due.</summary>
    [Range(1, 2400), Example(72)]
    public int Hours { get; init; } = 168;

    /// <summary>How many hours before that judges who are not done are reminded; 0 is never.</summary>
    [Range(0, 720), Example(24)]
    public int ReminderHours { get; init; } = 24;

    /// <summary>How many hours those have who take overdue reviews over; 0 where nobody takes over.</summary>
    [Range(0, 720), Example(24)]
    public int TakeoverHours { get; init; } = 24;

    /// <summary>How many hours those who take part have to appeal, once they know their places; 0 where nobody appeals.</summary>
    [Range(0, 720), Example(48)]
    public int AppealHours { get; init; }

    /// <summary>Whether they read the marks and words of their own judges then.</summary>
    [Example(true)]
    public bool Feedback { get; init; }

    [Example("none")]
    public NormalisationMethod Normalisation { get; init; }
}

/// <summary>Who goes on to the next round.</summary>
public enum AdvanceBy
{
    /// <summary>Everybody who has a place.</summary>
    All,

    /// <summary>So many places.</summary>
    Top,

    /// <summary>So many of a hundred of those who have a place, rounded up.</summary>
    Percent,

    /// <summary>Everybody from this score on.</summary>
    Threshold,
}

/// <summary>Who goes on, as data.</summary>
public sealed record AdvancingRules
{
    [Example("top")]
    public AdvanceBy By { get; init; }

    /// <summary>How many, how many of a hundred, or from which score on.</summary>
    [Range(0, 1000000), Example(10)]
    public decimal Value { get; init; }

    /// <summary>A choice of the registration's form by which entries are parted; each part sends its own.</summary>
    [StringLength(50), Example(null!)]
    public string? PerField { get; init; }

    /// <summary>How many more the organisers may let go on.</summary>
    [Range(0, 1000), Example(2)]
    public int Wildcards { get; init; }
}

/// <summary>A medal or prize for the best of the last round.</summary>
public sealed record AwardRule
{
    [StringLength(100, MinimumLength = 1), Example("Gold")]
    public required string Name { get; init; }

    /// <summary>For how many places; places that are shared are used up.</summary>
    [Range(1, 10000), Example(1)]
    public required int Places { get; init; }
}
