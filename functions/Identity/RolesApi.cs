using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>Roles, what they allow, and who holds them where.</summary>
public sealed class RolesApi(Roles roles, GrantRole grantRole)
{
    /// <summary>All permissions there are.</summary>
    public sealed record PermissionList(IReadOnlyList<PermissionView> Items);

    public sealed record PermissionView(string Name, string Description);

    [Function("ListPermissions"), SignedIn]
    [Operation("What roles can allow", Answer = typeof(PermissionList))]
    public static IResult ListPermissions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/permissions")] HttpRequest request) =>
        Answer.Ok(new PermissionList([.. Permissions.All.Select(permission => new PermissionView(permission.Key, permission.Value))]));

    [Function("ListMyPermissions"), SignedIn]
    [Operation("What I may do, and where", Answer = typeof(OwnPermissions.View))]
    public static IResult ListMine([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/permissions")] HttpRequest request) =>
        Answer.Ok(OwnPermissions.Of(request.Caller()));

    [Function("ListRoles"), SignedIn]
    [Operation("Roles", Query = typeof(PageQuery), Answer = typeof(Page<Roles.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/roles")] HttpRequest request) =>
        Answer.Ok(await roles.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AddRole"), Requires(Permissions.RoleManage)]
    [Operation("Define a role", Body = typeof(Roles.Request), Answer = typeof(Roles.View), Status = 201, Problems = ["role-exists", "role-beyond-own", "id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/roles")] HttpRequest request)
    {
        var added = await roles.AddAsync(request.Caller(), await request.ReadAsync<Roles.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/roles/{view.Id}", view, view.Version));
    }

    [Function("ChangeRole"), Requires(Permissions.RoleManage)]
    [Operation("Change a role", Description = "Whoever holds it may do at once what it says now.", Body = typeof(Roles.Change), Answer = typeof(Roles.View),
        Problems = ["not-found", "stale", "role-exists", "role-built-in", "role-beyond-own"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/roles/{roleId}")] HttpRequest request, string roleId)
    {
        var changed = await roles.ChangeAsync(request.Caller(), RequestReading.Id(roleId, "role"), await request.ReadAsync<Roles.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveRole"), Requires(Permissions.RoleManage)]
    [Operation("Remove a role that nobody holds", Status = 204, Problems = ["not-found", "stale", "role-built-in", "role-in-use", "role-beyond-own"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/roles/{roleId}")] HttpRequest request, string roleId)
    {
        var removed = await roles.RemoveAsync(request.Caller(), RequestReading.Id(roleId, "role"), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("ListUserRoles"), Requires(Permissions.RoleGrant, Somewhere = true)]
    [Operation("The roles that somebody holds", Description = "Those that the caller may give and take.", Answer = typeof(GrantRole.Listing), Problems = ["not-found"])]
    public async Task<IResult> ListHeld([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users/{userId}/roles")] HttpRequest request, string userId)
    {
        var held = await grantRole.ListAsync(request.Caller(), RequestReading.Id(userId, "person"), request.HttpContext.RequestAborted);
        return held.Answer(list => Answer.Ok(list));
    }

    [Function("GrantRole"), Requires(Permissions.RoleGrant, Somewhere = true)]
    [Operation("Give somebody a role", Description = "For the whole tenant, or in one institution or competition; nobody gives what they do not hold there themselves.",
        Body = typeof(GrantRole.Request), Answer = typeof(GrantRole.View), Status = 201, Problems = ["not-found", "role-held-already", "role-beyond-own"])]
    public async Task<IResult> Grant([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/users/{userId}/roles")] HttpRequest request, string userId)
    {
        var given = await grantRole.Run(request.Caller(), RequestReading.Id(userId, "person"), await request.ReadAsync<GrantRole.Request>(), request.HttpContext.RequestAborted);
        return given.Answer(view => Answer.Created($"/api/users/{userId}/roles/{view.Id}", view));
    }

    [Function("RevokeRole"), Requires(Permissions.RoleGrant, Somewhere = true)]
    [Operation("Take a role from somebody", Status = 204, Problems = ["not-found", "role-beyond-own", "last-administrator"])]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{userId}/roles/{grantId}")] HttpRequest request, string userId, string grantId)
    {
        var revoked = await grantRole.RevokeAsync(request.Caller(), RequestReading.Id(userId, "person"), RequestReading.Id(grantId, "grant"), request.HttpContext.RequestAborted);
        return revoked.Answer(_ => Answer.NoContent());
    }
}
