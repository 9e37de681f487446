using System.Globalization;

namespace Podium.Platform.Files;

/// <summary>
/// Looks into a file that a stranger sent: what it is by its content, whether it is whole, and whether it keeps the rules.
/// Reads a few blocks at a time, mostly forward and mostly once; never holds the file.
/// </summary>
public static class FileInspection
{
    /// <summary>The report on a seekable stream. Throws for cancellation and for the stream's own failures only.</summary>
    public static async Task<FileReport> InspectAsync(Stream content, FileRules rules, CancellationToken cancellationToken)
    {
        if (!content.CanSeek) throw new ArgumentException("The content must be seekable: several formats keep their table of contents at the end.", nameof(content));

        using var window = new Content(content, hashed: true, cancellationToken);
        var findings = new Findings(rules);
        if (window.Length > rules.MaxBytes)
        {
            findings.Add("too-large", $"The file has {Size(window.Length)}; at most {Size(rules.MaxBytes)} are taken.");
            return Report(findings, window.Length, sha256: "");
        }

        try
        {
            await LookAsync(window, findings);
        }
        catch (Malformed malformed)
        {
            findings.Add(malformed.Fault);
        }
        catch (Exception) when (!window.Failed && !cancellationToken.IsCancellationRequested)
        {
            // whatever a hostile file made a parser stumble over is a fault of the file, not of the queue that carries it
            findings.Add("unreadable", "The file cannot be read: save or export it again.");
        }
        Judge(findings);
        return Report(findings, window.Length, await window.HashAsync());
    }

    private static async Task LookAsync(Content content, Findings findings)
    {
        findings.Kind = await Signature.RecogniseAsync(content);
        if (findings.Kind == FileKind.Empty) throw new Malformed("empty", "The file is empty.");

        await (findings.Kind switch
        {
            FileKind.Pdf => PdfInspector.InspectAsync(content, findings),
            FileKind.Png => PngInspector.InspectAsync(content, findings),
            FileKind.Jpeg => JpegInspector.InspectAsync(content, findings),
            FileKind.Gif => GifInspector.InspectAsync(content, findings),
            FileKind.WebP => WebPInspector.InspectAsync(content, findings),
            FileKind.Mp3 => Mp3Inspector.InspectAsync(content, findings),
            FileKind.Wav => WavInspector.InspectAsync(content, findings),
            FileKind.Flac => FlacInspector.InspectAsync(content, findings),
            FileKind.OggVorbis or FileKind.OggOpus => OggInspector.InspectAsync(content, findings),
            FileKind.Mp4 => Mp4Inspector.InspectAsync(content, findings),
            FileKind.Matroska => MatroskaInspector.InspectAsync(content, findings),
            FileKind.Zip => ZipInspector.InspectAsync(content, findings),
            FileKind.Text or FileKind.Unknown => TextInspector.InspectAsync(content, findings),
            _ => Task.CompletedTask,
        });
        await Polyglots.LookAsync(content, findings);
    }

    private static void Judge(Findings findings)
    {
        var rules = findings.Rules;
        if (findings.Kind != FileKind.Empty && !rules.Allows(findings.Kind))
            findings.Add("kind-not-allowed", $"This is {findings.Kind.InWords()}; what is taken here: {Kinds(rules)}.");
        if (findings.Pages > rules.MaxPages)
            findings.Add("too-many-pages", string.Create(CultureInfo.InvariantCulture, $"The document has more than the {rules.MaxPages} pages that are taken."));

        if (rules.MinDuration is null && rules.MaxDuration is null || !IsRecording(findings.Kind)) return;
        if (findings.Duration is not { } duration)
        {
            if (findings.Faults.Count == 0) findings.Add("no-duration", "How long the recording lasts cannot be told: export it again.");
        }
        else if (duration < rules.MinDuration)
            findings.Add("too-short", $"The recording lasts {Time(duration)}; it must last {Time(rules.MinDuration.Value)} at least.");
        else if (duration > rules.MaxDuration)
            findings.Add("too-long", $"The recording lasts {Time(duration)}; it may last {Time(rules.MaxDuration.Value)} at most.");
    }

    private static FileReport Report(Findings findings, long length, string sha256) => new()
    {
        Kind = findings.Kind,
        MediaType = findings.MediaType ?? findings.Kind.MediaType(),
        Length = length,
        Sha256 = sha256,
        Duration = findings.Duration,
        Pages = findings.Pages,
        Width = findings.Width,
        Height = findings.Height,
        Archive = findings.Archive,
        Text = findings.Text,
        Faults = findings.Faults,
    };

    private static bool IsRecording(FileKind kind) => kind is >= FileKind.Mp3 and <= FileKind.Matroska;

    private static string Kinds(FileRules rules) =>
        rules.Allowed.Count == 0 ? "nothing" : string.Join(", ", rules.Allowed.Order().Select(kind => kind.InWords()));

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}.{time.Milliseconds / 100}");

    private static string Size(long bytes) => bytes < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.##} MB");
}
