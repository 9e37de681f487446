using System.Buffers;
using System.Text;
using System.Xml;

namespace Podium.Platform.Files;

// Tells office documents from other archives: by the list of content types, or by the first file of an OpenDocument.
internal sealed class OfficeDocument
{
    private const string ContentTypes = "[Content_Types].xml", MimeType = "mimetype";
    private const int LargestList = 1 << 18;

    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz-");

    private FileKind _kind = FileKind.Zip;
    private string? _mediaType;
    private bool _macros;

    public void Meet(string name) =>
        _macros |= name.EndsWith("vbaProject.bin", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("Basic/", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Scripts/", StringComparison.OrdinalIgnoreCase);

    public static bool Wants(string name, long size) => name is ContentTypes or MimeType && size <= LargestList;

    public void Keep(string name, byte[] bytes)
    {
        if (name == ContentTypes) ReadContentTypes(bytes);
        else ReadMimeType(Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 100)));
    }

    public void Conclude(Findings findings, bool outermost)
    {
        if (_kind == FileKind.Zip) return;
        if (outermost) (findings.Kind, findings.MediaType) = (_kind, _mediaType);
        if (_macros && !findings.Rules.AllowMacros)
            findings.Add("macros", outermost ? "The document contains macros: save it without." : "A document in the archive contains macros: save it without.");
    }

    private void ReadMimeType(string type)
    {
        const string prefix = "application/vnd.oasis.opendocument.";
        if (!type.StartsWith(prefix, StringComparison.Ordinal) || type.AsSpan(prefix.Length).ContainsAnyExcept(Letters)) return;
        (_kind, _mediaType) = (FileKind.OpenDocument, type);
    }

    private void ReadContentTypes(byte[] list)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(list), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (reader.Read())
                if (reader.NodeType == XmlNodeType.Element && reader.GetAttribute("ContentType") is { } type) ReadContentType(type);
        }
        catch (XmlException)
        {
            throw new Malformed("damaged", "It says it is an Office document, but it is damaged: save or export it again.");
        }
    }

    private void ReadContentType(ReadOnlySpan<char> type)
    {
        if (!type.EndsWith("main+xml", StringComparison.OrdinalIgnoreCase)) return;
        var kind = type.Contains("wordprocessingml", StringComparison.OrdinalIgnoreCase) || type.Contains("ms-word.", StringComparison.OrdinalIgnoreCase) ? FileKind.Docx
            : type.Contains("presentationml", StringComparison.OrdinalIgnoreCase) || type.Contains("ms-powerpoint.", StringComparison.OrdinalIgnoreCase) ? FileKind.Pptx
            : type.Contains("spreadsheetml", StringComparison.OrdinalIgnoreCase) || type.Contains("ms-excel.", StringComparison.OrdinalIgnoreCase) ? FileKind.Xlsx
            : FileKind.Zip;
        if (kind != FileKind.Zip) _kind = kind;
        _macros |= type.Contains("macroEnabled", StringComparison.OrdinalIgnoreCase);
    }
}
