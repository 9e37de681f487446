using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure;
using Microsoft.Extensions.Logging;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Platform.Files;

/// <summary>
/// Looks into a file that has arrived and decides: accepted into its place, set aside, or refused. It may be cut off anywhere and run any number
/// of times: a copy repeats itself, the decision is one transaction (with the message that tells of it), and only the first counts.
/// </summary>
public sealed partial class CheckFile(Database database, TenantDirectory tenants, FileStore store, VirusScanner scanner, FileIncidents incidents, Outbox outbox, FilePurposes purposes, TimeProvider clock, ILogger<CheckFile> log)
{
    /// <summary>How often a file is looked at before people are told that it cannot be checked.</summary>
    public const int MostAttempts = 8;

    // a look that takes longer was cut off: the function's own time is ten minutes
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly string[] Open = [FileStates.Awaiting, FileStates.Received, FileStates.Checking];

    // these say nothing of a file that a second reading could
    private static readonly HashSet<string> NotKept = ["too-large", "empty", "late", "size-differs", "hash-differs"];

    private sealed record Verdict(string State, IReadOnlyList<FileFault> Faults, FileReport? Report, string? VirusScan, long Bytes);

    /// <summary>A blob has come into the uploads.</summary>
    public async Task ArrivedAsync(string tenantId, string fileId, CancellationToken cancellationToken)
    {
        // what nobody asked for is found again and reported by the sweep
        if (!Guid.TryParseExact(tenantId, "D", out var tenant) || !Guid.TryParseExact(fileId, "D", out var id) || await tenants.ByIdAsync(tenant, cancellationToken) is not { } known)
        {
            LogUnasked(log, tenantId, fileId);
            return;
        }
        await RunAsync(new Actor { TenantId = known.Id, Shard = known.Shard }, id, cancellationToken);
    }

    /// <summary>Looks at a file now; false where there is nothing to look at (yet).</summary>
    public async Task<bool> RunAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await StoredFile.FindAsync(database.As(actor), actor.TenantId, id, cancellationToken) is not { } file) return false;
        using var activity = FileTrace.Continue("CheckFile", file);
        if (!IsOpen(file.State))
        {
            // sent again, or we were cut off behind the decision
            await store.RemoveAsync(file.Upload, cancellationToken);
            return false;
        }
        if (await store.FindAsync(file.Upload, cancellationToken) is not { } upload) return false;
        if (await ClaimAsync(actor, id, upload.ArrivedAt, cancellationToken) is not { } claimed)
        {
            // somebody else has decided between the two lines, and may have been cut off behind it
            await store.RemoveAsync(file.Upload, cancellationToken);
            return false;
        }
        var arrived = claimed.ReceivedAt!.Value;

        Verdict verdict;
        try
        {
            verdict = arrived > claimed.UploadUntil
                ? new Verdict(FileStates.Rejected, [Late(claimed)], null, null, upload.Bytes)
                : await ExamineAsync(claimed, claimed.Upload, upload, cancellationToken);
        }
        catch (VirusScannerException error)
        {
            await PutOffAsync(actor, claimed, upload, error, cancellationToken);
            return true;
        }
        await DecideAsync(actor, claimed, upload, verdict, cancellationToken);
        return true;
    }

    /// <summary>What a look that failed leaves: another one later, or, after many, a reason that people see.</summary>
    public async Task PutOffAsync(Actor actor, StoredFile file, FileStore.Found upload, Exception error, CancellationToken cancellationToken)
    {
        LogPutOff(log, error, file.Id, file.Attempts);
        if (file.Attempts >= MostAttempts)
        {
            await incidents.ReportAsync(actor.Shard, FileIncidents.Unchecked, file.Aside, file, $"Given up after {file.Attempts} looks: {error.Message}", cancellationToken);
            await DecideAsync(actor, file, upload, new Verdict(FileStates.Quarantined, [new("unchecked", "The file could not be checked. The organisers know; you may send it again.")], null, null, upload.Bytes), cancellationToken);
            return;
        }
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << (2 * Math.Max(0, file.Attempts - 1))));
        await database.As(actor).ExecuteAsync(
            "UPDATE files SET state = 'received', last_error = @reason, look_at = @look WHERE tenant_id = @TenantId AND id = @Id AND state IN ('received', 'checking')",
            new { actor.TenantId, file.Id, reason = Shorten(error.Message), look = clock.GetUtcNow() + pause },
            cancellationToken);
    }

    /// <summary>An upload that is not there: it never came, or it was lost on the way.</summary>
    public async Task EndWithoutContentAsync(Actor actor, StoredFile file, CancellationToken cancellationToken)
    {
        using var activity = FileTrace.Continue("EndUpload", file);
        var wasThere = file.ReceivedAt is not null;
        var fault = wasThere
            ? new FileFault("lost", "The file was lost before it could be checked. Please send it again.")
            : new FileFault("expired", "No file came in time.");
        if (wasThere) await incidents.ReportAsync(actor.Shard, FileIncidents.Lost, file.Upload, file, "The upload was seen, and was gone before it was checked.", cancellationToken);
        await CommitAsync(actor, file, new Verdict(wasThere ? FileStates.Rejected : FileStates.Expired, [fault], null, null, 0), [file.State], cancellationToken);
    }

    /// <summary>
    /// Looks again at what has been decided: an accepted file that a scanner now knows, a quarantined one that was judged too hard.
    /// The problem where there is no content any more.
    /// </summary>
    public async Task<Problem?> AgainAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await StoredFile.FindAsync(database.As(actor), actor.TenantId, id, cancellationToken) is not { } file) return Problem.NotFound("file");
        if (IsOpen(file.State)) return await RunAsync(actor, id, cancellationToken) ? null : (Problem)FileProblems.ContentGone;
        var place = file.State == FileStates.Accepted && file.RevokedAt is null ? file.Place : file.Aside;
        if (file.RevokedAt is not null || file.State is not (FileStates.Accepted or FileStates.Quarantined) || await store.FindAsync(place, cancellationToken) is not { } found) return FileProblems.ContentGone;
        using var activity = FileTrace.Continue("CheckFileAgain", file);
        Verdict verdict;
        try
        {
            verdict = await ExamineAsync(file, place, found, cancellationToken);
        }
        catch (VirusScannerException)
        {
            return new Problem(CommonProblems.Unavailable, "The virus scanner does not answer.");
        }
        if (verdict.State == FileStates.Rejected) verdict = verdict with { State = FileStates.Quarantined };
        var target = verdict.State == FileStates.Accepted ? file.Place : file.Aside;
        if (target != place) await store.CopyAsync(place, target, found.ETag, cancellationToken);
        await CommitAsync(actor, file, verdict, [file.State], cancellationToken);
        if (target != place) await store.RemoveAsync(place, cancellationToken);
        return null;
    }

    internal static bool IsOpen(string state) => Open.Contains(state);

    private Task<StoredFile?> ClaimAsync(Actor actor, Guid id, DateTimeOffset arrived, CancellationToken cancellationToken) => database.As(actor).FirstAsync<StoredFile>(
        $"""
        UPDATE files SET state = 'checking', received_at = coalesce(received_at, @arrived), attempts = attempts + 1, look_at = @look
        WHERE tenant_id = @TenantId AND id = @id AND state IN ('awaiting', 'received', 'checking')
        RETURNING {StoredFile.Columns}
        """,
        new { actor.TenantId, id, arrived, look = clock.GetUtcNow() + Patience },
        cancellationToken);

    private async Task<Verdict> ExamineAsync(StoredFile file, string place, FileStore.Found found, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenAsync(place, found.ETag, cancellationToken);
        var report = await FileInspection.InspectAsync(content, file.RulesOf(), cancellationToken);
        var faults = new List<FileFault>(report.Faults);
        if (file.AnnouncedBytes is { } bytes && bytes != found.Bytes)
            faults.Insert(0, new("size-differs", string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes were announced, and {found.Bytes} came: send the whole file again.")));
        else if (file.AnnouncedSha256 is { } hash && report.Sha256.Length > 0 && hash != report.Sha256)
            faults.Insert(0, new("hash-differs", "What came is not what was announced: send the file again."));
        var scan = "no-scanner";
        if (scanner.IsConfigured && faults.Count == 0)
        {
            content.Position = 0;
            var scanned = await scanner.ScanAsync(content, cancellationToken);
            scan = scanned.IsClean ? "clean" : "infected";
            if (!scanned.IsClean) faults.Add(new("virus", $"The virus scanner found {Shorten(scanned.Virus!)} in the file."));
        }
        var state = faults.Count == 0 ? FileStates.Accepted : NotKept.Contains(faults[0].Code) ? FileStates.Rejected : FileStates.Quarantined;
        return new Verdict(state, faults, report, faults.Count == 0 || scan == "infected" ? scan : null, found.Bytes);
    }

    // first where it will lie, then what it is, then what is not needed any more: a cut anywhere is mended by running again
    private async Task DecideAsync(Actor actor, StoredFile file, FileStore.Found upload, Verdict verdict, CancellationToken cancellationToken)
    {
        try
        {
            if (verdict.State == FileStates.Accepted) await store.CopyAsync(file.Upload, file.Place, upload.ETag, cancellationToken);
            else if (verdict.State == FileStates.Quarantined) await store.CopyAsync(file.Upload, file.Aside, upload.ETag, cancellationToken);
        }
        catch (RequestFailedException error) when (error.Status is 404 or 412 && !cancellationToken.IsCancellationRequested)
        {
            // somebody else has decided and taken it away; where nobody has, the watchdog looks again
            LogGone(log, error, file.Id);
            return;
        }
        // another look that failed meanwhile may have put the file off, which decides nothing: this one counts
        var decided = await CommitAsync(actor, file, verdict, Open, cancellationToken);
        // only what is decided is not needed any more
        if (!decided && await StoredFile.FindAsync(database.As(actor), actor.TenantId, file.Id, cancellationToken) is { } still && IsOpen(still.State)) return;
        await store.RemoveAsync(file.Upload, cancellationToken);
    }

    // whether it was this verdict that counted
    private async Task<bool> CommitAsync(Actor actor, StoredFile file, Verdict verdict, string[] from, CancellationToken cancellationToken)
    {
        var report = verdict.Report;
        var decided = await database.InTransaction(
            actor,
            async session =>
            {
                var changed = await session.FirstAsync<StoredFile>(
                    $"""
                    -- of two equal files that come at once, the second sees the first
                    WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(coalesce(@sha256, @Id::text), 1)))
                    UPDATE files
                    SET state = @State, bytes = @Bytes, sha256 = @sha256, kind = @kind, media_type = @mediaType, details = @details, virus_scan = @VirusScan, faults = @faults,
                        checked_at = @now, verified_at = CASE WHEN @State = 'accepted' THEN @now END, damaged_at = NULL, look_at = NULL, last_error = NULL, version = version + 1
                    FROM gate
                    WHERE tenant_id = @TenantId AND id = @Id AND version = @Version AND state = ANY (@from)
                    RETURNING {StoredFile.Columns}
                    """,
                    new
                    {
                        actor.TenantId,
                        file.Id,
                        file.Version,
                        from,
                        verdict.State,
                        verdict.Bytes,
                        sha256 = report?.Sha256 is { Length: > 0 } hash ? hash : null,
                        kind = report is null ? null : JsonNamingPolicy.CamelCase.ConvertName(report.Kind.ToString()),
                        mediaType = report?.MediaType,
                        details = report is null ? (JsonElement?)null : JsonSerializer.SerializeToElement(DetailsOf(report), Json.Options),
                        verdict.VirusScan,
                        faults = JsonSerializer.SerializeToElement(verdict.Faults, Json.Options),
                        now = clock.GetUtcNow(),
                    },
                    cancellationToken);
                if (changed is null) return false;
                if (changed.State == FileStates.Accepted) await MarkDuplicateAsync(session, changed, cancellationToken);
                // a second look that changes nothing is no news
                if (changed.State != file.State) await TellAsync(session, changed, changed.State, verdict.Faults.Count > 0 ? verdict.Faults[0].Code : null);
                return true;
            },
            cancellationToken);
        if (decided) LogDecided(log, file.Id, file.Purpose, verdict.State, verdict.Faults.Count > 0 ? verdict.Faults[0].Code : "");
        return decided;
    }

    internal Task TellAsync(Session session, StoredFile file, string state, string? reason) => outbox.AddAsync(
        session, file.TenantId, Outbox.SubmissionProcessing, purposes.Get(file.Purpose).Subject, new FileDecision(file.Id, file.Purpose, file.SubjectId, state, reason));

    // a statement of its own: it sees what committed while the one before waited
    private static Task MarkDuplicateAsync(Session session, StoredFile file, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE files SET duplicate_of = (
            SELECT other.id FROM files AS other
            WHERE other.tenant_id = @TenantId AND other.sha256 = @Sha256 AND other.state = 'accepted' AND other.purpose = @Purpose AND other.id <> @Id
            ORDER BY other.created_at, other.id
            LIMIT 1)
        WHERE tenant_id = @TenantId AND id = @Id
        """,
        new { file.TenantId, file.Id, file.Sha256, file.Purpose },
        cancellationToken);

    private static Dictionary<string, object> DetailsOf(FileReport report)
    {
        var details = new Dictionary<string, object>();
        if (report.Pages is { } pages) details["pages"] = pages;
        if (report.Duration is { } duration) details["seconds"] = duration.TotalSeconds;
        if (report.Width is { } width) details["width"] = width;
        if (report.Height is { } height) details["height"] = height;
        if (report.Archive is { } archive) details["archive"] = archive;
        if (report.Text is { } text) details["text"] = text;
        return details;
    }

    private static FileFault Late(StoredFile file) => new("late", string.Create(CultureInfo.InvariantCulture, $"The file came after {file.UploadUntil:yyyy-MM-dd HH:mm:ss} UTC."));

    private static string Shorten(string text) => text.Length <= 300 ? text : text[..300];

    [LoggerMessage(350, LogLevel.Warning, "A blob '{Tenant}/{File}' came into the uploads that nobody asked for.")]
    private static partial void LogUnasked(ILogger logger, string tenant, string file);

    [LoggerMessage(351, LogLevel.Warning, "File {File} could not be checked, look {Attempt}.")]
    private static partial void LogPutOff(ILogger logger, Exception error, Guid file, int attempt);

    [LoggerMessage(352, LogLevel.Information, "File {File} ({Purpose}): {State} {Reason}")]
    private static partial void LogDecided(ILogger logger, Guid file, string purpose, string state, string reason);

    [LoggerMessage(353, LogLevel.Information, "File {File} was gone or changed before it could be copied.")]
    private static partial void LogGone(ILogger logger, Exception error, Guid file);
}
