using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Files;
using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>Withdraws a file and every accepted copy of its content in the tenant, whoever sent it; URLs that were given out lead nowhere. Destroying the content cannot be taken back.</summary>
internal sealed class RevokeCopies(RevokeFile revoke) : EmergencyMeasure
{
    internal sealed record Undo(IReadOnlyList<Guid> Files);

    private sealed record Found(string State, string? Sha256);

    internal override EmergencyKind Kind => EmergencyKind.FileRevocation;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var (session, caller, request) = (acting.Session, acting.Caller, acting.Read<FileRevocationRequest>());
        var file = await session.FirstAsync<Found>("SELECT state, sha256 FROM files WHERE tenant_id = @TenantId AND id = @FileId", new { caller.TenantId, request.FileId }, cancellationToken);
        if (file is null) return Problem.NotFound("file");
        if (file is not { State: FileStates.Accepted, Sha256: { } sha256 }) return FileProblems.NotReady;
        var copies = await revoke.RevokeCopiesAsync(session, caller, sha256, acting.Reason, request.Destroy, cancellationToken);
        if (copies.Count == 0) return EmergencyProblems.SoAlready;
        // those that are just being sent are only told of: what they are is not known before they are looked into
        var coming = await session.SingleAsync<long>(
            "SELECT count(*) FROM files WHERE tenant_id = @TenantId AND announced_sha256 = @sha256 AND look_at IS NOT NULL", new { caller.TenantId, sha256 }, cancellationToken);
        var what = request.Destroy ? "file destroyed" : "file revoked";
        var plan = EmergencyPlan.Of(
            copies.Select(copy => new Touched(what, copy.Id, copy.Name, copy.Purpose) { IsPersonal = true }), copies.Select(copy => copy.OwnerId).Distinct().Count(), new TouchedCount("copies under way, untouched", coming));
        return new Done(plan with { SecondPerson = request.Destroy, Reversible = !request.Destroy }, new Undo([.. copies.Select(copy => copy.Id)]));
    }

    internal override async Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken)
    {
        var restored = await revoke.RestoreAllAsync(acting.Session, acting.Caller, undo.Deserialize<Undo>(Json.Options)!.Files, cancellationToken);
        return EmergencyPlan.Of(restored.Select(file => new Touched("file restored", file.Id, file.Name, file.Purpose) { IsPersonal = true }), restored.Select(file => file.OwnerId).Distinct().Count());
    }
}

public sealed record FileRevocationRequest : EmergencyRequest
{
    /// <summary>Any one of the copies.</summary>
    public required Guid FileId { get; init; }

    /// <summary>Whether the content is removed from storage for good, which a second person has to approve.</summary>
    public bool Destroy { get; init; }
}
