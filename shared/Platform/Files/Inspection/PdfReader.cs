namespace Podium.Platform.Files;

// Reads objects of a PDF, each from its place. Everything it reads counts against what a file of that length can hold, so
// objects that lie in each other end the reading instead of multiplying it.
internal sealed class PdfReader(Content content)
{
    private const int FirstText = 1 << 10, LongestText = 1 << 19;
    private const int LongestKeyword = 12;
    private const int MostUnpackedAtOnce = 3 << 19;
    private const long MostUnpacked = 128 << 20;

    private byte[] _text = new byte[FirstText];
    private long _allowance = content.Length * 3 + LongestText;
    private long _unpacked;

    /// <summary>The value of the last object read.</summary>
    public PdfLexer Lexer { get; } = new();

    public Content Content => content;

    /// <summary>Reads the object at a place: "7 0 obj" and its value. Says where its stream's data begins, if it has one.</summary>
    public async ValueTask<PdfObject> ObjectAsync(long offset)
    {
        for (var length = FirstText; ; length *= 2)
        {
            var (count, final) = await FillAsync(offset, length);
            Lexer.Move(_text, 0, count);
            var number = Number(Lexer.Word());
            var outcome = PdfLexer.Outcome.Malformed;
            if (number >= 0 && Number(Lexer.Word()) >= 0 && Lexer.Word().SequenceEqual("obj"u8)) outcome = Lexer.Read(_text, Lexer.Position, count, final);
            else if (!final && Lexer.Position >= count - LongestKeyword) outcome = PdfLexer.Outcome.NeedsMore;

            if (outcome == PdfLexer.Outcome.Complete && (final || Lexer.Position + LongestKeyword <= count))
            {
                var stream = StreamStart(count);
                Spend(Lexer.Position);
                return new PdfObject((int)number, stream < 0 ? -1 : offset + stream);
            }
            Judge(outcome, length);
        }
    }

    /// <summary>Reads the value at a place, such as a trailer, and says where it ends.</summary>
    public async ValueTask<long> ValueAsync(long offset)
    {
        for (var length = FirstText; ; length *= 2)
        {
            var (count, final) = await FillAsync(offset, length);
            var outcome = Lexer.Read(_text, 0, count, final);
            if (outcome == PdfLexer.Outcome.Complete)
            {
                Spend(Lexer.Position);
                return offset + Lexer.Position;
            }
            Judge(outcome, length);
        }
    }

    /// <summary>Reads the value at a place of what was unpacked already.</summary>
    public void Value(ArraySegment<byte> unpacked, int start, int end)
    {
        var outcome = Lexer.Read(unpacked.Array!, start, end, final: true);
        if (outcome != PdfLexer.Outcome.Complete) Judge(outcome, LongestText);
    }

    /// <summary>Unpacks a stream that holds objects or their places.</summary>
    public async ValueTask<ArraySegment<byte>> UnpackAsync(PdfStream stream)
    {
        var bytes = await stream.UnpackAsync(content, MostUnpackedAtOnce);
        if ((_unpacked += bytes.Count) > MostUnpacked) throw Malformed.TooComplex(FileKind.Pdf);
        return bytes;
    }

    private async ValueTask<(int Count, bool Final)> FillAsync(long offset, int length)
    {
        if (offset < 0 || offset >= content.Length) throw Malformed.Damaged(FileKind.Pdf);
        if (_text.Length < length) _text = new byte[length];
        var count = await content.ReadAsync(offset, _text.AsMemory(0, length));
        return (count, offset + count == content.Length);
    }

    // the data begins behind the line that says "stream"
    private int StreamStart(int count)
    {
        if (!Lexer.Word().SequenceEqual("stream"u8)) return -1;
        var at = Lexer.Position;
        if (at < count && _text[at] == '\r') at++;
        if (at < count && _text[at] == '\n') at++;
        return at;
    }

    private void Spend(long bytes)
    {
        if ((_allowance -= bytes) < 0) throw Malformed.TooComplex(FileKind.Pdf);
    }

    private static void Judge(PdfLexer.Outcome outcome, int length)
    {
        if (outcome == PdfLexer.Outcome.Malformed) throw Malformed.Damaged(FileKind.Pdf);
        if (outcome == PdfLexer.Outcome.TooComplex || length >= LongestText) throw Malformed.TooComplex(FileKind.Pdf);
    }

    public static long Number(ReadOnlySpan<byte> word)
    {
        if (word.Length is 0 or > 12) return -1;
        var number = 0L;
        foreach (var digit in word)
        {
            if (!char.IsAsciiDigit((char)digit)) return -1;
            number = number * 10 + digit - '0';
        }
        return number;
    }
}

internal readonly record struct PdfObject(int Number, long Stream);
