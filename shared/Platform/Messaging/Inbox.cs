using Podium.Platform.Databases;

namespace Podium.Platform.Messaging;

/// <summary>Remembers whose effect is committed, in the effect's own transaction: a message that comes again has none.</summary>
public sealed class Inbox(Database database, Sweep sweep, TimeProvider clock)
{
    // longer than any queue keeps a message or an operator leaves a dead letter
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>Does the work of a message exactly once.</summary>
    public Task OnceAsync(Delivery delivery, Func<Session, Task> work, CancellationToken cancellationToken) => database.InTransaction(
        delivery.Actor,
        async session =>
        {
            var isNew = await session.ExecuteAsync(
                """
                INSERT INTO inbox (tenant_id, queue, message_id, handled_at) VALUES (@tenantId, @Queue, @MessageId, @now)
                ON CONFLICT (tenant_id, queue, message_id) DO NOTHING
                """,
                new { tenantId = delivery.Tenant.Id, delivery.Queue, delivery.MessageId, now = clock.GetUtcNow() },
                cancellationToken) > 0;
            if (isNew) await work(session);
            return isNew;
        },
        cancellationToken);

    /// <summary>Forgets what cannot come again.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        sweep.Run("inbox", "handled_at < @before", new { before = clock.GetUtcNow() - Memory }, cancellationToken);
}
