using System.Globalization;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>Who takes part in a competition, and where they stop: counted from registrations, submissions and reviews themselves.</summary>
public sealed class Participation(Database database)
{
    /// <param name="Teams">Of the entries, how many are teams.</param>
    /// <param name="People">Distinct people in approved entries.</param>
    public sealed record Entries(int Pending, int Approved, int Waitlisted, int Rejected, int Withdrawn, int Disqualified, int Teams, int People);

    /// <summary>A round: who is in it, who has handed something in, who has a final review, who goes on.</summary>
    public sealed record Round
    {
        public required Guid Id { get; init; }

        public required int Number { get; init; }

        public required string Name { get; init; }

        /// <summary>Where the round stands in a competition that runs by itself.</summary>
        public string? Phase { get; init; }

        public required int Entered { get; init; }

        public required int Submitted { get; init; }

        public required int Reviewed { get; init; }

        /// <summary>Null until it is decided.</summary>
        public int? Advanced { get; init; }

        /// <summary>Who was in the round and handed nothing in.</summary>
        public int DroppedBeforeSubmitting => Entered - Submitted;

        /// <summary>The part of the first round's entries that is in this one.</summary>
        public decimal? OfFirst { get; init; }
    }

    public sealed record View(Entries Entries, IReadOnlyList<Round> Rounds);

    internal const string EntriesSql =
        """
        SELECT count(*) FILTER (WHERE status = 'pending')::int AS pending, count(*) FILTER (WHERE status = 'approved')::int AS approved, count(*) FILTER (WHERE status = 'waitlisted')::int AS waitlisted,
               count(*) FILTER (WHERE status = 'rejected')::int AS rejected, count(*) FILTER (WHERE status = 'withdrawn')::int AS withdrawn, count(*) FILTER (WHERE status = 'disqualified')::int AS disqualified,
               count(*) FILTER (WHERE status = 'approved' AND team_id IS NOT NULL)::int AS teams,
               (SELECT count(DISTINCT coalesce(entry.user_id, member.user_id))::int
                FROM registrations AS entry
                LEFT JOIN team_members AS member ON member.tenant_id = @TenantId AND member.competition_id = @competitionId AND member.team_id = entry.team_id AND member.left_at IS NULL
                WHERE entry.tenant_id = @TenantId AND entry.competition_id = @competitionId AND entry.status = 'approved') AS people
        FROM registrations WHERE tenant_id = @TenantId AND competition_id = @competitionId
        """;

    // before a round runs, everybody who is approved is in it; what is handed in for no round in particular counts in each
    internal const string RoundsSql =
        """
        WITH rounds AS (
            SELECT round.id, round.number, round.name, run.phase
            FROM competition_rounds AS round LEFT JOIN round_runs AS run ON run.tenant_id = @TenantId AND run.round_id = round.id
            WHERE round.tenant_id = @TenantId AND round.competition_id = @competitionId AND round.deleted_at IS NULL
        ), entered AS (
            SELECT rounds.id AS round_id, entry.registration_id, entry.advances
            FROM rounds JOIN round_entries AS entry ON entry.tenant_id = @TenantId AND entry.round_id = rounds.id
            UNION ALL
            SELECT rounds.id, registrations.id, NULL
            FROM rounds JOIN registrations ON registrations.tenant_id = @TenantId AND registrations.competition_id = @competitionId AND registrations.status = 'approved'
            WHERE rounds.phase IS NULL
        ), handed AS (
            SELECT DISTINCT round_id, registration_id FROM submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'submitted' AND deleted_at IS NULL
        ), reviewed AS (
            SELECT DISTINCT round_id, registration_id FROM judge_assignments WHERE tenant_id = @TenantId AND competition_id = @competitionId AND status = 'finished'
        )
        SELECT rounds.id, rounds.number, rounds.name, rounds.phase, count(entered.registration_id)::int AS entered,
               count(*) FILTER (WHERE coalesce(handed.registration_id, whole.registration_id) IS NOT NULL)::int AS submitted,
               count(reviewed.registration_id)::int AS reviewed,
               CASE WHEN bool_or(entered.advances IS NOT NULL) THEN count(*) FILTER (WHERE entered.advances)::int END AS advanced,
               trim_scale(round(count(entered.registration_id)::numeric / nullif(first_value(count(entered.registration_id)) OVER (ORDER BY rounds.number), 0), 4)) AS of_first
        FROM rounds
        LEFT JOIN entered ON entered.round_id = rounds.id
        LEFT JOIN handed ON handed.round_id = rounds.id AND handed.registration_id = entered.registration_id
        LEFT JOIN handed AS whole ON whole.round_id IS NULL AND whole.registration_id = entered.registration_id
        LEFT JOIN reviewed ON reviewed.round_id = rounds.id AND reviewed.registration_id = entered.registration_id
        GROUP BY rounds.id, rounds.number, rounds.name, rounds.phase
        ORDER BY rounds.number
        """;

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var (known, view) = await database.Reading(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            {EntriesSql};
            {RoundsSql}
            """,
            new { caller.TenantId, competitionId },
            async results => (await results.ReadSingleAsync<bool>(), new View(await results.ReadSingleAsync<Entries>(), [.. await results.ReadAsync<Round>()])),
            cancellationToken);
        return known ? view : Problem.NotFound("competition");
    }

    /// <summary>The rounds as lines of a table; the header first.</summary>
    public static IEnumerable<string?[]> TableOf(View view)
    {
        yield return ["round", "name", "phase", "entered", "submitted", "reviewed", "advanced", "dropped_before_submitting", "of_first"];
        foreach (var round in view.Rounds)
            yield return [$"{round.Number}", round.Name, round.Phase, $"{round.Entered}", $"{round.Submitted}", $"{round.Reviewed}", $"{round.Advanced}", $"{round.DroppedBeforeSubmitting}", round.OfFirst?.ToString(CultureInfo.InvariantCulture)];
    }
}
