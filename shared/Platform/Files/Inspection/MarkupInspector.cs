using System.Xml;

namespace Podium.Platform.Files;

// Whether XML is well formed, and whether a drawing in SVG does anything but draw.
internal static class MarkupInspector
{
    // the reader holds one tag at a time: what lies between two tags may not be larger
    private const int LongestRun = 400_000;
    private const int MostNames = 20_000;
    private const int Deepest = 500;

    public static async Task InspectAsync(Content content, TextScan scan, Findings findings)
    {
        var settings = new XmlReaderSettings
        {
            Async = true,
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            IgnoreComments = true,
            NameTable = new CountedNames(),
        };
        var wellFormed = true;
        try
        {
            if (scan.LongestRun > LongestRun) throw Malformed.TooComplex(FileKind.Xml);
            using var reader = XmlReader.Create(new ContentSection(content, 0, content.Length), settings);
            while (await reader.ReadAsync())
                Look(reader, findings);
        }
        catch (XmlException error)
        {
            wellFormed = false;
            // what does not end as XML is still text; only who wanted XML needs to know why
            if (findings.Kind != FileKind.Svg) findings.Kind = FileKind.Text;
            if (findings.Kind == FileKind.Svg || !findings.Rules.Allows(FileKind.Text) && findings.Rules.Allows(FileKind.Xml))
                findings.Add("invalid-xml", $"The XML is not well formed at line {error.LineNumber}.");
        }
        if (wellFormed && scan.DeclaresEntities)
            findings.Add("xml-entities", "The file declares entities of its own: save it without a document type.");
    }

    private static void Look(XmlReader reader, Findings findings)
    {
        if (reader.Depth > Deepest) throw Malformed.TooComplex(FileKind.Xml);
        if (reader.NodeType == XmlNodeType.Element)
        {
            if (reader.Depth == 0) findings.Kind = Root(reader);
            if (findings.Kind == FileKind.Svg && IsActive(reader))
                findings.Add("active-drawing", "The drawing contains scripts or foreign content: export it as a plain SVG, or as a PNG.");
        }
        else if (reader.NodeType == XmlNodeType.ProcessingInstruction && reader.Name.Equals("xml-stylesheet", StringComparison.OrdinalIgnoreCase))
            findings.Add("active-drawing", "The file names a style sheet that would change it: export it without.");
    }

    private static FileKind Root(XmlReader reader) => reader.LocalName.ToLowerInvariant() switch
    {
        "svg" => FileKind.Svg,
        "html" => FileKind.Html,
        _ => FileKind.Xml,
    };

    private static bool IsActive(XmlReader reader)
    {
        if (reader.LocalName.ToLowerInvariant() is "script" or "foreignobject" or "iframe" or "embed" or "object" or "handler" or "listener") return true;
        for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
            if (IsActive(reader.LocalName, reader.Value)) return true;
        reader.MoveToElement();
        return false;
    }

    private static bool IsActive(string name, string value)
    {
        if (name.StartsWith("on", StringComparison.OrdinalIgnoreCase)) return true;
        if (name == "attributeName" && value.AsSpan().TrimStart().StartsWith("on", StringComparison.OrdinalIgnoreCase)) return true;
        if (Leads(value, "javascript:") || Leads(value, "vbscript:") || Leads(value, "data:") && !IsPicture(value)) return true;
        // animations list their values
        return value.Contains(';', StringComparison.Ordinal) && name is "values" && value.Split(';').Any(part => Leads(part, "javascript:") || Leads(part, "data:"));
    }

    // browsers skip white space and control characters in the scheme of an address
    private static bool Leads(ReadOnlySpan<char> value, string scheme)
    {
        var matched = 0;
        foreach (var character in value)
        {
            if (character <= ' ') continue;
            if (char.ToLowerInvariant(character) != scheme[matched]) return false;
            if (++matched == scheme.Length) return true;
        }
        return false;
    }

    private static bool IsPicture(ReadOnlySpan<char> value)
    {
        value = value.TrimStart();
        return value.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase) && !value.StartsWith("data:image/svg", StringComparison.OrdinalIgnoreCase)
            || value.StartsWith("data:font/", StringComparison.OrdinalIgnoreCase);
    }

    // names are kept for as long as the reader lives
    private sealed class CountedNames : NameTable
    {
        private int _count;

        public override string Add(char[] key, int start, int len) => Get(key, start, len) ?? Counted(base.Add(key, start, len));

        public override string Add(string key) => Get(key) ?? Counted(base.Add(key));

        private string Counted(string name) => ++_count > MostNames ? throw Malformed.TooComplex(FileKind.Xml) : name;
    }
}
