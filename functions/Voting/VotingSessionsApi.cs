using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Voting;

namespace Podium.Functions.Voting;

/// <summary>Votings: who votes on what, by which method, and from when to when.</summary>
public sealed class VotingSessionsApi(VotingSessions sessions, EditVotingSession edit, EditVoteOptions options, MovePhase phases)
{
    [Function("ListVotings"), Anyone]
    [Operation("Votings", Description = "Drafts are shown to who may run them.", Query = typeof(VotingSessions.Filter), Answer = typeof(Page<VotingSessions.View>))]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions")] HttpRequest request) =>
        Answer.Ok(await sessions.ListAsync(request.Caller(), request.Query<VotingSessions.Filter>(), request.HttpContext.RequestAborted));

    [Function("GetVoting"), Anyone]
    [Operation("A voting with its options", Answer = typeof(VotingSessions.Details), Problems = ["not-found"])]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}")] HttpRequest request, string votingId)
    {
        var found = await sessions.ReadAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return found.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("AddVoting"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Set a voting up", Description = "It is a draft until it opens. docs/voting-methods.md states how each method counts.",
        Body = typeof(EditVotingSession.Request), Answer = typeof(VotingSessions.View), Status = 201, Problems = ["voting-id-taken"])]
    public async Task<IResult> Add([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        var added = await edit.AddAsync(request.Caller(), await request.ReadAsync<EditVotingSession.Request>(), request.HttpContext.RequestAborted);
        if (added.Value is { } made) await VotingPhaseOrchestration.WakeAsync(durable, request.Caller(), made.Id, request.HttpContext.RequestAborted);
        return added.Answer(view => Answer.Created($"/api/voting-sessions/{view.Id}", view, view.Version));
    }

    [Function("ChangeVoting"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Change a voting", Description = "All of it is replaced. Once it is open, only title, description, end and whether it publishes itself may differ.",
        Body = typeof(VotingRules), Answer = typeof(VotingSessions.View), Problems = ["not-found", "stale", "voting-frozen"])]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/voting-sessions/{votingId}")] HttpRequest request, string votingId, [DurableClient] DurableTaskClient durable)
    {
        var changed = await edit.ReplaceAsync(request.Caller(), Id(votingId), await request.ReadAsync<VotingRules>(), request.IfMatch(), request.HttpContext.RequestAborted);
        if (changed.Value is { } made) await VotingPhaseOrchestration.WakeAsync(durable, request.Caller(), made.Id, request.HttpContext.RequestAborted);
        return changed.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("RemoveVoting"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Remove a draft", Status = 204, Problems = ["not-found", "stale", "voting-frozen"])]
    public async Task<IResult> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/voting-sessions/{votingId}")] HttpRequest request, string votingId)
    {
        var removed = await edit.RemoveAsync(request.Caller(), Id(votingId), request.IfMatch(), request.HttpContext.RequestAborted);
        return removed.Answer(_ => Answer.NoContent());
    }

    [Function("SetVoteOptions"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Say what can be voted for", Description = "All options of a draft at once, in their order.",
        Body = typeof(EditVoteOptions.Request), Answer = typeof(EditVoteOptions.Result), Problems = ["not-found", "voting-frozen"])]
    public async Task<IResult> SetOptions([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/voting-sessions/{votingId}/options")] HttpRequest request, string votingId)
    {
        var set = await options.ReplaceAsync(request.Caller(), Id(votingId), await request.ReadAsync<EditVoteOptions.Request>(), request.HttpContext.RequestAborted);
        return set.Answer(result => Answer.Ok(result));
    }

    [Function("WithdrawVoteOption"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Withdraw an option", Description = "Nobody votes for it any more, and it cannot win; votes that name it stay in the log.", Answer = typeof(VotingSessions.Option), Problems = ["not-found", "voting-frozen"])]
    public async Task<IResult> WithdrawOption([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/options/{optionId}/withdrawal")] HttpRequest request, string votingId, string optionId)
    {
        var set = await options.WithdrawAsync(request.Caller(), Id(votingId), RequestReading.Id(optionId, "option"), request.HttpContext.RequestAborted);
        return set.Answer(option => Answer.Ok(option));
    }

    [Function("RestoreVoteOption"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Let a withdrawn option take part again", Answer = typeof(VotingSessions.Option), Problems = ["not-found", "voting-frozen"])]
    public async Task<IResult> RestoreOption([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/voting-sessions/{votingId}/options/{optionId}/withdrawal")] HttpRequest request, string votingId, string optionId)
    {
        var set = await options.RestoreAsync(request.Caller(), Id(votingId), RequestReading.Id(optionId, "option"), request.HttpContext.RequestAborted);
        return set.Answer(option => Answer.Ok(option));
    }

    [Function("MoveVotingPhase"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Open, close or publish a voting by hand", Description = "A closed voting may be opened again as long as nothing is published. Closing seals the log; publishing counts, and freezes the results.",
        Body = typeof(MovePhase.Request), Answer = typeof(VotingSessions.View), Problems = ["not-found", "stale", "voting-phase-refused", "voting-not-published"])]
    public async Task<IResult> Move([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/phase")] HttpRequest request, string votingId, [DurableClient] DurableTaskClient durable)
    {
        var moved = await phases.ByHandAsync(request.Caller(), Id(votingId), await request.ReadAsync<MovePhase.Request>(), request.IfMatch(), request.HttpContext.RequestAborted);
        if (moved.Value is { } view) await VotingPhaseOrchestration.WakeAsync(durable, request.Caller(), view.Id, request.HttpContext.RequestAborted);
        return moved.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("HaltVoting"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Halt voting at once", Description = "The emergency switch: from the next moment on nobody casts, changes or takes back a vote.", Body = typeof(MovePhase.HaltRequest), Answer = typeof(VotingSessions.View), Problems = ["not-found"])]
    public async Task<IResult> Halt([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/voting-sessions/{votingId}/halt")] HttpRequest request, string votingId)
    {
        var halted = await phases.HaltAsync(request.Caller(), Id(votingId), await request.ReadAsync<MovePhase.HaltRequest>(), request.HttpContext.RequestAborted);
        return halted.Answer(view => Answer.Ok(view, view.Version));
    }

    [Function("ResumeVoting"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Let halted voting go on", Answer = typeof(VotingSessions.View), Problems = ["not-found"])]
    public async Task<IResult> Resume([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/voting-sessions/{votingId}/halt")] HttpRequest request, string votingId)
    {
        var resumed = await phases.HaltAsync(request.Caller(), Id(votingId), null, request.HttpContext.RequestAborted);
        return resumed.Answer(view => Answer.Ok(view, view.Version));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "voting");
}
