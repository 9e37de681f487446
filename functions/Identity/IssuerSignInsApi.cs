using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Identity.Issuers;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>Signing in by an account of another service.</summary>
public sealed class IssuerSignInsApi(SignInMethods methods, BeginIssuerSignIn begin, CompleteIssuerSignIn complete)
{
    [Function("GetSignInMethods"), Anyone]
    [Operation("How people can sign in", Answer = typeof(SignInMethods.Result))]
    public async Task<IResult> Methods([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/sign-in-methods")] HttpRequest request) =>
        Answer.Ok(await methods.Run(request.Caller(), request.HttpContext.RequestAborted));

    [Function("BeginIssuerSignIn"), Anyone]
    [Operation("Begin to sign in by an issuer", Description = "Answers where to send the person. Keep the state in the tab, and complete no other than the one begun there.",
        Body = typeof(BeginIssuerSignIn.Request), Answer = typeof(BeginIssuerSignIn.Result), Limit = RateLimits.Credentials, Problems = ["not-found", "issuer-unavailable"])]
    public async Task<IResult> Begin([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/issuers/{issuerId}/sign-ins")] HttpRequest request, string issuerId)
    {
        var (id, body) = (RequestReading.Id(issuerId, "issuer"), await request.ReadAsync<BeginIssuerSignIn.Request>());
        return (await begin.Run(request.Caller(), id, body, request.HttpContext.RequestAborted)).Answer(Answer.Secret);
    }

    [Function("CompleteIssuerSignIn"), Anyone]
    [Operation("Complete a sign-in by an issuer", Description = "Where a code of the authenticator is needed too, send the same again with totp.",
        Body = typeof(CompleteIssuerSignIn.Request), Answer = typeof(Sessions.Tokens), Limit = RateLimits.Credentials,
        Problems = ["sign-in-expired", "issuer-refused", "issuer-unavailable", "no-account", "email-unverified", "account-suspended", "second-factor-required", "second-factor-refused", "too-many-attempts"])]
    public async Task<IResult> Complete([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/sign-ins")] HttpRequest request)
    {
        var tokens = await complete.Run(request.Caller(), await request.ReadAsync<CompleteIssuerSignIn.Request>(), request.HttpContext.RequestAborted);
        return tokens.Answer(Answer.Secret);
    }
}
