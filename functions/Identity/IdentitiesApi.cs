using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity.Issuers;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>The accounts of other services that open a person's own.</summary>
public sealed class IdentitiesApi(OwnIdentities identities)
{
    [Function("ListMyIdentities"), SignedIn]
    [Operation("The issuers by which I can sign in", Query = typeof(PageQuery), Answer = typeof(Page<OwnIdentities.Item>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/identities")] HttpRequest request) =>
        Answer.Ok(await identities.ListAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("BeginLinkingIdentity"), SignedIn]
    [Operation("Begin to link an issuer to my account", Body = typeof(OwnIdentities.LinkRequest), Answer = typeof(BeginIssuerSignIn.Result), Limit = RateLimits.Credentials,
        Problems = ["not-found", "identity-linked", "issuer-unavailable", "too-many-attempts"])]
    public async Task<IResult> Begin([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/identities/{issuerId}")] HttpRequest request, string issuerId)
    {
        var (id, body) = (RequestReading.Id(issuerId, "issuer"), await request.ReadAsync<OwnIdentities.LinkRequest>());
        return (await identities.BeginAsync(request.Caller(), id, body, request.HttpContext.RequestAborted)).Answer(Answer.Secret);
    }

    [Function("CompleteLinkingIdentity"), SignedIn]
    [Operation("Link the identity that I have come back with", Body = typeof(CompleteIssuerSignIn.Return), Answer = typeof(OwnIdentities.Item), Limit = RateLimits.Credentials,
        Problems = ["sign-in-expired", "issuer-refused", "issuer-unavailable", "identity-taken", "identity-linked"])]
    public async Task<IResult> Complete([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/identities")] HttpRequest request)
    {
        var linked = await identities.CompleteAsync(request.Caller(), await request.ReadAsync<CompleteIssuerSignIn.Return>(), request.HttpContext.RequestAborted);
        return linked.Answer(item => Answer.Ok(item));
    }

    [Function("UnlinkIdentity"), SignedIn]
    [Operation("Unlink an issuer", Description = "Signs out everywhere else.", Status = 204, Problems = ["not-found", "last-sign-in-method"])]
    public async Task<IResult> Unlink([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/me/identities/{issuerId}")] HttpRequest request, string issuerId)
    {
        var unlinked = await identities.UnlinkAsync(request.Caller(), RequestReading.Id(issuerId, "issuer"), request.HttpContext.RequestAborted);
        return unlinked.Answer(_ => Answer.NoContent());
    }
}
