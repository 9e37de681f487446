using System.Text.Json;
using Podium.Platform.Api;

namespace Podium.Exams;

/// <summary>A kind of examination to begin with: its grades, rules, subjects and papers.</summary>
public sealed record ExamBlueprint
{
    public required string Name { get; init; }

    public required string Level { get; init; }

    public required string About { get; init; }

    public required IReadOnlyList<Grade> Grades { get; init; }

    /// <summary>The least score of each grade, for every subject.</summary>
    public required IReadOnlyList<decimal> Boundaries { get; init; }

    public required IReadOnlyList<DivisionRule> Divisions { get; init; }

    public required IReadOnlyList<Subject> Subjects { get; init; }

    public sealed record Subject(string Code, string Name, IReadOnlyList<EditExamSubject.PaperRequest> Papers);

    /// <summary>The general certificate of education.</summary>
    public static ExamBlueprint Gce { get; } = Load("gce");

    private static ExamBlueprint Load(string name)
    {
        using var stream = typeof(ExamBlueprint).Assembly.GetManifestResourceStream($"ExamBlueprints/{name}.json")!;
        return JsonSerializer.Deserialize<ExamBlueprint>(stream, Json.Options)!;
    }
}
