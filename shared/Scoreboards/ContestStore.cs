using System.Text.Json;
using Dapper;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Reads a contest and all that happened in it, in one round trip.</summary>
public sealed class ContestStore(Database database)
{
    /// <param name="IsDraft">Whether only those who manage the competition know of it.</param>
    internal sealed record Loaded(ProblemContest Contest, ContestFacts Facts, ContestHistory History, int Version, bool IsDraft);

    internal sealed record ProblemRow(string Id, string Label, string Name, string? Rgb, string? Color, int TestDataCount, decimal? TimeLimitSeconds);

    internal sealed record LanguageRow(string Id, string Name, IReadOnlyList<string> Extensions, string? EntryPointName);

    private record RulesRow
    {
        public DateTimeOffset? StartsAt { get; init; }

        public required int DurationSeconds { get; init; }

        public int? FreezeBeforeSeconds { get; init; }

        public required int PenaltySeconds { get; init; }

        public required string PenaltyUnit { get; init; }

        public required bool LastSolvedBreaksTies { get; init; }

        public required int GoldPlaces { get; init; }

        public required int SilverPlaces { get; init; }

        public required int BronzePlaces { get; init; }

        public required JsonElement Problems { get; init; }

        public required JsonElement Languages { get; init; }

        public required JsonElement Removed { get; init; }

        public DateTimeOffset? ThawedAt { get; init; }

        public DateTimeOffset? FinalizedAt { get; init; }
    }

    private sealed record Row : RulesRow
    {
        public required string Name { get; init; }

        public required string Status { get; init; }

        public required int Version { get; init; }
    }

    private sealed record TeamRow(Guid Id, string Name, string Status, Guid? InstitutionId, string? Institution);

    private sealed record PastRulesRow(DateTimeOffset Since, JsonElement Rules);

    private sealed record PastStatusRow(Guid RegistrationId, string Status, DateTimeOffset Since);

    private sealed record SubmissionRow(Guid Id, Guid RegistrationId, string ProblemId, string LanguageId, string? EntryPoint, DateTimeOffset SubmittedAt);

    private sealed record JudgementRow(Guid Id, Guid SubmissionId, string Verdict, DateTimeOffset StartedAt, DateTimeOffset EndedAt, DateTimeOffset? AppliedAt);

    // as PostgreSQL writes a row as JSON; a later version of the app may have added to it
    private static readonly JsonSerializerOptions Snake = new(Json.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private const string Sql =
        """
        SELECT name, status, starts_at, duration_seconds, freeze_before_seconds, penalty_seconds, penalty_unit, last_solved_breaks_ties, gold_places, silver_places, bronze_places,
               problems, languages, removed, thawed_at, finalized_at, problem_contests.version
        FROM problem_contests JOIN competitions ON competitions.tenant_id = problem_contests.tenant_id AND competitions.id = competition_id
        WHERE problem_contests.tenant_id = @TenantId AND competition_id = @id AND deleted_at IS NULL;
        SELECT registrations.id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name, registrations.status, institutions.id AS institution_id, institutions.name AS institution
        FROM registrations
        LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = registrations.tenant_id AND users.id = coalesce(registrations.user_id, teams.captain_id)
        LEFT JOIN institutions ON institutions.tenant_id = users.tenant_id AND institutions.id = users.institution_id AND institutions.deleted_at IS NULL
        WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @id AND (registrations.status IN ('approved', 'disqualified') OR EXISTS (
            SELECT FROM registration_statuses_then AS past
            WHERE past.tenant_id = @TenantId AND past.competition_id = @id AND past.registration_id = registrations.id AND past.status IN ('approved', 'disqualified')))
        ORDER BY registrations.id;
        SELECT id, registration_id, problem_id, language_id, entry_point, submitted_at FROM contest_submissions
        WHERE tenant_id = @TenantId AND competition_id = @id
        ORDER BY submitted_at, id;
        SELECT contest_judgements.id, submission_id, verdict, started_at, ended_at, CASE WHEN rejudging_id = @preview THEN @previewAt ELSE applied_at END AS applied_at
        FROM contest_judgements
        LEFT JOIN contest_rejudgings ON contest_rejudgings.tenant_id = contest_judgements.tenant_id AND contest_rejudgings.id = rejudging_id
        WHERE contest_judgements.tenant_id = @TenantId AND contest_judgements.competition_id = @id AND (rejudging_id IS NULL OR applied_at IS NOT NULL OR rejudging_id = @preview)
        ORDER BY ended_at, contest_judgements.id;
        SELECT since, rules FROM contest_rules_then WHERE tenant_id = @TenantId AND competition_id = @id ORDER BY version;
        SELECT registration_id, status, since FROM registration_statuses_then WHERE tenant_id = @TenantId AND competition_id = @id ORDER BY registration_id, position;
        """;

    /// <summary>The contest as it is now; drafts too. Null where there is none.</summary>
    internal Task<Loaded?> LoadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => LoadAsync(database.As(caller), caller.TenantId, id, null, null, cancellationToken);

    /// <summary>The same within a transaction, perhaps with a re-judging as if it were applied; not there for those who may not see the competition.</summary>
    internal static async Task<Outcome<Loaded>> ReadAsync(Session session, Caller caller, Guid id, Guid? preview, DateTimeOffset? previewAt, CancellationToken cancellationToken) =>
        await LoadAsync(session, caller.TenantId, id, preview, previewAt, cancellationToken) is { } loaded && IsShown(loaded, caller, id) ? loaded : Problem.NotFound("contest");

    internal static bool IsShown(Loaded loaded, Caller caller, Guid id) => !loaded.IsDraft || CompetitionDirectory.Manages(caller, id);

    private static Task<Loaded?> LoadAsync(Session session, Guid tenantId, Guid id, Guid? preview, DateTimeOffset? previewAt, CancellationToken cancellationToken) => session.QueryManyAsync(
        Sql,
        new { TenantId = tenantId, id, preview, previewAt },
        async grid =>
        {
            var row = await grid.ReadFirstOrDefaultAsync<Row>();
            var (teams, submissions, judgements) = ((await grid.ReadAsync<TeamRow>()).AsList(), (await grid.ReadAsync<SubmissionRow>()).AsList(), (await grid.ReadAsync<JudgementRow>()).AsList());
            var (rules, statuses) = ((await grid.ReadAsync<PastRulesRow>()).AsList(), (await grid.ReadAsync<PastStatusRow>()).AsList());
            return row is null ? null : Of(id, row, teams, submissions, judgements, rules, statuses);
        },
        cancellationToken);

    /// <summary>Organisers and judges of a competition are its jury.</summary>
    public static Audience AudienceOf(Caller caller, Guid id) =>
        caller.Allows(Permissions.CompetitionManage, Scope.Competition(id)) || caller.Allows(Permissions.CompetitionJudge, Scope.Competition(id)) ? Audience.Jury : Audience.Public;

    private static Loaded Of(Guid id, Row row, List<TeamRow> teams, List<SubmissionRow> submissions, List<JudgementRow> judgements, List<PastRulesRow> rules, List<PastStatusRow> statuses)
    {
        var contest = ContestOf(id, row.Name, row) with
        {
            Teams = [.. teams.Where(team => team.Status is "approved" or "disqualified").Select((team, position) => TeamOf(team, position, team.Status))],
            Organizations = [.. teams.Where(team => team.InstitutionId is not null).DistinctBy(team => team.InstitutionId).Select(team => new ContestOrganization(team.InstitutionId.ToString()!, team.Institution!))],
        };
        var facts = new ContestFacts(
            [.. submissions.Select(one => new ContestSubmission(one.Id.ToString(), one.RegistrationId.ToString(), one.ProblemId, one.LanguageId, one.SubmittedAt) { EntryPoint = one.EntryPoint })],
            [.. judgements.Select(one => new ContestJudgement(one.Id.ToString(), one.SubmissionId.ToString(), one.Verdict, one.StartedAt, one.EndedAt) { AppliedAt = one.AppliedAt })]);
        var history = new ContestHistory(
            contest,
            [.. rules.Select(past => new ContestHistory.Rules(past.Since, ContestOf(id, row.Name, past.Rules.Deserialize<RulesRow>(Snake)!)))],
            [.. teams.Select((team, position) => TeamOf(team, position, "approved"))],
            [.. statuses.Select(past => new ContestHistory.Standing(past.RegistrationId.ToString(), past.Status, past.Since))]);
        return new Loaded(contest, facts, history, row.Version, row.Status == "draft");
    }

    private static ContestTeam TeamOf(TeamRow team, int position, string status) =>
        new(team.Id.ToString(), team.Name) { Label = $"{position + 1}", OrganizationId = team.InstitutionId?.ToString(), IsHidden = status != "approved" };

    private static ProblemContest ContestOf(Guid id, string name, RulesRow rules) => new(id.ToString(), name, rules.StartsAt, TimeSpan.FromSeconds(rules.DurationSeconds))
    {
        FreezeBefore = rules.FreezeBeforeSeconds is { } freeze ? TimeSpan.FromSeconds(freeze) : null,
        ThawedAt = rules.ThawedAt,
        FinalizedAt = rules.FinalizedAt,
        Penalty = TimeSpan.FromSeconds(rules.PenaltySeconds),
        Unit = Enum.Parse<PenaltyUnit>(rules.PenaltyUnit, ignoreCase: true),
        LastSolvedBreaksTies = rules.LastSolvedBreaksTies,
        GoldPlaces = rules.GoldPlaces,
        SilverPlaces = rules.SilverPlaces,
        BronzePlaces = rules.BronzePlaces,
        Problems = [.. rules.Problems.Deserialize<List<ProblemRow>>(Json.Options)!.Select((problem, ordinal) => new ContestProblem(problem.Id, problem.Label, problem.Name, ordinal)
        {
            Rgb = problem.Rgb,
            Color = problem.Color,
            TestDataCount = problem.TestDataCount,
            TimeLimitSeconds = problem.TimeLimitSeconds,
        })],
        Languages = [.. rules.Languages.Deserialize<List<LanguageRow>>(Json.Options)!.Select(language => new ContestLanguage(language.Id, language.Name, language.Extensions) { EntryPointName = language.EntryPointName })],
        Removed = rules.Removed.Deserialize<List<RemovedInterval>>(Json.Options)!,
    };
}
