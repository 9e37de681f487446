using System.Collections;

namespace Podium.Platform.Files;

// ISO 32000-2: from the end to the table of objects, then every object in the order of the file, then the pages.
internal sealed class PdfInspector
{
    private const int TailBytes = 4096;

    private readonly Content _content;
    private readonly Findings _findings;
    private readonly PdfReader _reader;
    private readonly PdfXref _xref;
    private readonly PdfPages _pages = new();

    // the one that was opened last, since what belongs together is packed together
    private PdfObjectStream? _opened;

    private PdfInspector(Content content, Findings findings)
    {
        (_content, _findings) = (content, findings);
        _reader = new PdfReader(content);
        _xref = new PdfXref(_reader);
    }

    private bool Allowed => _findings.Rules.AllowActivePdf;

    public static Task InspectAsync(Content content, Findings findings) => new PdfInspector(content, findings).RunAsync();

    private async Task RunAsync()
    {
        var header = await HeaderAsync();
        await _xref.ReadAsync(await StartAsync(), header);
        if (_xref.Encrypted && !_findings.Rules.AllowEncryptedPdf)
            throw new Malformed("pdf-encrypted", "The PDF is encrypted: save it without a password.");

        await SweepAsync();
        var catalog = await ResolveAsync(_xref.Root) is { Root.Token: PdfToken.Dictionary } found ? found : null;
        if (catalog is null)
        {
            // what is packed is encrypted as well, and stays closed
            if (_xref.Encrypted) return;
            throw Malformed.Damaged(FileKind.Pdf);
        }
        var (pages, action) = (catalog.Value(0, "Pages"u8)?.Target ?? -1, catalog.Find(0, "OpenAction"u8));
        if (action is { } at && !Allowed && !await IsHarmlessAsync(catalog, at)) _findings.Add(PdfActivity.Opens);
        await CountAsync(pages);
    }

    private async Task CountAsync(int root)
    {
        if (_pages.IsNode(root)) _findings.Pages = await _pages.CountAsync(root, _findings.Rules.MaxPages, ResolveAsync);
        else if (!_xref.Encrypted) throw Malformed.Damaged(FileKind.Pdf);
        if (_findings.Pages == 0) throw new Malformed("pdf-no-pages", "The PDF has no pages.");
    }

    private async ValueTask<int> HeaderAsync()
    {
        var head = (await _content.PeekAsync(0, Signature.PdfHeaderWithin)).Span;
        var at = Signature.PdfHeader(head);
        if (at < 0) throw Malformed.Damaged(FileKind.Pdf);
        // readers step over what stands before; what it is, it is not for them
        if (head[..at].ContainsAnyExcept("\r\n\t \uFEFF"u8)) throw new Malformed("two-kinds", "There is something in front of the PDF: export it again.");
        return at;
    }

    private async ValueTask<long> StartAsync()
    {
        var from = Math.Max(0, _content.Length - TailBytes);
        var whole = (await _content.PeekAsync(from, TailBytes)).Span;
        var tail = whole.TrimEnd(" \r\n\t\f\0"u8);
        if (!tail.EndsWith("%%EOF"u8))
            throw whole.LastIndexOf("%%EOF"u8) >= 0 ? new Malformed("trailing-data", "There is something behind the end of the PDF: export it again.") : Malformed.Truncated();
        var at = tail.LastIndexOf("startxref"u8);
        if (at < 0) throw Malformed.Damaged(FileKind.Pdf);
        var number = tail[(at + 9)..^5].Trim(" \r\n\t\f\0"u8);
        return PdfReader.Number(number) is >= 0 and var start ? start : throw Malformed.Damaged(FileKind.Pdf);
    }

    // Every object that a reader could come to, in the order of the file.
    private async Task SweepAsync()
    {
        var (placed, packed) = Order();
        foreach (var number in placed)
        {
            await ReadAsync(number);
            Meet(number);
            if (!packed[number] || _xref.Encrypted) continue;
            var stream = await OpenAsync(number);
            for (var i = 0; i < stream.Count; i++)
            {
                stream.Read(i, _reader);
                // an object that was replaced later still may do something, but is no page any more
                if (_xref[stream[i]] is { Kind: PdfXref.EntryKind.Packed } entry && entry.Place == number) Meet(stream[i]);
                else if (!Allowed) PdfActivity.Look(_reader.Lexer, _findings);
            }
        }
    }

    private void Meet(int number)
    {
        if (!Allowed) PdfActivity.Look(_reader.Lexer, _findings);
        _pages.Meet(number, _reader.Lexer);
    }

    private (List<int> Placed, BitArray Packed) Order()
    {
        var (placed, packed) = (new List<int>(), new BitArray(PdfXref.MostObjects));
        for (var number = 0; number < _xref.Entries.Length; number++)
        {
            var entry = _xref.Entries[number];
            if (entry.Kind == PdfXref.EntryKind.Placed) placed.Add(number);
            else if (entry.Kind == PdfXref.EntryKind.Packed) packed[(int)entry.Place] = true;
        }
        placed.Sort((a, b) => _xref[a].Place.CompareTo(_xref[b].Place));
        return (placed, packed);
    }

    private async ValueTask<PdfObject> ReadAsync(int number)
    {
        var found = await _reader.ObjectAsync(_xref.OffsetOf(_xref[number]));
        return found.Number == number ? found : throw Malformed.Damaged(FileKind.Pdf);
    }

    private async ValueTask<PdfObjectStream> OpenAsync(int number)
    {
        if (_opened?.Number == number) return _opened;
        if (_xref[number].Kind != PdfXref.EntryKind.Placed || await ReadAsync(number) is not { Stream: >= 0 and var start }) throw Malformed.Damaged(FileKind.Pdf);
        var lexer = _reader.Lexer;
        var (count, first) = (lexer.Value(0, "N"u8)?.Whole ?? -1, lexer.Value(0, "First"u8)?.Whole ?? -1);
        var stream = PdfStream.Describe(lexer, start);
        if (stream.LengthTarget >= 0)
        {
            // not a packed one: to unpack the length of a stream one might need its length
            if (_xref[stream.LengthTarget].Kind != PdfXref.EntryKind.Placed) throw Malformed.Damaged(FileKind.Pdf);
            await ReadAsync(stream.LengthTarget);
            stream = stream with { Length = lexer.Root.Whole };
        }
        return _opened = new PdfObjectStream(number, await _reader.UnpackAsync(stream), first, count);
    }

    /// <summary>Reads an object by its number; null if there is none, or it is closed.</summary>
    private async ValueTask<PdfLexer?> ResolveAsync(int number)
    {
        var entry = _xref[number];
        if (entry.Kind == PdfXref.EntryKind.Placed) await ReadAsync(number);
        else if (entry.Kind == PdfXref.EntryKind.Packed && !_xref.Encrypted)
        {
            var stream = await OpenAsync((int)entry.Place);
            if (entry.Index >= stream.Count || stream[entry.Index] != number) throw Malformed.Damaged(FileKind.Pdf);
            stream.Read(entry.Index, _reader);
        }
        else
            return null;
        return _reader.Lexer;
    }

    // Typesetters have documents open at a page, which is nothing to fear; anything else is.
    private async ValueTask<bool> IsHarmlessAsync(PdfLexer lexer, int at)
    {
        if (lexer[at].Token == PdfToken.Reference)
        {
            if (await ResolveAsync(lexer[at].Target) is null) return true;
            at = 0;
        }
        if (lexer[at].Token is PdfToken.Array or PdfToken.Null or PdfToken.Name or PdfToken.Text) return true;
        return lexer.Find(at, "S"u8) is { } kind && lexer.IsName(kind, "GoTo"u8) && lexer.Find(at, "Next"u8) is null;
    }
}
