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
    internal sealed record Loaded(ProblemContest Contest, ContestFacts Facts, int Version);

    internal sealed record ProblemRow(string Id, string Label, string Name, string? Rgb, string? Color, int TestDataCount, decimal? TimeLimitSeconds);

    internal sealed record LanguageRow(string Id, string Name, IReadOnlyList<string> Extensions, string? EntryPointName);

    private sealed record Row
    {
        public required string Name { get; init; }

        public required string Status { get; init; }

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

        public required int Version { get; init; }
    }

    private sealed record TeamRow(Guid Id, string Name, bool Hidden, Guid? InstitutionId, string? Institution);

    private sealed record SubmissionRow(Guid Id, Guid RegistrationId, string ProblemId, string LanguageId, string? EntryPoint, DateTimeOffset SubmittedAt);

    private sealed record JudgementRow(Guid Id, Guid SubmissionId, string Verdict, DateTimeOffset StartedAt, DateTimeOffset EndedAt, DateTimeOffset? AppliedAt);

    private const string Sql =
        """
        SELECT name, status, starts_at, duration_seconds, freeze_before_seconds, penalty_seconds, penalty_unit, last_solved_breaks_ties, gold_places, silver_places, bronze_places,
               problems, languages, removed, thawed_at, finalized_at, problem_contests.version
        FROM problem_contests JOIN competitions ON competitions.tenant_id = problem_contests.tenant_id AND competitions.id = competition_id
        WHERE problem_contests.tenant_id = @TenantId AND competition_id = @id AND deleted_at IS NULL;
        SELECT registrations.id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS name, registrations.status <> 'approved' AS hidden, institutions.id AS institution_id, institutions.name AS institution
        FROM registrations
        LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = registrations.tenant_id AND users.id = coalesce(registrations.user_id, teams.captain_id)
        LEFT JOIN institutions ON institutions.tenant_id = users.tenant_id AND institutions.id = users.institution_id AND institutions.deleted_at IS NULL
        WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = @id AND registrations.status IN ('approved', 'disqualified')
        ORDER BY registrations.id;
        SELECT id, registration_id, problem_id, language_id, entry_point, submitted_at FROM contest_submissions
        WHERE tenant_id = @TenantId AND competition_id = @id
        ORDER BY submitted_at, id;
        SELECT contest_judgements.id, submission_id, verdict, started_at, ended_at, CASE WHEN rejudging_id = @preview THEN @previewAt ELSE applied_at END AS applied_at
        FROM contest_judgements
        LEFT JOIN contest_rejudgings ON contest_rejudgings.tenant_id = contest_judgements.tenant_id AND contest_rejudgings.id = rejudging_id
        WHERE contest_judgements.tenant_id = @TenantId AND contest_judgements.competition_id = @id AND (rejudging_id IS NULL OR applied_at IS NOT NULL OR rejudging_id = @preview)
        ORDER BY ended_at, contest_judgements.id;
        """;

    /// <summary>The contest; not there for those who may not see the competition.</summary>
    internal Task<Outcome<Loaded>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => ReadAsync(database.As(caller), caller, id, null, null, cancellationToken);

    internal static async Task<Outcome<Loaded>> ReadAsync(Session session, Caller caller, Guid id, Guid? preview, DateTimeOffset? previewAt, CancellationToken cancellationToken)
    {
        var found = await session.QueryManyAsync<Loaded?>(
            Sql,
            new { caller.TenantId, id, preview, previewAt },
            async grid =>
            {
                var row = await grid.ReadFirstOrDefaultAsync<Row>();
                var (teams, submissions, judgements) = ((await grid.ReadAsync<TeamRow>()).AsList(), (await grid.ReadAsync<SubmissionRow>()).AsList(), (await grid.ReadAsync<JudgementRow>()).AsList());
                return row is null || (row.Status == "draft" && !CompetitionDirectory.Manages(caller, id)) ? null : Of(id, row, teams, submissions, judgements);
            },
            cancellationToken);
        return found is null ? Problem.NotFound("contest") : found;
    }

    /// <summary>Organisers and judges of a competition are its jury.</summary>
    public static Audience AudienceOf(Caller caller, Guid id) =>
        caller.Allows(Permissions.CompetitionManage, Scope.Competition(id)) || caller.Allows(Permissions.CompetitionJudge, Scope.Competition(id)) ? Audience.Jury : Audience.Public;

    private static Loaded Of(Guid id, Row row, List<TeamRow> teams, List<SubmissionRow> submissions, List<JudgementRow> judgements) => new(
        new ProblemContest(id.ToString(), row.Name, row.StartsAt, TimeSpan.FromSeconds(row.DurationSeconds))
        {
            FreezeBefore = row.FreezeBeforeSeconds is { } freeze ? TimeSpan.FromSeconds(freeze) : null,
            ThawedAt = row.ThawedAt,
            FinalizedAt = row.FinalizedAt,
            Penalty = TimeSpan.FromSeconds(row.PenaltySeconds),
            Unit = Enum.Parse<PenaltyUnit>(row.PenaltyUnit, ignoreCase: true),
            LastSolvedBreaksTies = row.LastSolvedBreaksTies,
            GoldPlaces = row.GoldPlaces,
            SilverPlaces = row.SilverPlaces,
            BronzePlaces = row.BronzePlaces,
            Problems = [.. row.Problems.Deserialize<List<ProblemRow>>(Json.Options)!.Select((problem, ordinal) => new ContestProblem(problem.Id, problem.Label, problem.Name, ordinal)
            {
                Rgb = problem.Rgb,
                Color = problem.Color,
                TestDataCount = problem.TestDataCount,
                TimeLimitSeconds = problem.TimeLimitSeconds,
            })],
            Languages = [.. row.Languages.Deserialize<List<LanguageRow>>(Json.Options)!.Select(language => new ContestLanguage(language.Id, language.Name, language.Extensions) { EntryPointName = language.EntryPointName })],
            Removed = row.Removed.Deserialize<List<RemovedInterval>>(Json.Options)!,
            Teams = [.. teams.Select((team, position) => new ContestTeam(team.Id.ToString(), team.Name) { Label = $"{position + 1}", OrganizationId = team.InstitutionId?.ToString(), IsHidden = team.Hidden })],
            Organizations = [.. teams.Where(team => team.InstitutionId is not null).DistinctBy(team => team.InstitutionId).Select(team => new ContestOrganization(team.InstitutionId.ToString()!, team.Institution!))],
        },
        new ContestFacts(
            [.. submissions.Select(one => new ContestSubmission(one.Id.ToString(), one.RegistrationId.ToString(), one.ProblemId, one.LanguageId, one.SubmittedAt) { EntryPoint = one.EntryPoint })],
            [.. judgements.Select(one => new ContestJudgement(one.Id.ToString(), one.SubmissionId.ToString(), one.Verdict, one.StartedAt, one.EndedAt) { AppliedAt = one.AppliedAt })]),
        row.Version);
}
