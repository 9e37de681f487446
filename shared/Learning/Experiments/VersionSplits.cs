using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning.Experiments;

/// <summary>Gives learners two versions of a challenge side by side, tells how they fare, and makes one of them the active version at the end.</summary>
public sealed class VersionSplits(Database database, Cache cache, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one split.</summary>
        public Guid? Id { get; init; }

        /// <summary>The version that is tried beside the active one.</summary>
        [StringLength(50, MinimumLength = 1), Example("1.1.0")]
        public required string Version { get; init; }

        /// <summary>How many percent of learners get it.</summary>
        [Range(1, 99)]
        public int Share { get; init; } = 50;

        /// <summary>How many learners of each version there must be before one is called the better: decided now, so that nobody stops when it looks well.</summary>
        [Range(SplitOutcome.Fewest, 1_000_000)]
        public int LearnersPerArm { get; init; } = 100;

        /// <summary>What is expected, and why.</summary>
        [StringLength(2000, MinimumLength = 1), Example("A worked example lets more learners finish.")]
        public required string Hypothesis { get; init; }
    }

    public sealed record EndRequest
    {
        /// <summary>The version that all learners get from now on: one of the two.</summary>
        [StringLength(50, MinimumLength = 1), Example("1.1.0")]
        public required string Winner { get; init; }
    }

    public record View
    {
        public required Guid Id { get; init; }

        public required Guid ChallengeId { get; init; }

        /// <summary>The version that was active.</summary>
        public required string FirstVersion { get; init; }

        public required string SecondVersion { get; init; }

        public required int Share { get; init; }

        public required int LearnersPerArm { get; init; }

        public required string Hypothesis { get; init; }

        public required DateTimeOffset StartedAt { get; init; }

        public required Guid StartedBy { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public Guid? EndedBy { get; init; }

        /// <summary>None where the challenge was archived before one was chosen.</summary>
        public string? Winner { get; init; }
    }

    public sealed record Report(View Split, SplitOutcome Outcome);

    private const string Columns =
        """
        id, challenge_id, share, learners_per_arm, hypothesis, started_at, started_by, ended_at, ended_by,
        (SELECT number FROM challenge_versions AS v WHERE v.tenant_id = version_splits.tenant_id AND v.id = first_version_id) AS first_version,
        (SELECT number FROM challenge_versions AS v WHERE v.tenant_id = version_splits.tenant_id AND v.id = second_version_id) AS second_version,
        (SELECT number FROM challenge_versions AS v WHERE v.tenant_id = version_splits.tenant_id AND v.id = winner_version_id) AS winner
        """;

    /// <summary>Reads the rows of one split; an author's question, answered by the primary key.</summary>
    internal const string OutcomeSql =
        """
        SELECT arm, count(*) AS assigned, count(*) FILTER (WHERE attempts > 0) AS tried, count(completed_at) AS completed,
               (avg(best_score) FILTER (WHERE attempts > 0))::float8 AS score, (var_samp(best_score) FILTER (WHERE attempts > 0))::float8 AS score_variance,
               (avg(attempts) FILTER (WHERE completed_at IS NOT NULL))::float8 AS attempts, (var_samp(attempts) FILTER (WHERE completed_at IS NOT NULL))::float8 AS attempts_variance,
               (avg(active_seconds / 60.0) FILTER (WHERE completed_at IS NOT NULL))::float8 AS minutes, (var_samp(active_seconds / 60.0) FILTER (WHERE completed_at IS NOT NULL))::float8 AS minutes_variance
        FROM version_assignments WHERE tenant_id = @TenantId AND split_id = @id
        GROUP BY arm
        """;

    public Task<Outcome<Page<View>>> ListAsync(Caller caller, Guid challenge, PageQuery page, CancellationToken cancellationToken) => database.As(caller).QueryManyAsync<Outcome<Page<View>>>(
        $"""
        SELECT EXISTS (SELECT FROM challenges WHERE tenant_id = @TenantId AND id = @challenge);
        SELECT {Columns} FROM version_splits WHERE tenant_id = @TenantId AND challenge_id = @challenge AND (@After::uuid IS NULL OR id < @After) ORDER BY id DESC LIMIT @limit
        """,
        new { caller.TenantId, challenge, page.After, limit = page.Fetch() },
        async results => await results.ReadSingleAsync<bool>() ? page.Of([.. await results.ReadAsync<View>()], row => row.Id) : Problem.NotFound("challenge"),
        cancellationToken);

    public async Task<Outcome<Report>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var (split, rows) = await database.As(caller).QueryManyAsync(
            $"SELECT {Columns} FROM version_splits WHERE tenant_id = @TenantId AND id = @id; {OutcomeSql}",
            new { caller.TenantId, id },
            async results => (await results.ReadFirstOrDefaultAsync<View>(), (await results.ReadAsync<SplitOutcome.Row>()).ToList()),
            cancellationToken);
        return split is null ? Problem.NotFound("split") : new Report(split, SplitOutcome.Of(rows, split.FirstVersion, split.SecondVersion, split.LearnersPerArm));
    }

    public Task<Outcome<View>> StartAsync(Caller caller, Guid challenge, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var row = await EditChallenge.LockAsync(session, caller, challenge, cancellationToken);
            if (row is null) return Problem.NotFound("challenge");
            var now = clock.GetUtcNow();
            var id = request.Id ?? Guid.CreateVersion7(now);
            var args = new { caller.TenantId, caller.Person, id, challenge, request.Version, request.Share, request.LearnersPerArm, request.Hypothesis, salt = RandomNumberGenerator.GetBytes(Draw.SaltBytes), now };
            if (await session.FirstAsync<View>($"SELECT {Columns} FROM version_splits WHERE tenant_id = @TenantId AND id = @id", args, cancellationToken) is { } known)
            {
                var same = (known.ChallengeId, known.SecondVersion, known.Share, known.LearnersPerArm, known.Hypothesis) == (challenge, request.Version, request.Share, request.LearnersPerArm, request.Hypothesis);
                return same ? known : IdentityProblems.IdTaken;
            }
            if (row.DeletedAt is not null) return LearningProblems.Archived;
            if (!row.IsPublished || row.ActiveVersion is null) return LearningProblems.NotPublished;
            if (row.ActiveVersion == request.Version) return Problem.Invalid("/version", "active", "That is the active version already.");
            var added = await session.FirstAsync<View>(
                $"""
                INSERT INTO version_splits (tenant_id, id, challenge_id, first_version_id, second_version_id, share, salt, learners_per_arm, hypothesis, started_at, started_by)
                SELECT @TenantId, @id, @challenge, active.id, other.id, @Share, @salt, @LearnersPerArm, @Hypothesis, @now, @Person
                FROM challenge_versions AS active
                JOIN challenge_versions AS other ON other.tenant_id = active.tenant_id AND other.challenge_id = active.challenge_id AND other.number = @Version
                WHERE active.tenant_id = @TenantId AND active.challenge_id = @challenge AND active.is_active
                RETURNING {Columns}
                """,
                args,
                cancellationToken);
            if (added is null) return Problem.Invalid("/version", "unknown", "No such version was published.");
            await Catalogue.ForgetAsync(cache, session, caller.TenantId);
            return added;
        },
        cancellationToken);

    public Task<Outcome<View>> EndAsync(Caller caller, Guid id, EndRequest request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            // the challenge first, as everywhere: whoever publishes waits for it too
            var challenge = await session.FirstAsync<Guid?>("SELECT challenge_id FROM version_splits WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, id }, cancellationToken);
            if (challenge is null) return Problem.NotFound("split");
            await EditChallenge.LockAsync(session, caller, challenge.Value, cancellationToken);
            var args = new { caller.TenantId, caller.Person, id, challenge, request.Winner, now = clock.GetUtcNow() };
            var split = await session.SingleAsync<View>($"SELECT {Columns} FROM version_splits WHERE tenant_id = @TenantId AND id = @id", args, cancellationToken);
            if (split.EndedAt is not null) return split.Winner == request.Winner ? split : LearningProblems.SplitEnded;
            if (request.Winner != split.FirstVersion && request.Winner != split.SecondVersion) return Problem.Invalid("/winner", "unknown", $"One of the two: {split.FirstVersion} or {split.SecondVersion}.");
            await session.ExecuteAsync("UPDATE challenge_versions SET is_active = false WHERE tenant_id = @TenantId AND challenge_id = @challenge AND is_active AND number <> @Winner", args, cancellationToken);
            await session.ExecuteAsync("UPDATE challenge_versions SET is_active = true WHERE tenant_id = @TenantId AND challenge_id = @challenge AND number = @Winner AND NOT is_active", args, cancellationToken);
            var ended = await session.SingleAsync<View>(
                $"""
                UPDATE version_splits SET ended_at = @now, ended_by = @Person,
                    winner_version_id = (SELECT id FROM challenge_versions WHERE tenant_id = @TenantId AND challenge_id = @challenge AND number = @Winner)
                WHERE tenant_id = @TenantId AND id = @id RETURNING {Columns}
                """,
                args,
                cancellationToken);
            await Catalogue.ForgetAsync(cache, session, caller.TenantId);
            return ended;
        },
        cancellationToken);

    /// <summary>Whether two versions are tried side by side now; the challenge is locked.</summary>
    internal static Task<bool> IsOpenAsync(Session session, Caller caller, Guid challenge, CancellationToken cancellationToken) => session.SingleAsync<bool>(
        "SELECT EXISTS (SELECT FROM version_splits WHERE tenant_id = @TenantId AND challenge_id = @challenge AND ended_at IS NULL)", new { caller.TenantId, challenge }, cancellationToken);

    /// <summary>A challenge that is archived is tried by nobody any more.</summary>
    internal static Task AbandonAsync(Session session, Caller caller, Guid challenge, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE version_splits SET ended_at = @now, ended_by = @Person WHERE tenant_id = @TenantId AND challenge_id = @challenge AND ended_at IS NULL", new { caller.TenantId, caller.Person, challenge, now }, cancellationToken);
}
