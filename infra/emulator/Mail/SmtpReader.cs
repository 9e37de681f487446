using System.Buffers;
using System.Text;

namespace Podium.Emulator.Mail;

/// <summary>A command line, or why it is none.</summary>
internal readonly record struct SmtpLine(string Text, string? Fault);

/// <summary>Reads what a client sends, however it was cut into packets.</summary>
internal sealed class SmtpReader(Stream stream, TimeSpan patience)
{
    // what a line of AUTH may need by RFC 4954; all others are far shorter
    private const int LongestLine = 12_288;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    public async ValueTask<SmtpLine> LineAsync(CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>(128);
        var tooLong = false;
        while (true)
        {
            if (_start == _end) await FillAsync(cancellationToken);
            var come = _buffer.AsSpan(_start, _end - _start);
            var end = come.IndexOf((byte)'\n');
            var taken = end < 0 ? come : come[..end];
            if (line.WrittenCount + taken.Length > LongestLine) tooLong = true;
            else line.Write(taken);
            _start += end < 0 ? come.Length : end + 1;
            if (end >= 0) return tooLong ? new SmtpLine("", "500 5.5.2 The line is too long") : Read(line.WrittenSpan);
        }
    }

    /// <summary>The mail that follows DATA; null where it was too large.</summary>
    public async ValueTask<byte[]?> DataAsync(int largest, CancellationToken cancellationToken)
    {
        var data = new MailData(largest);
        while (true)
        {
            if (_start == _end) await FillAsync(cancellationToken);
            var ended = data.Take(_buffer.AsSpan(_start, _end - _start), out var used);
            _start += used;
            if (ended) return data.Content;
        }
    }

    /// <summary>Reads without looking until the client goes.</summary>
    public async Task IgnoreAsync(CancellationToken cancellationToken)
    {
        while (await stream.ReadAsync(_buffer, cancellationToken) > 0)
        {
        }
    }

    private static SmtpLine Read(ReadOnlySpan<byte> line)
    {
        if (line is not [.. var text, (byte)'\r']) return new SmtpLine("", "500 5.5.2 A line ends with CR LF");
        if (text.IndexOfAnyInRange((byte)0, (byte)31) >= 0 || text.Contains((byte)127)) return new SmtpLine("", "500 5.5.2 Control characters have no place here");
        try
        {
            return new SmtpLine(StrictUtf8.GetString(text), null);
        }
        catch (DecoderFallbackException)
        {
            return new SmtpLine("", "500 5.5.2 This is not UTF-8");
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            (_start, _end) = (0, await stream.ReadAsync(_buffer, limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
        if (_end == 0) throw new EndOfStreamException();
    }
}
