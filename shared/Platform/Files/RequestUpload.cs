using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>What a feature wants uploaded.</summary>
public sealed record FileOrder
{
    public required FilePurpose Purpose { get; init; }

    /// <summary>Chosen by the client or the feature, so that a repeated request asks for one file.</summary>
    public required Guid Id { get; init; }

    /// <summary>What the file belongs to; it comes back with the decision.</summary>
    public Guid? SubjectId { get; init; }

    /// <summary>As the person calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The size and the hash that the client announces; what arrives must have them.</summary>
    public long? Bytes { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>Where it is kept once it is accepted, within the purpose's container; by tenant and id where this is null.</summary>
    public string? Blob { get; init; }

    /// <summary>What the file must be; the purpose's rules where this is null.</summary>
    public FileRules? Rules { get; init; }

    /// <summary>When the whole of it must be there; the purpose's time from now where this is null.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>How to send a file: one PUT of the whole content to the URL, with these headers.</summary>
public sealed record FileUpload(string Method, Uri Url, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt);

/// <summary>Asks for a file: a row that waits for it, and a URL by which exactly this file can be sent, once, within minutes.</summary>
public sealed class RequestUpload(Database database, FilePurposes purposes, FileStore store, TimeProvider clock)
{
    /// <summary>How long a URL lets an upload begin.</summary>
    public static readonly TimeSpan UrlLife = TimeSpan.FromMinutes(15);

    /// <summary>What storage takes in one request.</summary>
    public const long MostBytes = 5000L << 20;

    /// <summary>A file that came at the last moment has a little time to be seen before nobody waits for it any more.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // an event that was lost costs no more than this and the watchdog's own pace
    private static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(5);

    private static readonly Dictionary<string, string> Headers = new() { ["x-ms-blob-type"] = "BlockBlob", ["Content-Type"] = "application/octet-stream" };

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request asks for one file.</summary>
        public Guid? Id { get; init; }

        /// <summary>What it is for, such as document.</summary>
        [StringLength(50, MinimumLength = 1), Example("document")]
        public required string Purpose { get; init; }

        [FileName, StringLength(255, MinimumLength = 1), Example("rules.pdf")]
        public required string Name { get; init; }

        /// <summary>Its size: what arrives must have it.</summary>
        [Range(1, MostBytes)]
        public long? Bytes { get; init; }

        /// <summary>Its SHA-256 in lower-case hexadecimal: what arrives must have it.</summary>
        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
        public string? Sha256 { get; init; }
    }

    public sealed record Result(FileView File, FileUpload Upload);

    /// <summary>The API's own door, for purposes that have no other.</summary>
    public async Task<Outcome<Result>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (purposes.Find(request.Purpose) is not { Permission: { } permission } purpose) return Problem.Invalid("/purpose", "unknown", "Nothing can be uploaded here for this purpose.");
        if (!caller.Allows(permission)) return new Problem(CommonProblems.Forbidden, $"It takes the permission {permission}.");
        var order = new FileOrder { Purpose = purpose, Id = request.Id ?? Guid.CreateVersion7(clock.GetUtcNow()), Name = request.Name, Bytes = request.Bytes, Sha256 = request.Sha256 };
        var added = await database.InTransaction<StoredFile>(caller, async session => await AddAsync(session, caller, order, cancellationToken), cancellationToken);
        if (added.Problem is { } problem) return problem;
        return await ResultAsync(added.Value!, caller.Language, cancellationToken);
    }

    /// <summary>
    /// Adds the row that waits for the file, in the feature's own transaction. The same order again gives the same row; give its URL out
    /// after the commit, by <see cref="UrlAsync"/>.
    /// </summary>
    public async Task<Outcome<StoredFile>> AddAsync(Session session, Caller caller, FileOrder order, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rules = order.Rules ?? order.Purpose.Rules;
        if (order.Bytes > rules.MaxBytes) return Problem.Invalid("/bytes", "too-large", $"At most {rules.MaxBytes} bytes are taken.");
        var until = order.Until ?? now + order.Purpose.UploadTime;
        var args = new
        {
            caller.TenantId,
            caller.Person,
            order.Id,
            purpose = order.Purpose.Name,
            order.SubjectId,
            order.Name,
            order.Bytes,
            order.Sha256,
            rules = JsonSerializer.SerializeToElement(rules, Json.Options),
            place = $"{order.Purpose.Container}/{order.Blob ?? $"{caller.TenantId}/{order.Id}"}",
            trace = Activity.Current?.Id,
            now,
            until,
            look = until - now < FirstLook ? until + Patience : now + FirstLook,
        };
        // one person's requests wait for each other, so that the count holds
        var (known, underWay) = await session.QueryManyAsync(
            $"""
            SELECT pg_advisory_xact_lock(hashtextextended('uploads ' || @Person, 0));
            SELECT {StoredFile.Columns} FROM files WHERE tenant_id = @TenantId AND id = @Id;
            SELECT count(*) FROM files WHERE tenant_id = @TenantId AND owner_id = @Person AND purpose = @purpose AND look_at IS NOT NULL
            """,
            args,
            async results =>
            {
                await results.ReadAsync();
                return (await results.ReadFirstOrDefaultAsync<StoredFile>(), await results.ReadSingleAsync<long>());
            },
            cancellationToken);
        if (known is not null) return IsSame(known, args.purpose, caller.Person, order) ? known : FileProblems.IdTaken;
        if (underWay >= order.Purpose.MostUnderWay) return FileProblems.TooManyUnderWay;
        return await session.SingleAsync<StoredFile>(
            $"""
            INSERT INTO files (tenant_id, id, purpose, subject_id, owner_id, name, announced_bytes, announced_sha256, rules, place, state, trace_parent, created_at, upload_until, look_at)
            VALUES (@TenantId, @Id, @purpose, @SubjectId, @Person, @Name, @Bytes, @Sha256, @rules, @place, 'awaiting', @trace, @now, @until, @look)
            RETURNING {StoredFile.Columns}
            """,
            args,
            cancellationToken);
    }

    /// <summary>The signed URL for a file that is awaited; a fresh one each time.</summary>
    public async Task<Outcome<FileUpload>> UrlAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (file.State != FileStates.Awaiting || file.UploadUntil <= now) return FileProblems.Arrived;
        var life = file.UploadUntil - now < UrlLife ? file.UploadUntil - now : UrlLife;
        return new FileUpload("PUT", await store.UploadUrlAsync(file.Upload, life, cancellationToken), Headers, now + life);
    }

    private async Task<Outcome<Result>> ResultAsync(StoredFile file, string language, CancellationToken cancellationToken)
    {
        var url = await UrlAsync(file, cancellationToken);
        return url.Problem is { } problem ? problem : new Result(file.View(language), url.Value!);
    }

    private static bool IsSame(StoredFile known, string purpose, Guid person, FileOrder order) =>
        known.Purpose == purpose && known.OwnerId == person && known.Name == order.Name && known.SubjectId == order.SubjectId
        && known.AnnouncedBytes == order.Bytes && known.AnnouncedSha256 == order.Sha256;
}

/// <summary>A name that people can save a file under: no folders, no control characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FileNameAttribute : ValidationAttribute
{
    public FileNameAttribute() : base("A file's name, without folders and control characters.")
    {
    }

    public override bool IsValid(object? value) =>
        value is not string name || (name.Trim().Length > 0 && name is not ("." or "..") && !name.AsSpan().ContainsAny('/', '\\') && !name.Any(char.IsControl));
}
