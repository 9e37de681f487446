using System.Text.Json;
using Podium.Learning.Sandbox;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>What learners may see: published tracks and the active versions of published challenges. Remembered until something is published.</summary>
public sealed class Catalogue(Database database, Cache cache, CodeSeal seal)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public sealed record Track(Guid Id, string Slug, string Title, string Description, int Position);

    /// <summary>A challenge's line in its track.</summary>
    public sealed record Line(Guid ModuleId, string Module, Guid LessonId, string Lesson, Guid ChallengeId, string Slug, string Challenge, string Difficulty, int Points, int EstimatedTimeMinutes);

    public sealed record Tracks(IReadOnlyList<Track> Items);

    public sealed record Lines(IReadOnlyList<Line> Items);

    /// <summary>The active version of a challenge, with all of it.</summary>
    internal sealed record Active(Guid VersionId, string Number, Guid TrackId, string TrackTitle, string ModuleTitle, string LessonTitle, EditChallenge.Content Content)
    {
        /// <summary>The version that is tried beside it.</summary>
        public Split? Split { get; init; }

        /// <summary>The split that a learner got this version by.</summary>
        public Guid? Assigned { get; init; }
    }

    internal sealed record Split(Guid Id, byte[] Salt, int Share, Guid VersionId, string Number, EditChallenge.Content Content);

    private sealed record Row
    {
        public required Guid VersionId { get; init; }

        public required string Number { get; init; }

        public required Guid TrackId { get; init; }

        public required string TrackTitle { get; init; }

        public required string ModuleTitle { get; init; }

        public required string LessonTitle { get; init; }

        public required JsonElement Content { get; init; }

        public Guid? SplitId { get; init; }

        public byte[]? Salt { get; init; }

        public int? Share { get; init; }

        public Guid? OtherId { get; init; }

        public string? OtherNumber { get; init; }

        public JsonElement? OtherContent { get; init; }

        public Active ActiveOf(Guid challenge, CodeSeal.Key key) => new(VersionId, Number, TrackId, TrackTitle, ModuleTitle, LessonTitle, EditChallenge.ContentOf(Content, challenge, key))
        {
            Split = SplitId is { } split ? new Split(split, Salt!, Share!.Value, OtherId!.Value, OtherNumber!, EditChallenge.ContentOf(OtherContent!.Value, challenge, key)) : null,
        };
    }

    internal const string Visible =
        """
        FROM challenges AS c
        JOIN challenge_versions AS v ON v.tenant_id = c.tenant_id AND v.challenge_id = c.id AND v.is_active
        JOIN lessons AS l ON l.tenant_id = c.tenant_id AND l.id = c.lesson_id AND l.is_published
        JOIN modules AS m ON m.tenant_id = l.tenant_id AND m.id = l.module_id AND m.is_published
        JOIN tracks AS t ON t.tenant_id = m.tenant_id AND t.id = m.track_id AND t.is_published
        """;

    public async Task<Tracks> TracksAsync(Caller caller, CancellationToken cancellationToken) => await cache.GetAsync(
        $"tracks:{caller.TenantId}",
        Life,
        async stop => new Tracks(await database.As(caller).QueryAsync<Track>(
            "SELECT id, slug, title, description, position FROM tracks WHERE tenant_id = @TenantId AND is_published ORDER BY position, slug", new { caller.TenantId }, stop)),
        cancellationToken);

    public async Task<Outcome<Lines>> ChallengesAsync(Caller caller, Guid track, CancellationToken cancellationToken)
    {
        var tracks = await TracksAsync(caller, cancellationToken);
        if (tracks.Items.All(known => known.Id != track)) return Problem.NotFound("track");
        return await cache.GetAsync(
            $"track:{track}:challenges",
            Life,
            async stop => new Lines(await database.As(caller).QueryAsync<Line>(
                $"""
                SELECT m.id AS module_id, m.title AS module, l.id AS lesson_id, l.title AS lesson, c.id AS challenge_id, c.slug, v.content->>'title' AS challenge, v.content->>'difficulty' AS difficulty,
                       (v.content->>'points')::integer AS points, (v.content->>'estimatedTimeMinutes')::integer AS estimated_time_minutes
                {Visible}
                WHERE c.tenant_id = @TenantId AND c.is_published AND t.id = @track
                ORDER BY m.position, m.slug, l.position, l.slug, c.position, c.slug
                """,
                new { caller.TenantId, track },
                stop)),
            cancellationToken);
    }

    internal ValueTask<Active?> ActiveAsync(Caller caller, Guid challenge, CancellationToken cancellationToken) => cache.GetAsync(
        $"challenge:{caller.TenantId}:{challenge}",
        Life,
        async stop =>
        {
            var row = await database.As(caller).FirstAsync<Row>(
                $"""
                SELECT v.id AS version_id, v.number, t.id AS track_id, t.title AS track_title, m.title AS module_title, l.title AS lesson_title, v.content,
                       s.id AS split_id, s.salt, s.share, other.id AS other_id, other.number AS other_number, other.content AS other_content
                {Visible}
                LEFT JOIN version_splits AS s ON s.tenant_id = c.tenant_id AND s.challenge_id = c.id AND s.ended_at IS NULL
                LEFT JOIN challenge_versions AS other ON other.tenant_id = s.tenant_id AND other.id = s.second_version_id
                WHERE c.tenant_id = @TenantId AND c.id = @challenge AND c.is_published
                """,
                new { caller.TenantId, challenge },
                stop);
            return row?.ActiveOf(challenge, await seal.OfAsync(caller, stop));
        },
        cancellationToken);

    /// <summary>At challenge_published and challenge_updated.</summary>
    internal static async Task ForgetAsync(Cache cache, Session session, Guid tenant)
    {
        var tracks = await session.QueryAsync<string>("SELECT 'track:' || id || ':challenges' FROM tracks WHERE tenant_id = @tenant", new { tenant });
        await cache.InvalidateAsync(session, [.. tracks, $"tracks:{tenant}", $"challenge:{tenant}:*", $"progress:{tenant}:*"]);
    }
}
