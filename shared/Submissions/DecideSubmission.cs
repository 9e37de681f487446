using System.ComponentModel.DataAnnotations;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Submissions;

/// <summary>What organisers decide against, or instead of, the validation. Each decision has a reason, which the team reads and the audit log keeps.</summary>
public sealed class DecideSubmission(Database database, Cache cache, SettleSubmission settle, Receipts receipts, TimeProvider clock)
{
    public enum Decision
    {
        Approve,
        Reject,
    }

    public sealed record Request
    {
        [Example("reject")]
        public required Decision Decision { get; init; }

        [StringLength(1000, MinimumLength = 1), Example("It is another team's report.")]
        public required string Reason { get; init; }
    }

    public sealed record Reinstatement
    {
        [StringLength(1000, MinimumLength = 1), Example("It was withdrawn by mistake.")]
        public required string Reason { get; init; }
    }

    public Task<Outcome<ReadSubmissions.View>> Run(Caller caller, Guid competitionId, Guid id, Request request, int? ifMatch, CancellationToken cancellationToken) => InAsync(
        caller,
        competitionId,
        id,
        ifMatch,
        async (session, row, entry, now) =>
        {
            if (row.IsDraft) return SubmissionProblems.IsADraft;
            if (row.Status != "submitted") return SubmissionProblems.Withdrawn;
            var wanted = request.Decision == Decision.Approve ? "APPROVED" : "REJECTED";
            if (row.ReviewStatus == wanted) return null;
            if (request.Decision == Decision.Approve) return await ApproveAsync(session, caller, row, entry, request.Reason.Trim(), now, cancellationToken);
            await session.ExecuteAsync(
                """
                UPDATE submissions
                SET review_status = 'REJECTED', reviewed_at = @now, reviewed_by = @Person, reason_code = 'organiser', reason = @reason, look_at = NULL, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, reason = request.Reason.Trim(), now },
                cancellationToken);
            await settle.TellAsync(session, caller.Tenant, entry, "submission-rejected", request.Reason.Trim(), cancellationToken);
            await settle.AnnounceAsync(session, caller.Tenant, entry, id, "REJECTED", "organiser", cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Makes a version count (again) that was withdrawn or replaced.</summary>
    public Task<Outcome<ReadSubmissions.View>> ReinstateAsync(Caller caller, Guid competitionId, Guid id, Reinstatement request, int? ifMatch, CancellationToken cancellationToken) => InAsync(
        caller,
        competitionId,
        id,
        ifMatch,
        async (session, row, entry, now) =>
        {
            if (row.IsDraft) return SubmissionProblems.IsADraft;
            if (row.IsCurrent) return null;
            if (row.Status == "submitted" || row.ReviewStatus != "APPROVED") return SubmissionProblems.NotValid;
            if ((await SubmissionRow.FilesAsync(session, caller.TenantId, id, cancellationToken)).Any(file => file.State != FileStates.Accepted || file.RevokedAt is not null)) return SubmissionProblems.NotValid;
            await settle.SupersedeAsync(session, caller.Tenant, entry, id, now, cancellationToken);
            await session.ExecuteAsync(
                "UPDATE submissions SET status = 'submitted', reason_code = 'organiser', reason = @reason, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, reason = request.Reason.Trim(), now },
                cancellationToken);
            await settle.TellAsync(session, caller.Tenant, entry, "submission-reinstated", request.Reason.Trim(), cancellationToken);
            await settle.AnnounceAsync(session, caller.Tenant, entry, id, "APPROVED", "organiser", cancellationToken);
            return null;
        },
        cancellationToken);

    private async Task<Problem?> ApproveAsync(Session session, Caller caller, SubmissionRow row, SubmissionEntry entry, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var files = await SubmissionRow.FilesAsync(session, caller.TenantId, row.Id, cancellationToken);
        // a file that was set aside has no place: operators look into it again first
        if (files.FirstOrDefault(file => file.State != FileStates.Accepted || file.RevokedAt is not null) is { } missing)
            return new Problem(SubmissionProblems.NotValid, $"The file {missing.Name} is {(missing.RevokedAt is null ? missing.State : FileStates.Revoked)}.");
        var arrived = files.Select(file => file.ReceivedAt!.Value).Append(row.SubmittedAt!.Value).Max();
        var due = row.DueAt!.Value;
        var (late, penalty) = (row.Late, row.Penalty);
        if (row.ArrivedAt is null && entry.Rules is { } rules)
        {
            var window = entry.WindowAt(arrived);
            var timing = window.TimingOf(rules, arrived);
            // what came too late counts by the organisers' word, and costs what the last instant would have cost
            if (timing.Timeliness == Timeliness.TooLate) timing = window.TimingOf(rules, window.EndsAt) with { Timeliness = Timeliness.Late };
            (due, late, penalty) = (window.DueAt, timing.Timeliness == Timeliness.Late, timing.Penalty);
        }
        await settle.SupersedeAsync(session, caller.Tenant, entry, row.Id, now, cancellationToken);
        var receipt = await receipts.SignAsync(
            session,
            caller.Tenant,
            new Receipts.Statement
            {
                Tenant = caller.Tenant.Slug,
                SubmissionId = row.Id,
                CompetitionId = row.CompetitionId,
                RoundId = row.RoundId,
                RegistrationId = row.RegistrationId,
                Number = row.Number,
                SubmittedAt = row.SubmittedAt!.Value,
                ArrivedAt = arrived,
                DueAt = due,
                Late = late,
                Penalty = penalty,
                Files = [.. files.Select(file => new Receipts.StatedFile(file.Id, file.Sha256!, file.Bytes!.Value, file.ReceivedAt!.Value))],
                IssuedAt = now,
            },
            cancellationToken);
        await session.ExecuteAsync(
            """
            UPDATE submissions
            SET review_status = 'APPROVED', reviewed_at = @now, reviewed_by = @Person, reason_code = 'organiser', reason = @reason, arrived_at = @arrived, due_at = @due, late = @late, penalty = @penalty,
                receipt = coalesce(receipt, @receipt), look_at = NULL, updated_at = @now, updated_by = @Person, version = version + 1
            WHERE tenant_id = @TenantId AND id = @Id
            """,
            new { caller.TenantId, caller.Person, row.Id, reason, arrived, due, late, penalty, receipt, now },
            cancellationToken);
        await settle.TellAsync(session, caller.Tenant, entry, "submission-approved", _ => new() { ["version"] = $"{row.Number}" }, cancellationToken);
        await settle.AnnounceAsync(session, caller.Tenant, entry, row.Id, "APPROVED", "organiser", cancellationToken);
        return null;
    }

    private Task<Outcome<ReadSubmissions.View>> InAsync(
        Caller caller, Guid competitionId, Guid id, int? ifMatch, Func<Session, SubmissionRow, SubmissionEntry, DateTimeOffset, Task<Problem?>> work, CancellationToken cancellationToken) => database.InTransaction<ReadSubmissions.View>(
        caller,
        async session =>
        {
            var (row, entry) = await SubmissionRow.LockAsync(session, caller.TenantId, caller.UserId, id, cancellationToken);
            if (row is null || entry is null || row.CompetitionId != competitionId) return Problem.NotFound("submission");
            if (ifMatch is not null && ifMatch != row.Version) return CommonProblems.Stale;
            if (LifeCycle.IsOver(entry.Status)) return CompetitionProblems.Ended;
            if (await work(session, row, entry, clock.GetUtcNow()) is { } problem) return problem;
            await SubmissionStanding.ChangedAsync(cache, session, caller.TenantId, id);
            return await ReadSubmissions.ViewAsync(session, caller, id, cancellationToken);
        },
        cancellationToken);
}
