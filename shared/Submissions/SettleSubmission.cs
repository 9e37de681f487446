using Podium.Competitions;
using Podium.Documents;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Messaging;
using Podium.Tenancy;
using Podium.Webhooks;

namespace Podium.Submissions;

/// <summary>
/// Decides about what was handed in, as soon as its files are decided: it counts, with the lateness that the last of it had, or it is rejected with a reason
/// and gives its attempt back. It may be run any number of times.
/// </summary>
public sealed class SettleSubmission(Inbox inbox, Cache cache, Outbox outbox, Receipts receipts, CompetitionNotices notices, RaiseWebhook webhooks, TellUploader tellUploader, TimeProvider clock)
{
    public const string Subject = "submission-file-decided";

    /// <summary>The message that tells judging what has come.</summary>
    public sealed record Ready(Guid CompetitionId, Guid? RoundId, Guid RegistrationId);

    /// <summary>The subject of <see cref="Ready"/> on the queue evaluation_assignment.</summary>
    public const string ReadySubject = "submission";

    /// <summary>A file was decided.</summary>
    public Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var decision = delivery.Read<FileDecision>();
        return inbox.OnceAsync(
            delivery,
            async session =>
            {
                // the versions that have it, which all belong to one entry
                var having = await session.QueryAsync<(Guid Id, bool IsDraft)>(
                    """
                    SELECT submissions.id, status = 'draft' FROM submission_files JOIN submissions ON submissions.tenant_id = @Id AND submissions.id = submission_id
                    WHERE submission_files.tenant_id = @Id AND file_id = @FileId AND deleted_at IS NULL
                    ORDER BY submissions.number
                    """,
                    new { delivery.Tenant.Id, decision.FileId },
                    cancellationToken);
                foreach (var (id, _) in having) await SettleAsync(session, delivery.Tenant, id, cancellationToken);
                if (having.Any(version => version.IsDraft) && decision.State is FileStates.Quarantined or FileStates.Rejected or FileStates.Revoked)
                    await tellUploader.TellAsync(session, delivery, decision, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Looks at one version and decides what can be decided.</summary>
    internal async Task SettleAsync(Session session, Tenant tenant, Guid id, CancellationToken cancellationToken)
    {
        var (row, entry) = await SubmissionRow.LockAsync(session, tenant.Id, null, id, cancellationToken);
        if (row is null || entry is null) return;
        await SubmissionStanding.ChangedAsync(cache, session, tenant.Id, id);
        if (!row.IsPending && !row.IsCurrent) return;
        var files = await SubmissionRow.FilesAsync(session, tenant.Id, id, cancellationToken);
        if (files.FirstOrDefault(file => !SubmissionRow.Counts(file)) is { } refused)
        {
            var code = refused.RevokedAt is null && refused.FaultsOf() is [var fault, ..] ? fault.Code : refused.State == FileStates.Cancelled ? FileStates.Cancelled : "file-withdrawn";
            await RejectAsync(session, tenant, row, entry, code, refused, cancellationToken);
            return;
        }
        if (!row.IsPending || files.Any(file => file.State != FileStates.Accepted)) return;

        var arrived = files.Select(file => file.ReceivedAt!.Value).Append(row.SubmittedAt!.Value).Max();
        if (entry.RegistrationStatus != "approved" || LifeCycle.IsOver(entry.Status)) await RejectAsync(session, tenant, row, entry, "not-taking-part", null, cancellationToken);
        else if (entry.Rules is not { } rules) await AcceptAsync(session, tenant, row, entry, files, arrived, row.DueAt!.Value, new Timing(Timeliness.OnTime, 0), cancellationToken);
        else
        {
            var window = entry.WindowAt(arrived);
            var timing = window.TimingOf(rules, arrived);
            if (timing.Timeliness == Timeliness.TooLate) await RejectAsync(session, tenant, row, entry, "late", null, cancellationToken);
            else await AcceptAsync(session, tenant, row, entry, files, arrived, window.DueAt, timing, cancellationToken);
        }
    }

    /// <summary>Tells all who stand behind an entry.</summary>
    internal Task TellAsync(Session session, Tenant tenant, SubmissionEntry entry, string template, string reason, CancellationToken cancellationToken) =>
        TellAsync(session, tenant, entry, template, _ => new() { ["reason"] = reason }, cancellationToken);

    internal async Task TellAsync(Session session, Tenant tenant, SubmissionEntry entry, string template, Func<string, Dictionary<string, string>> values, CancellationToken cancellationToken)
    {
        var people = await Waitlist.PeopleOfAsync(session, tenant.Id, [entry.RegistrationId], cancellationToken);
        await notices.TellAsync(session, tenant, template, people, entry.CompetitionId, entry.CompetitionName, entry.Translations, values, cancellationToken);
    }

    /// <summary>What counted until now does not any more; the entry is locked.</summary>
    internal async Task SupersedeAsync(Session session, Tenant tenant, SubmissionEntry entry, Guid by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = await session.QueryAsync<Guid>(
            """
            UPDATE submissions SET status = 'superseded', updated_at = @now, version = version + 1
            WHERE tenant_id = @Id AND competition_id = @CompetitionId AND registration_id = @RegistrationId AND round_id IS NOT DISTINCT FROM @RoundId
              AND status = 'submitted' AND review_status = 'APPROVED' AND deleted_at IS NULL AND id <> @by
            RETURNING id
            """,
            new { tenant.Id, entry.CompetitionId, entry.RegistrationId, entry.RoundId, by, now },
            cancellationToken);
        await SubmissionStanding.ChangedAsync(cache, session, tenant.Id, [.. before]);
    }

    /// <summary>Tells other systems, and judging where it counts.</summary>
    internal async Task AnnounceAsync(Session session, Tenant tenant, SubmissionEntry entry, Guid id, string reviewStatus, string? reasonCode, CancellationToken cancellationToken)
    {
        await webhooks.RunAsync(
            session, tenant.Id, SubmissionEvents.Decided, new SubmissionEvents.DecidedBody(id, entry.CompetitionId, entry.RoundId, entry.RegistrationId, reviewStatus, reasonCode), cancellationToken);
        if (reviewStatus == "APPROVED")
            await outbox.AddAsync(session, tenant.Id, Outbox.EvaluationAssignment, ReadySubject, new Ready(entry.CompetitionId, entry.RoundId, entry.RegistrationId));
    }

    private async Task AcceptAsync(
        Session session, Tenant tenant, SubmissionRow row, SubmissionEntry entry, IReadOnlyList<StoredFile> files, DateTimeOffset arrived, DateTimeOffset due, Timing timing, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // of two under way at once the later version counts, whichever is decided first
        var isNewest = !await session.SingleAsync<bool>(
            """
            SELECT EXISTS (SELECT FROM submissions WHERE tenant_id = @Id AND competition_id = @CompetitionId AND registration_id = @RegistrationId AND round_id IS NOT DISTINCT FROM @RoundId
              AND status = 'submitted' AND review_status = 'APPROVED' AND deleted_at IS NULL AND number > @Number)
            """,
            new { tenant.Id, entry.CompetitionId, entry.RegistrationId, entry.RoundId, row.Number },
            cancellationToken);
        if (isNewest) await SupersedeAsync(session, tenant, entry, row.Id, now, cancellationToken);
        var receipt = await receipts.SignAsync(
            session,
            tenant,
            new Receipts.Statement
            {
                Tenant = tenant.Slug,
                SubmissionId = row.Id,
                CompetitionId = row.CompetitionId,
                RoundId = row.RoundId,
                RegistrationId = row.RegistrationId,
                Number = row.Number,
                SubmittedAt = row.SubmittedAt!.Value,
                ArrivedAt = arrived,
                DueAt = due,
                Late = timing.Timeliness == Timeliness.Late,
                Penalty = timing.Penalty,
                Files = [.. files.Select(file => new Receipts.StatedFile(file.Id, file.Sha256!, file.Bytes!.Value, file.ReceivedAt!.Value))],
                IssuedAt = now,
            },
            cancellationToken);
        await session.ExecuteAsync(
            """
            UPDATE submissions
            SET status = @status, review_status = 'APPROVED', reviewed_at = @now, arrived_at = @arrived, due_at = @due, late = @late, penalty = @penalty, receipt = @receipt, look_at = NULL,
                reason_code = NULL, reason = NULL, updated_at = @now, version = version + 1
            WHERE tenant_id = @tenantId AND id = @id
            """,
            new { tenantId = tenant.Id, id = row.Id, status = isNewest ? "submitted" : "superseded", now, arrived, due, late = timing.Timeliness == Timeliness.Late, penalty = timing.Penalty, receipt },
            cancellationToken);
        await TellAsync(session, tenant, entry, "submission-approved", _ => new() { ["version"] = $"{row.Number}" }, cancellationToken);
        await AnnounceAsync(session, tenant, entry, row.Id, "APPROVED", null, cancellationToken);
    }

    private async Task RejectAsync(Session session, Tenant tenant, SubmissionRow row, SubmissionEntry entry, string code, StoredFile? file, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            """
            UPDATE submissions
            SET review_status = 'REJECTED', reviewed_at = @now, reviewed_by = NULL, reason_code = @code, reason = NULL, look_at = NULL, counted_on = NULL, updated_at = @now, version = version + 1
            WHERE tenant_id = @tenantId AND id = @id
            """,
            new { tenantId = tenant.Id, id = row.Id, code, now = clock.GetUtcNow() },
            cancellationToken);
        // who has taken an upload back knows it
        if (code != FileStates.Cancelled) await TellAsync(session, tenant, entry, "submission-rejected", language => new() { ["reason"] = SubmissionReasons.Say(code, language, file) }, cancellationToken);
        if (code is "unchecked" or "lost") await TellOrganisersAsync(session, tenant, entry, language => SubmissionReasons.Say(code, language, file), cancellationToken);
        await AnnounceAsync(session, tenant, entry, row.Id, "REJECTED", code, cancellationToken);
    }

    /// <summary>Tells those who run the competition that a submission cannot be brought to an end.</summary>
    internal async Task TellOrganisersAsync(Session session, Tenant tenant, SubmissionEntry entry, Func<string, string> reason, CancellationToken cancellationToken)
    {
        var organisers = await session.QueryAsync<Guid>(
            """
            SELECT DISTINCT user_roles.user_id FROM user_roles
            JOIN roles ON roles.tenant_id = @tenantId AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @tenantId AND (user_roles.scope_type = 'tenant' OR user_roles.scope_id = @CompetitionId) AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @now)
              AND jsonb_exists_any(roles.permissions, ARRAY['*', 'competition.*', 'competition.manage'])
            ORDER BY user_roles.user_id
            LIMIT 50
            """,
            new { tenantId = tenant.Id, entry.CompetitionId, now = clock.GetUtcNow() },
            cancellationToken);
        await notices.TellAsync(
            session, tenant, "submission-stuck", organisers, entry.CompetitionId, entry.CompetitionName, entry.Translations, language => new() { ["entry"] = entry.Name, ["reason"] = reason(language) }, cancellationToken);
    }
}
