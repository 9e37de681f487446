using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>A kind of competition: all that its competitions have in common, with times told from their beginning.</summary>
public sealed record Blueprint
{
    private const int MostHours = 24 * 366 * 2;

    /// <summary>What this kind is called.</summary>
    [StringLength(200, MinimumLength = 1), Example("Robotics, judged from PDF")]
    public required string Title { get; init; }

    /// <summary>What it is good for, by language.</summary>
    [MaxLength(20)]
    public IReadOnlyDictionary<string, string> About { get; init; } = new Dictionary<string, string>();

    /// <summary>What a new competition says of itself.</summary>
    [StringLength(20000)]
    public string Description { get; init; } = "";

    [Example("team")]
    public required CompetitionType Type { get; init; }

    [Range(1, 200), Example(1)]
    public int MinTeamSize { get; init; } = 1;

    [Range(1, 200), Example(5)]
    public int? MaxTeamSize { get; init; }

    [Range(1, 1000000), Example(40)]
    public int? MaxParticipants { get; init; }

    public bool RequiresApproval { get; init; }

    /// <summary>How many hours before the beginning registration opens.</summary>
    [Range(1, MostHours), Example(1008)]
    public required int RegistrationOpensBefore { get; init; }

    /// <summary>How many hours before the beginning registration closes.</summary>
    [Range(0, MostHours), Example(168)]
    public required int RegistrationClosesBefore { get; init; }

    /// <summary>How many hours it takes.</summary>
    [Range(1, MostHours), Example(504)]
    public required int Lasts { get; init; }

    public CompetitionConfiguration Configuration { get; init; } = new();

    [MaxLength(100)]
    public IReadOnlyList<BlueprintRound> Rounds { get; init; } = [];

    [MaxLength(100), Example(new string[0])]
    public IReadOnlyList<BlueprintForm> Forms { get; init; } = [];

    /// <summary>What judges mark, in all rounds or in one.</summary>
    [MaxLength(101), Example(new string[0])]
    public IReadOnlyList<BlueprintRubric> Rubrics { get; init; } = [];

    /// <summary>What is wrong with it beside its shape.</summary>
    public IReadOnlyList<Fault> Faults(string pointer)
    {
        var faults = new List<Fault>();
        if (RegistrationClosesBefore >= RegistrationOpensBefore) faults.Add(new Fault(pointer + "/registrationClosesBefore", "order", "Registration closes after it has opened."));
        if (Type == CompetitionType.Individual && (MaxTeamSize is not null || MinTeamSize > 1)) faults.Add(new Fault(pointer + "/maxTeamSize", "no-teams", "In a competition of individuals there are no teams."));
        if (Type != CompetitionType.Individual && (MaxTeamSize is null || MaxTeamSize < MinTeamSize)) faults.Add(new Fault(pointer + "/maxTeamSize", "order", "Say how many people a team may have, no fewer than it must."));
        for (var i = 0; i < Rounds.Count; i++)
        {
            var round = Rounds[i];
            if (round.OpensAfter >= round.ClosesAfter || round.ClosesAfter > Lasts) faults.Add(new Fault($"{pointer}/rounds/{i}/closesAfter", "order", "A round closes after it has opened, before the competition ends."));
            if (i > 0 && round.OpensAfter < Rounds[i - 1].OpensAfter) faults.Add(new Fault($"{pointer}/rounds/{i}/opensAfter", "order", "Rounds open in their order."));
        }
        for (var i = 0; i < Forms.Count; i++)
        {
            faults.AddRange(EntryForm.FaultsOf(Forms[i].Fields, [.. Forms[i].Fields.SelectMany(field => field.Label.Keys).Distinct()], $"{pointer}/forms/{i}/fields"));
            if (Forms[i].Round > Rounds.Count) faults.Add(new Fault($"{pointer}/forms/{i}/round", "unknown", "There is no such round."));
            if (Forms[i] is { Purpose: FormPurpose.Registration, Round: not null }) faults.Add(new Fault($"{pointer}/forms/{i}/round", "not-here", "One registers for the whole competition."));
            if (Forms.Take(i).Any(other => other.Purpose == Forms[i].Purpose && other.Round == Forms[i].Round)) faults.Add(new Fault($"{pointer}/forms/{i}/purpose", "repeated", "There is such a form already."));
        }
        for (var i = 0; i < Rubrics.Count; i++)
        {
            var at = $"{pointer}/rubrics/{i}";
            faults.AddRange(Judging.Rubrics.FaultsOf(Rubrics[i].Rubric, at + "/rubric"));
            if (Rubrics[i].Rubric.RoundId is not null) faults.Add(new Fault(at + "/rubric/roundId", "not-here", "A blueprint numbers its rounds; say which one beside the rubric."));
            if (Rubrics[i].Round > Rounds.Count) faults.Add(new Fault(at + "/round", "unknown", "There is no such round."));
            if (Rubrics.Take(i).Any(other => other.Round == Rubrics[i].Round)) faults.Add(new Fault(at + "/round", "repeated", "There is such a rubric already."));
        }
        return faults;
    }

    /// <summary>The request with what it leaves open filled in.</summary>
    internal EditCompetition.Request Under(EditCompetition.Request request) => request with
    {
        Description = request.Description ?? Description,
        Type = request.Type ?? Type,
        MinTeamSize = request.MinTeamSize ?? MinTeamSize,
        MaxTeamSize = request.MaxTeamSize ?? MaxTeamSize,
        MaxParticipants = request.MaxParticipants ?? MaxParticipants,
        RequiresApproval = request.RequiresApproval ?? RequiresApproval,
        Configuration = request.Configuration ?? Configuration,
        RegistrationStart = request.RegistrationStart ?? request.CompetitionStart?.AddHours(-RegistrationOpensBefore),
        RegistrationEnd = request.RegistrationEnd ?? request.CompetitionStart?.AddHours(-RegistrationClosesBefore),
        CompetitionEnd = request.CompetitionEnd ?? request.CompetitionStart?.AddHours(Lasts),
    };
}

/// <summary>A round of a blueprint; they are numbered from 1 in their order.</summary>
public sealed record BlueprintRound
{
    [StringLength(200, MinimumLength = 1), Example("Qualification")]
    public required string Name { get; init; }

    /// <summary>The name in other languages.</summary>
    [MaxLength(20)]
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    [StringLength(10000)]
    public string Description { get; init; } = "";

    /// <summary>How many hours after the competition's beginning it opens.</summary>
    [Range(0, 24 * 366 * 2), Example(0)]
    public required int OpensAfter { get; init; }

    /// <summary>How many hours after the competition's beginning it closes.</summary>
    [Range(1, 24 * 366 * 2), Example(168)]
    public required int ClosesAfter { get; init; }

    public Rounds.RoundConfiguration Configuration { get; init; } = new();
}

/// <summary>A form of a blueprint.</summary>
public sealed record BlueprintForm
{
    public required FormPurpose Purpose { get; init; }

    /// <summary>The round's number; absent for the whole competition.</summary>
    [Range(1, 100)]
    public int? Round { get; init; }

    [MaxLength(EntryForm.MostFields)]
    public required IReadOnlyList<FormField> Fields { get; init; }
}

/// <summary>A rubric of a blueprint.</summary>
public sealed record BlueprintRubric
{
    /// <summary>The round's number; absent for all rounds that have none of their own.</summary>
    [Range(1, 100)]
    public int? Round { get; init; }

    public required Judging.Rubrics.Request Rubric { get; init; }
}
