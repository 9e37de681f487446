using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>One version of what an entry hands in.</summary>
internal sealed record SubmissionRow
{
    public const string Columns =
        "id, competition_id, round_id, registration_id, number, status, review_status, reason_code, form_id, entry, submitted_at, due_at, arrived_at, late, penalty, counted_on IS NOT NULL AS counted, reported_at, version";

    public required Guid Id { get; init; }
    public required Guid CompetitionId { get; init; }
    public Guid? RoundId { get; init; }
    public required Guid RegistrationId { get; init; }
    public required int Number { get; init; }
    public required string Status { get; init; }
    public required string ReviewStatus { get; init; }
    public string? ReasonCode { get; init; }
    public Guid? FormId { get; init; }
    public required JsonElement Entry { get; init; }
    public DateTimeOffset? SubmittedAt { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset? ArrivedAt { get; init; }
    public required bool Late { get; init; }
    public required decimal Penalty { get; init; }
    public required bool Counted { get; init; }
    public DateTimeOffset? ReportedAt { get; init; }
    public required int Version { get; init; }

    public bool IsDraft => Status == "draft";

    public bool IsPending => this is { Status: "submitted", ReviewStatus: "PENDING" };

    public bool IsCurrent => this is { Status: "submitted", ReviewStatus: "APPROVED" };

    public static Task<SubmissionRow?> FindAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) => session.FirstAsync<SubmissionRow>(
        $"SELECT {Columns} FROM submissions WHERE tenant_id = @tenantId AND id = @id AND deleted_at IS NULL", new { tenantId, id }, cancellationToken);

    /// <summary>Locks a submission's entry, and reads the submission behind the lock; both null where there is none.</summary>
    public static async Task<(SubmissionRow? Row, SubmissionEntry? Entry)> LockAsync(Session session, Guid tenantId, Guid? person, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(session, tenantId, id, cancellationToken) is not { } before) return default;
        var entry = await SubmissionEntry.LockAsync(session, tenantId, person, before.CompetitionId, before.RoundId, before.RegistrationId, cancellationToken);
        return (await FindAsync(session, tenantId, id, cancellationToken), entry);
    }

    /// <summary>The same for a caller, who must belong to the entry or run the competition.</summary>
    public static async Task<Outcome<(SubmissionRow Row, SubmissionEntry Entry)>> LockAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var (row, entry) = await LockAsync(session, caller.TenantId, caller.UserId, id, cancellationToken);
        if (row is null || entry is null) return Problem.NotFound("submission");
        return entry.IsMember || CompetitionDirectory.Manages(caller, row.CompetitionId) ? (row, entry) : Problem.NotFound("submission");
    }

    /// <summary>Its files, the first asked for first.</summary>
    public static Task<IReadOnlyList<StoredFile>> FilesAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) => session.QueryAsync<StoredFile>(
        $"SELECT {StoredFile.Columns} FROM files WHERE tenant_id = @tenantId AND id IN (SELECT file_id FROM submission_files WHERE tenant_id = @tenantId AND submission_id = @id) ORDER BY created_at, id",
        new { tenantId, id },
        cancellationToken);

    /// <summary>Whether a file may still become, or is, part of what is handed in.</summary>
    public static bool Counts(StoredFile file) => file.RevokedAt is null && file.State is FileStates.Awaiting or FileStates.Received or FileStates.Checking or FileStates.Accepted;
}
