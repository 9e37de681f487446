namespace Podium.Platform.Files;

// What in a PDF does something when it is opened or clicked, found by the names of ISO 32000-2, 12.6.
internal static class PdfActivity
{
    // these mean it wherever they stand
    private static readonly (byte[] Name, FileFault Fault)[] Anywhere =
    [
        ("JavaScript"u8.ToArray(), Scripts), ("EmbeddedFiles"u8.ToArray(), Embedded), ("EmbeddedFile"u8.ToArray(), Embedded),
        ("RichMedia"u8.ToArray(), Media), ("RichMediaContent"u8.ToArray(), Media), ("RichMediaExecute"u8.ToArray(), Media), ("XFA"u8.ToArray(), Forms),
    ];

    // and these where they are the kind of an action or of an annotation
    private static readonly (byte[] Name, FileFault Fault)[] AsKind =
    [
        ("Launch"u8.ToArray(), Launches), ("GoToE"u8.ToArray(), Embedded), ("FileAttachment"u8.ToArray(), Embedded), ("SubmitForm"u8.ToArray(), Forms),
        ("ImportData"u8.ToArray(), Forms), ("Rendition"u8.ToArray(), Media), ("Movie"u8.ToArray(), Media), ("Sound"u8.ToArray(), Media),
        ("Screen"u8.ToArray(), Media), ("3D"u8.ToArray(), Media), ("GoTo3DView"u8.ToArray(), Media),
    ];

    public static FileFault Opens => new("pdf-open-action", "The PDF does something of its own when it is opened: export it again without that.");
    private static FileFault Scripts => new("pdf-javascript", "The PDF contains JavaScript: export it again without scripts.");
    private static FileFault Embedded => new("pdf-embedded-files", "The PDF has other files embedded in it: remove them.");
    private static FileFault Media => new("pdf-rich-media", "The PDF contains sound, video or 3D content: remove it.");
    private static FileFault Launches => new("pdf-launch", "The PDF starts programs: export it again without such links.");
    private static FileFault Forms => new("pdf-form", "The PDF is an interactive form that sends or loads data: print it to a new PDF.");

    public static void Look(PdfLexer lexer, Findings findings)
    {
        Span<byte> buffer = stackalloc byte[PdfLexer.LongestKnownName];
        for (var at = 0; at < lexer.Count; at++)
        {
            if (lexer[at].Token != PdfToken.Name) continue;
            var name = buffer[..lexer.Decode(at, buffer)];
            Find(Anywhere, name, findings);
            // an object that is nothing but a name is the kind of something elsewhere
            if (lexer.Count == 1 || at > 0 && (lexer.IsName(at - 1, "S"u8) || lexer.IsName(at - 1, "Subtype"u8))) Find(AsKind, name, findings);
        }
    }

    private static void Find((byte[] Name, FileFault Fault)[] known, ReadOnlySpan<byte> name, Findings findings)
    {
        foreach (var (word, fault) in known)
            if (name.SequenceEqual(word)) findings.Add(fault);
    }
}
