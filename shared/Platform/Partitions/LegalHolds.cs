using System.ComponentModel.DataAnnotations;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Partitions;

/// <summary>Keeps a time of a table from being archived and dropped, and its archives from being deleted, until that is lifted.</summary>
public sealed class LegalHolds(Database database, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one hold.</summary>
        public Guid? Id { get; init; }

        [StringLength(40, MinimumLength = 1)]
        public required string Table { get; init; }

        /// <summary>Where the time begins; absent: from the first row on.</summary>
        public DateTimeOffset? From { get; init; }

        /// <summary>Where it ends; absent: all that is still to come.</summary>
        public DateTimeOffset? Until { get; init; }

        [StringLength(500, MinimumLength = 1)]
        public required string Reason { get; init; }

        /// <summary>Who answers for it.</summary>
        [StringLength(200, MinimumLength = 1)]
        public required string PlacedBy { get; init; }
    }

    public sealed record Result(Guid Id);

    public async Task<Outcome<Result>> PlaceAsync(Request request, CancellationToken cancellationToken)
    {
        if (request.From >= request.Until) return Problem.Invalid("/until", "order", "It must be later than 'from'.");
        if (await database.AsPlatform().FirstAsync<string>("SELECT table_name FROM partition_policies WHERE table_name = @Table", new { request.Table }, cancellationToken) is null)
            return Problem.Invalid("/table", "unknown", "There is no such partitioned table.");
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        foreach (var shard in database.Shards)
        {
            await database.AsPlatform(shard).ExecuteAsync(
                """
                INSERT INTO legal_holds (id, table_name, from_at, until_at, reason, placed_by, placed_at)
                VALUES (@id, @Table, @From, @Until, @Reason, @PlacedBy, @now)
                ON CONFLICT (id) DO NOTHING
                """,
                new { id, request.Table, request.From, request.Until, request.Reason, request.PlacedBy, now },
                cancellationToken);
        }
        return new Result(id);
    }

    public async Task<Problem?> LiftAsync(Guid id, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var shard in database.Shards)
            found += await database.AsPlatform(shard).ExecuteAsync("UPDATE legal_holds SET lifted_at = coalesce(lifted_at, @now) WHERE id = @id", new { id, now = clock.GetUtcNow() }, cancellationToken);
        return found == 0 ? Problem.NotFound("legal hold") : null;
    }
}
