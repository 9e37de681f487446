using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Api;
using Podium.Privacy;
using Podium.Tenancy;

namespace Podium.Functions.Privacy;

/// <summary>All that is kept about the signed-in person, and what they agree to.</summary>
public sealed class PrivacyApi(ExportOwnData export, Consents consents)
{
    [Function("ListAskedConsents"), Anyone]
    [Operation("What people are asked to agree to", Answer = typeof(IReadOnlyList<ConsentPurpose>))]
    public static IResult Asked([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/consents")] HttpRequest request) => Answer.Ok(ConsentPurpose.Of(request.Caller().Tenant));

    [Function("ListMyConsents"), SignedIn]
    [Operation("What I have agreed to", Answer = typeof(IReadOnlyList<Consents.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/consents")] HttpRequest request) =>
        Answer.Ok(await consents.ListAsync(request.Caller(), request.HttpContext.RequestAborted));

    [Function("DecideConsent"), SignedIn]
    [Operation("Agree to something, or take it back", Body = typeof(Consents.Decision), Answer = typeof(Consents.View), Problems = ["not-found", "consent-required"])]
    public async Task<IResult> Decide([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/me/consents/{purpose}")] HttpRequest request, string purpose)
    {
        var decided = await consents.DecideAsync(request.Caller(), purpose, await request.ReadAsync<Consents.Decision>(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view));
    }

    [Function("RequestMyData"), SignedIn]
    [Operation("Ask for all that is kept about me", Description = "It is gathered in the background; a second request within the hour is the same.", Answer = typeof(ExportOwnData.View), Status = 202)]
    public async Task<IResult> Request([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/me/export")] HttpRequest request) =>
        Answer.Accepted(await export.RequestAsync(request.Caller(), request.HttpContext.RequestAborted), "/api/me/export");

    [Function("GetMyData"), SignedIn]
    [Operation("How far my data is", Answer = typeof(ExportOwnData.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/export")] HttpRequest request)
    {
        var found = await export.ReadAsync(request.Caller(), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("FetchMyData"), SignedIn]
    [Operation("All that is kept about me", Description = "JSON, compressed by gzip.", MediaType = "application/gzip", Problems = ["not-found"])]
    public async Task<IResult> Fetch([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/export/content")] HttpRequest request)
    {
        var opened = await export.OpenAsync(request.Caller(), request.HttpContext.RequestAborted);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return opened.Answer(file => TypedResults.Stream(file, "application/gzip", "my-data.json.gz"));
    }
}
