namespace Podium.Platform.Files;

// Text is what decodes strictly and has no control characters. What of text it is, its shape decides.
internal static class TextInspector
{
    private const int PrefixBytes = 4096;

    public static async Task InspectAsync(Content content, Findings findings)
    {
        var text = await TextDecoding.BeginAsync(content);
        var scan = new TextScan();
        while (await text.ReadAsync() is { IsEmpty: false } part)
            if (!scan.Feed(part.Span)) break;

        if (scan.Control is { } control)
        {
            if (control.Early) return;
            findings.Kind = FileKind.Text;
            throw new Malformed("control-characters", $"Line {scan.Lines} has a character that no text has (U+{(int)control.Character:X4}).");
        }
        // bytes that decode to nothing are a text of another encoding only where there are no signs of another thing
        if (text is { Invalid: true, Name: "UTF-8" } && HasControls((await content.PeekAsync(0, PrefixBytes)).Span)) return;
        findings.Kind = FileKind.Text;
        if (text.Invalid) throw new Malformed("not-utf-8", $"Line {scan.Lines} is not valid {text.Name}: save the file as UTF-8.");

        findings.Kind = scan.Kind();
        if (findings.Kind == FileKind.Xml)
            await MarkupInspector.InspectAsync(content, scan, findings);
        Explain(scan, findings);
        findings.Text = new TextSummary(text.Name, scan.Lines, scan.LongestLine, findings.Kind == FileKind.Csv ? scan.Csv.Columns : null);
    }

    private static bool HasControls(ReadOnlySpan<byte> bytes)
    {
        foreach (var octet in bytes)
            if (octet is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')) return true;
        return false;
    }

    // why a text is no more than a text, where more was wanted
    private static void Explain(TextScan scan, Findings findings)
    {
        var rules = findings.Rules;
        if (findings.Kind != FileKind.Text || rules.Allows(FileKind.Text)) return;
        if (rules.Allows(FileKind.Json) && scan.Json.Fault is { } json) findings.Add("invalid-json", json);
        if (rules.Allows(FileKind.Csv) && scan.Csv.Fault is { } csv) findings.Add("invalid-csv", csv);
    }
}
