using System.Buffers.Binary;

namespace Podium.Platform.Files;

// A file that is two things at once: judged as one, opened as the other.
internal static class Polyglots
{
    private const int EndRecordBytes = 22;
    private const int LongestComment = ushort.MaxValue;

    public static async Task LookAsync(Content content, Findings findings)
    {
        var kind = findings.Kind;
        if (kind is FileKind.Docx or FileKind.Pptx or FileKind.Xlsx or FileKind.OpenDocument or (>= FileKind.Zip and <= FileKind.Rar)) return;

        if (kind != FileKind.Pdf && Signature.PdfHeader((await content.PeekAsync(0, Signature.PdfHeaderWithin)).Span) >= 0 && !IsText(kind))
            findings.Add("two-kinds", $"This is {kind.InWords()} and a PDF document in one: send the one or the other.");
        if (!IsText(kind) && await EndsAsZipAsync(content))
            findings.Add("two-kinds", $"This is {kind.InWords()} and a ZIP archive in one: send the one or the other.");
    }

    // the valid texts only: a thing of no known kind may well be an archive behind a prefix
    private static bool IsText(FileKind kind) => kind is >= FileKind.Text and <= FileKind.Script or FileKind.Svg;

    private static async Task<bool> EndsAsZipAsync(Content content)
    {
        var start = Math.Max(0, content.Length - EndRecordBytes - LongestComment);
        var tail = new byte[content.Length - start];
        await content.ReadAsync(start, tail);

        for (var at = tail.Length - EndRecordBytes; at >= 0; at--)
        {
            at = tail.AsSpan(0, at + 4).LastIndexOf("PK\x05\x06"u8);
            if (at < 0) return false;
            if (at > tail.Length - EndRecordBytes) continue;
            var directory = start + at - BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 12));
            if (directory >= 0 && (await content.PeekAsync(directory, 4)).Span.SequenceEqual("PK\x01\x02"u8)) return true;
        }
        return false;
    }
}
