using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>Begins a version, fills it in and gives it files, until it is handed in. Or all at once.</summary>
public sealed class DraftSubmission(Database database, Cache cache, RequestUpload uploads, CancelUpload cancelUpload, HandIn handIn, ReadSubmissions submissions, TimeProvider clock)
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    // an upload that has not come by then never will
    private static readonly TimeSpan UploadTime = TimeSpan.FromHours(1);

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request begins one.</summary>
        public Guid? Id { get; init; }

        /// <summary>The round it is for; absent for the whole competition.</summary>
        public Guid? RoundId { get; init; }

        /// <summary>Whose it is, where an organiser does it for somebody.</summary>
        public Guid? RegistrationId { get; init; }

        /// <summary>What the form asks, by the names of its fields; a draft may be incomplete.</summary>
        [MaxLength(100_000), Example(null!)]
        public JsonElement? Entry { get; init; }

        /// <summary>Files that are to be sent now.</summary>
        [MaxLength(50)]
        public IReadOnlyList<FileRequest> Files { get; init; } = [];

        /// <summary>Hand it in with this request: it counts as soon as its files have come and are found right.</summary>
        public bool Submit { get; init; }
    }

    public sealed record FileRequest
    {
        /// <summary>Chosen by the client, so that a repeated request asks for one file.</summary>
        public Guid? Id { get; init; }

        [FileName, StringLength(255, MinimumLength = 1), Example("report.pdf")]
        public required string Name { get; init; }

        /// <summary>Its size: what arrives must have it.</summary>
        [Range(1, RequestUpload.MostBytes), Example(48213)]
        public long? Bytes { get; init; }

        /// <summary>Its SHA-256 in lower-case hexadecimal: what arrives must have it.</summary>
        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
        public string? Sha256 { get; init; }
    }

    public sealed record Change
    {
        [MaxLength(100_000)]
        public required JsonElement Entry { get; init; }
    }

    public async Task<Outcome<ReadSubmissions.Standing>> BeginAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => await WithUploadsAsync(
        await database.InTransaction<ReadSubmissions.Standing>(
            caller,
            async session =>
            {
                var now = clock.GetUtcNow();
                var found = await SubmissionEntry.OwnAsync(session, caller, competitionId, request.RoundId, request.RegistrationId, locked: true, cancellationToken);
                if (found.Value is not { } entry) return found.Problem!;
                if (request.Id is { } id && await SubmissionRow.FindAsync(session, caller.TenantId, id, cancellationToken) is { } known)
                    return known.RegistrationId == entry.RegistrationId && known.RoundId == entry.RoundId ? await submissions.StandingAsync(session, caller, id, entry, cancellationToken) : IdentityProblems.IdTaken;
                if (entry.FaultFor(caller, now) is { } refused) return refused;
                var form = await EntryForms.CurrentAsync(session, caller.TenantId, competitionId, FormPurpose.Submission, entry.RoundId, cancellationToken);
                if (FaultOf(form, request.Entry ?? Nothing, whole: false) is { } faulty) return faulty;
                var taken = await entry.TakenAsync(session, caller.Tenant, now, cancellationToken);
                var row = await session.SingleAsync<SubmissionRow>(
                    $"""
                    INSERT INTO submissions (tenant_id, id, competition_id, round_id, registration_id, number, form_id, entry, created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @id, @competitionId, @RoundId, @RegistrationId, @number, @formId, @entry::jsonb, @now, @Person, @now, @Person)
                    RETURNING {SubmissionRow.Columns}
                    """,
                    new
                    {
                        caller.TenantId,
                        caller.Person,
                        id = request.Id ?? Guid.CreateVersion7(now),
                        competitionId,
                        entry.RoundId,
                        entry.RegistrationId,
                        number = taken.LastNumber + 1,
                        formId = form?.Id,
                        entry = (request.Entry ?? Nothing).GetRawText(),
                        now,
                    },
                    cancellationToken);
                foreach (var (index, file) in request.Files.Index())
                {
                    if ((await AddAsync(session, caller, entry, row, file, $"/files/{index}", now, cancellationToken)).Problem is { } problem) return problem;
                }
                if (request.Submit && await handIn.InAsync(session, caller, entry, row, form, now, cancellationToken) is { } notYet) return notYet;
                return await submissions.StandingAsync(session, caller, row.Id, entry, cancellationToken);
            },
            cancellationToken),
        caller,
        cancellationToken);

    public Task<Outcome<ReadSubmissions.Standing>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => InDraftAsync(
        caller,
        id,
        ifMatch,
        async (session, entry, row, now) =>
        {
            var form = await EntryForms.CurrentAsync(session, caller.TenantId, row.CompetitionId, FormPurpose.Submission, row.RoundId, cancellationToken);
            if (FaultOf(form, change.Entry, whole: false) is { } faulty) return faulty;
            await session.ExecuteAsync(
                "UPDATE submissions SET form_id = @formId, entry = @entry::jsonb, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, formId = form?.Id, entry = change.Entry.GetRawText(), now },
                cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>A draft goes with its uploads; it took no attempt.</summary>
    public Task<Outcome<bool>> DiscardAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            var found = await DraftAsync(session, caller, id, ifMatch, cancellationToken);
            if (found.Problem is { } problem) return problem;
            if (found.Value.Entry.ActingFault(caller) is { Kind: var kind } refused && kind == CommonProblems.Forbidden) return refused;
            foreach (var file in await SubmissionRow.FilesAsync(session, caller.TenantId, id, cancellationToken))
            {
                if (file.State == FileStates.Awaiting) await cancelUpload.InAsync(session, file, cancellationToken);
            }
            var now = clock.GetUtcNow();
            await session.ExecuteAsync(
                "UPDATE submissions SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, caller.Person, id, now }, cancellationToken);
            await SubmissionStanding.ChangedAsync(cache, session, caller.TenantId, id);
            return true;
        },
        cancellationToken);

    public async Task<Outcome<ReadSubmissions.Standing>> AddFileAsync(Caller caller, Guid id, FileRequest request, CancellationToken cancellationToken) => await WithUploadsAsync(
        await InDraftAsync(
            caller,
            id,
            null,
            async (session, entry, row, now) => (await AddAsync(session, caller, entry, row, request, "", now, cancellationToken)).Problem,
            cancellationToken),
        caller,
        cancellationToken);

    public Task<Outcome<ReadSubmissions.Standing>> RemoveFileAsync(Caller caller, Guid id, Guid fileId, CancellationToken cancellationToken) => InDraftAsync(
        caller,
        id,
        null,
        async (session, entry, row, now) =>
        {
            var file = (await SubmissionRow.FilesAsync(session, caller.TenantId, id, cancellationToken)).FirstOrDefault(one => one.Id == fileId);
            if (file is null) return Problem.NotFound("file");
            if (file.State == FileStates.Awaiting) await cancelUpload.InAsync(session, file, cancellationToken);
            await session.ExecuteAsync("DELETE FROM submission_files WHERE tenant_id = @TenantId AND submission_id = @id AND file_id = @fileId", new { caller.TenantId, id, fileId }, cancellationToken);
            await TouchAsync(session, caller, id, now, cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>What is wrong with an entry; of a draft only what is there is looked at.</summary>
    internal static Problem? FaultOf(EntryForms.View? form, JsonElement entry, bool whole)
    {
        var faults = EntryForm.FaultsOf(form?.Fields ?? [], entry, "/entry").Where(fault => whole || fault.Code is not ("required" or "too-short" or "too-few")).ToList();
        return faults.Count == 0 ? null : new Problem(CommonProblems.Invalid) { Faults = faults };
    }

    private Task<Outcome<ReadSubmissions.Standing>> InDraftAsync(
        Caller caller, Guid id, int? ifMatch, Func<Session, SubmissionEntry, SubmissionRow, DateTimeOffset, Task<Problem?>> work, CancellationToken cancellationToken) => database.InTransaction<ReadSubmissions.Standing>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var found = await DraftAsync(session, caller, id, ifMatch, cancellationToken);
            if (found.Problem is { } problem) return problem;
            var (row, entry) = found.Value;
            if (entry.FaultFor(caller, now) is { } refused) return refused;
            if (await work(session, entry, row, now) is { } fault) return fault;
            await SubmissionStanding.ChangedAsync(cache, session, caller.TenantId, id);
            return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
        },
        cancellationToken);

    private static async Task<Outcome<(SubmissionRow Row, SubmissionEntry Entry)>> DraftAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var found = await SubmissionRow.LockAsync(session, caller, id, cancellationToken);
        if (found.Problem is not null) return found;
        if (ifMatch is not null && ifMatch != found.Value.Row.Version) return CommonProblems.Stale;
        return found.Value.Row.IsDraft ? found : SubmissionProblems.NotADraft;
    }

    private async Task<Outcome<StoredFile>> AddAsync(Session session, Caller caller, SubmissionEntry entry, SubmissionRow row, FileRequest request, string pointer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rules = entry.Rules!;
        var files = await SubmissionRow.FilesAsync(session, caller.TenantId, row.Id, cancellationToken);
        var isKnown = files.Any(file => file.Id == request.Id);
        if (!isKnown && files.Count(SubmissionRow.Counts) >= rules.MostFiles) return new Problem(SubmissionProblems.TooManyFiles, $"At most {rules.MostFiles} are taken; remove one first.");
        var ends = entry.WindowAt(now).EndsAt;
        var fileId = request.Id ?? Guid.CreateVersion7(now);
        var added = await uploads.AddAsync(
            session,
            caller,
            new FileOrder
            {
                Purpose = SubmissionServices.Files,
                Id = fileId,
                SubjectId = row.Id,
                Name = request.Name,
                Bytes = request.Bytes,
                Sha256 = request.Sha256,
                Blob = BlobOf(rules, entry, row, fileId, isFirst: !files.Any(file => file.Id != fileId)),
                Rules = rules.FileRules(),
                // what comes after the last instant is refused, however early the URL was given out
                Until = ends < now + UploadTime ? ends : now + UploadTime,
            },
            cancellationToken);
        if (added.Problem is { } problem) return problem with { Faults = [.. problem.Faults.Select(fault => fault with { Pointer = pointer + fault.Pointer })] };
        if (isKnown) return added;
        await session.ExecuteAsync(
            "INSERT INTO submission_files (tenant_id, submission_id, file_id, added_at) VALUES (@TenantId, @Id, @fileId, @now) ON CONFLICT DO NOTHING", new { caller.TenantId, row.Id, fileId, now }, cancellationToken);
        if (pointer.Length == 0) await TouchAsync(session, caller, row.Id, now, cancellationToken);
        return added;
    }

    /// <summary>Where it lies once it is accepted: submissions/{event_id}/{team_id}/{submission_id}.pdf where there is one file of one kind.</summary>
    private static string BlobOf(SubmissionRules rules, SubmissionEntry entry, SubmissionRow row, Guid fileId, bool isFirst) => rules is { MostFiles: 1, Kinds: [var kind] } && isFirst
        ? $"{entry.CompetitionId}/{entry.ParticipantId}/{row.Id}.{kind.ToString().ToLowerInvariant()}"
        : $"{entry.CompetitionId}/{entry.ParticipantId}/{row.Id}/{fileId}";

    private static Task TouchAsync(Session session, Caller caller, Guid id, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        "UPDATE submissions SET updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id", new { caller.TenantId, caller.Person, id, now }, cancellationToken);

    // outside of the transaction, which may run twice
    private async Task<Outcome<ReadSubmissions.Standing>> WithUploadsAsync(Outcome<ReadSubmissions.Standing> done, Caller caller, CancellationToken cancellationToken)
    {
        if (done.Value is not { } standing) return done;
        var sent = new List<ReadSubmissions.Upload>();
        foreach (var view in standing.Submission.Files.Where(file => file.State == FileStates.Awaiting))
        {
            if (await StoredFile.FindAsync(database.As(caller), caller.TenantId, view.Id, cancellationToken) is { } file && (await uploads.UrlAsync(file, cancellationToken)).Value is { } url)
                sent.Add(new ReadSubmissions.Upload(file.Id, file.Name, url));
        }
        return standing with { Uploads = sent };
    }
}
