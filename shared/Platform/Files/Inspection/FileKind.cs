namespace Podium.Platform.Files;

/// <summary>What a file is, judged by its content alone.</summary>
public enum FileKind
{
    Unknown, Empty,
    Pdf, Docx, Pptx, Xlsx, OpenDocument, LegacyOffice,
    Png, Jpeg, Gif, WebP, Svg,
    Mp3, Wav, Flac, OggVorbis, OggOpus, M4a,
    Mp4, QuickTime, WebM, Matroska,
    Zip, Tar, Gzip, Bzip2, Xz, Zstandard, SevenZip, Rar,
    Text, Csv, Json, Xml, Html, Script,
    WindowsProgram, LinuxProgram, MacProgram, JavaClass,
}

/// <summary>How kinds are called in protocols and by people.</summary>
public static class FileKinds
{
    /// <summary>The media type to serve a file of this kind with.</summary>
    public static string MediaType(this FileKind kind) => Described(kind).MediaType;

    /// <summary>The kind in words that fit into a sentence: "a PDF document".</summary>
    public static string InWords(this FileKind kind) => Described(kind).Words;

    private static (string MediaType, string Words) Described(FileKind kind) => kind switch
    {
        FileKind.Empty => ("application/octet-stream", "an empty file"),
        FileKind.Pdf => ("application/pdf", "a PDF document"),
        FileKind.Docx => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a Word document"),
        FileKind.Pptx => ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "a PowerPoint presentation"),
        FileKind.Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "an Excel workbook"),
        FileKind.OpenDocument => ("application/vnd.oasis.opendocument.text", "an OpenDocument file"),
        FileKind.LegacyOffice => ("application/x-ole-storage", "a document of an old or password-protected Office format"),
        FileKind.Png => ("image/png", "a PNG image"),
        FileKind.Jpeg => ("image/jpeg", "a JPEG image"),
        FileKind.Gif => ("image/gif", "a GIF image"),
        FileKind.WebP => ("image/webp", "a WebP image"),
        FileKind.Svg => ("image/svg+xml", "an SVG drawing"),
        FileKind.Mp3 => ("audio/mpeg", "an MP3 recording"),
        FileKind.Wav => ("audio/wav", "a WAV recording"),
        FileKind.Flac => ("audio/flac", "a FLAC recording"),
        FileKind.OggVorbis => ("audio/ogg", "an Ogg Vorbis recording"),
        FileKind.OggOpus => ("audio/ogg", "an Ogg Opus recording"),
        FileKind.M4a => ("audio/mp4", "an M4A recording"),
        FileKind.Mp4 => ("video/mp4", "an MP4 video"),
        FileKind.QuickTime => ("video/quicktime", "a QuickTime video"),
        FileKind.WebM => ("video/webm", "a WebM video"),
        FileKind.Matroska => ("video/x-matroska", "a Matroska video"),
        FileKind.Zip => ("application/zip", "a ZIP archive"),
        FileKind.Tar => ("application/x-tar", "a TAR archive"),
        FileKind.Gzip => ("application/gzip", "a GZIP archive"),
        FileKind.Bzip2 => ("application/x-bzip2", "a BZIP2 archive"),
        FileKind.Xz => ("application/x-xz", "an XZ archive"),
        FileKind.Zstandard => ("application/zstd", "a Zstandard archive"),
        FileKind.SevenZip => ("application/x-7z-compressed", "a 7-Zip archive"),
        FileKind.Rar => ("application/vnd.rar", "a RAR archive"),
        FileKind.Text => ("text/plain", "a text file"),
        FileKind.Csv => ("text/csv", "a CSV table"),
        FileKind.Json => ("application/json", "a JSON file"),
        FileKind.Xml => ("application/xml", "an XML file"),
        FileKind.Html => ("text/html", "an HTML page"),
        FileKind.Script => ("text/x-shellscript", "a script"),
        FileKind.WindowsProgram => ("application/vnd.microsoft.portable-executable", "a Windows program"),
        FileKind.LinuxProgram => ("application/x-elf", "a Linux program"),
        FileKind.MacProgram => ("application/x-mach-binary", "a macOS program"),
        FileKind.JavaClass => ("application/java-vm", "a Java program"),
        _ => ("application/octet-stream", "a file of a kind we do not know"),
    };
}
