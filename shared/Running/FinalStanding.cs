using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Running;

/// <summary>The final standing of a competition: written when its last round has ended, and read by everybody from then on.</summary>
public sealed class FinalStanding(Database database, MoveCompetition moves, RunNotices notices, IssueCompetitionCertificates certificates)
{
    public sealed record Line
    {
        public required int Place { get; init; }

        /// <summary>Whether others stand in the same place.</summary>
        public required bool Shared { get; init; }

        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        /// <summary>The number of the last round it was in.</summary>
        public required int Round { get; init; }

        public decimal? Score { get; init; }

        public string? Award { get; init; }
    }

    public sealed record View(IReadOnlyList<Line> Items);

    private sealed record Entry(Guid RegistrationId, Guid? TeamId, int Number, int? Place, decimal? Score);

    internal const string Sql =
        """
        SELECT result.place, result.shared, result.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, result.round_number AS round, result.score, result.award
        FROM competition_results AS result
        JOIN registrations ON registrations.tenant_id = result.tenant_id AND registrations.id = result.registration_id
        LEFT JOIN teams ON teams.tenant_id = result.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = result.tenant_id AND users.id = registrations.user_id
        WHERE result.tenant_id = @TenantId AND result.competition_id = @competitionId
        ORDER BY result.place, participant, result.registration_id
        """;

    /// <summary>Of a completed competition.</summary>
    public Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => database.Reading(caller).QueryManyAsync<Outcome<View>>(
        $"""
        SELECT status FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL AND status <> 'draft';
        {Sql}
        """,
        new { caller.TenantId, competitionId },
        async results => await results.ReadFirstOrDefaultAsync<string>() switch
        {
            null => Problem.NotFound("competition"),
            "completed" or "archived" => new View([.. await results.ReadAsync<Line>()]),
            _ => RunningProblems.Unpublished,
        },
        cancellationToken);

    /// <summary>Who went further stands before who did not; within a round its places count.</summary>
    internal async Task ConcludeAsync(Session session, Tenant tenant, CompetitionRun run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var args = new { tenantId = tenant.Id, competitionId = run.Competition.Id };
        var entries = await session.QueryAsync<Entry>(
            """
            SELECT DISTINCT ON (entry.registration_id) entry.registration_id, registrations.team_id, round.number, entry.place, entry.score
            FROM round_entries AS entry
            JOIN round_runs ON round_runs.tenant_id = entry.tenant_id AND round_runs.round_id = entry.round_id AND round_runs.phase = 'finished'
            JOIN competition_rounds AS round ON round.tenant_id = entry.tenant_id AND round.id = entry.round_id AND round.deleted_at IS NULL
            JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id AND registrations.status = 'approved'
            WHERE entry.tenant_id = @tenantId AND entry.competition_id = @competitionId
            ORDER BY entry.registration_id, round.number DESC
            """,
            args,
            cancellationToken);
        var places = Places(entries);
        var last = entries.Count == 0 ? 0 : entries.Max(entry => entry.Number);
        var awards = Medals.Give(
            [.. entries.Where(entry => entry.Number == last && entry.Place is not null).Select(entry => new Place(entry.RegistrationId, entry.Place, false, null))],
            new Dictionary<Guid, decimal?>(),
            [.. run.Competition.Rules.Awards.Select(award => new MedalRule(award.Name, MedalBy.Places, award.Places))]);
        await session.ExecuteAsync(
            """
            DELETE FROM competition_results WHERE tenant_id = @tenantId AND competition_id = @competitionId;
            INSERT INTO competition_results (tenant_id, competition_id, registration_id, place, shared, round_number, score, award)
            SELECT @tenantId, @competitionId, * FROM unnest(@ids, @places, @shareds, @numbers, @scores, @awards);
            UPDATE competitions SET winner_team_id = @winner, updated_at = @now, version = version + 1 WHERE tenant_id = @tenantId AND id = @competitionId AND winner_team_id IS DISTINCT FROM @winner;
            UPDATE competition_runs SET status = 'finished', ended_at = @now, waits_for = NULL, waits_until = NULL WHERE tenant_id = @tenantId AND competition_id = @competitionId
            """,
            new
            {
                args.tenantId,
                args.competitionId,
                now,
                ids = places.Select(place => place.Entry.RegistrationId).ToArray(),
                places = places.Select(place => place.Place).ToArray(),
                shareds = places.Select(place => place.Shared).ToArray(),
                numbers = places.Select(place => place.Entry.Number).ToArray(),
                scores = places.Select(place => place.Entry.Score).ToArray(),
                awards = places.Select(place => awards.GetValueOrDefault(place.Entry.RegistrationId)).ToArray(),
                // two who share the first place have no winner between them
                winner = places is [{ Place: 1, Shared: false, Entry: { Number: var number, Place: 1, TeamId: { } team } }, ..] && number == last ? team : (Guid?)null,
            },
            cancellationToken);
        await certificates.RenewAsync(session, tenant, run.Competition.Id, cancellationToken);
        if (run.Competition.Status == CompetitionStatus.Published) await moves.RunAsync(session, tenant, run.Competition.Id, CompetitionStatus.Active, null, cancellationToken);
        await moves.RunAsync(session, tenant, run.Competition.Id, CompetitionStatus.Judging, null, cancellationToken);
        await moves.RunAsync(session, tenant, run.Competition.Id, CompetitionStatus.Completed, null, cancellationToken);
        await notices.StepAsync(new RunNotices.Context(session, tenant, run.Competition, null, now), "completed", "", cancellationToken, ("results-announced", RunNotices.To.All));
    }

    private static List<(Entry Entry, int Place, bool Shared)> Places(IReadOnlyList<Entry> entries)
    {
        var groups = entries.GroupBy(entry => (entry.Number, entry.Place)).OrderByDescending(group => group.Key.Number).ThenBy(group => group.Key.Place ?? int.MaxValue);
        var places = new List<(Entry, int, bool)>();
        foreach (var group in groups)
        {
            var (place, many) = (places.Count + 1, group.Count() > 1);
            places.AddRange(group.Select(entry => (entry, place, many)));
        }
        return places;
    }
}
