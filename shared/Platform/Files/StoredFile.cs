using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Platform.Files;

/// <summary>How far a file has come.</summary>
public static class FileStates
{
    /// <summary>The upload may begin.</summary>
    public const string Awaiting = "awaiting";

    /// <summary>It is there and waits to be looked at (again).</summary>
    public const string Received = "received";

    public const string Checking = "checking";

    public const string Accepted = "accepted";

    /// <summary>It broke a rule; its content is set aside for a while.</summary>
    public const string Quarantined = "quarantined";

    /// <summary>It was refused, and its content was not kept.</summary>
    public const string Rejected = "rejected";

    /// <summary>Nothing came in time.</summary>
    public const string Expired = "expired";

    public const string Cancelled = "cancelled";

    /// <summary>Told to features only: an accepted file that the organisers withdrew, or gave back.</summary>
    public const string Revoked = "revoked", Restored = "restored";
}

/// <summary>A file's row.</summary>
public sealed record StoredFile
{
    internal const string Columns =
        """
        tenant_id, id, purpose, subject_id, owner_id, name, announced_bytes, announced_sha256, rules, place, state, bytes, sha256, kind, media_type, details, virus_scan, faults,
        duplicate_of, trace_parent, created_at, upload_until, received_at, checked_at, damaged_at, attempts, revoked_at, revoked_reason, removed_at, version
        """;

    public required Guid TenantId { get; init; }
    public required Guid Id { get; init; }
    public required string Purpose { get; init; }
    public Guid? SubjectId { get; init; }
    public required Guid OwnerId { get; init; }
    public required string Name { get; init; }
    public long? AnnouncedBytes { get; init; }
    public string? AnnouncedSha256 { get; init; }
    public required JsonElement Rules { get; init; }

    /// <summary>Container and blob where it lies once it is accepted.</summary>
    public required string Place { get; init; }

    public required string State { get; init; }
    public long? Bytes { get; init; }
    public string? Sha256 { get; init; }
    public string? Kind { get; init; }
    public string? MediaType { get; init; }
    public JsonElement? Details { get; init; }
    public string? VirusScan { get; init; }
    public required JsonElement Faults { get; init; }
    public Guid? DuplicateOf { get; init; }
    public string? TraceParent { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UploadUntil { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }
    public DateTimeOffset? CheckedAt { get; init; }
    public DateTimeOffset? DamagedAt { get; init; }
    public required int Attempts { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public string? RevokedReason { get; init; }
    public DateTimeOffset? RemovedAt { get; init; }
    public required int Version { get; init; }

    /// <summary>Where it is uploaded to.</summary>
    internal string Upload => $"{FileStore.Uploads}/{TenantId}/{Id}";

    /// <summary>Where it is set aside.</summary>
    internal string Aside => $"{FileStore.Quarantine}/{TenantId}/{Id}";

    public FileRules RulesOf() => Rules.Deserialize<FileRules>(Json.Options)!;

    public IReadOnlyList<FileFault> FaultsOf() => Faults.Deserialize<List<FileFault>>(Json.Options)!;

    /// <summary>The file as its uploader sees it, its faults in a language that they read.</summary>
    public FileView View(string language)
    {
        var faults = FaultsOf();
        var rules = faults.Count == 0 ? null : RulesOf();
        return new FileView
        {
            Id = Id,
            Purpose = Purpose,
            SubjectId = SubjectId,
            Name = Name,
            State = RevokedAt is null ? State : FileStates.Revoked,
            Bytes = Bytes,
            Sha256 = Sha256,
            Kind = Kind,
            MediaType = MediaType,
            Details = Details,
            VirusScan = VirusScan,
            Reasons = [.. faults.Select(fault => new FileFault(fault.Code, FileReasons.Say(fault, language, this, rules!)))],
            CreatedAt = CreatedAt,
            UploadUntil = UploadUntil,
            ReceivedAt = ReceivedAt,
            CheckedAt = CheckedAt,
            RevokedAt = RevokedAt,
            RevokedReason = RevokedReason,
            Version = Version,
        };
    }

    internal static Task<StoredFile?> FindAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken, string suffix = "") =>
        session.FirstAsync<StoredFile>($"SELECT {Columns} FROM files WHERE tenant_id = @tenantId AND id = @id {suffix}", new { tenantId, id }, cancellationToken);
}

/// <summary>A file as its uploader sees it.</summary>
public sealed record FileView
{
    public required Guid Id { get; init; }

    public required string Purpose { get; init; }

    /// <summary>What it belongs to: a submission, a song.</summary>
    public Guid? SubjectId { get; init; }

    public required string Name { get; init; }

    /// <summary>awaiting, received, checking; then accepted, quarantined, rejected, expired or cancelled; revoked where the organisers withdrew it.</summary>
    public required string State { get; init; }

    public long? Bytes { get; init; }

    /// <summary>In lower-case hexadecimal.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What it is by its content, such as pdf.</summary>
    public string? Kind { get; init; }

    public string? MediaType { get; init; }

    /// <summary>What was measured: pages, seconds, width and height, what an archive unpacks to, the lines of a text.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>clean, infected, or no-scanner where this installation has none.</summary>
    public string? VirusScan { get; init; }

    /// <summary>Why it was not accepted.</summary>
    public IReadOnlyList<FileFault> Reasons { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the whole of it must be there.</summary>
    public required DateTimeOffset UploadUntil { get; init; }

    public DateTimeOffset? ReceivedAt { get; init; }

    public DateTimeOffset? CheckedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? RevokedReason { get; init; }

    public required int Version { get; init; }
}
