using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Invitations to teams and requests to be taken in, and their answers.</summary>
public sealed class InvitationsApi(InviteToTeam invite)
{
    [Function("InviteToTeam"), SignedIn]
    [Operation("Invite somebody to a team", Description = "By address or id. The answer does not tell whether the address has an account.", Body = typeof(InviteToTeam.Request), Answer = typeof(InviteToTeam.View), Status = 201,
        Problems = ["not-found", "forbidden", "id-taken", "competition-ended", "team-frozen", "already-taking-part", "invited-already", "competition-frozen"])]
    public async Task<IResult> Invite([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/teams/{teamId}/invitations")] HttpRequest request, string teamId)
    {
        var invited = await invite.Run(request.Caller(), Team(teamId), await request.ReadAsync<InviteToTeam.Request>(), request.HttpContext.RequestAborted);
        return invited.Answer(view => Answer.Created($"/api/teams/{view.TeamId}/invitations", view));
    }

    [Function("AskToJoinTeam"), SignedIn]
    [Operation("Ask to be taken into a team", Body = typeof(InviteToTeam.Asking), Answer = typeof(InviteToTeam.View), Status = 201,
        Problems = ["not-found", "id-taken", "competition-ended", "team-frozen", "team-closed", "already-taking-part", "invited-already", "not-eligible", "competition-frozen"])]
    public async Task<IResult> Ask([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/teams/{teamId}/requests")] HttpRequest request, string teamId)
    {
        var asked = await invite.AskAsync(request.Caller(), Team(teamId), await request.ReadAsync<InviteToTeam.Asking>(), request.HttpContext.RequestAborted);
        return asked.Answer(view => Answer.Created("/api/me/invitations", view));
    }

    [Function("ListTeamInvitations"), SignedIn]
    [Operation("A team's invitations and requests, for its captain", Query = typeof(PageQuery), Answer = typeof(Page<InviteToTeam.View>), Problems = ["not-found", "forbidden"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/teams/{teamId}/invitations")] HttpRequest request, string teamId)
    {
        var found = await invite.ListAsync(request.Caller(), Team(teamId), request.Query<PageQuery>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListOwnInvitations"), SignedIn]
    [Operation("What one was invited to, and what one asked", Query = typeof(PageQuery), Answer = typeof(Page<InviteToTeam.View>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/invitations")] HttpRequest request) =>
        Answer.Ok(await invite.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("AcceptInvitation"), SignedIn]
    [Operation("Accept an invitation, or take in who asked", Answer = typeof(Teams.Details),
        Problems = ["not-found", "invitation-used", "invitation-expired", "competition-ended", "team-frozen", "team-full", "already-taking-part", "not-eligible", "competition-frozen"])]
    public async Task<IResult> Accept([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/invitations/{invitationId}/acceptance")] HttpRequest request, string invitationId)
    {
        var accepted = await invite.AcceptAsync(request.Caller(), Invitation(invitationId), request.HttpContext.RequestAborted);
        return accepted.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("DeclineInvitation"), SignedIn]
    [Operation("Decline an invitation or a request", Answer = typeof(InviteToTeam.View), Problems = ["not-found", "invitation-used", "invitation-expired", "competition-frozen"])]
    public async Task<IResult> Decline([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/invitations/{invitationId}/refusal")] HttpRequest request, string invitationId)
    {
        var declined = await invite.DeclineAsync(request.Caller(), Invitation(invitationId), request.HttpContext.RequestAborted);
        return declined.Answer(view => Answer.Ok(view));
    }

    [Function("CancelInvitation"), SignedIn]
    [Operation("Take an invitation or a request back", Status = 204, Problems = ["not-found", "invitation-used", "competition-frozen"])]
    public async Task<IResult> Cancel([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/invitations/{invitationId}")] HttpRequest request, string invitationId) =>
        (await invite.CancelAsync(request.Caller(), Invitation(invitationId), request.HttpContext.RequestAborted))?.ToResult() ?? Answer.NoContent();

    private static Guid Team(string text) => RequestReading.Id(text, "team");

    private static Guid Invitation(string text) => RequestReading.Id(text, "invitation");
}
