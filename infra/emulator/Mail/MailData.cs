using System.Buffers;

namespace Podium.Emulator.Mail;

/// <summary>What follows DATA, up to the line of a single dot, without the dots that were stuffed in.</summary>
internal sealed class MailData(int largest)
{
    private readonly ArrayBufferWriter<byte> _content = new(4096);
    private At _at = At.LineStart;
    private bool _tooLarge;

    // Only CRLF ends a line here: a lone LF before a dot must not end the mail.
    private enum At
    {
        LineStart,
        Dot,
        DotCr,
        Middle,
        Cr,
    }

    /// <summary>The mail; null where it was too large.</summary>
    public byte[]? Content => _tooLarge ? null : _content.WrittenSpan.ToArray();

    /// <summary>Takes what has come; true once the end was among it. What comes after the end is not used.</summary>
    public bool Take(ReadOnlySpan<byte> bytes, out int used)
    {
        for (used = 0; used < bytes.Length;)
        {
            if (_at == At.Middle)
            {
                var rest = bytes[used..];
                var line = rest.IndexOf((byte)'\r') is var end && end < 0 ? rest : rest[..(end + 1)];
                Keep(line);
                used += line.Length;
                if (end >= 0) _at = At.Cr;
                continue;
            }
            var next = bytes[used++];
            if (_at == At.DotCr && next == '\n') return true;
            Step(next);
        }
        return false;
    }

    private void Step(byte next)
    {
        if (_at == At.LineStart && next == '.')
        {
            _at = At.Dot;
            return;
        }
        if (_at == At.Dot && next == '\r')
        {
            _at = At.DotCr;
            return;
        }
        if (_at == At.DotCr) Keep("\r"u8); // it was not the end after all
        Keep([next]);
        _at = next == '\r' ? At.Cr : next == '\n' && _at == At.Cr ? At.LineStart : At.Middle;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_content.WrittenCount + bytes.Length > largest) _tooLarge = true;
        else if (!_tooLarge) _content.Write(bytes);
    }
}
