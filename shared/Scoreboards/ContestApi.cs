using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Podium.Scoreboards;

/// <summary>
/// The objects of the ICPC Contest API, version 2026-01 (https://ccs-specs.icpc.io/2026-01/contest_api), made from a contest, its facts and an
/// instant. What a public caller may not know yet is not in them: they are made from the same board as everything else.
/// </summary>
public static class ContestApi
{
    public const string Version = "2026-01";

    public static readonly JsonSerializerOptions Json = MakeJson();

    public sealed record Information(string Version, string VersionUrl, Provider Provider);

    public sealed record Provider(string Name);

    public sealed record Access(IReadOnlyList<string> Capabilities, IReadOnlyList<AccessEndpoint> Endpoints);

    public sealed record AccessEndpoint(string Type, IReadOnlyList<string> Properties);

    public sealed record Contest(
        string Id, string Name, string FormalName, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? StartTime, string Duration, string? ScoreboardFreezeDuration,
        string? ScoreboardThawTime, string ScoreboardType, string PenaltyTime);

    public sealed record State(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Started,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Frozen,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Ended,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Thawed,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Finalized,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? EndOfUpdates);

    public sealed record JudgementType(string Id, string Name, bool Penalty, bool Solved);

    public sealed record Language(string Id, string Name, bool EntryPointRequired, string? EntryPointName, IReadOnlyList<string> Extensions);

    public sealed record Problem(string Id, string Label, string Name, int Ordinal, string? Rgb, string? Color, decimal? TimeLimit, int TestDataCount);

    public sealed record Group(string Id, string Name);

    public sealed record Organization(string Id, string Name, string? FormalName, string? Country);

    public sealed record Team(string Id, string Name, string Label, string? OrganizationId, IReadOnlyList<string> GroupIds, bool? Hidden);

    public sealed record File(string Href, string Filename, string Mime);

    public sealed record Submission(string Id, string LanguageId, string ProblemId, string TeamId, string Time, string ContestTime,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? EntryPoint, IReadOnlyList<File> Files);

    public sealed record Judgement(
        string Id, string SubmissionId, string? JudgementTypeId, bool Current, string StartTime, string StartContestTime, string? EndTime, string? EndContestTime, decimal? MaxRunTime);

    public sealed record Award(string Id, string Citation, IReadOnlyList<string> TeamIds);

    public sealed record Scoreboard(string Time, string ContestTime, State State, IReadOnlyList<ScoreboardRow> Rows);

    public sealed record ScoreboardRow(int Rank, string TeamId, Score Score, IReadOnlyList<ScoreboardCell> Problems);

    public sealed record Score(int NumSolved, string TotalTime, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Time);

    public sealed record ScoreboardCell(string ProblemId, int NumJudged, int NumPending, bool Solved, string? Time);

    public static Information Api { get; } = new(Version, $"https://ccs-specs.icpc.io/{Version}/contest_api", new Provider("Podium"));

    /// <summary>The endpoints there are and their properties, read off the records themselves.</summary>
    public static Access AccessOf(ProblemContest contest) => new(
        [],
        [
            EndpointOf<Contest>("contest"), EndpointOf<State>("state"), EndpointOf<JudgementType>("judgement-types"), EndpointOf<Language>("languages"), EndpointOf<Problem>("problems"),
            EndpointOf<Group>("groups"), EndpointOf<Organization>("organizations"), EndpointOf<Team>("teams"), EndpointOf<Submission>("submissions"), EndpointOf<Judgement>("judgements"),
            EndpointOf<Award>("awards"), EndpointOf<Scoreboard>("scoreboard"), new AccessEndpoint("event-feed", ["type", "id", "data", "token"]),
        ]);

    public static Contest ContestOf(ProblemContest contest) => new(
        contest.Id, contest.Name, contest.FormalName ?? contest.Name, Time(contest.StartsAt), Relative(contest.Duration), contest.FreezeBefore is { } freeze ? Relative(freeze) : null, Time(contest.ThawedAt),
        "pass-fail", Relative(contest.Penalty));

    public static State StateOf(ContestState state) => new(Time(state.Started), Time(state.Frozen), Time(state.Ended), Time(state.Thawed), Time(state.Finalized), Time(state.EndOfUpdates));

    public static IReadOnlyList<JudgementType> JudgementTypes(ProblemContest contest) => [.. contest.Verdicts.Select(verdict => new JudgementType(verdict.Id, verdict.Name, verdict.HasPenalty, verdict.IsSolved))];

    public static IReadOnlyList<Language> Languages(ProblemContest contest) =>
        [.. contest.Languages.Select(language => new Language(language.Id, language.Name, language.EntryPointName is not null, language.EntryPointName, language.Extensions))];

    /// <summary>The problems; the public learns of them when the contest starts.</summary>
    public static IReadOnlyList<Problem> Problems(ProblemContest contest, DateTimeOffset instant, Audience audience) => audience == Audience.Public && !(contest.StartsAt <= instant)
        ? []
        : [.. contest.Problems.OrderBy(problem => problem.Ordinal).Select(problem => new Problem(problem.Id, problem.Label, problem.Name, problem.Ordinal, problem.Rgb, problem.Color, problem.TimeLimitSeconds, problem.TestDataCount))];

    public static IReadOnlyList<Group> Groups(ProblemContest contest) => [.. contest.Groups.Select(group => new Group(group.Id, group.Name))];

    public static IReadOnlyList<Organization> Organizations(ProblemContest contest) =>
        [.. contest.Organizations.Select(organization => new Organization(organization.Id, organization.Name, organization.FormalName, organization.Country))];

    /// <summary>The teams; hidden ones are the jury's business.</summary>
    public static IReadOnlyList<Team> Teams(ProblemContest contest, Audience audience) =>
    [
        .. contest.Teams.Where(team => audience == Audience.Jury || !team.IsHidden)
            .Select(team => new Team(team.Id, team.Name, team.Label ?? team.Id, team.OrganizationId, team.GroupIds, team.IsHidden ? true : null)),
    ];

    public static IReadOnlyList<Submission> Submissions(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience) =>
        [.. Visible(contest, facts, instant, audience).Select(submission => SubmissionOf(contest, submission))];

    public static IReadOnlyList<Judgement> Judgements(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience)
    {
        var open = Visible(contest, facts, instant, audience).Where(submission => !ProblemBoard.IsHidden(contest, submission, instant, audience)).Select(submission => submission.Id).ToHashSet();
        return [.. facts.Judgements.GroupBy(judgement => judgement.SubmissionId).Where(group => open.Contains(group.Key)).SelectMany(group => JudgementsOf(contest, group, instant)).OrderBy(judgement => judgement.StartTime, StringComparer.Ordinal).ThenBy(judgement => judgement.Id, StringComparer.Ordinal)];
    }

    public static IReadOnlyList<Award> Awards(ProblemContest contest, ProblemBoard board) => [.. ContestAwards.Of(contest, board).Select(award => new Award(award.Id, award.Citation, award.TeamIds))];

    public static Scoreboard ScoreboardOf(ProblemContest contest, ProblemBoard board) => new(
        Time(board.At)!, Relative(board.ContestTime), StateOf(board.State),
        [
            .. board.Rows.Select(row => new ScoreboardRow(
                row.Rank,
                row.TeamId,
                new Score(row.Solved, Relative(row.Penalty), row.LastSolved is { } last ? Relative(last) : null),
                [.. row.Cells.Select(cell => new ScoreboardCell(cell.ProblemId, cell.Judged, cell.Pending, cell.IsSolved, cell.SolvedAt is { } at ? Relative(ProblemBoard.Cut(contest, at)) : null))])),
        ]);

    /// <summary>An absolute time, in UTC with milliseconds, always.</summary>
    public static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A relative time, with milliseconds, always.</summary>
    public static string Relative(TimeSpan time)
    {
        var milliseconds = (long)Math.Floor(Math.Abs(time.TotalMilliseconds));
        return string.Create(CultureInfo.InvariantCulture, $"{(time < TimeSpan.Zero && milliseconds > 0 ? "-" : "")}{milliseconds / 3_600_000}:{milliseconds / 60_000 % 60:00}:{milliseconds / 1000 % 60:00}.{milliseconds % 1000:000}");
    }

    internal static Submission SubmissionOf(ProblemContest contest, ContestSubmission submission) => new(
        submission.Id, submission.LanguageId, submission.ProblemId, submission.TeamId, Time(submission.At)!, Relative(contest.ContestTime(submission.At)), submission.EntryPoint, []);

    internal static IEnumerable<Judgement> JudgementsOf(ProblemContest contest, IEnumerable<ContestJudgement> judgements, DateTimeOffset instant)
    {
        // A re-judging that is not applied yet is nobody's business; one that was replaced is told as not current.
        var begun = judgements.Where(judgement => judgement.AppliedAt is { } applied ? applied <= instant : judgement.StartedAt <= instant).ToList();
        var current = begun.Where(judgement => judgement.CountsFrom <= instant).OrderBy(judgement => judgement.CountsFrom).ThenBy(judgement => judgement.Id, StringComparer.Ordinal).LastOrDefault()
            ?? begun.OrderBy(judgement => judgement.StartedAt).LastOrDefault();
        return begun.Select(judgement =>
        {
            var ended = judgement.EndedAt <= instant && judgement.VerdictId is not null;
            return new Judgement(
                judgement.Id, judgement.SubmissionId, ended ? judgement.VerdictId : null, judgement == current, Time(judgement.StartedAt)!, Relative(contest.ContestTime(judgement.StartedAt)),
                ended ? Time(judgement.EndedAt) : null, ended ? Relative(contest.ContestTime(judgement.EndedAt!.Value)) : null, ended ? judgement.MaxRunTimeSeconds : null);
        });
    }

    internal static IEnumerable<ContestSubmission> Visible(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience)
    {
        var teams = contest.Teams.Where(team => audience == Audience.Jury || !team.IsHidden).Select(team => team.Id).ToHashSet();
        return facts.Submissions.Where(submission => submission.At <= instant && teams.Contains(submission.TeamId) && (audience == Audience.Jury || contest.ContestTime(submission.At) >= TimeSpan.Zero));
    }

    private static AccessEndpoint EndpointOf<T>(string type) =>
        new(type, [.. typeof(T).GetProperties().Where(property => property.Name != "EqualityContract").Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))]);

    private static JsonSerializerOptions MakeJson()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
