using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Competitions;
using Podium.Functions.Api;
using Podium.Functions.Messaging;
using Podium.Functions.Running;
using Podium.Judging;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Messaging;

namespace Podium.Functions.Judging;

/// <summary>Rubrics, who judges what and why, and the scores that come of it.</summary>
public sealed class AssignmentsApi(Rubrics rubrics, AssignRound assign, MakeAssignment make, Reviews reviews, RoundScores scores, QueueWork work)
{
    [Function("ListRubrics"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The rubrics of a competition, all their numbers", Answer = typeof(Rubrics.Listing), Problems = ["not-found"])]
    public async Task<IResult> RubricsOf([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rubrics")] HttpRequest request, string competitionId)
    {
        var found = await rubrics.ListAsync(request.Caller(), Id(competitionId), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("PublishRubric"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Make the next number of a rubric", Description = "Reviews that were begun keep the number they began with.",
        Body = typeof(Rubrics.Request), Answer = typeof(Rubrics.View), Status = 201, Problems = ["not-found", "competition-ended"])]
    public async Task<IResult> Publish([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rubrics")] HttpRequest request, string competitionId)
    {
        var published = await rubrics.PublishAsync(request.Caller(), Id(competitionId), await request.ReadAsync<Rubrics.Request>(), request.HttpContext.RequestAborted);
        return published.Answer(view => Answer.Created($"/api/competitions/{competitionId}/rubrics", view));
    }

    [Function("AssignJudges"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Assign judges to a round, or again", Description = "What is final or begun stays; as little as can be of the rest changes.",
        Body = typeof(AssignRound.Request), Answer = typeof(AssignRound.View), Status = 202, Problems = ["not-found", "competition-ended"])]
    public async Task<IResult> Assign([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/rounds/{roundId}/assignment")] HttpRequest request, string competitionId, string roundId)
    {
        var ordered = await assign.RequestAsync(request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), await request.ReadAsync<AssignRound.Request>(), request.HttpContext.RequestAborted);
        return ordered.Answer(view => Answer.Accepted(view, $"/api/competitions/{competitionId}/rounds/{roundId}/assignment"));
    }

    [Function("GetAssignment"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Who judges what in a round, why, and what could not be assigned", Answer = typeof(AssignRound.Details), Problems = ["not-found"])]
    public async Task<IResult> Assignment([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/assignment")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await assign.ReadAsync(request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), request.HttpContext.RequestAborted);
        return found.Answer(details => Answer.Ok(details));
    }

    [Function("ListReviews"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The reviews of a round", Answer = typeof(Reviews.Listing), Problems = ["not-found"])]
    public async Task<IResult> ReviewsOf([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/reviews")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await reviews.OfRoundAsync(request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), request.HttpContext.RequestAborted);
        return found.Answer(all => Answer.Ok(all));
    }

    [Function("GetRoundScores"), Requires(Permissions.CompetitionManage, In = ScopeType.Competition, By = "competitionId")]
    [Operation("The scores of a round, raw and made comparable between judges", Query = typeof(RoundScores.Query), Answer = typeof(RoundScores.View), Problems = ["not-found", "no-rubric"])]
    public async Task<IResult> Scores([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/competitions/{competitionId}/rounds/{roundId}/scores")] HttpRequest request, string competitionId, string roundId)
    {
        var found = await scores.ReadAsync(request.Caller(), Id(competitionId), RequestReading.Id(roundId, "round"), request.Query<RoundScores.Query>(), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("MakeAssignment")]
    public Task Make(
        [ServiceBusTrigger(Outbox.EvaluationAssignment, Connection = "ServiceBus")] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken) =>
        work.RunAsync(
            Outbox.EvaluationAssignment,
            message,
            actions,
            delivery => delivery.Subject switch
            {
                "round" => make.Run(delivery, cancellationToken),
                WakeRun.Subject => RunOrchestration.WakeAsync(durable, delivery, cancellationToken),
                _ => throw new UnreadableMessageException("unknown-subject", $"Nothing is known of messages '{delivery.Subject}'."),
            },
            cancellationToken);

    private static Guid Id(string text) => RequestReading.Id(text, "competition");
}
