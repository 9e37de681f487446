using System.Diagnostics;
using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Platform.Messaging;

/// <summary>
/// Messages that leave with the transaction that has a reason for them: written beside the change, sent right after the commit,
/// and swept by a timer where a crash or an outage came in between.
/// </summary>
public sealed class Outbox(OutboxSender sender, TimeProvider clock)
{
    /// <summary>Tells people things: mails, in-app notes, webhooks.</summary>
    public const string Notifications = "notifications";

    /// <summary>Finds judges for what is to be judged.</summary>
    public const string EvaluationAssignment = "evaluation_assignment";

    /// <summary>Validates what was uploaded.</summary>
    public const string SubmissionProcessing = "submission_processing";

    /// <summary>Looks at votes again once they are cast.</summary>
    public const string VoteChecks = "vote_checks";

    private sealed class Batch
    {
        public List<Guid> Ids { get; } = [];
    }

    /// <summary>Puts a message on the outbox. A message that is due later waits on the queue's own clock.</summary>
    public Task AddAsync<T>(Session session, Guid tenantId, string queue, string subject, T body, DateTimeOffset? dueAt = null) =>
        AddManyAsync(session, tenantId, queue, subject, [(body, dueAt)]);

    /// <summary>Puts many messages of a kind on the outbox in one statement.</summary>
    public async Task AddManyAsync<T>(Session session, Guid tenantId, string queue, string subject, IReadOnlyList<(T Body, DateTimeOffset? DueAt)> messages)
    {
        if (messages.Count == 0) return;
        var now = clock.GetUtcNow();
        var ids = messages.Select(_ => Guid.CreateVersion7(now)).ToArray();
        await session.ExecuteAsync(
            """
            INSERT INTO outbox (tenant_id, id, queue, subject, body, trace_parent, created_at, due_at, retry_at)
            SELECT @tenantId, id, @queue, @subject, body::jsonb, @trace, @now, due, @sweepAt
            FROM unnest(@ids, @bodies, @dues) AS given (id, body, due)
            """,
            new
            {
                tenantId,
                ids,
                queue,
                subject,
                bodies = messages.Select(message => JsonSerializer.Serialize(message.Body, Json.Options)).ToArray(),
                dues = messages.Select(message => (message.DueAt ?? now).UtcDateTime).ToArray(),
                trace = Activity.Current?.Id,
                now,
                // the sweep leaves it alone while its own transaction's sender is at it
                sweepAt = now + OutboxSender.Patience,
            });
        var batch = session.Collected<Batch>();
        var isFirst = batch.Ids.Count == 0;
        batch.Ids.AddRange(ids);
        if (isFirst) await session.AfterCommitAsync(() => sender.SendNewAsync(session.Shard, tenantId, batch.Ids));
    }
}
