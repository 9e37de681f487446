using System.ComponentModel.DataAnnotations;
using Dapper;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>What organisers see: all that was handed in, and who has handed in nothing.</summary>
public sealed class SubmissionsOfCompetition(Database database)
{
    public sealed record Filter : PageQuery
    {
        public Guid? RoundId { get; init; }

        public Guid? RegistrationId { get; init; }

        /// <summary>submitted, superseded or withdrawn; drafts are their team's own.</summary>
        public SubmissionStatus? Status { get; init; }

        /// <summary>PENDING, APPROVED or REJECTED.</summary>
        [AllowedValues("PENDING", "APPROVED", "REJECTED", null)]
        public string? ReviewStatus { get; init; }

        /// <summary>Only what came after the deadline.</summary>
        public bool Late { get; init; }
    }

    public sealed record MissingFilter : PageQuery
    {
        /// <summary>The round; absent for the whole competition.</summary>
        public Guid? RoundId { get; init; }
    }

    public sealed record Missing
    {
        public required Guid RegistrationId { get; init; }

        public required string Name { get; init; }

        /// <summary>Whether something was begun.</summary>
        public required bool HasDraft { get; init; }

        /// <summary>Why the last that was handed in does not count.</summary>
        public string? LastReason { get; init; }

        /// <summary>A later deadline that was granted.</summary>
        public DateTimeOffset? ExtendedUntil { get; init; }

        public DateTimeOffset? RemindedAt { get; init; }
    }

    public async Task<Outcome<Page<ReadSubmissions.Summary>>> ListAsync(Caller caller, Guid competitionId, Filter filter, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        var rows = await session.QueryAsync<ReadSubmissions.Summary>(
            ListSql(filter),
            new { caller.TenantId, competitionId, filter.RoundId, filter.RegistrationId, status = filter.Status?.Text(), filter.ReviewStatus, filter.After, limit = filter.Fetch() },
            cancellationToken);
        // where there is something, the competition is there too
        if (rows.Count == 0 && !await session.SingleAsync<bool>("SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL)", new { caller.TenantId, competitionId }, cancellationToken))
            return Problem.NotFound("competition");
        return filter.Of(rows, row => row.Id);
    }

    internal static string ListSql(Filter filter) =>
        $"""
        SELECT {ReadSubmissions.SummaryColumns} FROM submissions AS submission
        WHERE submission.tenant_id = @TenantId AND submission.competition_id = @competitionId AND submission.deleted_at IS NULL AND submission.status <> 'draft'
          AND (SELECT deleted_at IS NULL FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId)
          {string.Concat(Conditions(filter))}
        ORDER BY submission.id DESC
        LIMIT @limit
        """;

    internal const string MissingSql =
        """
        SELECT registration.id AS registration_id,
               coalesce((SELECT name FROM teams WHERE tenant_id = @TenantId AND teams.id = registration.team_id),
                        (SELECT first_name || ' ' || last_name FROM users WHERE tenant_id = @TenantId AND users.id = registration.user_id)) AS name,
               (SELECT reminder.reminded_at FROM submission_reminders AS reminder
                WHERE reminder.tenant_id = @TenantId AND reminder.registration_id = registration.id AND reminder.subject_id = coalesce(@RoundId, @competitionId)) AS reminded_at,
               EXISTS (SELECT FROM submissions AS draft WHERE draft.tenant_id = @TenantId AND draft.competition_id = @competitionId AND draft.registration_id = registration.id
                         AND draft.round_id IS NOT DISTINCT FROM @RoundId AND draft.status = 'draft' AND draft.deleted_at IS NULL) AS has_draft,
               (SELECT refused.reason_code FROM submissions AS refused WHERE refused.tenant_id = @TenantId AND refused.competition_id = @competitionId AND refused.registration_id = registration.id
                  AND refused.round_id IS NOT DISTINCT FROM @RoundId AND refused.status <> 'draft' AND refused.deleted_at IS NULL ORDER BY refused.number DESC LIMIT 1) AS last_reason,
               (SELECT max(until) FROM submission_extensions AS extension WHERE extension.tenant_id = @TenantId AND extension.competition_id = @competitionId AND extension.registration_id = registration.id
                  AND extension.round_id IS NOT DISTINCT FROM @RoundId AND revoked_at IS NULL) AS extended_until
        FROM (
            SELECT id, team_id, user_id
            FROM registrations AS registration
            WHERE registration.tenant_id = @TenantId AND registration.competition_id = @competitionId AND registration.status = 'approved' AND (@After::uuid IS NULL OR registration.id < @After)
              -- entry by entry until the page is full: as joins these would read what all have handed in, since nobody can guess how many share a round
              AND (SELECT 1 FROM submissions AS current WHERE current.tenant_id = @TenantId AND current.registration_id = registration.id AND current.round_id IS NOT DISTINCT FROM @RoundId
                  AND current.status = 'submitted' AND current.review_status = 'APPROVED' AND current.deleted_at IS NULL LIMIT 1) IS NULL
              AND (SELECT 1 FROM submissions AS pending WHERE pending.tenant_id = @TenantId AND pending.competition_id = @competitionId AND pending.registration_id = registration.id
                  AND pending.round_id IS NOT DISTINCT FROM @RoundId AND pending.look_at IS NOT NULL AND pending.deleted_at IS NULL LIMIT 1) IS NULL
            ORDER BY registration.id DESC
            LIMIT @limit
        ) AS registration
        ORDER BY registration.id DESC
        """;

    /// <summary>Approved entries of which nothing counts or is under validation.</summary>
    public async Task<Outcome<Page<Missing>>> MissingAsync(Caller caller, Guid competitionId, MissingFilter filter, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT EXISTS (SELECT FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL);
            {MissingSql}
            """,
            new { caller.TenantId, competitionId, filter.RoundId, filter.After, limit = filter.Fetch() },
            async results => (IsThere: await results.ReadSingleAsync<bool>(), Rows: (await results.ReadAsync<Missing>()).AsList()),
            cancellationToken);
        return found.IsThere ? filter.Of(found.Rows, row => row.RegistrationId) : Problem.NotFound("competition");
    }

    private static IEnumerable<string> Conditions(Filter filter)
    {
        if (filter.After is not null) yield return " AND submission.id < @After";
        if (filter.RoundId is not null) yield return " AND submission.round_id = @RoundId";
        if (filter.RegistrationId is not null) yield return " AND submission.registration_id = @RegistrationId";
        if (filter.Status is not null) yield return " AND submission.status = @status";
        if (filter.ReviewStatus is not null) yield return " AND submission.review_status = @ReviewStatus";
        if (filter.Late) yield return " AND submission.late";
    }
}
