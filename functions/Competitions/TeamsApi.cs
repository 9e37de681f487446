using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Teams: forming them, coming and going, handing over, dissolving.</summary>
public sealed class TeamsApi(Teams teams, FormTeam form)
{
    [Function("FormTeam"), SignedIn]
    [Operation("Form a team, as its captain", Body = typeof(FormTeam.Request), Answer = typeof(Teams.Details), Status = 201,
        Problems = ["not-found", "id-taken", "conflict", "competition-ended", "team-frozen", "team-name-taken", "already-taking-part", "not-eligible", "captain-not-participant", "competition-frozen"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/teams")] HttpRequest request, string competitionId)
    {
        var formed = await form.Run(request.Caller(), Competition(competitionId), await request.ReadAsync<FormTeam.Request>(), request.HttpContext.RequestAborted);
        return formed.Answer(view => Answer.Created($"/api/teams/{view.Id}", view, view.Version));
    }

    [Function("ListTeams"), SignedIn]
    [Operation("The teams of a competition", Query = typeof(Teams.Filter), Answer = typeof(Page<Teams.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/teams")] HttpRequest request, string competitionId)
    {
        var found = await teams.ListAsync(request.Caller(), Competition(competitionId), request.Query<Teams.Filter>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListOwnTeams"), SignedIn]
    [Operation("The teams one belongs to", Query = typeof(PageQuery), Answer = typeof(Page<Teams.View>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/teams")] HttpRequest request) =>
        Answer.Ok(await teams.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetTeam"), SignedIn]
    [Operation("A team", Description = "Its members are shown to its members and the organisers.", Answer = typeof(Teams.Details), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/teams/{teamId}")] HttpRequest request, string teamId)
    {
        var found = await teams.ReadAsync(request.Caller(), Team(teamId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeTeam"), SignedIn]
    [Operation("Change a team's name or description", Body = typeof(FormTeam.Change), Answer = typeof(Teams.Details),
        Problems = ["not-found", "forbidden", "stale", "competition-ended", "team-frozen", "team-name-taken", "competition-frozen"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/teams/{teamId}")] HttpRequest request, string teamId)
    {
        var changed = await form.ChangeAsync(request.Caller(), Team(teamId), await request.ReadAsync<FormTeam.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("DissolveTeam"), SignedIn]
    [Operation("Dissolve a team", Description = "Its registration is withdrawn.", Status = 204, Problems = ["not-found", "forbidden", "stale", "competition-ended", "team-frozen", "competition-frozen"])]
    public async Task<IResult> Dissolve([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/teams/{teamId}")] HttpRequest request, string teamId)
    {
        var dissolved = await form.DissolveAsync(request.Caller(), Team(teamId), request.IfMatch(), request.HttpContext.RequestAborted);
        return dissolved.Answer(_ => Answer.NoContent());
    }

    [Function("HandTeamOver"), SignedIn]
    [Operation("Make another member the captain", Body = typeof(FormTeam.HandOver), Answer = typeof(Teams.Details),
        Problems = ["not-found", "forbidden", "competition-ended", "team-frozen", "captain-not-participant", "competition-frozen"])]
    public async Task<IResult> HandOver([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/teams/{teamId}/captain")] HttpRequest request, string teamId)
    {
        var handed = await form.HandOverAsync(request.Caller(), Team(teamId), await request.ReadAsync<FormTeam.HandOver>(), request.HttpContext.RequestAborted);
        return handed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeMember"), SignedIn]
    [Operation("Change what a member is in a team", Body = typeof(FormTeam.RoleChange), Answer = typeof(Teams.Details),
        Problems = ["not-found", "forbidden", "competition-ended", "team-frozen", "captain-must-hand-over", "competition-frozen"])]
    public async Task<IResult> ChangeMember([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/teams/{teamId}/members/{memberId}")] HttpRequest request, string teamId, string memberId)
    {
        var changed = await form.ChangeRoleAsync(request.Caller(), Team(teamId), RequestReading.Id(memberId, "member"), await request.ReadAsync<FormTeam.RoleChange>(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("LeaveTeam"), SignedIn]
    [Operation("Leave a team, or take a member out of it", Status = 204, Problems = ["not-found", "forbidden", "competition-ended", "team-frozen", "captain-must-hand-over", "team-too-small", "competition-frozen"])]
    public async Task<IResult> Leave([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/teams/{teamId}/members/{memberId}")] HttpRequest request, string teamId, string memberId)
    {
        var left = await form.LeaveAsync(request.Caller(), Team(teamId), RequestReading.Id(memberId, "member"), request.HttpContext.RequestAborted);
        return left.Answer(_ => Answer.NoContent());
    }

    private static Guid Competition(string text) => RequestReading.Id(text, "competition");

    private static Guid Team(string text) => RequestReading.Id(text, "team");
}
