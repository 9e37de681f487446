using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Competitions;

/// <summary>The rounds of a competition and its forms.</summary>
public sealed class RoundsApi(Rounds rounds, EntryForms forms)
{
    [Function("AddRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Add a round", Body = typeof(Rounds.Request), Answer = typeof(Rounds.View), Status = 201, Problems = ["not-found", "competition-ended", "round-exists", "id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds")] HttpRequest request, string competitionId)
    {
        var added = await rounds.AddAsync(request.Caller(), Id(competitionId), await request.ReadAsync<Rounds.Request>(), request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/competitions/{view.CompetitionId}", view, view.Version));
    }

    [Function("ChangeRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Change a round", Body = typeof(Rounds.Change), Answer = typeof(Rounds.View), Problems = ["not-found", "stale", "competition-ended", "round-exists"])]
    public async Task<IResult> Change(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/competitions/{competitionId}/rounds/{roundId}")] HttpRequest request, string competitionId, string roundId)
    {
        var changed = await rounds.ChangeAsync(
            request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), await request.ReadAsync<Rounds.Change>(), request.IfMatch(), request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveRound"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Remove a round", Status = 204, Problems = ["not-found", "stale", "competition-ended"])]
    public async Task<IResult> Remove(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/competitions/{competitionId}/rounds/{roundId}")] HttpRequest request, string competitionId, string roundId)
    {
        var removed = await rounds.RemoveAsync(request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("ListForms"), Anyone]
    [Operation("The forms of a competition", Query = typeof(EntryForms.Filter), Answer = typeof(EntryForms.Listing), Problems = ["not-found"])]
    public async Task<IResult> Forms([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/forms")] HttpRequest request, string competitionId)
    {
        var found = await forms.ListAsync(request.Caller(), Id(competitionId), request.Query<EntryForms.Filter>(), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("GetForm"), Anyone]
    [Operation("A form, whether it still counts or not", Answer = typeof(EntryForms.View), Problems = ["not-found"])]
    public async Task<IResult> Form([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/forms/{formId}")] HttpRequest request, string competitionId, string formId)
    {
        var found = await forms.ReadAsync(request.Caller(), Id(competitionId), RequestReading.Id(formId, "form"), request.HttpContext.RequestAborted);
        return found.Answer(form => Answer.Ok(form));
    }

    [Function("PublishForm"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Make the next number of a form", Description = "What was filled in with an earlier number stays as it is.",
        Body = typeof(EntryForms.Request), Answer = typeof(EntryForms.View), Status = 201, Problems = ["not-found", "competition-ended"])]
    public async Task<IResult> Publish([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/forms")] HttpRequest request, string competitionId)
    {
        var published = await forms.PublishAsync(request.Caller(), Id(competitionId), await request.ReadAsync<EntryForms.Request>(), request.HttpContext.RequestAborted);
        return published.Answer(form => Answer.Created($"/api/competitions/{form.CompetitionId}/forms/{form.Id}", form));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
