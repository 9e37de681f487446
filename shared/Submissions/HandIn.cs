using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>Hands a draft in, takes it back, and makes an earlier version count again.</summary>
public sealed class HandIn(Database database, Cache cache, SettleSubmission settle, CancelUpload cancelUpload, ReadSubmissions submissions, TimeProvider clock)
{
    /// <summary>How long a submission under validation is left to itself before the watchdog looks.</summary>
    internal static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(20);

    public sealed record Withdrawal
    {
        /// <summary>Why; organisers must say it.</summary>
        [StringLength(1000, MinimumLength = 1), Example("We found a mistake.")]
        public string? Reason { get; init; }
    }

    public Task<Outcome<ReadSubmissions.Standing>> Run(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<ReadSubmissions.Standing>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var found = await SubmissionRow.LockAsync(session, caller, id, cancellationToken);
            if (found.Problem is { } problem) return problem;
            var (row, entry) = found.Value;
            // the same again
            if (row is { Status: "submitted", ReviewStatus: not "REJECTED" }) return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
            if (!row.IsDraft) return SubmissionProblems.NotADraft;
            if (ifMatch is not null && ifMatch != row.Version) return CommonProblems.Stale;
            if (entry.FaultFor(caller, now) is { } refused) return refused;
            var form = await EntryForms.CurrentAsync(session, caller.TenantId, row.CompetitionId, FormPurpose.Submission, row.RoundId, cancellationToken);
            if (await InAsync(session, caller, entry, row, form, now, cancellationToken) is { } fault) return fault;
            return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
        },
        cancellationToken);

    /// <summary>The entry is locked, open to the caller, and the row is its draft.</summary>
    internal async Task<Problem?> InAsync(Session session, Caller caller, SubmissionEntry entry, SubmissionRow row, EntryForms.View? form, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rules = entry.Rules!;
        if (DraftSubmission.FaultOf(form, row.Entry, whole: true) is { } faulty) return faulty;
        var files = await SubmissionRow.FilesAsync(session, caller.TenantId, row.Id, cancellationToken);
        var counting = files.Count(SubmissionRow.Counts);
        if (counting < rules.MinFiles) return Problem.Invalid("/files", "too-few", $"At least {rules.MinFiles} files are needed; there are {counting}.");
        // the rule may have changed since
        if (counting > rules.MostFiles) return Problem.Invalid("/files", "too-many", $"At most {rules.MostFiles} files are taken; there are {counting}.");
        var attempts = Attempts.Of(rules, await entry.TakenAsync(session, caller.Tenant, now, cancellationToken));
        if (attempts.AreUsed) return new Problem(SubmissionProblems.AttemptsUsed, attempts.Say(rules));
        await session.ExecuteAsync(
            """
            DELETE FROM submission_files WHERE tenant_id = @TenantId AND submission_id = @Id AND file_id = ANY (@refused);
            UPDATE submissions
            SET status = 'submitted', review_status = 'PENDING', review_started_at = @now, submitted_at = @now, submitted_by = @Person, due_at = @due, form_id = @formId, counted_on = @today, look_at = @look,
                updated_at = @now, updated_by = @Person, version = version + 1
            WHERE tenant_id = @TenantId AND id = @Id
            """,
            new
            {
                caller.TenantId,
                caller.Person,
                row.Id,
                refused = files.Where(file => !SubmissionRow.Counts(file)).Select(file => file.Id).ToArray(),
                due = entry.WindowAt(now).DueAt,
                formId = form?.Id,
                today = entry.DayOf(caller.Tenant, now),
                look = now + FirstLook,
                now,
            },
            cancellationToken);
        await settle.SettleAsync(session, caller.Tenant, row.Id, cancellationToken);
        return null;
    }

    /// <summary>By the team while it may hand in, by organisers always.</summary>
    public Task<Outcome<ReadSubmissions.Standing>> WithdrawAsync(Caller caller, Guid id, Withdrawal request, CancellationToken cancellationToken) => database.InTransaction<ReadSubmissions.Standing>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var found = await SubmissionRow.LockAsync(session, caller, id, cancellationToken);
            if (found.Problem is { } problem) return problem;
            var (row, entry) = found.Value;
            if (row.IsDraft) return SubmissionProblems.IsADraft;
            if (row.Status == "withdrawn") return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
            if (row.Status == "superseded") return SubmissionProblems.Withdrawn;
            if (!CompetitionDirectory.Manages(caller, row.CompetitionId))
            {
                if (entry.FaultFor(caller, now) is { } refused) return refused;
            }
            else if (LifeCycle.IsOver(entry.Status)) return CompetitionProblems.Ended;
            else if (!entry.IsMember && string.IsNullOrWhiteSpace(request.Reason)) return Problem.Invalid("/reason", "required", "Say why.");
            foreach (var file in await SubmissionRow.FilesAsync(session, caller.TenantId, id, cancellationToken))
            {
                if (row.IsPending && file.State == FileStates.Awaiting) await cancelUpload.InAsync(session, file, cancellationToken);
            }
            await session.ExecuteAsync(
                """
                UPDATE submissions
                SET status = 'withdrawn', reason_code = CASE WHEN @byOrganiser THEN 'organiser' ELSE coalesce(reason_code, 'withdrawn') END, reason = @reason, look_at = NULL,
                    counted_on = CASE review_status WHEN 'PENDING' THEN NULL ELSE counted_on END, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, byOrganiser = !entry.IsMember, reason = request.Reason?.Trim() is { Length: > 0 } reason ? reason : null, now },
                cancellationToken);
            if (!entry.IsMember) await settle.TellAsync(session, caller.Tenant, entry, "submission-withdrawn", request.Reason!.Trim(), cancellationToken);
            await SubmissionStanding.ChangedAsync(cache, session, caller.TenantId, id);
            return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
        },
        cancellationToken);

    /// <summary>Makes a new version of an earlier one: the same answers and files, handed in now. It takes no attempt.</summary>
    public Task<Outcome<ReadSubmissions.Standing>> RestoreAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<ReadSubmissions.Standing>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var found = await SubmissionRow.LockAsync(session, caller, id, cancellationToken);
            if (found.Problem is { } problem) return problem;
            var (row, entry) = found.Value;
            if (row.IsDraft) return SubmissionProblems.IsADraft;
            if (entry.ActingFault(caller) is { } notYours) return notYours;
            if (row.IsCurrent) return await submissions.StandingAsync(session, caller, id, entry, cancellationToken);
            if (entry.OpenFault(now) is { } closed) return closed;
            if (row.ReviewStatus != "APPROVED") return SubmissionProblems.NotValid;
            var taken = await entry.TakenAsync(session, caller.Tenant, now, cancellationToken);
            var again = Guid.CreateVersion7(now);
            await session.ExecuteAsync(
                """
                INSERT INTO submissions (tenant_id, id, competition_id, round_id, registration_id, number, status, review_status, review_started_at, form_id, entry, restored_from, due_at, submitted_at, submitted_by, look_at,
                    created_at, created_by, updated_at, updated_by)
                SELECT tenant_id, @again, competition_id, round_id, registration_id, @number, 'submitted', 'PENDING', @now, form_id, entry, id, @due, @now, @Person, @look, @now, @Person, @now, @Person
                FROM submissions WHERE tenant_id = @TenantId AND id = @id;
                INSERT INTO submission_files (tenant_id, submission_id, file_id, added_at)
                SELECT tenant_id, @again, file_id, @now FROM submission_files WHERE tenant_id = @TenantId AND submission_id = @id
                """,
                new { caller.TenantId, caller.Person, id, again, number = taken.LastNumber + 1, due = entry.WindowAt(now).DueAt, look = now + FirstLook, now },
                cancellationToken);
            await settle.SettleAsync(session, caller.Tenant, again, cancellationToken);
            return await submissions.StandingAsync(session, caller, again, entry, cancellationToken);
        },
        cancellationToken);
}
