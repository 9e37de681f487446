using Microsoft.Extensions.Logging;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Tenancy;

namespace Podium.Submissions;

/// <summary>
/// The watchdog of what was handed in: looks again at what waits longer than usual, whatever became of its messages, and tells the organisers
/// what waits too long and why.
/// </summary>
public sealed partial class WatchSubmissions(Database database, TenantDirectory tenants, SettleSubmission settle, TimeProvider clock, ILogger<WatchSubmissions> log)
{
    private const int Batch = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(15);

    // an upload may take an hour
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(90);

    private sealed record Overdue(Guid TenantId, Guid Id);

    public async Task Run(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            IReadOnlyList<Overdue> overdue;
            do
            {
                var now = clock.GetUtcNow();
                // put ahead first: instances do not look at the same, and one that fails does not hold up the rest
                overdue = await database.AsPlatform(shard).QueryAsync<Overdue>(
                    """
                    UPDATE submissions SET look_at = @next
                    FROM (SELECT tenant_id, id FROM submissions WHERE look_at <= @now ORDER BY look_at LIMIT @Batch FOR UPDATE SKIP LOCKED) AS due
                    WHERE submissions.tenant_id = due.tenant_id AND submissions.id = due.id
                    RETURNING submissions.tenant_id, submissions.id
                    """,
                    new { now, next = now + Pause, Batch },
                    cancellationToken);
                foreach (var submission in overdue) await LookAsync(shard, submission, cancellationToken);
            }
            while (overdue.Count == Batch);
        }
    }

    private async Task LookAsync(string shard, Overdue submission, CancellationToken cancellationToken)
    {
        if (await tenants.ByIdAsync(submission.TenantId, cancellationToken) is not { } tenant) return;
        var actor = new Actor { TenantId = tenant.Id, Shard = shard };
        try
        {
            await database.InTransaction(
                actor,
                async session =>
                {
                    await settle.SettleAsync(session, tenant, submission.Id, cancellationToken);
                    return true;
                },
                cancellationToken);
            await ReportAsync(actor, tenant, submission.Id, null, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(log, error, submission.Id);
            await ReportAsync(actor, tenant, submission.Id, error, cancellationToken);
        }
    }

    // once, and only what still waits
    private Task ReportAsync(Actor actor, Tenant tenant, Guid id, Exception? error, CancellationToken cancellationToken) => database.InTransaction(
        actor,
        async session =>
        {
            var now = clock.GetUtcNow();
            var (row, entry) = await SubmissionRow.LockAsync(session, tenant.Id, null, id, cancellationToken);
            if (row is not { IsPending: true, ReportedAt: null } || entry is null || now - row.SubmittedAt < TooLong) return false;
            var waiting = (await SubmissionRow.FilesAsync(session, tenant.Id, id, cancellationToken)).FirstOrDefault(file => file.State != FileStates.Accepted);
            var reason = error?.Message ?? (waiting is null ? "?" : $"{waiting.Name}: {waiting.State}, {waiting.Attempts}×");
            await session.ExecuteAsync("UPDATE submissions SET reported_at = @now WHERE tenant_id = @TenantId AND id = @id", new { actor.TenantId, id, now }, cancellationToken);
            await settle.TellOrganisersAsync(session, tenant, entry, _ => reason, cancellationToken);
            return true;
        },
        cancellationToken);

    [LoggerMessage(360, LogLevel.Warning, "Submission {Submission} cannot be settled.")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid submission);
}
