using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Platform.Partitions;

namespace Podium.Functions.Operations;

/// <summary>The partitions of big tables, their archives, and legal holds.</summary>
public sealed class PartitionsApi(ListPartitions listPartitions, ChangePartitionPolicy changePolicy, RotatePartitions rotatePartitions, RestoreArchive restoreArchive, LegalHolds legalHolds)
{
    [Function("ListPartitions"), Operator]
    [Operation("Partitioned tables with their partitions, archives and legal holds", Answer = typeof(ListPartitions.Result))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/operations/partitions")] HttpRequest request) =>
        Answer.Ok(await listPartitions.Run(request.HttpContext.RequestAborted));

    [Function("ChangePartitionPolicy"), Operator]
    [Operation("Say how long a partitioned table is kept", Body = typeof(ChangePartitionPolicy.Request), Answer = typeof(PartitionPolicy), Problems = ["not-found"])]
    public async Task<IResult> ChangePolicy([HttpTrigger(AuthorizationLevel.Function, "put", Route = "api/operations/partitions/{table}")] HttpRequest request, string table)
    {
        var changed = await changePolicy.Run(table, await request.ReadAsync<ChangePartitionPolicy.Request>(), request.HttpContext.RequestAborted);
        return changed.Answer(policy => Answer.Ok(policy));
    }

    [Function("RotateTable"), Operator]
    [Operation("Make, archive and expire a table's partitions now", Description = "The same that the daily timer does. It may be repeated, and goes on where it was cut off.",
        Answer = typeof(RotatePartitions.Result), Problems = ["not-found"])]
    public async Task<IResult> Rotate([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/partitions/{table}/rotate")] HttpRequest request, string table)
    {
        var rotated = await rotatePartitions.Run(table, request.HttpContext.RequestAborted);
        return rotated.Answer(result => Answer.Ok(result));
    }

    [Function("RestoreArchive"), Operator]
    [Operation("Bring an archive back as a table beside the living one", Answer = typeof(RestoreArchive.Result),
        Problems = ["not-found", "archive-unfinished", "archive-expired", "archive-damaged"])]
    public async Task<IResult> Restore([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/archives/{id}/restore")] HttpRequest request, string id)
    {
        var restored = await restoreArchive.Run(RequestReading.Id(id, "archive"), request.HttpContext.RequestAborted);
        return restored.Answer(result => Answer.Ok(result));
    }

    [Function("DiscardRestored"), Operator]
    [Operation("Throw a restored table away", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Discard([HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/operations/archives/{id}/restored")] HttpRequest request, string id)
    {
        var problem = await restoreArchive.DiscardAsync(RequestReading.Id(id, "archive"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("PlaceLegalHold"), Operator]
    [Operation("Keep a time of a table from being dropped", Body = typeof(LegalHolds.Request), Answer = typeof(LegalHolds.Result), Status = 201)]
    public async Task<IResult> Place([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/legal-holds")] HttpRequest request)
    {
        var placed = await legalHolds.PlaceAsync(await request.ReadAsync<LegalHolds.Request>(), request.HttpContext.RequestAborted);
        return placed.Answer(hold => Answer.Created($"/api/operations/legal-holds/{hold.Id}", hold));
    }

    [Function("LiftLegalHold"), Operator]
    [Operation("Lift a legal hold", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Lift([HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/operations/legal-holds/{id}")] HttpRequest request, string id)
    {
        var problem = await legalHolds.LiftAsync(RequestReading.Id(id, "legal hold"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }
}
