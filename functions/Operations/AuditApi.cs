using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Operations.Audit;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Operations;

/// <summary>Who changed what, when and from where.</summary>
public sealed class AuditApi(ReadAuditLog readAuditLog)
{
    [Function("ReadAuditLog"), Requires(Permissions.AuditRead)]
    [Operation("What was changed, by whom, from where", Description = "The newest first. Of an update only the columns that changed are there; secrets appear as three asterisks.",
        Query = typeof(ReadAuditLog.Query), Answer = typeof(Page<ReadAuditLog.Entry>))]
    public async Task<IResult> Read([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/audit")] HttpRequest request)
    {
        var page = await readAuditLog.Run(request.Caller(), request.Query<ReadAuditLog.Query>(), request.HttpContext.RequestAborted);
        return page.Answer(entries => Answer.Ok(entries));
    }

    [Function("ExportAuditLog"), Requires(Permissions.AuditRead)]
    [Operation("The log as a file for spreadsheets", Query = typeof(ReadAuditLog.Filter), MediaType = "text/csv")]
    public IResult Export([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/audit/export")] HttpRequest request)
    {
        var caller = request.Caller();
        var entries = readAuditLog.Export(caller, request.Query<ReadAuditLog.Filter>(), request.HttpContext.RequestAborted);
        return entries.Answer(all => new AuditCsv(all.Entries, $"audit-{caller.Tenant.Slug}.csv"));
    }
}
