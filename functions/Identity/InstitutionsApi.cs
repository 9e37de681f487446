using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>Universities, schools and centres, and what can be studied there.</summary>
public sealed class InstitutionsApi(Institutions institutions, EditInstitution edit, EditProgram editProgram)
{
    [Function("ListInstitutions"), Anyone]
    [Operation("Institutions", Query = typeof(Institutions.Filter), Answer = typeof(Page<Institutions.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/institutions")] HttpRequest request) =>
        Answer.Ok(await institutions.ListAsync(request.Caller(), request.Query<Institutions.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetInstitution"), Anyone]
    [Operation("An institution with its programs", Answer = typeof(Institutions.Details), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/institutions/{institutionId}")] HttpRequest request, string institutionId)
    {
        var found = await institutions.ReadAsync(request.Caller(), Id(institutionId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddInstitution"), Requires(Permissions.InstitutionManage)]
    [Operation("Add an institution", Body = typeof(EditInstitution.Request), Answer = typeof(Institutions.View), Status = 201, Problems = ["institution-exists", "id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/institutions")] HttpRequest request)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditInstitution.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/institutions/{view.Id}", view, view.Version));
    }

    [Function("ChangeInstitution"), Requires(Permissions.InstitutionManage, In = ScopeType.Institution, By = "institutionId")]
    [Operation("Change an institution", Description = "A change by somebody who may not verify it takes its verification back.",
        Body = typeof(EditInstitution.Change), Answer = typeof(Institutions.View), Problems = ["not-found", "stale", "institution-exists"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/institutions/{institutionId}")] HttpRequest request, string institutionId)
    {
        var changed = await edit.ChangeAsync(request.Caller(), Id(institutionId), await request.ReadAsync<EditInstitution.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveInstitution"), Requires(Permissions.InstitutionManage, In = ScopeType.Institution, By = "institutionId")]
    [Operation("Remove an institution", Description = "Its programs, and the roles that count there, go with it.", Status = 204, Problems = ["not-found", "stale"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/institutions/{institutionId}")] HttpRequest request, string institutionId)
    {
        var removed = await edit.RemoveAsync(request.Caller(), Id(institutionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("VerifyInstitution"), Requires(Permissions.InstitutionVerify)]
    [Operation("Declare that an institution is what it says it is", Answer = typeof(Institutions.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Verify([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/institutions/{institutionId}/verification")] HttpRequest request, string institutionId)
    {
        var verified = await edit.VerifyAsync(request.Caller(), Id(institutionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return verified.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("WithdrawInstitutionVerification"), Requires(Permissions.InstitutionVerify)]
    [Operation("Take an institution's verification back", Answer = typeof(Institutions.View), Problems = ["not-found", "stale"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/institutions/{institutionId}/verification")] HttpRequest request, string institutionId)
    {
        var withdrawn = await edit.WithdrawVerificationAsync(request.Caller(), Id(institutionId), request.IfMatch(), request.HttpContext.RequestAborted);
        return withdrawn.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddProgram"), Requires(Permissions.InstitutionManage, In = ScopeType.Institution, By = "institutionId")]
    [Operation("Add a program to an institution", Body = typeof(EditProgram.Request), Answer = typeof(Institutions.Program), Status = 201, Problems = ["not-found", "program-exists", "id-taken"])]
    public async Task<IResult> AddProgram([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/institutions/{institutionId}/programs")] HttpRequest request, string institutionId)
    {
        var added = await editProgram.AddAsync(request.Caller(), Id(institutionId), await request.ReadAsync<EditProgram.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/institutions/{view.InstitutionId}/programs/{view.Id}", view, view.Version));
    }

    [Function("ChangeProgram"), Requires(Permissions.InstitutionManage, In = ScopeType.Institution, By = "institutionId")]
    [Operation("Change a program", Body = typeof(EditProgram.Change), Answer = typeof(Institutions.Program), Problems = ["not-found", "stale", "program-exists"])]
    public async Task<IResult> ChangeProgram(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/institutions/{institutionId}/programs/{programId}")] HttpRequest request, string institutionId, string programId)
    {
        var change = await request.ReadAsync<EditProgram.Change>();
        var changed = await editProgram.ChangeAsync(request.Caller(), Id(institutionId), RequestReading.Id(programId, "program"), change, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveProgram"), Requires(Permissions.InstitutionManage, In = ScopeType.Institution, By = "institutionId")]
    [Operation("Remove a program", Status = 204, Problems = ["not-found", "stale"])]
    public async Task<IResult> RemoveProgram(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/institutions/{institutionId}/programs/{programId}")] HttpRequest request, string institutionId, string programId)
    {
        var removed = await editProgram.RemoveAsync(request.Caller(), Id(institutionId), RequestReading.Id(programId, "program"), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    private static Guid Id(string text) => RequestReading.Id(text, "institution");
}
