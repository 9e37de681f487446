using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Tenancy;

namespace Podium.Functions.Tenancy;

/// <summary>The white-label clients of one installation.</summary>
public sealed class TenantsApi(CreateTenant createTenant, TenantProfile profile)
{
    [Function("CreateTenant"), Operator]
    [Operation("Create a tenant", Body = typeof(CreateTenant.Request), Answer = typeof(CreateTenant.Result), Status = 201, Problems = ["tenant-slug-taken", "tenant-host-taken", "unknown-shard"])]
    public async Task<IResult> Create([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/operations/tenants")] HttpRequest request)
    {
        var created = await createTenant.Run(await request.ReadAsync<CreateTenant.Request>(), request.HttpContext.RequestAborted);
        return created.Answer(tenant => Answer.Created($"/api/operations/tenants/{tenant.Id}", tenant));
    }

    [Function("GetTenant"), Anyone]
    [Operation("What the tenant shows of itself", Answer = typeof(TenantProfile.View))]
    public static IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant")] HttpRequest request) =>
        Answer.Public(TenantProfile.Of(request.Caller().Tenant), TimeSpan.FromMinutes(1));

    [Function("GetTenantSettings"), Requires(Permissions.TenantManage)]
    [Operation("The tenant with its settings", Answer = typeof(TenantProfile.FullView))]
    public static IResult GetSettings([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant/settings")] HttpRequest request)
    {
        var tenant = request.Caller().Tenant;
        return Answer.Ok(TenantProfile.FullOf(tenant), tenant.Version);
    }

    [Function("ChangeTenant"), Requires(Permissions.TenantManage)]
    [Operation("Change the tenant", Body = typeof(TenantProfile.Change), Answer = typeof(TenantProfile.FullView), Problems = ["stale"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tenant/settings")] HttpRequest request)
    {
        var changed = await profile.ChangeAsync(request.Caller(), await request.ReadAsync<TenantProfile.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(tenant => Answer.Ok(tenant, tenant.Version));
    }
}
