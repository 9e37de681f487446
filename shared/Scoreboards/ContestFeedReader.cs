using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Podium.Scoreboards;

/// <summary>
/// Reads an event feed (NDJSON) of the Contest API, of any of its versions from 2020-03 on, into a contest and its facts. Later lines about an
/// object replace earlier ones; deletions take it away; types that do not matter to a board are passed over.
/// </summary>
public static partial class ContestFeedReader
{
    public sealed record Imported(ProblemContest Contest, ContestFacts Facts);

    /// <summary>A line that cannot be read.</summary>
    public sealed class UnreadableFeedException(int line, string reason, Exception? inner = null) : Exception($"Line {line}: {reason}", inner)
    {
        public int Line => line;
    }

    public static Imported Read(IEnumerable<string> lines)
    {
        var objects = new Dictionary<string, Dictionary<string, Told>>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                Take(objects, JsonSerializer.Deserialize<JsonElement>(line), number);
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new UnreadableFeedException(number, fault.Message, fault);
            }
        }
        try
        {
            return Build(objects);
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UnreadableFeedException(number, $"The feed as a whole does not make a contest: {fault.Message}", fault);
        }
    }

    /// <summary>What was last said of an object, and in which line.</summary>
    private sealed record Told(JsonElement Data, int Line);

    private static void Take(Dictionary<string, Dictionary<string, Told>> objects, JsonElement line, int number)
    {
        var type = line.GetProperty("type").GetString() switch { "contests" => "contest", var other => other! };
        if (!objects.TryGetValue(type, out var held)) objects[type] = held = [];
        var data = line.GetProperty("data");
        var deleted = line.TryGetProperty("op", out var op) && op.GetString() == "delete";
        var id = line.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        if (type is "contest" or "state") held[""] = new(data, number);
        else if (data.ValueKind == JsonValueKind.Array)
        {
            held.Clear();
            foreach (var one in data.EnumerateArray()) held[one.GetProperty("id").GetString()!] = new(one, number);
        }
        else if (data.ValueKind == JsonValueKind.Null || deleted) held.Remove(data.ValueKind == JsonValueKind.Object ? data.GetProperty("id").GetString()! : id ?? throw new InvalidOperationException("The line does not say what is deleted."));
        else held[data.GetProperty("id").GetString() ?? throw new InvalidOperationException("The object has no id.")] = new(data, number);
    }

    private static Imported Build(Dictionary<string, Dictionary<string, Told>> objects)
    {
        IEnumerable<JsonElement> All(string type) => objects.TryGetValue(type, out var held) ? held.Values.Select(told => told.Data) : [];
        IReadOnlyList<T> Each<T>(string type, Func<JsonElement, T> read) => [.. objects.TryGetValue(type, out var held) ? held.Values.Select(told => InLine(told, read)) : []];
        var header = All("contest").FirstOrDefault();
        if (header.ValueKind != JsonValueKind.Object) throw new InvalidOperationException("It says nothing of the contest itself.");
        var state = All("state").FirstOrDefault();
        var start = Instant(header, "start_time") ?? Instant(state, "started");
        var contest = new ProblemContest(Needed(header, "id"), Needed(header, "name"), start, Relative(header, "duration") ?? throw new FormatException("The contest has no duration."))
        {
            FormalName = Text(header, "formal_name"),
            FreezeBefore = Relative(header, "scoreboard_freeze_duration"),
            ThawedAt = Instant(state, "thawed"),
            FinalizedAt = Instant(state, "finalized"),
            Penalty = header.TryGetProperty("penalty_time", out var penalty) && penalty.ValueKind == JsonValueKind.Number ? TimeSpan.FromMinutes(penalty.GetDouble()) : Relative(header, "penalty_time") ?? TimeSpan.FromMinutes(20),
            Problems = Each("problems", problem => new ContestProblem(Needed(problem, "id"), Text(problem, "label") ?? Needed(problem, "id"), Needed(problem, "name"), problem.GetProperty("ordinal").GetInt32())
            {
                Rgb = Text(problem, "rgb"),
                Color = Text(problem, "color"),
                TestDataCount = problem.TryGetProperty("test_data_count", out var count) && count.ValueKind == JsonValueKind.Number ? count.GetInt32() : 0,
                TimeLimitSeconds = problem.TryGetProperty("time_limit", out var limit) && limit.ValueKind == JsonValueKind.Number ? limit.GetDecimal() : null,
            }),
            Organizations = Each("organizations", organization => new ContestOrganization(Needed(organization, "id"), Needed(organization, "name")) { FormalName = Text(organization, "formal_name"), Country = Text(organization, "country") }),
            Groups = Each("groups", group => new ContestGroup(Needed(group, "id"), Needed(group, "name"))),
            Languages = Each("languages", language => new ContestLanguage(Needed(language, "id"), Needed(language, "name"), Texts(language, "extensions")) { EntryPointName = Text(language, "entry_point_name") }),
            Verdicts = Each("judgement-types", type => new ContestVerdict(Needed(type, "id"), Needed(type, "name"), Flag(type, "solved"), Flag(type, "penalty"))),
            Teams = Each("teams", team => TeamOf(team, [.. All("groups").Where(group => Flag(group, "hidden")).Select(group => Text(group, "id")!)])),
        };
        var submissions = Each("submissions", submission => Text(submission, "team_id") is { } team ? SubmissionOf(submission, team) : null);
        // Superseded judgements ("current": false, or "valid": false before that) never counted in the end.
        var judgements = Each("judgements", judgement => IsFalse(judgement, "current") || IsFalse(judgement, "valid") ? null : new ContestJudgement(
            Needed(judgement, "id"), Needed(judgement, "submission_id"), Text(judgement, "judgement_type_id"), Instant(judgement, "start_time") ?? throw new FormatException("A judgement has a start_time."), Instant(judgement, "end_time")));
        return new Imported(contest, new ContestFacts([.. submissions.OfType<ContestSubmission>()], [.. judgements.OfType<ContestJudgement>()]));
    }

    // a fault in what an object says is a fault of the line that said it
    private static T InLine<T>(Told told, Func<JsonElement, T> read)
    {
        try
        {
            return read(told.Data);
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UnreadableFeedException(told.Line, fault.Message, fault);
        }
    }

    private static string Needed(JsonElement element, string name) => Text(element, name) ?? throw new FormatException($"It lacks '{name}'.");

    private static ContestSubmission SubmissionOf(JsonElement submission, string team) =>
        new(Needed(submission, "id"), team, Needed(submission, "problem_id"), Text(submission, "language_id") ?? "", Instant(submission, "time") ?? throw new FormatException("A submission has a time.")) { EntryPoint = Text(submission, "entry_point") };

    private static ContestTeam TeamOf(JsonElement team, IReadOnlyCollection<string> hiddenGroups)
    {
        var groups = Texts(team, "group_ids");
        return new ContestTeam(Needed(team, "id"), Text(team, "display_name") ?? Needed(team, "name"))
        {
            Label = Text(team, "label"),
            OrganizationId = Text(team, "organization_id"),
            GroupIds = groups,
            IsHidden = Flag(team, "hidden") || groups.Any(hiddenGroups.Contains),
        };
    }

    private static string? Text(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static bool IsFalse(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.False;

    private static IReadOnlyList<string> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(text => text.GetString()!)] : [];

    private static DateTimeOffset? Instant(JsonElement element, string name) => Text(element, name) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : null;

    private static TimeSpan? Relative(JsonElement element, string name)
    {
        if (Text(element, name) is not { } text) return null;
        var match = RelativeTime().Match(text);
        if (!match.Success) throw new FormatException($"'{text}' is no relative time.");
        double Part(int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        var time = TimeSpan.FromHours(Part(2)) + TimeSpan.FromMinutes(Part(3)) + TimeSpan.FromMilliseconds(Math.Round(Part(4) * 1000));
        return match.Groups[1].Length > 0 ? -time : time;
    }

    [GeneratedRegex(@"^(-)?(\d+):(\d\d):(\d\d(?:\.\d+)?)$")]
    private static partial Regex RelativeTime();
}
