using System.Buffers.Binary;

namespace Podium.Platform.Files;

// The kind by the first bytes. Names and declared types are the sender's claims and are not asked for.
internal static class Signature
{
    public const int PdfHeaderWithin = 1024;

    public static async ValueTask<FileKind> RecogniseAsync(Content content)
    {
        if (content.Length == 0) return FileKind.Empty;

        var kind = Recognise((await content.PeekAsync(0, PdfHeaderWithin)).Span);
        if (kind == FileKind.Unknown && await Mp3Inspector.BeginsAsync(content)) return FileKind.Mp3;
        return kind;
    }

    public static FileKind Recognise(ReadOnlySpan<byte> head) => head switch
    {
        [0x25, 0x50, 0x44, 0x46, 0x2d, ..] => FileKind.Pdf,
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ..] => FileKind.Png,
        [0xff, 0xd8, 0xff, ..] => FileKind.Jpeg,
        [0x47, 0x49, 0x46, 0x38, 0x37 or 0x39, 0x61, ..] => FileKind.Gif,
        [0x50, 0x4b, 3, 4, ..] or [0x50, 0x4b, 5, 6, ..] or [0x50, 0x4b, 7, 8, ..] => FileKind.Zip,
        [0x49, 0x44, 0x33, < 0xff, < 0xff, ..] => FileKind.Mp3,
        [0x66, 0x4c, 0x61, 0x43, ..] => FileKind.Flac,
        [0x4f, 0x67, 0x67, 0x53, ..] => Ogg(head),
        [0x52, 0x49 or 0x46, 0x46 or 0x36, 0x46 or 0x34, _, _, _, _, ..] or [0x42, 0x57, 0x36, 0x34, ..] => Riff(head),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => FileKind.Matroska,
        [0x1f, 0x8b, 8, ..] => FileKind.Gzip,
        [0x42, 0x5a, 0x68, >= 0x31 and <= 0x39, 0x31, 0x41, 0x59, 0x26, ..] => FileKind.Bzip2,
        [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, ..] => FileKind.Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => FileKind.Zstandard,
        [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, ..] => FileKind.SevenZip,
        [0x52, 0x61, 0x72, 0x21, 0x1a, 7, ..] => FileKind.Rar,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => FileKind.LegacyOffice,
        [0x7f, 0x45, 0x4c, 0x46, ..] => FileKind.LinuxProgram,
        [0xfe, 0xed, 0xfa, 0xce or 0xcf, ..] or [0xce or 0xcf, 0xfa, 0xed, 0xfe, ..] => FileKind.MacProgram,
        // universal binaries and Java classes share a number; a Java version is 45 at least, and no Mac program has as many parts
        [0xca, 0xfe, 0xba, 0xbe, _, _, _, < 45, ..] => FileKind.MacProgram,
        [0xca, 0xfe, 0xba, 0xbe, ..] => FileKind.JavaClass,
        [0x4d, 0x5a, ..] when IsWindowsProgram(head) => FileKind.WindowsProgram,
        _ when IsTar(head) => FileKind.Tar,
        _ when IsMovie(head) => FileKind.Mp4,
        _ when PdfHeader(head) > 0 => FileKind.Pdf,
        _ => FileKind.Unknown,
    };

    /// <summary>Where a PDF header begins a line among the first bytes, or -1.</summary>
    public static int PdfHeader(ReadOnlySpan<byte> head)
    {
        for (var from = 0; ;)
        {
            var at = head[from..].IndexOf("%PDF-"u8);
            if (at < 0) return -1;
            at += from;
            if (at + 5 < head.Length && char.IsAsciiDigit((char)head[at + 5])) return at;
            from = at + 5;
        }
    }

    private static FileKind Ogg(ReadOnlySpan<byte> head)
    {
        if (head.Length < 28 || head.Length < 27 + head[26]) return FileKind.Unknown;
        var packet = head[(27 + head[26])..];
        return packet.StartsWith("\x01vorbis"u8) ? FileKind.OggVorbis
            : packet.StartsWith("OpusHead"u8) ? FileKind.OggOpus
            : FileKind.Unknown;
    }

    private static FileKind Riff(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12) return FileKind.Unknown;
        if (head[8..12].SequenceEqual("WAVE"u8) && (head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("BW64"u8))) return FileKind.Wav;
        return head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8) ? FileKind.WebP : FileKind.Unknown;
    }

    private static bool IsWindowsProgram(ReadOnlySpan<byte> head)
    {
        if (head.Length < 64) return false;
        var at = BinaryPrimitives.ReadUInt32LittleEndian(head[0x3c..]);
        if (at <= head.Length - 4 && head[(int)at..].StartsWith("PE\0\0"u8)) return true;
        // a text may begin with these letters as well
        return head[..64].Contains((byte)0);
    }

    private static bool IsTar(ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || !head[257..].StartsWith("ustar"u8)) return false;
        var sum = 8 * ' ';
        for (var i = 0; i < 512; i++)
            if (i is < 148 or >= 156) sum += head[i];
        var written = 0;
        foreach (var digit in head[148..156])
            if (digit is >= (byte)'0' and <= (byte)'7') written = written * 8 + digit - '0';
        return sum == written;
    }

    private static bool IsMovie(ReadOnlySpan<byte> head)
    {
        if (head.Length < 8) return false;
        var type = head[4..8];
        if (type.SequenceEqual("ftyp"u8)) return true;
        // QuickTime before there were brands
        return (type.SequenceEqual("moov"u8) || type.SequenceEqual("mdat"u8) || type.SequenceEqual("wide"u8)) && head[0] < 0x20;
    }
}
