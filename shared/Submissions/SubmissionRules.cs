using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;
using Podium.Platform.Files;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>For what entries hand something in.</summary>
public enum SubmissionsFor
{
    Nothing,
    Competition,
    Rounds,
}

/// <summary>Who of a team hands in.</summary>
public enum SubmittedBy
{
    Members,
    Captain,
}

/// <summary>By what a penalty for lateness grows.</summary>
public enum LatenessUnit
{
    Hour,
    Day,
}

/// <summary>What may be handed in, by whom, how often and until when; a part of a competition's configuration. A round may have its own.</summary>
public sealed record SubmissionRules
{
    /// <summary>Whether something is handed in for the whole competition, for each round, or not at all. The deadline is the competition's end or the round's.</summary>
    public SubmissionsFor For { get; init; } = SubmissionsFor.Nothing;

    public SubmittedBy By { get; init; } = SubmittedBy.Members;

    /// <summary>What files may be, by their content.</summary>
    [MinLength(1), MaxLength(40), TakenKinds, Example(new[] { "pdf" })]
    public IReadOnlyList<FileKind> Kinds { get; init; } = [FileKind.Pdf];

    /// <summary>The size of each file.</summary>
    [Range(1, RequestUpload.MostBytes), Example(20971520)]
    public long MaxBytes { get; init; } = 20 << 20;

    [Range(1, 100000), Example(null!)]
    public int? MaxPages { get; init; }

    [Range(0, 50)]
    public int MinFiles { get; init; } = 1;

    /// <summary>No fewer than the least.</summary>
    [Range(0, 50), Example(1)]
    public int MaxFiles { get; init; } = 1;

    /// <summary>How often may be handed in on one day of the time zone.</summary>
    [Range(1, 1000), Example(null!)]
    public int? PerDay { get; init; }

    [Range(1, 10000), Example(null!)]
    public int? InTotal { get; init; }

    /// <summary>How many versions may be under validation at once.</summary>
    [Range(1, 20), Example(3)]
    public int InFlight { get; init; } = 3;

    /// <summary>What comes so many seconds after the deadline is marked late and costs nothing.</summary>
    [Range(0, 86400), Example(0)]
    public int GraceSeconds { get; init; }

    /// <summary>What becomes of what comes later; null takes nothing.</summary>
    [Example(null!)]
    public LateRule? Late { get; init; }

    /// <summary>Where a day begins, such as Asia/Almaty; the tenant's where this is absent.</summary>
    [StringLength(60, MinimumLength = 1), TimeZoneName, Example("Asia/Almaty")]
    public string? TimeZone { get; init; }

    /// <summary>How many hours before the deadline who has handed in nothing is reminded; 0 is never.</summary>
    [Range(0, 720), Example(24)]
    public int ReminderHours { get; init; } = 24;

    internal int MostFiles => Math.Max(MinFiles, MaxFiles);

    internal FileRules FileRules() => new() { Allowed = Kinds.ToHashSet(), MaxBytes = MaxBytes, MaxPages = MaxPages };
}

/// <summary>How long late work is taken, and what it costs.</summary>
public sealed record LateRule
{
    /// <summary>How many hours after the deadline it is taken.</summary>
    [Range(1, 2160), Example(48)]
    public required int Hours { get; init; }

    [Example("day")]
    public LatenessUnit Per { get; init; } = LatenessUnit.Day;

    /// <summary>Of the score, for each started hour or day since the deadline.</summary>
    [Range(0, 100), Example(10)]
    public required int Percent { get; init; }

    /// <summary>The most it costs.</summary>
    [Range(0, 100), Example(50)]
    public int Cap { get; init; } = 100;
}

/// <summary>Kinds of file that somebody may want.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TakenKindsAttribute : ValidationAttribute
{
    public TakenKindsAttribute() => ErrorMessage = "Say which kinds are taken; 'unknown' and 'empty' are none.";

    public override bool IsValid(object? value) => value is not IEnumerable<FileKind> kinds || kinds.All(kind => kind is not (FileKind.Unknown or FileKind.Empty));
}
