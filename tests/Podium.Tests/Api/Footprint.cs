using Npgsql;

namespace Podium.Tests.Api;

/// <summary>Notices whether anything in the database has changed since it was asked before.</summary>
internal sealed class Footprint : IAsyncDisposable
{
    // what a refusal may leave behind, and what leaves in the background
    private static readonly string[] Noise = ["sign_in_throttles", "idempotency_keys", "outbox", "signing_keys", "inbox", "notification_deliveries", "notifications"];

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly string _sql;
    private string[] _known = [];

    private Footprint(NpgsqlDataSource source, NpgsqlConnection connection, string sql) => (_source, _connection, _sql) = (source, connection, sql);

    public static async Task<Footprint> OfAsync(string postgres)
    {
        var source = NpgsqlDataSource.Create(postgres);
        var connection = await source.OpenConnectionAsync();
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname", connection))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        }
        // every change gives a row another xmin
        var counts = tables.Except(Noise).Select(table => $"SELECT '{table} ' || count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM {table}");
        var made = new Footprint(source, connection, $"DELETE FROM sign_in_throttles; {string.Join(" UNION ALL ", counts)}");
        await made.ChangedAsync();
        return made;
    }

    /// <summary>The tables that are not as they were, or null. Failed sign-ins are forgotten, so that the next is judged for itself.</summary>
    public async Task<string?> ChangedAsync()
    {
        var now = new List<string>();
        await using (var command = new NpgsqlCommand(_sql, _connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) now.Add(reader.GetString(0));
        }
        var changed = now.Except(_known).Select(line => line.Split(' ')[0]).ToList();
        _known = [.. now];
        return changed.Count == 0 ? null : string.Join(", ", changed);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }
}
