using System.Security.Cryptography;

namespace Podium.Platform.Files;

// A window on a seekable stream: a few blocks at a time, wherever an inspector looks. Blocks are hashed as they come by in
// order, so an inspector that moves forward costs no second reading, and HashAsync reads only what nobody looked at.
internal sealed class Content(Stream stream, bool hashed, CancellationToken cancellationToken) : IDisposable
{
    public const int BlockBytes = 1 << 16;
    private const int KeptBlocks = 6;

    private readonly Block[] _blocks = new Block[KeptBlocks];
    private readonly IncrementalHash? _hash = hashed ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private byte[] _scratch = [];
    private long _nextToHash;
    private long _clock;

    public long Length { get; } = stream.Length;

    public CancellationToken Cancellation => cancellationToken;

    /// <summary>Whether the stream itself failed, which is no fault of the file.</summary>
    public bool Failed { get; private set; }

    /// <summary>The bytes from there to the end of their block: at least one, but at the end. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(long offset)
    {
        if (offset < 0 || offset >= Length) return default;
        var block = await BlockAsync(offset / BlockBytes);
        return block[(int)(offset % BlockBytes)..];
    }

    /// <summary>So many bytes from there, fewer only at the end. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(long offset, int count)
    {
        var first = await NextAsync(offset);
        if (first.Length >= count) return first[..count];
        if (offset + first.Length >= Length) return first;

        if (_scratch.Length < count) _scratch = new byte[Math.Max(count, 4096)];
        var scratch = _scratch;
        return scratch.AsMemory(0, await ReadAsync(offset, scratch.AsMemory(0, count)));
    }

    /// <summary>Exactly so many bytes, or the file is cut off.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(long offset, int count)
    {
        var bytes = await PeekAsync(offset, count);
        return bytes.Length == count ? bytes : throw Malformed.Truncated();
    }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> into)
    {
        var done = 0;
        while (done < into.Length)
        {
            var part = await NextAsync(offset + done);
            if (part.IsEmpty) break;
            var length = Math.Min(part.Length, into.Length - done);
            part[..length].CopyTo(into[done..]);
            done += length;
        }
        return done;
    }

    /// <summary>The hash of the whole content; reads what has not come by yet.</summary>
    public async Task<string> HashAsync()
    {
        while (_nextToHash * BlockBytes < Length)
            await BlockAsync(_nextToHash);
        return Convert.ToHexStringLower(_hash!.GetHashAndReset());
    }

    public void Dispose() => _hash?.Dispose();

    private ValueTask<ReadOnlyMemory<byte>> BlockAsync(long number)
    {
        foreach (var block in _blocks)
        {
            if (block is null || block.Number != number) continue;
            block.Used = ++_clock;
            // a block that was looked at ahead of its turn, and is still here when its turn comes
            if (number == _nextToHash) Hash(block);
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(block.Bytes.AsMemory(0, block.Length));
        }
        return LoadAsync(number);
    }

    private async ValueTask<ReadOnlyMemory<byte>> LoadAsync(long number)
    {
        var block = Oldest();
        block.Number = -1;
        var length = (int)Math.Min(BlockBytes, Length - number * BlockBytes);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = number * BlockBytes;
            if (stream.Position != start) stream.Position = start;
            await stream.ReadExactlyAsync(block.Bytes.AsMemory(0, length), cancellationToken);
        }
        catch
        {
            Failed = true;
            throw;
        }
        (block.Number, block.Length, block.Used) = (number, length, ++_clock);
        if (number == _nextToHash) Hash(block);
        return block.Bytes.AsMemory(0, length);
    }

    private void Hash(Block block)
    {
        _hash?.AppendData(block.Bytes, 0, block.Length);
        _nextToHash++;
    }

    private Block Oldest()
    {
        var oldest = 0;
        for (var i = 0; i < _blocks.Length; i++)
        {
            if (_blocks[i] is null) return _blocks[i] = new Block();
            if (_blocks[i].Used < _blocks[oldest].Used) oldest = i;
        }
        return _blocks[oldest];
    }

    private sealed class Block
    {
        public readonly byte[] Bytes = new byte[BlockBytes];
        public long Number = -1;
        public int Length;
        public long Used;
    }
}
