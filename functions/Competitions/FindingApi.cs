using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Pages of competitions for everybody, and finding people.</summary>
public sealed class FindingApi(PublicPages pages, FindPeople people)
{
    private static readonly TimeSpan PageLife = TimeSpan.FromMinutes(1);

    [Function("GetCompetitionPage"), Anyone]
    [Operation("All that a competition's page on the web shows, in one language", Description = "It may be kept for a minute.", Query = typeof(PublicPages.Query), Answer = typeof(PublicPages.Page), Problems = ["not-found"])]
    public async Task<IResult> Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/pages/{slug}")] HttpRequest request, string slug)
    {
        var found = await pages.ReadAsync(request.Caller(), slug, request.Query<PublicPages.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Public(page, PageLife));
    }

    [Function("FindPeople"), Requires(Permissions.UserRead)]
    [Operation("Find people by what they are called", Query = typeof(FindPeople.Filter), Answer = typeof(Page<FindPeople.Card>))]
    public async Task<IResult> People([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/people")] HttpRequest request) =>
        Answer.Ok(await people.Run(request.Caller(), request.Query<FindPeople.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetPerson"), SignedIn]
    [Operation("What a person shows to others", Answer = typeof(FindPeople.Card), Problems = ["not-found"])]
    public async Task<IResult> Person([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/people/{personId}")] HttpRequest request, string personId)
    {
        var found = await people.ReadAsync(request.Caller(), RequestReading.Id(personId, "person"), request.HttpContext.RequestAborted);
        return found.Answer(card => Answer.Ok(card));
    }
}
