namespace Podium.Platform.Files;

/// <summary>A reason to refuse a file: a stable code, and what the participant reads.</summary>
public sealed record FileFault(string Code, string Message);

/// <summary>What a file was found to be. It is acceptable when there is no fault.</summary>
public sealed record FileReport
{
    public required FileKind Kind { get; init; }
    public required string MediaType { get; init; }
    public required long Length { get; init; }

    /// <summary>In lower-case hexadecimal; empty when the file is larger than allowed, which then is not read.</summary>
    public required string Sha256 { get; init; }

    public TimeSpan? Duration { get; init; }
    public int? Pages { get; init; }
    public int? Width { get; init; }
    public int? Height { get; init; }
    public ArchiveSummary? Archive { get; init; }
    public TextSummary? Text { get; init; }
    public required IReadOnlyList<FileFault> Faults { get; init; }
}

/// <summary>What an archive holds, archives in it included: measured by unpacking, not as it says itself.</summary>
public sealed record ArchiveSummary(int Entries, long UnpackedBytes, int Depth);

/// <summary>The shape of a text; columns only of a CSV table.</summary>
public sealed record TextSummary(string Encoding, long Lines, long LongestLine, int? Columns);
