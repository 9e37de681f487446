using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Podium.Platform.Api;

namespace Podium.Platform.Files;

/// <summary>
/// Why a file was not accepted, in the reader's language. The inspection writes English; the other languages have a sentence per code,
/// filled from the file and its rules, and fall back to English.
/// </summary>
public static partial class FileReasons
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ByLanguage =
        new[] { "fr", "kk", "ru" }.ToFrozenDictionary(language => language, Load, StringComparer.OrdinalIgnoreCase);

    /// <summary>The codes that have a sentence in a language.</summary>
    public static IReadOnlyCollection<string> CodesIn(string language) => ByLanguage[language].Keys;

    public static string Say(FileFault fault, string language, StoredFile file, FileRules rules) =>
        ByLanguage.TryGetValue(language.Split('-')[0], out var sentences) && sentences.TryGetValue(fault.Code, out var sentence)
            ? Placeholder().Replace(sentence, match => ValueOf(match.Groups[1].Value, file, rules))
            : fault.Message;

    private static string ValueOf(string name, StoredFile file, FileRules rules) => name switch
    {
        "kind" => file.Kind is { } kind && Enum.TryParse<FileKind>(kind, ignoreCase: true, out var known) ? ShortName(known) : "?",
        "kinds" => string.Join(", ", rules.Allowed.Order().Select(ShortName)),
        "size" => Size(file.Bytes ?? 0),
        "maxSize" => Size(rules.MaxBytes),
        "maxPages" => Invariant(rules.MaxPages ?? 0),
        "duration" => Time(file.Details is { } details && details.TryGetProperty("seconds", out var seconds) ? TimeSpan.FromSeconds(seconds.GetDouble()) : TimeSpan.Zero),
        "minDuration" => Time(rules.MinDuration ?? TimeSpan.Zero),
        "maxDuration" => Time(rules.MaxDuration ?? TimeSpan.Zero),
        "maxPixels" => Invariant(rules.MaxPixels / 1_000_000),
        "maxEntries" => Invariant(rules.MaxArchiveEntries),
        "maxUnpacked" => Size(rules.MaxArchiveBytes),
        "until" => file.UploadUntil.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"A sentence names {{{name}}}, which has no value."),
    };

    private static string ShortName(FileKind kind) => kind switch
    {
        FileKind.Docx => "Word (DOCX)",
        FileKind.Pptx => "PowerPoint (PPTX)",
        FileKind.Xlsx => "Excel (XLSX)",
        FileKind.OpenDocument => "OpenDocument",
        FileKind.LegacyOffice => "Office (DOC, XLS, PPT)",
        FileKind.OggVorbis => "Ogg Vorbis",
        FileKind.OggOpus => "Ogg Opus",
        FileKind.SevenZip => "7-Zip",
        FileKind.WindowsProgram => "EXE",
        FileKind.LinuxProgram => "ELF",
        FileKind.MacProgram => "Mach-O",
        FileKind.JavaClass => "Java",
        FileKind.QuickTime or FileKind.Matroska or FileKind.Zstandard => kind.ToString(),
        FileKind.WebM => "WebM",
        FileKind.WebP => "WebP",
        FileKind.Unknown => "?",
        _ => kind.ToString().ToUpperInvariant(),
    };

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.##} MB");

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    private static FrozenDictionary<string, string> Load(string language)
    {
        using var stream = typeof(FileReasons).Assembly.GetManifestResourceStream($"Reasons/{language}.json")
            ?? throw new InvalidOperationException($"The sentences of '{language}' are missing.");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream, Json.Options)!.ToFrozenDictionary();
    }

    [GeneratedRegex(@"\{([a-zA-Z]+)\}")]
    private static partial Regex Placeholder();
}
