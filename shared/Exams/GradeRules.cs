using System.ComponentModel.DataAnnotations;
using Podium.Platform.Api;

namespace Podium.Exams;

/// <summary>A grade of a session's scale: what it counts, and whether it passes.</summary>
public sealed record Grade
{
    [RegularExpression("[A-Z0-9*+-]{1,5}", ErrorMessage = "1 to 5 capital letters, digits, stars or signs."), StringLength(5, MinimumLength = 1), Example("A")]
    public required string Code { get; init; }

    /// <summary>What it adds to a candidate's points.</summary>
    [Range(0, 1000)]
    public required int Points { get; init; }

    public required bool Passes { get; init; }
}

/// <summary>What a candidate must have for a division, such as a class or a bare pass. The first of a session's rules that fits is the candidate's.</summary>
public sealed record DivisionRule
{
    [StringLength(50, MinimumLength = 1), Example("Division I")]
    public required string Name { get; init; }

    /// <summary>How many subjects must be passed.</summary>
    [Range(0, 100)]
    public int MinPasses { get; init; }

    /// <summary>How many of the best grades count for the points; all where this is null.</summary>
    [Range(1, 100)]
    public int? CountBest { get; init; }

    /// <summary>At least so many points; for scales where more is better.</summary>
    [Range(0, 100_000)]
    public int? MinPoints { get; init; }

    /// <summary>At most so many points; for scales where fewer are better.</summary>
    [Range(0, 100_000)]
    public int? MaxPoints { get; init; }

    /// <summary>Codes of subjects that must be passed.</summary>
    [MaxLength(20), Example(new[] { "ENG" })]
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Codes of subjects that count neither as passes nor for the points.</summary>
    [MaxLength(20), Example(new[] { "REL" })]
    public IReadOnlyList<string> Without { get; init; } = [];
}

/// <summary>One subject as the rules of divisions see it. The rank is the grade's place in the scale, 0 the best.</summary>
public readonly record struct GradedSubject(string Code, int Rank, int Points, bool Passed);

/// <summary>What a candidate's grades come to.</summary>
public readonly record struct Standing(string? Division, int Passes, int Points);

/// <summary>Divisions by rules that are data. Nothing here rounds: grades are given, points are whole.</summary>
public static class Divisions
{
    /// <summary>Where a candidate stands. Without a rule that fits, passes and points are those of all subjects.</summary>
    public static Standing Of(IReadOnlyList<GradedSubject> subjects, IReadOnlyList<DivisionRule> rules)
    {
        foreach (var rule in rules)
        {
            var counted = subjects.Where(subject => !rule.Without.Contains(subject.Code)).ToList();
            var passes = counted.Count(subject => subject.Passed);
            if (passes < rule.MinPasses) continue;
            if (!rule.Required.All(code => subjects.Any(subject => subject.Passed && subject.Code == code))) continue;
            // who has fewer grades than count has no such points
            if (rule.CountBest > counted.Count) continue;
            var points = counted.OrderBy(subject => subject.Rank).ThenBy(subject => subject.Code, StringComparer.Ordinal).Take(rule.CountBest ?? counted.Count).Sum(subject => subject.Points);
            if (points < rule.MinPoints || points > rule.MaxPoints) continue;
            return new Standing(rule.Name, passes, points);
        }
        return new Standing(null, subjects.Count(subject => subject.Passed), subjects.Sum(subject => subject.Points));
    }
}
