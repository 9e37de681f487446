using System.Text.Json;
using System.Text.Json.Serialization;

namespace Podium.Platform.Files;

/// <summary>What a round takes. Plain text allowed means CSV, JSON and XML too, since all of them are plain text.</summary>
public sealed record FileRules
{
    [JsonConverter(typeof(KindsAsJson))]
    public required IReadOnlySet<FileKind> Allowed { get; init; }
    public required long MaxBytes { get; init; }

    public TimeSpan? MinDuration { get; init; }
    public TimeSpan? MaxDuration { get; init; }
    public int? MaxPages { get; init; }
    public bool AllowEncryptedPdf { get; init; }
    public bool AllowActivePdf { get; init; }

    /// <summary>The most pixels an image may open to: what a small file can make a viewer allocate.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    public bool AllowMacros { get; init; }

    /// <summary>The most entries of an archive, those of archives in it included.</summary>
    public int MaxArchiveEntries { get; init; } = 10_000;

    /// <summary>The most bytes an archive may unpack to, archives in it included.</summary>
    public long MaxArchiveBytes { get; init; } = 1L << 30;

    public long MaxArchiveEntryBytes { get; init; } = 512L << 20;

    /// <summary>How many times its size an entry may unpack to, beyond the first megabyte.</summary>
    public int MaxArchiveRatio { get; init; } = 200;

    /// <summary>How deep archives may be nested: 1 forbids archives in an archive. Office documents are archives as well.</summary>
    public int MaxArchiveDepth { get; init; } = 3;

    public bool Allows(FileKind kind) =>
        Allowed.Contains(kind) || kind is FileKind.Csv or FileKind.Json or FileKind.Xml && Allowed.Contains(FileKind.Text);

    // the serializer writes read-only sets, but reads none
    private sealed class KindsAsJson : JsonConverter<IReadOnlySet<FileKind>>
    {
        public override IReadOnlySet<FileKind> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize<HashSet<FileKind>>(ref reader, options)!;

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<FileKind> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.Order(), options);
    }
}
