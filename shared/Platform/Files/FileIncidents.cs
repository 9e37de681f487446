using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>What operators should know of storage, until it is settled.</summary>
public sealed class FileIncidents(Database database, TimeProvider clock)
{
    /// <summary>A blob that nobody asked for; it is removed a day after it was found.</summary>
    public const string Orphan = "orphan";

    /// <summary>A file that could not be checked, however often it was tried.</summary>
    public const string Unchecked = "unchecked";

    /// <summary>An upload that vanished before it was checked.</summary>
    public const string Lost = "lost";

    /// <summary>An accepted file that is not in its place any more.</summary>
    public const string Missing = "missing";

    /// <summary>An accepted file whose content is not what was accepted.</summary>
    public const string Altered = "altered";

    public sealed record View
    {
        public required Guid Id { get; init; }

        /// <summary>orphan, unchecked, lost, missing or altered.</summary>
        public required string Kind { get; init; }

        /// <summary>Container and blob.</summary>
        public required string Place { get; init; }

        public Guid? TenantId { get; init; }

        public Guid? FileId { get; init; }

        public required string Detail { get; init; }

        public required DateTimeOffset FoundAt { get; init; }
    }

    /// <summary>Writes an incident down, once while it stands.</summary>
    internal Task ReportAsync(string shard, string kind, string place, StoredFile? file, string detail, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.AsPlatform(shard).ExecuteAsync(
            """
            INSERT INTO file_incidents (id, kind, place, about_tenant, about_file, detail, found_at)
            VALUES (@id, @kind, @place, @tenant, @file, @detail, @now)
            ON CONFLICT (kind, place) WHERE settled_at IS NULL DO NOTHING
            """,
            new { id = Guid.CreateVersion7(now), kind, place, tenant = file?.TenantId, file = file?.Id, detail, now },
            cancellationToken);
    }

    internal Task SettleAsync(string shard, string[] kinds, string place, string settlement, CancellationToken cancellationToken) => database.AsPlatform(shard).ExecuteAsync(
        "UPDATE file_incidents SET settled_at = @now, settlement = @settlement WHERE kind = ANY(@kinds) AND place = @place AND settled_at IS NULL",
        new { kinds, place, settlement, now = clock.GetUtcNow() },
        cancellationToken);

    /// <summary>What stands open, the newest first.</summary>
    public async Task<Page<View>> ListAsync(PageQuery page, CancellationToken cancellationToken)
    {
        var all = new List<View>();
        foreach (var shard in database.Shards)
        {
            all.AddRange(await database.AsPlatform(shard).QueryAsync<View>(
                """
                SELECT id, kind, place, about_tenant AS tenant_id, about_file AS file_id, detail, found_at FROM file_incidents
                WHERE settled_at IS NULL AND (@After::uuid IS NULL OR id < @After)
                ORDER BY id DESC
                LIMIT @limit
                """,
                new { page.After, limit = page.Fetch() },
                cancellationToken));
        }
        return page.Of([.. all.OrderByDescending(incident => incident.Id).Take(page.Fetch())], incident => incident.Id);
    }

    /// <summary>An operator has dealt with it.</summary>
    public async Task<Problem?> CloseAsync(Guid id, CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var closed = await database.AsPlatform(shard).ExecuteAsync(
                "UPDATE file_incidents SET settled_at = @now, settlement = 'closed by an operator' WHERE id = @id AND settled_at IS NULL", new { id, now = clock.GetUtcNow() }, cancellationToken);
            if (closed > 0) return null;
        }
        return Problem.NotFound("incident");
    }
}
