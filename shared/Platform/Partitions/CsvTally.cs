using System.Security.Cryptography;

namespace Podium.Platform.Partitions;

/// <summary>Counts and hashes the CSV that PostgreSQL writes, as it passes.</summary>
internal sealed class CsvTally : IDisposable
{
    private const int ChunkSize = 128 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _quoted;
    private long _lines;

    public long Bytes { get; private set; }

    /// <summary>The rows without the header.</summary>
    public long Rows => Math.Max(0, _lines - 1);

    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Bytes += bytes.Length;
        while (bytes.IndexOfAny((byte)'"', (byte)'\n') is >= 0 and var at)
        {
            // a quote within quotes is doubled, which turns twice
            if (bytes[at] == '"') _quoted = !_quoted;
            else if (!_quoted) _lines++;
            bytes = bytes[(at + 1)..];
        }
    }

    /// <summary>Lets a stream pass into another.</summary>
    public async Task PassAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkSize];
        int read;
        while ((read = await from.ReadAsync(chunk, cancellationToken)) > 0)
        {
            Add(chunk.AsSpan(0, read));
            await to.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        }
    }

    public void Dispose() => _hash.Dispose();
}
