using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting;

namespace Podium.Emergencies;

/// <summary>The kill switch for all votings of a competition at once, drafts that might open by themselves among them: each is halted as its own switch would.</summary>
internal sealed class HaltVotings(MovePhase phases) : EmergencyMeasure
{
    internal sealed record Undo(IReadOnlyList<Guid> Votings);

    private sealed record Voting(Guid Id, string Title, string Status);

    internal override EmergencyKind Kind => EmergencyKind.HaltVotings;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var halted = await AllAsync(acting, cancellationToken);
        if (halted.Count == 0) return new Problem(EmergencyProblems.SoAlready, "No voting of the competition is open, or to come, that is not halted.");
        return new Done(EmergencyPlan.Of(halted, 0), new Undo([.. halted.Select(voting => voting.Id)]));
    }

    internal override async Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken) =>
        EmergencyPlan.Of(await LiftAsync(acting, undo.Deserialize<Undo>(Json.Options)!.Votings, cancellationToken), 0);

    /// <summary>Halts what is not; which those are.</summary>
    internal Task<IReadOnlyList<Touched>> AllAsync(Acting acting, CancellationToken cancellationToken) => SetAsync(
        acting, "voting halted", "competition_id = @competitionId AND status IN ('draft', 'open') AND halted_at IS NULL", [], acting.Reason, cancellationToken);

    /// <summary>Lets those go on that were halted and still are.</summary>
    internal Task<IReadOnlyList<Touched>> LiftAsync(Acting acting, IReadOnlyList<Guid> votings, CancellationToken cancellationToken) => SetAsync(
        acting, "voting goes on", "id = ANY (@votings) AND halted_at IS NOT NULL", [.. votings], null, cancellationToken);

    private async Task<IReadOnlyList<Touched>> SetAsync(Acting acting, string what, string which, Guid[] votings, string? reason, CancellationToken cancellationToken)
    {
        var found = await acting.Session.QueryAsync<Voting>(
            $"SELECT id, title, status FROM voting_sessions WHERE tenant_id = @TenantId AND deleted_at IS NULL AND {which} ORDER BY id FOR NO KEY UPDATE",
            new { acting.Caller.TenantId, competitionId = acting.Locked.Id, votings },
            cancellationToken);
        foreach (var voting in found) await phases.SetHaltAsync(acting.Session, acting.Caller, voting.Id, acting.Now, reason, cancellationToken);
        return [.. found.Select(voting => new Touched(what, voting.Id, voting.Title, voting.Status))];
    }
}
