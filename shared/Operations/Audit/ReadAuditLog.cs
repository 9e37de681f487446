using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Operations.Audit;

/// <summary>What was done to a row.</summary>
public enum AuditAction
{
    Insert,
    Update,
    Delete,
}

/// <summary>Reads a tenant's audit log, the newest first.</summary>
public sealed class ReadAuditLog(Database database)
{
    private const int ExportedAtOnce = 1000;

    /// <summary>Which entries. What is absent does not narrow.</summary>
    public record Filter
    {
        [RegularExpression("[a-z][a-z0-9_]*", ErrorMessage = "The name of a table."), StringLength(63, MinimumLength = 1)]
        public string? Table { get; init; }

        /// <summary>The row's key: its parts, without the tenant, joined by commas.</summary>
        [StringLength(500, MinimumLength = 1)]
        public string? RowKey { get; init; }

        public Guid? ActorId { get; init; }

        public AuditAction? Action { get; init; }

        /// <summary>From this instant on.</summary>
        public DateTimeOffset? From { get; init; }

        /// <summary>Before this instant.</summary>
        public DateTimeOffset? Until { get; init; }
    }

    public sealed record Query : Filter
    {
        [Range(1, PageQuery.MaxLimit)]
        public int Limit { get; init; } = 50;

        /// <summary>The <c>next</c> of the page before.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? After { get; init; }
    }

    /// <summary>One change. Of an update only the columns that changed are there; secrets appear as three asterisks.</summary>
    public sealed record Entry
    {
        public required Guid Id { get; init; }

        public required DateTimeOffset At { get; init; }

        /// <summary>Who did it; nobody where the system did.</summary>
        public Guid? ActorId { get; init; }

        public string? ActorName { get; init; }

        public string? Address { get; init; }

        public required AuditAction Action { get; init; }

        [JsonPropertyName("table")]
        public required string TableName { get; init; }

        public required string RowKey { get; init; }

        public JsonElement? Old { get; init; }

        public JsonElement? New { get; init; }

        public string? Trace { get; init; }
    }

    public sealed record Exported(IAsyncEnumerable<Entry> Entries);

    private sealed record Person(Guid Id, string Name);

    public async Task<Outcome<Page<Entry>>> Run(Caller caller, Query query, CancellationToken cancellationToken)
    {
        if (FaultOf(query) is { } fault) return fault;
        AuditCursor? after = null;
        if (query.After is not null && (after = AuditCursor.Parse(query.After)) is null) return Problem.Invalid("/after", "cursor", "It must be the 'next' of the page before.");
        var rows = await EntriesAsync(caller, query, after, query.Limit + 1, cancellationToken);
        if (rows.Count <= query.Limit) return new Page<Entry>(rows, null);
        var last = rows[query.Limit - 1];
        return new Page<Entry>([.. rows.Take(query.Limit)], new AuditCursor(last.At, last.Id).ToString());
    }

    /// <summary>Every entry, read page by page while it is being written out: no statement is long and nothing is held.</summary>
    public Outcome<Exported> Export(Caller caller, Filter filter, CancellationToken cancellationToken) =>
        FaultOf(filter) is { } fault ? fault : new Exported(AllAsync(caller, filter, cancellationToken));

    private async IAsyncEnumerable<Entry> AllAsync(Caller caller, Filter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AuditCursor? after = null;
        IReadOnlyList<Entry> rows;
        do
        {
            rows = await EntriesAsync(caller, filter, after, ExportedAtOnce, cancellationToken);
            foreach (var row in rows) yield return row;
            if (rows.Count > 0) after = new AuditCursor(rows[^1].At, rows[^1].Id);
        }
        while (rows.Count == ExportedAtOnce);
    }

    private static Problem? FaultOf(Filter filter)
    {
        if (filter.RowKey is not null && filter.Table is null) return Problem.Invalid("/table", "required", "A row's key means nothing without its table.");
        return filter.From >= filter.Until ? Problem.Invalid("/until", "order", "It must be later than 'from'.") : null;
    }

    // a tenant's rows are on its shard, but what the directory says of the tenant itself is on the default one
    private async Task<IReadOnlyList<Entry>> EntriesAsync(Caller caller, Filter filter, AuditCursor? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await EntriesOfShardAsync(caller, filter, after, limit, cancellationToken);
        if (caller.Shard != DatabaseSettings.DefaultShard)
        {
            var directory = await EntriesOfShardAsync(caller with { Shard = DatabaseSettings.DefaultShard }, filter, after, limit, cancellationToken);
            rows = [.. rows.Concat(directory).OrderByDescending(row => row.At).ThenByDescending(row => row.Id).Take(limit)];
        }
        var actors = rows.Select(row => row.ActorId).OfType<Guid>().Distinct().ToArray();
        if (actors.Length == 0) return rows;
        var people = await database.Reading(caller).QueryAsync<Person>(
            "SELECT id, first_name || ' ' || last_name AS name FROM users WHERE tenant_id = @TenantId AND id = ANY(@actors)", new { caller.TenantId, actors }, cancellationToken);
        var names = people.ToDictionary(person => person.Id, person => person.Name);
        return [.. rows.Select(row => row.ActorId is { } actor ? row with { ActorName = names.GetValueOrDefault(actor) } : row)];
    }

    private Task<IReadOnlyList<Entry>> EntriesOfShardAsync(Caller caller, Filter filter, AuditCursor? after, int limit, CancellationToken cancellationToken) =>
        database.Reading(caller).QueryAsync<Entry>(
            $"""
            SELECT id, at, actor_id, host(address) AS address, action, table_name, row_key, old, new, trace
            FROM audit_log
            WHERE tenant_id = @TenantId
              {(filter.Table is null ? "" : "AND table_name = @Table")}
              {(filter.RowKey is null ? "" : "AND row_key = @RowKey")}
              {(filter.ActorId is null ? "" : "AND actor_id = @ActorId")}
              {(filter.Action is null ? "" : "AND action = @action")}
              {(filter.From is null ? "" : "AND at >= @From")}
              {(filter.Until is null ? "" : "AND at < @Until")}
              {(after is null ? "" : "AND at <= @afterAt AND (at, id) < (@afterAt, @afterId)")}
            ORDER BY at DESC, id DESC
            LIMIT @limit
            """,
            new
            {
                caller.TenantId,
                filter.Table,
                filter.RowKey,
                filter.ActorId,
                action = filter.Action?.ToString().ToLowerInvariant(),
                filter.From,
                filter.Until,
                afterAt = after?.At,
                afterId = after?.Id,
                limit,
            },
            cancellationToken);
}
