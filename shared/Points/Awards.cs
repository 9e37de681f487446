using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>Whether an award counts.</summary>
public enum AwardState
{
    Standing,

    /// <summary>What earned it does not hold any more.</summary>
    Lapsed,

    /// <summary>Somebody took it back; it is not given again.</summary>
    Revoked,
}

/// <summary>Who has earned an achievement, and how somebody takes it back.</summary>
public sealed class Awards(Database database, PointNotices notices, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid UserId { get; init; }

        public required string Name { get; init; }

        public Guid? CompetitionId { get; init; }

        public required AwardState State { get; init; }

        public required int Points { get; init; }

        public required DateTimeOffset EarnedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        /// <summary>Why somebody took it back.</summary>
        public string? EndedReason { get; init; }
    }

    public sealed record Revocation
    {
        /// <summary>What the person is told.</summary>
        [StringLength(1000, MinimumLength = 1), RegularExpression(@"[\s\S]*\S[\s\S]*", ErrorMessage = "Say why."), Example("The solution was copied.")]
        public required string Reason { get; init; }
    }

    private const string Columns =
        """
        held.id, held.user_id, (SELECT first_name || ' ' || last_name FROM users WHERE users.tenant_id = held.tenant_id AND users.id = held.user_id) AS name,
        held.competition_id, held.state, held.points, held.earned_at, held.ended_at, held.ended_reason
        """;

    public async Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid achievementId, PageQuery page, CancellationToken cancellationToken)
    {
        var session = database.As(caller);
        if (await Achievements.FindAsync(session, caller.TenantId, achievementId, cancellationToken) is null) return Problem.NotFound("achievement");
        return page.Of(
            await session.QueryAsync<View>(
                $"""
                SELECT {Columns} FROM user_achievements AS held
                WHERE held.tenant_id = @TenantId AND held.achievement_id = @achievementId
                  AND (@After::uuid IS NULL OR held.position < (SELECT position FROM user_achievements WHERE tenant_id = @TenantId AND id = @After))
                ORDER BY held.position DESC LIMIT @limit
                """,
                new { caller.TenantId, achievementId, page.After, limit = page.Fetch() },
                cancellationToken),
            view => view.Id);
    }

    /// <summary>Takes an award and its points back, for good.</summary>
    public Task<Outcome<View>> RevokeAsync(Caller caller, Guid achievementId, Guid id, Revocation request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            await GiveAwards.LockAsync(session, caller.TenantId, cancellationToken);
            if (await Achievements.FindAsync(session, caller.TenantId, achievementId, cancellationToken) is not { } rule) return Problem.NotFound("achievement");
            var args = new { caller.TenantId, caller.Person, achievementId, id, reason = request.Reason.Trim(), now = clock.GetUtcNow() };
            var state = await session.FirstAsync<string>("SELECT state FROM user_achievements WHERE tenant_id = @TenantId AND id = @id AND achievement_id = @achievementId FOR UPDATE", args, cancellationToken);
            if (state is null) return Problem.NotFound("award");
            if (state == "lapsed") return PointProblems.NotStanding;
            if (state == "standing")
            {
                await session.ExecuteAsync(
                    """
                    UPDATE user_achievements SET state = 'revoked', ended_at = @now, ended_reason = @reason, ended_by = @Person WHERE tenant_id = @TenantId AND id = @id;
                    INSERT INTO user_points (tenant_id, id, user_id, award_id, turn, amount, source, reason, competition_id, earned_on, reverses, booked_at, booked_by)
                    SELECT entry.tenant_id, uuidv7(), entry.user_id, entry.award_id, entry.turn, -entry.amount, 'revocation', @reason, entry.competition_id, entry.earned_on, entry.id, @now, @Person
                    FROM user_achievements AS held
                    JOIN user_points AS entry ON entry.tenant_id = held.tenant_id AND entry.award_id = held.id AND entry.turn = held.turn AND NOT entry.taken
                    WHERE held.tenant_id = @TenantId AND held.id = @id
                    """,
                    args,
                    cancellationToken);
            }
            var view = await session.SingleAsync<View>($"SELECT {Columns} FROM user_achievements AS held WHERE held.tenant_id = @TenantId AND held.id = @id", args, cancellationToken);
            if (state == "standing") await notices.RevokedAsync(session, caller.Tenant, rule, new PointEvents.AwardBody(id, achievementId, view.UserId, view.Points, view.CompetitionId), args.reason, cancellationToken);
            return view;
        },
        cancellationToken);
}
