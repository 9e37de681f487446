using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Api;

namespace Podium.Competitions;

/// <summary>What a competition wants different from others. Each area has its own part; an unknown member is refused.</summary>
public sealed record CompetitionConfiguration
{
    public RegistrationRules Registration { get; init; } = new();

    public EligibilityRules Eligibility { get; init; } = new();

    public TeamRules Teams { get; init; } = new();

    /// <summary>Medals and prizes, the best first.</summary>
    [MaxLength(50)]
    public IReadOnlyList<AwardRule> Awards { get; init; } = [];

    /// <summary>What only the front-end understands.</summary>
    public JsonElement? Custom { get; init; }

    public static CompetitionConfiguration Of(JsonElement stored) => stored.Deserialize<CompetitionConfiguration>(Json.Options)!;

    public string Text() => JsonSerializer.Serialize(this, Json.Options);
}

/// <summary>How people register.</summary>
public sealed record RegistrationRules
{
    /// <summary>Whether who comes too late for a seat may wait for one.</summary>
    public bool Waitlist { get; init; } = true;

    /// <summary>How many hours before registration closes a team that has not registered is reminded; 0 is never.</summary>
    [Range(0, 720), Example(48)]
    public int ReminderHours { get; init; } = 48;
}

/// <summary>Until when members may come and go by themselves.</summary>
public enum TeamsChangeUntil
{
    RegistrationEnd,
    CompetitionStart,
    CompetitionEnd,
}

/// <summary>How teams are formed.</summary>
public sealed record TeamRules
{
    /// <summary>How many days an invitation or a request may be answered.</summary>
    [Range(1, 90), Example(7)]
    public int InvitationDays { get; init; } = 7;

    public TeamsChangeUntil ChangeUntil { get; init; } = TeamsChangeUntil.CompetitionStart;

    /// <summary>Whether all members must belong to one institution.</summary>
    [Example(false)]
    public bool SameInstitution { get; init; }
}

/// <summary>Who may take part. An empty list excludes nobody.</summary>
public sealed record EligibilityRules
{
    [MaxLength(500), Example(new string[0])]
    public IReadOnlyList<Guid> Institutions { get; init; } = [];

    [MaxLength(500), Example(new string[0])]
    public IReadOnlyList<Guid> Programs { get; init; } = [];

    /// <summary>Two capital letters each (ISO 3166).</summary>
    [MaxLength(250), Countries, Example(new[] { "KZ" })]
    public IReadOnlyList<string> Countries { get; init; } = [];

    /// <summary>In whole years, on the day the competition starts.</summary>
    [Range(0, 150), Example(16)]
    public int? MinAge { get; init; }

    [Range(0, 150), Example(99)]
    public int? MaxAge { get; init; }

    /// <summary>Whether the institution must be declared verified.</summary>
    [Example(false)]
    public bool VerifiedInstitution { get; init; }
}

/// <summary>Country codes.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CountriesAttribute : ValidationAttribute
{
    public CountriesAttribute() => ErrorMessage = "Two capital letters each (ISO 3166).";

    public override bool IsValid(object? value) => value is not IEnumerable<string> codes || codes.All(code => code is [>= 'A' and <= 'Z', >= 'A' and <= 'Z']);
}
