using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>The signed-in person's own account.</summary>
public sealed class MeApi(OwnProfile profile, ChangePassword changePassword, SecondFactor secondFactor, RemovePerson removePerson)
{
    [Function("GetMe"), SignedIn]
    [Operation("My account", Answer = typeof(OwnProfile.View))]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me")] HttpRequest request)
    {
        var me = await profile.ReadAsync(request.Caller(), request.HttpContext.RequestAborted);
        return me.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeMe"), SignedIn]
    [Operation("Change my account", Body = typeof(OwnProfile.Change), Answer = typeof(OwnProfile.View), Problems = ["stale", "username-taken"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/me")] HttpRequest request)
    {
        var me = await profile.ChangeAsync(request.Caller(), await request.ReadAsync<OwnProfile.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return me.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeMyEmail"), SignedIn]
    [Operation("Change my e-mail address", Description = "Takes effect when the link mailed to the new address is used.",
        Body = typeof(OwnProfile.EmailChange), Answer = typeof(SendLink.Result), Status = 202, Problems = ["too-many-attempts"])]
    public async Task<IResult> ChangeEmail([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/email")] HttpRequest request)
    {
        var sent = await profile.ChangeEmailAsync(request.Caller(), await request.ReadAsync<OwnProfile.EmailChange>(), request.HttpContext.RequestAborted);
        return sent.Answer(result => Answer.Accepted(result));
    }

    [Function("ChangeMyPassword"), SignedIn]
    [Operation("Change my password", Description = "Signs out everywhere else.", Body = typeof(ChangePassword.Request), Status = 204, Problems = ["too-many-attempts"])]
    public async Task<IResult> ChangePassword([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/password")] HttpRequest request)
    {
        var changed = await changePassword.Run(request.Caller(), await request.ReadAsync<ChangePassword.Request>(), request.HttpContext.RequestAborted);
        return changed.Answer(_ => Answer.NoContent());
    }

    [Function("SetUpSecondFactor"), SignedIn]
    [Operation("Begin to set up an authenticator", Body = typeof(SecondFactor.SetUpRequest), Answer = typeof(SecondFactor.SetUpResult), Problems = ["totp-confirmed", "too-many-attempts"])]
    public async Task<IResult> SetUp([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/second-factor")] HttpRequest request)
    {
        var begun = await secondFactor.SetUpAsync(request.Caller(), await request.ReadAsync<SecondFactor.SetUpRequest>(), request.HttpContext.RequestAborted);
        return begun.Answer(Answer.Secret);
    }

    [Function("ConfirmSecondFactor"), SignedIn]
    [Operation("Finish setting up an authenticator", Description = "Answers recovery codes, this one time.", Body = typeof(SecondFactor.ConfirmRequest),
        Answer = typeof(SecondFactor.ConfirmResult), Problems = ["totp-confirmed", "totp-missing"])]
    public async Task<IResult> Confirm([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/second-factor/confirm")] HttpRequest request)
    {
        var confirmed = await secondFactor.ConfirmAsync(request.Caller(), await request.ReadAsync<SecondFactor.ConfirmRequest>(), request.HttpContext.RequestAborted);
        return confirmed.Answer(Answer.Secret);
    }

    [Function("RemoveSecondFactor"), SignedIn]
    [Operation("Do without an authenticator", Body = typeof(SecondFactor.RemoveRequest), Status = 204, Problems = ["too-many-attempts"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/second-factor/remove")] HttpRequest request)
    {
        var removed = await secondFactor.RemoveAsync(request.Caller(), await request.ReadAsync<SecondFactor.RemoveRequest>(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("RemoveMe"), SignedIn]
    [Operation("Close my account", Description = "Signs me out everywhere; the e-mail address stays taken.", Body = typeof(RemovePerson.OwnRequest), Status = 204,
        Problems = ["last-administrator", "too-many-attempts"])]
    public async Task<IResult> Close([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/deletion")] HttpRequest request)
    {
        var closed = await removePerson.OwnAsync(request.Caller(), await request.ReadAsync<RemovePerson.OwnRequest>(), request.HttpContext.RequestAborted);
        return closed.Answer(_ => Answer.NoContent());
    }
}
