using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>People's accounts, for who looks after them.</summary>
public sealed class UsersApi(Users users, InvitePerson invite, ChangePerson change, RemovePerson remove, AssistPerson assist)
{
    [Function("ListUsers"), Requires(Permissions.UserRead)]
    [Operation("People's accounts", Query = typeof(Users.Filter), Answer = typeof(Page<Users.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users")] HttpRequest request) =>
        Answer.Ok(await users.ListAsync(request.Caller(), request.Query<Users.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetUser"), Requires(Permissions.UserRead)]
    [Operation("Somebody's account", Answer = typeof(Users.Details), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users/{userId}")] HttpRequest request, string userId)
    {
        var found = await users.ReadAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("InviteUser"), Requires(Permissions.UserManage)]
    [Operation("Invite somebody by mail", Body = typeof(InvitePerson.Request), Answer = typeof(Users.View), Status = 201, Problems = ["email-taken", "id-taken", "role-beyond-own", "role-held-already"])]
    public async Task<IResult> Invite([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/users")] HttpRequest request)
    {
        var invited = await invite.Run(request.Caller(), await request.ReadAsync<InvitePerson.Request>(), request.HttpContext.RequestAborted);
        return invited.Answer(view => Answer.Created($"/api/users/{view.Id}", view, view.Version));
    }

    [Function("ChangeUser"), Requires(Permissions.UserManage)]
    [Operation("Change, suspend or resume somebody's account", Description = "Who is suspended is signed out everywhere at once.",
        Body = typeof(ChangePerson.Request), Answer = typeof(Users.View), Problems = ["not-found", "stale", "role-beyond-own", "last-administrator"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/users/{userId}")] HttpRequest request, string userId)
    {
        var changed = await change.Run(request.Caller(), Id(userId), await request.ReadAsync<ChangePerson.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveUser"), Requires(Permissions.UserManage)]
    [Operation("Close somebody's account", Description = "Signs them out everywhere; the e-mail address stays taken.", Status = 204,
        Problems = ["not-found", "stale", "role-beyond-own", "last-administrator"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{userId}")] HttpRequest request, string userId)
    {
        var removed = await remove.Run(request.Caller(), Id(userId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("SendUserPasswordReset"), Requires(Permissions.UserManage)]
    [Operation("Mail somebody a link that sets a password", Answer = typeof(SendLink.Result), Status = 202, Problems = ["not-found", "role-beyond-own", "conflict"])]
    public async Task<IResult> SendPasswordReset([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/users/{userId}/password-reset")] HttpRequest request, string userId)
    {
        var sent = await assist.SendPasswordResetAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return sent.Answer(result => Answer.Accepted(result));
    }

    [Function("RemoveUserSecondFactor"), Requires(Permissions.UserManage)]
    [Operation("Remove the authenticator of somebody who has lost it", Status = 204, Problems = ["not-found", "role-beyond-own", "totp-missing"])]
    public async Task<IResult> RemoveSecondFactor([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{userId}/second-factor")] HttpRequest request, string userId)
    {
        var removed = await assist.RemoveSecondFactorAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("EndUserSessions"), Requires(Permissions.UserManage)]
    [Operation("Sign somebody out everywhere", Status = 204, Problems = ["not-found", "role-beyond-own"])]
    public async Task<IResult> EndSessions([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{userId}/sessions")] HttpRequest request, string userId)
    {
        var ended = await assist.EndSessionsAsync(request.Caller(), Id(userId), request.HttpContext.RequestAborted);
        return ended.Answer(_ => Answer.NoContent());
    }

    private static Guid Id(string text) => RequestReading.Id(text, "person");
}
