using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Submissions;

namespace Podium.Running;

/// <summary>What became of an appeal.</summary>
public enum AppealState
{
    Open,

    /// <summary>Reviews are written once more because of it.</summary>
    Rescoring,

    /// <summary>The places were made anew because of it.</summary>
    Rescored,

    Rejected,

    Withdrawn,

    /// <summary>The round was reopened or cancelled.</summary>
    Moot,
}

/// <summary>Appeals against the places of a round, to the organisers and to those of the entry.</summary>
public sealed class Appeals(Database database)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid RoundId { get; init; }

        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        public required AppealState State { get; init; }

        public required string Reason { get; init; }

        /// <summary>The number of the standing that it is against.</summary>
        public required int Standing { get; init; }

        public required DateTimeOffset RaisedAt { get; init; }

        /// <summary>Until when reviews are written once more.</summary>
        public DateTimeOffset? DueAt { get; init; }

        /// <summary>What the organisers say.</summary>
        public string? Answer { get; init; }

        public DateTimeOffset? DecidedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Message
    {
        public required Guid Id { get; init; }

        /// <summary>Whether an organiser wrote it, or somebody of the entry.</summary>
        public required bool Organiser { get; init; }

        public required string Text { get; init; }

        public required DateTimeOffset SentAt { get; init; }
    }

    /// <summary>A review that is written once more.</summary>
    public sealed record Rewritten
    {
        /// <summary>For organisers only.</summary>
        public Guid? ReviewId { get; init; }

        /// <summary>Whether it is final again.</summary>
        public required bool Final { get; init; }

        public required decimal Before { get; init; }

        /// <summary>Absent while it is not final.</summary>
        public decimal? Now { get; init; }
    }

    public sealed record Details
    {
        public required View Appeal { get; init; }

        public required IReadOnlyList<Message> Thread { get; init; }

        public required IReadOnlyList<Rewritten> Reviews { get; init; }
    }

    /// <summary>An entry that would stand, or stands, elsewhere.</summary>
    public record Change
    {
        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        public int? PlaceBefore { get; init; }

        public int? PlaceNow { get; init; }

        public decimal? ScoreBefore { get; init; }

        public decimal? ScoreNow { get; init; }

        public bool? AdvancesBefore { get; init; }

        public bool? AdvancesNow { get; init; }
    }

    /// <summary>The caller's own entry in a round.</summary>
    internal sealed record Own(Guid RegistrationId, Guid? CaptainId);

    private const string Select =
        """
        SELECT appeal.id, appeal.round_id, appeal.registration_id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, appeal.state, appeal.reason, appeal.standing, appeal.raised_at,
               appeal.due_at, appeal.answer, appeal.decided_at, appeal.version
        FROM competition_appeals AS appeal
        JOIN registrations ON registrations.tenant_id = appeal.tenant_id AND registrations.id = appeal.registration_id
        LEFT JOIN teams ON teams.tenant_id = appeal.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = appeal.tenant_id AND users.id = registrations.user_id
        WHERE appeal.tenant_id = @TenantId AND appeal.competition_id = @competitionId
        """;

    /// <summary>All of a round to organisers, one's own to those who take part; the newest first.</summary>
    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid competitionId, Guid roundId, PageQuery page, CancellationToken cancellationToken) => database.InTransaction<Page<View>>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            if (await session.FirstAsync<Guid?>("SELECT round_id FROM round_runs WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id = @roundId", new { caller.TenantId, competitionId, roundId }, cancellationToken) is null)
                return Problem.NotFound("round of a running competition");
            var manages = CompetitionDirectory.Manages(caller, competitionId);
            var own = manages ? null : await OwnAsync(session, caller, competitionId, roundId, cancellationToken);
            if (!manages && own is null) return new Page<View>([], null);
            return page.Of(
                await session.QueryAsync<View>(
                    $"{Select} AND appeal.round_id = @roundId{(own is null ? "" : " AND appeal.registration_id = @RegistrationId")} AND (@After::uuid IS NULL OR appeal.id < @After) ORDER BY appeal.id DESC LIMIT @limit",
                    new { caller.TenantId, competitionId, roundId, own?.RegistrationId, page.After, limit = page.Fetch() },
                    cancellationToken),
                appeal => appeal.Id);
        },
        cancellationToken);

    public Task<Outcome<Details>> ReadAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) =>
        database.InTransaction<Details>(caller, session => ReadAsync(session, caller, competitionId, id, cancellationToken), cancellationToken);

    internal static async Task<Outcome<Details>> ReadAsync(Session session, Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken)
    {
        var manages = CompetitionDirectory.Manages(caller, competitionId);
        var details = await session.QueryManyAsync(
            $"""
            {Select} AND appeal.id = @id;
            SELECT id, organiser, text, sent_at FROM appeal_messages WHERE tenant_id = @TenantId AND appeal_id = @id ORDER BY position;
            SELECT CASE WHEN @manages THEN reviews.id END AS review_id, reviews.status = 'final' AS final, before.overall_score AS before, CASE WHEN reviews.status = 'final' THEN reviews.overall_score END AS now
            FROM appeal_reviews
            JOIN reviews ON reviews.tenant_id = appeal_reviews.tenant_id AND reviews.id = appeal_reviews.review_id
            JOIN LATERAL (SELECT overall_score FROM review_versions WHERE tenant_id = reviews.tenant_id AND review_id = reviews.id ORDER BY number DESC LIMIT 1) AS before ON true
            WHERE appeal_reviews.tenant_id = @TenantId AND appeal_id = @id
            ORDER BY appeal_reviews.review_id
            """,
            new { caller.TenantId, competitionId, id, manages },
            async results => await results.ReadFirstOrDefaultAsync<View>() is { } appeal
                ? new Details { Appeal = appeal, Thread = [.. await results.ReadAsync<Message>()], Reviews = [.. await results.ReadAsync<Rewritten>()] }
                : null,
            cancellationToken);
        if (details is null) return Problem.NotFound("appeal");
        if (manages) return details;
        // what judges write anew is told together with the decision
        var own = await OwnAsync(session, caller, competitionId, details.Appeal.RoundId, cancellationToken);
        return own?.RegistrationId != details.Appeal.RegistrationId ? Problem.NotFound("appeal") : details.Appeal.State == AppealState.Rescored ? details : details with { Reviews = [] };
    }

    internal static Task<Own?> OwnAsync(Session session, Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => session.FirstAsync<Own>(
        $"""
        SELECT entry.registration_id, teams.captain_id
        FROM round_entries AS entry
        JOIN registrations ON registrations.tenant_id = entry.tenant_id AND registrations.id = entry.registration_id AND registrations.status = 'approved'
        LEFT JOIN teams ON teams.tenant_id = entry.tenant_id AND teams.id = registrations.team_id
        WHERE entry.tenant_id = @TenantId AND entry.competition_id = @competitionId AND entry.round_id = @roundId AND entry.registration_id IN ({SubmissionEntry.OwnSql})
        """,
        new { caller.TenantId, caller.Person, competitionId, roundId },
        cancellationToken);
}
