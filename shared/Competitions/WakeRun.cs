using Podium.Platform.Databases;
using Podium.Platform.Messaging;

namespace Podium.Competitions;

/// <summary>Lets a competition that goes through its rounds by itself look at once at what has changed, after the commit and surely.</summary>
public sealed class WakeRun(Outbox outbox)
{
    /// <summary>The subject on <c>evaluation_assignment</c>.</summary>
    public const string Subject = "run";

    /// <summary>Which competition, and the number of its start.</summary>
    public sealed record Order(Guid CompetitionId, int Number);

    internal async Task RunAsync(Session session, Guid tenantId, Guid competitionId, CancellationToken cancellationToken)
    {
        var number = await session.FirstAsync<int?>(
            "SELECT number FROM competition_runs WHERE tenant_id = @tenantId AND competition_id = @competitionId AND status IN ('running', 'paused')", new { tenantId, competitionId }, cancellationToken);
        if (number is { } running) await outbox.AddAsync(session, tenantId, Outbox.EvaluationAssignment, Subject, new Order(competitionId, running));
    }
}
