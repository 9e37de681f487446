using System.Security.Cryptography;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Operations;

/// <summary>
/// Encrypts every lasting value anew under the current key. What is under it already is not touched, so a run that was cut off goes on
/// where it ended, and the app may work meanwhile: a value it changes in between is left as it wrote it.
/// </summary>
public sealed class RotateEncryption(Database database, FieldCipher cipher)
{
    private const int BatchSize = 500;

    /// <summary>One column on one shard: how many values it has under which key.</summary>
    public sealed record Standing(string Shard, EncryptedColumn Column, IReadOnlyDictionary<string, long> Keys, long Pending);

    /// <summary>What came of one column on one shard; unreadable values stay as they are.</summary>
    public sealed record Result(string Shard, EncryptedColumn Column, long Rotated, long Unreadable, long Left);

    /// <summary>How many values of a column are done.</summary>
    public sealed record Progress(string Shard, EncryptedColumn Column, long Done);

    private sealed record KeyCount(string Key, long Values);

    private sealed record Row(string[] Key, string Value);

    /// <summary>Looks, and changes nothing.</summary>
    public async Task<IReadOnlyList<Standing>> CountAsync(CancellationToken cancellationToken)
    {
        var standings = new List<Standing>();
        foreach (var shard in database.Shards)
        {
            foreach (var column in EncryptedColumn.All)
            {
                var keys = await database.AsPlatform(shard).QueryAsync<KeyCount>(
                    $"SELECT split_part({column.Name}, '.', 2) AS key, count(*) AS values FROM {column.Table} WHERE {column.Name} IS NOT NULL GROUP BY 1 ORDER BY 1", null, cancellationToken);
                standings.Add(new Standing(shard, column, keys.ToDictionary(key => key.Key, key => key.Values), await PendingAsync(shard, column, cancellationToken)));
            }
        }
        return standings;
    }

    public async Task<IReadOnlyList<Result>> Run(IProgress<Progress>? progress, CancellationToken cancellationToken)
    {
        var results = new List<Result>();
        foreach (var shard in database.Shards)
        {
            foreach (var column in EncryptedColumn.All) results.Add(await RotateAsync(shard, column, progress, cancellationToken));
        }
        return results;
    }

    private async Task<Result> RotateAsync(string shard, EncryptedColumn column, IProgress<Progress>? progress, CancellationToken cancellationToken)
    {
        long rotated = 0, unreadable = 0;
        string[]? after = null;
        while (true)
        {
            var rows = await NextAsync(shard, column, after, cancellationToken);
            if (rows.Count == 0) break;
            after = rows[^1].Key;
            var fresh = rows.Select(row => (Row: row, Value: Renew(column, row))).Where(pair => pair.Value is not null).ToList();
            unreadable += rows.Count - fresh.Count;
            rotated += await WriteAsync(shard, column, [.. fresh.Select(pair => pair.Row)], [.. fresh.Select(pair => pair.Value!)], cancellationToken);
            progress?.Report(new Progress(shard, column, rotated));
        }
        return new Result(shard, column, rotated, unreadable, await PendingAsync(shard, column, cancellationToken));
    }

    // null where the value does not open
    private string? Renew(EncryptedColumn column, Row row)
    {
        var context = column.Context(row.Key);
        try
        {
            var plain = cipher.DecryptBytes(row.Value, context);
            var fresh = cipher.EncryptBytes(plain, context);
            // what is about to take the only copy's place is opened once more
            if (!cipher.DecryptBytes(fresh, context).AsSpan().SequenceEqual(plain)) throw new CryptographicException("A value that was just encrypted does not open.");
            return fresh;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private Task<IReadOnlyList<Row>> NextAsync(string shard, EncryptedColumn column, string[]? after, CancellationToken cancellationToken)
    {
        var keys = string.Join(", ", column.Key);
        var start = string.Join(", ", column.Key.Select((_, at) => $"(@after)[{at + 1}]::{column.KeyType}"));
        return database.AsPlatform(shard).QueryAsync<Row>(
            $"""
            SELECT ARRAY[{string.Join(", ", column.Key.Select(key => $"{key}::text"))}] AS key, {column.Name} AS value
            FROM {column.Table}
            WHERE {column.Name} IS NOT NULL AND NOT starts_with({column.Name}, @current) {(after is null ? "" : $"AND ({keys}) > ({start})")}
            ORDER BY {keys}
            LIMIT {BatchSize}
            """,
            new { current = cipher.CurrentPrefix, after },
            cancellationToken);
    }

    private Task<int> WriteAsync(string shard, EncryptedColumn column, IReadOnlyList<Row> rows, string[] fresh, CancellationToken cancellationToken)
    {
        // a one-column key's second array is never looked at
        var match = string.Join(" AND ", column.Key.Select((key, at) => $"{column.Table}.{key} = given.key{at}::{column.KeyType}"));
        return database.AsPlatform(shard).ExecuteAsync(
            $"""
            UPDATE {column.Table} SET {column.Name} = given.fresh
            FROM unnest(@first, @second, @old, @fresh) AS given (key0, key1, old, fresh)
            WHERE {match} AND {column.Table}.{column.Name} = given.old
            """,
            new { first = rows.Select(row => row.Key[0]).ToArray(), second = rows.Select(row => row.Key[^1]).ToArray(), old = rows.Select(row => row.Value).ToArray(), fresh },
            cancellationToken);
    }

    private Task<long> PendingAsync(string shard, EncryptedColumn column, CancellationToken cancellationToken) => database.AsPlatform(shard).SingleAsync<long>(
        $"SELECT count(*) FROM {column.Table} WHERE {column.Name} IS NOT NULL AND NOT starts_with({column.Name}, @current)", new { current = cipher.CurrentPrefix }, cancellationToken);
}
