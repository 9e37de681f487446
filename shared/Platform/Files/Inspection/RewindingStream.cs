namespace Podium.Platform.Files;

// Makes a stream that only goes forward look seekable: to go back it is opened again and read up to there. Archives are read
// once from their end and then forward, so it goes back once or twice.
internal sealed class RewindingStream(Func<Stream> open, long length, Action<int> work) : Stream
{
    private readonly byte[] _skipped = new byte[1 << 15];
    private Stream? _inner;
    private long _reached;
    private long _position;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_inner is null || _position < _reached)
        {
            if (_inner is not null) await _inner.DisposeAsync();
            (_inner, _reached) = (open(), 0);
        }
        while (_reached < _position)
        {
            var skipped = await ForwardAsync(_skipped.AsMemory(0, (int)Math.Min(_skipped.Length, _position - _reached)), cancellationToken);
            if (skipped == 0) return 0;
        }
        var count = await ForwardAsync(buffer, cancellationToken);
        _position = _reached;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_inner is not null) await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<int> ForwardAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await _inner!.ReadAsync(buffer, cancellationToken);
        work(count);
        _reached += count;
        return count;
    }
}
