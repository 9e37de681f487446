using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Live;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>The status of a submission: remembered for an hour, forgotten when it changes, and told to those who watch.</summary>
public sealed class SubmissionStanding(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required SubmissionStatus Status { get; init; }

        /// <summary>PENDING, APPROVED or REJECTED.</summary>
        public required string ReviewStatus { get; init; }

        public string? ReasonCode { get; init; }

        public required bool Late { get; init; }

        public required decimal Penalty { get; init; }

        /// <summary>How far each file has come.</summary>
        public IReadOnlyList<FileStanding> Files { get; init; } = [];

        public required int Version { get; init; }
    }

    public sealed record FileStanding(Guid Id, string State, string? Reason);

    public static string CacheKeyOf(Guid tenant, Guid submission) => $"kazrockets:submission:{tenant}:{submission}";

    private static string TopicOf(Guid tenant, Guid submission) => $"submission:{tenant:N}:{submission:N}";

    /// <summary>Says, at the commit, that a submission is not any more what it was.</summary>
    internal static async Task ChangedAsync(Cache cache, Session session, Guid tenant, params Guid[] submissions)
    {
        if (submissions.Length == 0) return;
        await cache.InvalidateAsync(session, [.. submissions.Select(id => CacheKeyOf(tenant, id))]);
        await LiveHub.SignalAsync(session, [.. submissions.Select(id => TopicOf(tenant, id))]);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await FaultAsync(caller, id, cancellationToken) is { } problem) return problem;
        return await cache.GetAsync(CacheKeyOf(caller.TenantId, id), Life, stop => LoadAsync(caller, id, stop), cancellationToken) is { } found ? found : Problem.NotFound("submission");
    }

    /// <summary>The stream of a submission that the caller may see.</summary>
    public async Task<Outcome<LiveTopic>> TopicAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await FaultAsync(caller, id, cancellationToken) is { } problem) return problem;
        return new LiveTopic
        {
            Name = TopicOf(caller.TenantId, id),
            Shard = caller.Shard,
            // not what is remembered: who is told of a change must not be shown what was before it
            Read = async (_, stop) => await LoadAsync(caller, id, stop) is { } view ? [LiveEvent.State("submission", view)] : [],
        };
    }

    private async Task<Problem?> FaultAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var competition = await database.As(caller).FirstAsync<(Guid Id, bool IsMember)?>(
            """
            SELECT submission.competition_id, EXISTS (
                       SELECT FROM competition_entrants AS entrant
                       WHERE entrant.tenant_id = @TenantId AND entrant.competition_id = submission.competition_id AND entrant.user_id = @Person
                         AND (entrant.registration_id = registration.id OR entrant.team_id = registration.team_id))
            FROM submissions AS submission JOIN registrations AS registration ON registration.tenant_id = @TenantId AND registration.id = submission.registration_id
            WHERE submission.tenant_id = @TenantId AND submission.id = @id AND submission.deleted_at IS NULL
            """,
            new { caller.TenantId, caller.Person, id },
            cancellationToken);
        return competition is { } at && (at.IsMember || CompetitionDirectory.Manages(caller, at.Id)) ? null : Problem.NotFound("submission");
    }

    private Task<View?> LoadAsync(Actor actor, Guid id, CancellationToken cancellationToken) => database.As(actor).QueryManyAsync(
        """
        SELECT id, status, review_status, reason_code, late, penalty, version FROM submissions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL;
        SELECT id, CASE WHEN revoked_at IS NULL THEN state ELSE 'revoked' END AS state, faults->0->>'code' AS reason FROM files
        WHERE tenant_id = @TenantId AND id IN (SELECT file_id FROM submission_files WHERE tenant_id = @TenantId AND submission_id = @id) ORDER BY created_at, id
        """,
        new { actor.TenantId, id },
        async results => await results.ReadFirstOrDefaultAsync<View>() is { } view ? view with { Files = [.. await results.ReadAsync<FileStanding>()] } : null,
        cancellationToken);
}
