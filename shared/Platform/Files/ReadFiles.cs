using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>How far one's files have come.</summary>
public sealed class ReadFiles(Database database, FilePurposes purposes)
{
    public sealed record Filter : PageQuery
    {
        /// <summary>What they are for.</summary>
        [StringLength(50, MinimumLength = 1), Example("document")]
        public string? Purpose { get; init; }

        /// <summary>Only what is awaiting, received, checking, accepted, quarantined, rejected, expired or cancelled.</summary>
        [AllowedValues("awaiting", "received", "checking", "accepted", "quarantined", "rejected", "expired", "cancelled", null)]
        public string? State { get; init; }

        /// <summary>Only the files of this thing: a submission, a song.</summary>
        public Guid? SubjectId { get; init; }
    }

    /// <summary>The caller's own uploads; everybody's for who manages files and names a subject.</summary>
    public async Task<Page<FileView>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var everybodys = filter.SubjectId is not null && caller.Allows(Permissions.FileManage);
        var rows = await database.Reading(caller).QueryAsync<StoredFile>(
            $"""
            SELECT {StoredFile.Columns} FROM files
            WHERE tenant_id = @TenantId AND (@everybodys OR owner_id = @Person)
              AND (@SubjectId::uuid IS NULL OR subject_id = @SubjectId)
              AND (@Purpose::text IS NULL OR purpose = @Purpose) AND (@State::text IS NULL OR state = @State)
              AND (@After::uuid IS NULL OR id < @After)
            ORDER BY id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, everybodys, filter.SubjectId, filter.Purpose, filter.State, filter.After, limit = filter.Fetch() },
            cancellationToken);
        return filter.Of([.. rows.Select(row => row.View(caller.Language))], view => view.Id);
    }

    /// <summary>One file: its uploader's, or anybody's for who manages files, or one that is open to all.</summary>
    public async Task<Outcome<FileView>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await FindAsync(caller, id, cancellationToken);
        return found.Problem is { } problem ? problem : found.Value!.View(caller.Language);
    }

    internal async Task<Outcome<StoredFile>> FindAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        await StoredFile.FindAsync(database.As(caller), caller.TenantId, id, cancellationToken) is { } file && MayRead(caller, file) ? file : Problem.NotFound("file");

    private bool MayRead(Caller caller, StoredFile file) =>
        file.OwnerId == caller.Person || caller.Allows(Permissions.FileManage)
        || (file is { State: FileStates.Accepted, RevokedAt: null } && purposes.Find(file.Purpose) is { OpenToAll: true });
}
