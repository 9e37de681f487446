using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Api;
using Podium.Tenancy;
using Podium.Voting.Counting;

namespace Podium.Voting;

public enum VotingMethod
{
    Plurality,
    Approval,
    Score,
    InstantRunoff,
    Schulze,
    Stv,
}

/// <summary>Whether a voter has one ballot, or a vote for each option on its own.</summary>
public enum BallotKind
{
    Whole,
    Option,
}

/// <summary>How long votes last until the voter has new ones.</summary>
public enum VotingPeriod
{
    Session,
    Day,
}

/// <summary>Whether anybody sees the counts while voting is open.</summary>
public enum VotingVisibility
{
    Live,
    Sealed,
}

/// <summary>Who may vote: signed-in people, those with a verified address, whoever proves an e-mail address, any device with a ticket.</summary>
public enum VotersKind
{
    People,
    Verified,
    Email,
    Anyone,
}

public enum VotingStatus
{
    Draft,
    Open,
    Closed,
    Published,
}

/// <summary>Voters with a weight or a share of their own. A voter is in the first group whose conditions all hold.</summary>
public sealed record VoterGroup
{
    [StringLength(100, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>What each of its ballots counts.</summary>
    [Range(0.001, 999.999)]
    public decimal Weight { get; init; } = 1;

    /// <summary>What all its ballots together count, in proportion to the other groups' shares; 0 where no group has a share.</summary>
    [Range(0, 1000)]
    public decimal Share { get; init; }

    /// <summary>Only who holds this role.</summary>
    [StringLength(50, MinimumLength = 2), Example("JUDGE")]
    public string? Role { get; init; }

    /// <summary>Only people of this institution.</summary>
    public Guid? InstitutionId { get; init; }

    /// <summary>Only voters of this country.</summary>
    [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
    public string? Country { get; init; }
}

/// <summary>Turns the votes, and those of a jury's voting with the same options, into points and adds them up.</summary>
public sealed record PointsRules
{
    /// <summary>The points of the first place, the second, and so on.</summary>
    [MinLength(1), MaxLength(100), Example(new[] { 12, 10, 8, 7, 6, 5, 4, 3, 2, 1 })]
    public IReadOnlyList<int> Scale { get; init; } = PointsContest.Classic;

    /// <summary>The jury's voting, whose options have the same numbers.</summary>
    public Guid? JurySessionId { get; init; }

    /// <summary>Each country's public, and each country's jury, is a panel of its own.</summary>
    public bool ByCountry { get; init; } = true;

    [Range(0, 1000)]
    public decimal JuryWeight { get; init; } = 1;

    [Range(0, 1000)]
    public decimal PublicWeight { get; init; } = 1;

    /// <summary>What sets equals apart, one after the other; then the lot.</summary>
    [MaxLength(5)]
    public IReadOnlyList<TieBreaker> TieBreakers { get; init; } = [TieBreaker.PublicPoints, TieBreaker.Panels, TieBreaker.Countback];
}

/// <summary>All that organisers decide about a voting.</summary>
public record VotingRules
{
    /// <summary>The competition it belongs to.</summary>
    [Example(null!)]
    public Guid? CompetitionId { get; init; }

    [StringLength(200, MinimumLength = 1)]
    public required string Title { get; init; }

    [StringLength(5000)]
    public string Description { get; init; } = "";

    public VotingMethod Method { get; init; }

    /// <summary>With plurality, voters may vote for each option on its own.</summary>
    public BallotKind Ballot { get; init; }

    /// <summary>After a day, of the voting's time zone, voters have new votes.</summary>
    public VotingPeriod Period { get; init; }

    /// <summary>How many ballots a voter has in a period, or votes for one option.</summary>
    [Range(1, 50)]
    public int VotesPerPeriod { get; init; } = 1;

    /// <summary>How many options a ballot may name; or how many a voter may vote for in a period, where each is voted for on its own.</summary>
    [Range(1, 1000)]
    public int? MostOptions { get; init; }

    /// <summary>How many options win.</summary>
    [Range(1, 1000), Example(1)]
    public int Seats { get; init; } = 1;

    [Range(-1000, 1000), Example(0)]
    public int LowestScore { get; init; }

    [Range(-1000, 1000), Example(10)]
    public int HighestScore { get; init; } = 10;

    /// <summary>Voters may change their ballot while voting is open.</summary>
    public bool MayChange { get; init; }

    /// <summary>Voters may take a vote back while voting is open.</summary>
    public bool MayWithdraw { get; init; }

    public VotingVisibility Visibility { get; init; }

    public VotersKind Voters { get; init; }

    /// <summary>The countries whose voters may vote (ISO 3166); all where there are none.</summary>
    [MaxLength(250), CountryCodes, Example(new[] { "KZ", "US" })]
    public string[] Countries { get; init; } = [];

    /// <summary>The institutions whose people may vote; all where there are none.</summary>
    [MaxLength(100), Example(new string[0])]
    public Guid[] InstitutionIds { get; init; } = [];

    [MaxLength(20)]
    public IReadOnlyList<VoterGroup> Groups { get; init; } = [];

    /// <summary>Nobody votes who is in no group.</summary>
    public bool OnlyGroups { get; init; }

    [Example(null!)]
    public PointsRules? Points { get; init; }

    /// <summary>Whose days are the periods; the tenant's where it is not said.</summary>
    [TimeZoneName, StringLength(64), Example("Asia/Almaty")]
    public string? TimeZone { get; init; }

    /// <summary>When it opens by itself.</summary>
    [Example("2027-05-01T08:00:00Z")]
    public DateTimeOffset? OpensAt { get; init; }

    /// <summary>When it closes by itself.</summary>
    [Example("2027-05-08T20:00:00Z")]
    public DateTimeOffset? ClosesAt { get; init; }

    /// <summary>The results are published as soon as it is closed.</summary>
    public bool PublishesItself { get; init; }
}

/// <summary>A list of country codes, each once.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CountryCodesAttribute : ValidationAttribute
{
    public CountryCodesAttribute() => ErrorMessage = "Each must be two capital letters (ISO 3166), and stand there once.";

    public override bool IsValid(object? value) =>
        value is not IEnumerable<string> codes || (codes.All(code => code.Length == 2 && code.All(char.IsAsciiLetterUpper)) && codes.Distinct().Count() == codes.Count());
}

/// <summary>How words of the code are written in the database.</summary>
internal static class Words
{
    public static string Word<T>(this T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
