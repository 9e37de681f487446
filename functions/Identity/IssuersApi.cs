using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity.Issuers;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>The OpenID Connect issuers whose sign-in a tenant trusts.</summary>
public sealed class IssuersApi(TenantIssuers issuers, TestIssuer testIssuer)
{
    [Function("ListIssuers"), Requires(Permissions.IssuerManage)]
    [Operation("The issuers whose sign-in the tenant trusts", Query = typeof(PageQuery), Answer = typeof(Page<TenantIssuers.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/issuers")] HttpRequest request) =>
        Answer.Ok(await issuers.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AddIssuer"), Requires(Permissions.IssuerManage)]
    [Operation("Trust an issuer", Description = "Nothing is fetched yet: test it afterwards.", Body = typeof(TenantIssuers.Addition), Answer = typeof(TenantIssuers.View), Status = 201,
        Problems = ["issuer-exists"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/issuers")] HttpRequest request)
    {
        var added = await issuers.AddAsync(request.Caller(), await request.ReadAsync<TenantIssuers.Addition>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/issuers/{view.Id}", view, view.Version));
    }

    [Function("GetIssuer"), Requires(Permissions.IssuerManage)]
    [Operation("One issuer", Answer = typeof(TenantIssuers.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/issuers/{issuerId}")] HttpRequest request, string issuerId)
    {
        var issuer = await issuers.ReadAsync(request.Caller(), RequestReading.Id(issuerId, "issuer"), request.HttpContext.RequestAborted);
        return issuer.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeIssuer"), Requires(Permissions.IssuerManage)]
    [Operation("Change an issuer, or switch it on or off", Body = typeof(TenantIssuers.Change), Answer = typeof(TenantIssuers.View), Problems = ["not-found", "stale", "issuer-exists"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/issuers/{issuerId}")] HttpRequest request, string issuerId)
    {
        var (id, change) = (RequestReading.Id(issuerId, "issuer"), await request.ReadAsync<TenantIssuers.Change>());
        var changed = await issuers.ChangeAsync(request.Caller(), id, change, request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveIssuer"), Requires(Permissions.IssuerManage)]
    [Operation("Trust an issuer no longer", Description = "Its links to accounts go with it; the accounts stay.", Status = 204, Problems = ["not-found", "stale"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/issuers/{issuerId}")] HttpRequest request, string issuerId)
    {
        var problem = await issuers.RemoveAsync(request.Caller(), RequestReading.Id(issuerId, "issuer"), request.IfMatch(), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("TestIssuer"), Requires(Permissions.IssuerManage)]
    [Operation("Ask an issuer who it is, and say what is wrong", Answer = typeof(TestIssuer.Result), Problems = ["not-found"])]
    public async Task<IResult> Test([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/issuers/{issuerId}/test")] HttpRequest request, string issuerId)
    {
        var tested = await testIssuer.Run(request.Caller(), RequestReading.Id(issuerId, "issuer"), request.HttpContext.RequestAborted);
        return tested.Answer(result => Answer.Ok(result));
    }
}
