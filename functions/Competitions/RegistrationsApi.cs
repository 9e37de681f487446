using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>Taking part in competitions: registering, waiting, being approved, withdrawing.</summary>
public sealed class RegistrationsApi(Registrations registrations, Register register, DecideRegistration decide)
{
    [Function("RegisterForCompetition"), SignedIn]
    [Operation("Register for a competition", Description = "Alone, or a team by its captain. Where all seats are taken the registration waits.",
        Body = typeof(Register.Request), Answer = typeof(Registrations.View), Status = 201,
        Problems = ["not-found", "id-taken", "registration-closed", "competition-full", "already-registered", "already-taking-part", "not-eligible", "forbidden", "team-too-small", "competition-frozen"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/registrations")] HttpRequest request, string competitionId)
    {
        var added = await register.Run(request.Caller(), Id(competitionId), await request.ReadAsync<Register.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/competitions/{view.CompetitionId}/registrations/{view.Id}", view, view.Version));
    }

    [Function("ListRegistrations"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Who has registered", Query = typeof(Registrations.Filter), Answer = typeof(Page<Registrations.View>), Problems = ["not-found"])]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/registrations")] HttpRequest request, string competitionId)
    {
        var found = await registrations.ListAsync(request.Caller(), Id(competitionId), request.Query<Registrations.Filter>(), request.HttpContext.RequestAborted);
        return found.Answer(page => Answer.Ok(page));
    }

    [Function("ListOwnRegistrations"), SignedIn]
    [Operation("What one has registered for, alone and in teams", Query = typeof(PageQuery), Answer = typeof(Page<Registrations.View>))]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me/registrations")] HttpRequest request) =>
        Answer.Ok(await registrations.OwnAsync(request.Caller(), request.Query<PageQuery>(), request.HttpContext.RequestAborted));

    [Function("GetRegistration"), SignedIn]
    [Operation("A registration, for who takes part by it and for the organisers", Answer = typeof(Registrations.View), Problems = ["not-found"])]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/registrations/{registrationId}")] HttpRequest request, string competitionId, string registrationId)
    {
        var found = await registrations.ReadAsync(request.Caller(), Id(competitionId), Registration(registrationId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ChangeRegistration"), SignedIn]
    [Operation("Fill the registration form in again", Body = typeof(Register.Change), Answer = typeof(Registrations.View), Problems = ["not-found", "stale", "registration-closed", "decision-not-possible", "competition-frozen"])]
    public async Task<IResult> Change(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/competitions/{competitionId}/registrations/{registrationId}")] HttpRequest request, string competitionId, string registrationId)
    {
        var changed = await register.ChangeAsync(
            request.Caller(), Id(competitionId), Registration(registrationId), await request.ReadAsync<Register.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("DecideRegistration"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Approve, reject or disqualify", Body = typeof(DecideRegistration.Request), Answer = typeof(Registrations.View),
        Problems = ["not-found", "stale", "competition-ended", "competition-full", "decision-not-possible", "already-taking-part", "competition-frozen"])]
    public async Task<IResult> Decide(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/registrations/{registrationId}/decision")] HttpRequest request, string competitionId, string registrationId)
    {
        var decided = await decide.Run(
            request.Caller(), Id(competitionId), Registration(registrationId), await request.ReadAsync<DecideRegistration.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return decided.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("WithdrawRegistration"), SignedIn]
    [Operation("Withdraw from a competition", Description = "By the person, the team's captain or the organisers. The seat goes to who waits longest.",
        Body = typeof(DecideRegistration.Withdrawal), Answer = typeof(Registrations.View), Problems = ["not-found", "competition-ended", "decision-not-possible", "competition-frozen"])]
    public async Task<IResult> Withdraw(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/registrations/{registrationId}/withdrawal")] HttpRequest request, string competitionId, string registrationId)
    {
        var withdrawn = await decide.WithdrawAsync(
            request.Caller(), Id(competitionId), Registration(registrationId), await request.ReadAsync<DecideRegistration.Withdrawal>(), request.HttpContext.RequestAborted);
        return withdrawn.Answer(view => Answer.Ok(view, view.Version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");

    private static Guid Registration(string text) => RequestReading.Id(text, "registration");
}
