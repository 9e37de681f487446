using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Emergencies;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;

namespace Podium.Functions.Emergencies;

/// <summary>When something goes badly wrong: freeze, extend, void, halt, revoke, tell everybody; each with a dry run, and with a second person where it cannot be taken back.</summary>
public sealed class EmergenciesApi(ActInEmergency act, DecideEmergency decide, EmergencyBook book)
{
    [Function("FreezeCompetition"), Requires(Permissions.EmergencyAct, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Let nothing change in a competition", Description = "Hand-ins, reviews, registrations and teams are refused with `competition-frozen`, votings are halted, and the run's clocks stand still until it is taken back.",
        Body = typeof(PlainEmergencyRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "emergency-so-already", "emergency-plan-changed", "competition-ended"])]
    public Task<IResult> Freeze([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/emergencies/freeze")] HttpRequest request, string competitionId) =>
        ActAsync<PlainEmergencyRequest>(request, EmergencyKind.Freeze, competitionId);

    [Function("ExtendDeadlines"), Requires(Permissions.EmergencyAct, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Move deadlines of a competition later, all at once", Description = "Can be taken back as long as none of the earlier instants has come.",
        Body = typeof(ExtensionRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "emergency-so-already", "emergency-plan-changed", "competition-ended"])]
    public Task<IResult> Extend([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/emergencies/extension")] HttpRequest request, string competitionId) =>
        ActAsync<ExtensionRequest>(request, EmergencyKind.Extension, competitionId);

    [Function("VoidRound"), Requires(Permissions.EmergencyAct, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Declare a round void", Description = "Its reviews and places do not count; an announced standing, its awards and the winner are made anew without it, which a second person has to approve.",
        Body = typeof(VoidRoundRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "emergency-so-already", "emergency-plan-changed", "competition-ended"])]
    public Task<IResult> VoidRound([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/emergencies/void-round")] HttpRequest request, string competitionId) =>
        ActAsync<VoidRoundRequest>(request, EmergencyKind.VoidRound, competitionId);

    [Function("HaltVotings"), Requires(Permissions.EmergencyAct, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Halt all votings of a competition", Body = typeof(PlainEmergencyRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "emergency-so-already", "emergency-plan-changed"])]
    public Task<IResult> HaltVotings([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/emergencies/voting-halt")] HttpRequest request, string competitionId) =>
        ActAsync<PlainEmergencyRequest>(request, EmergencyKind.HaltVotings, competitionId);

    [Function("Broadcast"), Requires(Permissions.EmergencyAct, In = ScopeType.Competition, By = "competitionId")]
    [Operation("Tell something to everybody whom a competition concerns", Description = "What is said cannot be unsaid: a second person has to approve it.",
        Body = typeof(BroadcastRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "emergency-plan-changed"])]
    public Task<IResult> Broadcast([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/competitions/{competitionId}/emergencies/broadcast")] HttpRequest request, string competitionId) =>
        ActAsync<BroadcastRequest>(request, EmergencyKind.Broadcast, competitionId);

    [Function("RevokeFileEverywhere"), Requires(Permissions.EmergencyAct)]
    [Operation("Withdraw a file and all copies of its content in the tenant", Description = "URLs that were given out lead nowhere. Destroying the content has to be approved by a second person.",
        Body = typeof(FileRevocationRequest), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "id-taken", "file-not-ready", "emergency-so-already", "emergency-plan-changed"])]
    public Task<IResult> RevokeFile([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/emergencies/file-revocation")] HttpRequest request) =>
        ActAsync<FileRevocationRequest>(request, EmergencyKind.FileRevocation, null);

    [Function("ListEmergencies"), Requires(Permissions.EmergencyAct, Somewhere = true)]
    [Operation("What was done in emergencies, and what waits for a second person", Query = typeof(EmergencyBook.Filter), Answer = typeof(Page<EmergencyBook.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/emergencies")] HttpRequest request) =>
        Answer.Ok(await book.ListAsync(request.Caller(), request.Query<EmergencyBook.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetEmergency"), Requires(Permissions.EmergencyAct, Somewhere = true)]
    [Operation("One of them, with the plan as it is now while it waits for a second person", Answer = typeof(EmergencyBook.View), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/emergencies/{emergencyId}")] HttpRequest request, string emergencyId)
    {
        var found = await decide.ReadAsync(request.Caller(), Id(emergencyId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view));
    }

    [Function("ApproveEmergency"), Requires(Permissions.EmergencyAct, Somewhere = true)]
    [Operation("Approve what another person asks for", Description = "It is done at once, if it touches just what the digest says.",
        Body = typeof(EmergencyApproval), Answer = typeof(EmergencyBook.View),
        Problems = ["not-found", "emergency-another-person", "emergency-over", "emergency-expired", "emergency-plan-changed", "emergency-so-already", "competition-ended", "file-not-ready"])]
    public async Task<IResult> Approve([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/emergencies/{emergencyId}/approval")] HttpRequest request, string emergencyId)
    {
        var approved = await decide.ApproveAsync(request.Caller(), Id(emergencyId), await request.ReadAsync<EmergencyApproval>(), request.HttpContext.RequestAborted);
        return approved.Answer(view => Answer.Ok(view));
    }

    [Function("RefuseEmergency"), Requires(Permissions.EmergencyAct, Somewhere = true)]
    [Operation("Refuse what another person asks for, or stop asking", Answer = typeof(EmergencyBook.View), Problems = ["not-found", "emergency-over"])]
    public async Task<IResult> Refuse([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/emergencies/{emergencyId}/refusal")] HttpRequest request, string emergencyId)
    {
        var refused = await decide.RefuseAsync(request.Caller(), Id(emergencyId), request.HttpContext.RequestAborted);
        return refused.Answer(view => Answer.Ok(view));
    }

    [Function("ReverseEmergency"), Requires(Permissions.EmergencyAct, Somewhere = true)]
    [Operation("Take back what was done", Description = "As far as nobody relies on it; with a dry run too.",
        Body = typeof(EmergencyReversal), Answer = typeof(EmergencyBook.View), Problems = ["not-found", "emergency-over", "emergency-irreversible", "emergency-relied-on"])]
    public async Task<IResult> Reverse([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/emergencies/{emergencyId}/reversal")] HttpRequest request, string emergencyId)
    {
        var reversed = await decide.ReverseAsync(request.Caller(), Id(emergencyId), await request.ReadAsync<EmergencyReversal>(), request.HttpContext.RequestAborted);
        return reversed.Answer(view => Answer.Ok(view));
    }

    private async Task<IResult> ActAsync<T>(HttpRequest request, EmergencyKind kind, string? competitionId)
        where T : EmergencyRequest
    {
        var place = competitionId is null ? (Guid?)null : RequestReading.Id(competitionId, "competition");
        var outcome = await act.RunAsync(request.Caller(), kind, place, await request.ReadAsync<T>(), request.HttpContext.RequestAborted);
        return outcome.Answer(view => Answer.Ok(view));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "emergency");
}
