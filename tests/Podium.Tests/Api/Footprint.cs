using Npgsql;

namespace Podium.Tests.Api;

/// <summary>Notices which tables have changed since it was asked before.</summary>
internal sealed class Footprint : IAsyncDisposable
{
    // what a refusal may leave behind, and what leaves in the background
    // (whoever reads exams nationally is noted, in the audit log too, whose entries otherwise stand for changes of tables that are watched themselves)
    private static readonly string[] Noise =
        ["sign_in_throttles", "idempotency_keys", "outbox", "signing_keys", "inbox", "notification_deliveries", "notifications", "exam_national_reads", "audit_log"];

    private readonly NpgsqlDataSource _source;

    private Footprint(NpgsqlDataSource source) => _source = source;

    public static async Task<Footprint> OfAsync(string postgres)
    {
        var source = NpgsqlDataSource.Create(postgres);
        await using var watch = source.CreateCommand(
            $"""
            CREATE UNLOGGED TABLE touched (name name NOT NULL);
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO public.touched VALUES (TG_TABLE_NAME); RETURN NULL; END';
            DO $$
            DECLARE
                watched regclass;
            BEGIN
                FOR watched IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT IN ('touched', '{string.Join("', '", Noise)}')
                LOOP
                    EXECUTE format('CREATE TRIGGER touched AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION touch()', watched);
                END LOOP;
            END
            $$;
            """);
        await watch.ExecuteNonQueryAsync();
        return new Footprint(source);
    }

    /// <summary>The tables in which rows were made, changed or deleted, or null. Failed sign-ins are forgotten, so that the next is judged for itself.</summary>
    public async Task<string?> ChangedAsync()
    {
        var touched = new SortedSet<string>();
        await using var command = _source.CreateCommand("DELETE FROM sign_in_throttles; DELETE FROM touched RETURNING name");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) touched.Add(reader.GetString(0));
        return touched.Count == 0 ? null : string.Join(", ", touched);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
