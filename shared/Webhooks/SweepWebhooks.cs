using Podium.Platform.Databases;

namespace Podium.Webhooks;

/// <summary>Forgets what endpoints were told long ago; until then it can be replayed.</summary>
public sealed class SweepWebhooks(Sweep sweep, TimeProvider clock)
{
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    public Task<int> RunAsync(CancellationToken cancellationToken) => sweep.Run("webhook_messages", "created_at < @before", new { before = clock.GetUtcNow() - Memory }, cancellationToken);
}
