using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>Signing in, staying signed in and signing out.</summary>
public sealed class SessionsApi(SignIn signIn, RefreshSession refreshSession, OwnSessions ownSessions, TokenKeys keys)
{
    [Function("SignIn"), Anyone]
    [Operation("Sign in", Body = typeof(SignIn.Request), Answer = typeof(Sessions.Tokens), Limit = RateLimits.Credentials,
        Problems = ["credentials-refused", "second-factor-required", "second-factor-refused", "email-unverified", "account-suspended", "too-many-attempts"])]
    public async Task<IResult> SignIn([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sessions")] HttpRequest request)
    {
        var tokens = await signIn.Run(request.Caller(), await request.ReadAsync<SignIn.Request>(), request.HttpContext.RequestAborted);
        return tokens.Answer(Answer.Secret);
    }

    [Function("RefreshSession"), Anyone]
    [Operation("Trade a refresh token for new tokens", Description = "Each refresh token works once; one that comes twice ends its session.",
        Body = typeof(RefreshSession.Request), Answer = typeof(Sessions.Tokens), Problems = ["refresh-refused"])]
    public async Task<IResult> Refresh([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sessions/refresh")] HttpRequest request)
    {
        var tokens = await refreshSession.Run(request.Caller(), await request.ReadAsync<RefreshSession.Request>(), request.HttpContext.RequestAborted);
        return tokens.Answer(Answer.Secret);
    }

    [Function("ListSessions"), SignedIn]
    [Operation("Where I am signed in", Query = typeof(PageQuery), Answer = typeof(Page<OwnSessions.Item>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/sessions")] HttpRequest request) =>
        Answer.Ok(await ownSessions.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("SignOut"), SignedIn]
    [Operation("Sign out here", Status = 204)]
    public async Task<IResult> SignOut([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/sessions/current")] HttpRequest request)
    {
        var caller = request.Caller();
        // who was signed out meanwhile is signed out
        await ownSessions.EndAsync(caller, caller.SessionId!.Value, request.HttpContext.RequestAborted);
        return Answer.NoContent();
    }

    [Function("EndSession"), SignedIn]
    [Operation("Sign out somewhere", Status = 204, Problems = ["not-found"])]
    public async Task<IResult> End([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/sessions/{sessionId}")] HttpRequest request, string sessionId)
    {
        var problem = await ownSessions.EndAsync(request.Caller(), RequestReading.Id(sessionId, "session"), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("EndOtherSessions"), SignedIn]
    [Operation("Sign out everywhere else", Status = 204)]
    public async Task<IResult> EndOthers([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/sessions")] HttpRequest request)
    {
        await ownSessions.EndOthersAsync(request.Caller(), request.HttpContext.RequestAborted);
        return Answer.NoContent();
    }

    [Function("GetKeys"), Open]
    [Operation("The keys that access tokens are signed with", Answer = typeof(KeySet))]
    public async Task<IResult> Keys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ".well-known/jwks.json")] HttpRequest request) =>
        Answer.Public(new KeySet(await keys.PublishedAsync(request.HttpContext.RequestAborted)), TimeSpan.FromMinutes(10));

    /// <summary>A JSON Web Key Set (RFC 7517).</summary>
    public sealed record KeySet(IReadOnlyList<System.Text.Json.JsonElement> Keys);
}
