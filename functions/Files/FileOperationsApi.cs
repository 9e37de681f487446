using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Functions.Files;

/// <summary>What operators look after in storage.</summary>
public sealed class FileOperationsApi(CheckFile checkFile, VerifyFiles verifyFiles, FileIncidents incidents, TenantDirectory tenants)
{
    [Function("ListFileIncidents"), Operator]
    [Operation("What is wrong in storage: orphans, files that could not be checked, files that are missing or altered", Query = typeof(PageQuery), Answer = typeof(Page<FileIncidents.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/operations/files/incidents")] HttpRequest request) =>
        Answer.Ok(await incidents.ListAsync(request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("CloseFileIncident"), Operator]
    [Operation("Say that an incident has been dealt with", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> Close([HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/operations/files/incidents/{id}")] HttpRequest request, string id)
    {
        var problem = await incidents.CloseAsync(RequestReading.Id(id, "incident"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("RecheckFile"), Operator]
    [Operation("Look into a file again", Description = "One that waits is looked at now; one that is set aside may be accepted after all; an accepted one may turn out to be infected.",
        Status = 204, Problems = ["not-found", "file-content-gone", "unavailable"])]
    public async Task<IResult> Recheck([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/tenants/{tenantId}/files/{fileId}/check")] HttpRequest request, string tenantId, string fileId)
    {
        if (await tenants.ByIdAsync(RequestReading.Id(tenantId, "tenant"), request.HttpContext.RequestAborted) is not { } tenant) return Problem.NotFound("tenant").ToResult();
        var problem = await checkFile.AgainAsync(new Actor { TenantId = tenant.Id, Shard = tenant.Shard }, RequestReading.Id(fileId, "file"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("VerifyFilesNow"), Operator]
    [Operation("Compare stored files with their hashes now", Description = "The same that the nightly timer does: those first that were not read for the longest.", Answer = typeof(VerifyFiles.Result))]
    public async Task<IResult> Verify([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/files/verify")] HttpRequest request) =>
        Answer.Ok(await verifyFiles.Run(request.HttpContext.RequestAborted));
}
