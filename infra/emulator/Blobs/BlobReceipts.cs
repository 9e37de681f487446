using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Database;
using Podium.Emulator.Queues;

namespace Podium.Emulator.Blobs;

/// <summary>Remembers which version of which blob each function has dealt with.</summary>
internal sealed class BlobReceipts(EmulatorDatabase database)
{
    public enum State : short
    {
        Failed = 0,
        Done = 1,
        Poison = 2,
    }

    public sealed record Receipt(string Blob, string ETag, State State, int Attempts, DateTimeOffset? NextTry);

    /// <summary>The receipts of some blobs of a container, by name.</summary>
    public async Task<IReadOnlyDictionary<string, Receipt>> ReadAsync(string function, string container, string[] blobs, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT blob, etag, state, attempts, next_try FROM emulator.blob_receipts
            WHERE function_name = $1 AND container = $2 AND blob = ANY($3)
            """);
        command.Parameters.Add(Sql.Text(function));
        command.Parameters.Add(Sql.Text(container));
        command.Parameters.Add(Sql.Array(blobs, NpgsqlDbType.Text));
        var receipts = new Dictionary<string, Receipt>(StringComparer.Ordinal);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var receipt = new Receipt(row.GetString(0), row.GetString(1), (State)row.GetInt16(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4));
            receipts[receipt.Blob] = receipt;
        }
        return receipts;
    }

    /// <summary>Keeps what became of a blob's version.</summary>
    public async Task WriteAsync(string function, string container, Receipt receipt)
    {
        await using var command = database.Source.CreateCommand("""
            INSERT INTO emulator.blob_receipts (function_name, container, blob, etag, state, attempts, next_try)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (function_name, container, blob) DO UPDATE
            SET etag = excluded.etag, state = excluded.state, attempts = excluded.attempts, next_try = excluded.next_try
            """);
        command.Parameters.Add(Sql.Text(function));
        command.Parameters.Add(Sql.Text(container));
        command.Parameters.Add(Sql.Text(receipt.Blob));
        command.Parameters.Add(Sql.Text(receipt.ETag));
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)receipt.State });
        command.Parameters.Add(Sql.Number(receipt.Attempts));
        command.Parameters.Add(Sql.Instant(receipt.NextTry));
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A blob that is gone needs no receipt.</summary>
    public async Task ForgetAsync(string function, string container, string blob)
    {
        await using var command = database.Source.CreateCommand("DELETE FROM emulator.blob_receipts WHERE function_name = $1 AND container = $2 AND blob = $3");
        command.Parameters.Add(Sql.Text(function));
        command.Parameters.Add(Sql.Text(container));
        command.Parameters.Add(Sql.Text(blob));
        await command.ExecuteNonQueryAsync();
    }
}
