using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Live;
using Podium.Voting;

namespace Podium.Functions.Voting;

/// <summary>Casting votes, and what becomes of them.</summary>
public sealed class VotesApi(CastVote cast, OwnVotes own, VoterTickets tickets, VoteBoard board, CountVotes results, JudgeVotes judge, LiveStreams streams)
{
    [Function("CastVote"), Anyone]
    [Operation("Cast a vote", Description = "The same vote again has the same answer; another ballot in its place is a change, where the voting takes one. Votings of people need a signed-in person, others a ticket.",
        Body = typeof(CastVote.Request), Answer = typeof(CastVote.Receipt),
        Problems = ["not-found", "sign-in-required", "voting-ticket-required", "voting-ticket-refused", "voting-closed", "voting-halted", "voter-not-eligible", "voted-already", "votes-used-up", "option-withdrawn",
            "captcha-required", "captcha-refused"])]
    public async Task<IResult> Cast([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/votes")] HttpRequest request, string votingId)
    {
        var receipt = await cast.RunAsync(request.Caller(), Id(votingId), await request.ReadAsync<CastVote.Request>(), request.HttpContext.RequestAborted);
        return receipt.Answer(Answer.Secret);
    }

    [Function("ReadOwnVotes"), Anyone]
    [Operation("One's own votes as they stand", Body = typeof(OwnVotes.Request), Answer = typeof(OwnVotes.Result), Problems = ["not-found", "sign-in-required", "voting-ticket-required", "voting-ticket-refused"])]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/own-votes")] HttpRequest request, string votingId)
    {
        var votes = await own.ListAsync(request.Caller(), Id(votingId), await request.ReadAsync<OwnVotes.Request>(), request.HttpContext.RequestAborted);
        return votes.Answer(Answer.Secret);
    }

    [Function("WithdrawVote"), Anyone]
    [Operation("Take one's vote back", Body = typeof(OwnVotes.WithdrawRequest), Status = 204,
        Problems = ["not-found", "sign-in-required", "voting-ticket-required", "voting-ticket-refused", "voting-closed", "voting-halted", "vote-not-withdrawable"])]
    public async Task<IResult> Withdraw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/own-votes/withdrawals")] HttpRequest request, string votingId)
    {
        var withdrawn = await own.WithdrawAsync(request.Caller(), Id(votingId), await request.ReadAsync<OwnVotes.WithdrawRequest>(), request.HttpContext.RequestAborted);
        return withdrawn.Answer(_ => Answer.NoContent());
    }

    [Function("GetVotingTicket"), Anyone]
    [Operation("A ticket for a device", Description = "For votings that are open to anyone. A front-end keeps it and votes with it; each ticket is one voter.",
        Answer = typeof(VoterTickets.Ticket), Problems = ["not-found", "voting-closed", "voter-not-eligible"])]
    public async Task<IResult> Ticket([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/tickets")] HttpRequest request, string votingId)
    {
        var ticket = await tickets.OfDeviceAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return ticket.Answer(Answer.Secret);
    }

    [Function("SendVotingCode"), Anyone]
    [Operation("Mail a code to vote with", Description = "For votings where an e-mail address is enough. One a minute goes to an address; the answer is the same whether one went.",
        Body = typeof(VoterTickets.EmailRequest), Status = 204, Limit = RateLimits.Credentials, Problems = ["not-found", "voting-closed", "voter-not-eligible"])]
    public async Task<IResult> SendCode([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/email-codes")] HttpRequest request, string votingId)
    {
        var problem = await tickets.SendCodeAsync(request.Caller(), Id(votingId), await request.ReadAsync<VoterTickets.EmailRequest>(), request.HttpContext.RequestAborted);
        return problem?.ToResult() ?? Answer.NoContent();
    }

    [Function("RedeemVotingCode"), Anyone]
    [Operation("A ticket for a mailed code", Body = typeof(VoterTickets.CodeRequest), Answer = typeof(VoterTickets.Ticket), Limit = RateLimits.Credentials,
        Problems = ["not-found", "voting-closed", "voter-not-eligible", "voting-code-refused"])]
    public async Task<IResult> Redeem([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/email-tickets")] HttpRequest request, string votingId)
    {
        var ticket = await tickets.OfEmailAsync(request.Caller(), Id(votingId), await request.ReadAsync<VoterTickets.CodeRequest>(), request.HttpContext.RequestAborted);
        return ticket.Answer(Answer.Secret);
    }

    [Function("ReadVotingBoard"), Anyone]
    [Operation("The counts as they stand", Description = "To the last vote where the voting is live; sealed ones show theirs once they are published.",
        Query = typeof(VoteBoard.Query), Answer = typeof(VoteBoard.Board), Problems = ["not-found", "voting-sealed"])]
    public async Task<IResult> Board([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/board")] HttpRequest request, string votingId)
    {
        var read = await board.ReadAsync(request.Caller(), Id(votingId), request.Query<VoteBoard.Query>(), request.HttpContext.RequestAborted);
        return read.Answer(view => Answer.Ok(view));
    }

    [Function("StreamVotingBoard"), Anyone]
    [Operation("The counts, as they change", Description = "Server-sent events: a whole board as a state, at most one a second, whoever votes how often.", Query = typeof(VoteBoard.Query), MediaType = LiveStreams.MediaType,
        Problems = ["not-found", "voting-sealed", "too-many-streams"])]
    public async Task<IResult> StreamBoard([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/board/stream")] HttpRequest request, string votingId)
    {
        var topic = await board.TopicAsync(request.Caller(), Id(votingId), request.Query<VoteBoard.Query>(), request.HttpContext.RequestAborted);
        return topic.Answer(found => streams.Open(request, found));
    }

    [Function("ReadVotingResults"), Anyone]
    [Operation("The published results", Description = "Who runs a closed voting sees before what they would be.", Answer = typeof(CountedVoting.Result), Problems = ["not-found", "voting-not-published"])]
    public async Task<IResult> Results([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/results")] HttpRequest request, string votingId)
    {
        var counted = await results.ReadAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return counted.Answer(result => Answer.Ok(result));
    }

    [Function("ListDoubtfulVotes"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("The moderators' queue: votes that are held or void, and why", Description = "By address or device also those that count.", Query = typeof(JudgeVotes.Query), Answer = typeof(Page<JudgeVotes.Doubtful>), Problems = ["not-found"])]
    public async Task<IResult> Doubtful([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/doubtful-votes")] HttpRequest request, string votingId)
    {
        var votes = await judge.ListAsync(request.Caller(), Id(votingId), request.Query<JudgeVotes.Query>(), request.HttpContext.RequestAborted);
        return votes.Answer(page => Answer.Ok(page));
    }

    [Function("JudgeVotes"), Requires(Permissions.VotingManage, Somewhere = true)]
    [Operation("Count, hold or void votes", Description = "By their numbers or by what they have in common; a dry run says what would be touched. Every decision goes on the voting's log with its reason, and is final: no rule changes what people decided.",
        Body = typeof(JudgeVotes.Request), Answer = typeof(JudgeVotes.Result), Problems = ["not-found", "voting-frozen"])]
    public async Task<IResult> Judge([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/decisions")] HttpRequest request, string votingId)
    {
        var judged = await judge.RunAsync(request.Caller(), Id(votingId), await request.ReadAsync<JudgeVotes.Request>(), request.HttpContext.RequestAborted);
        return judged.Answer(result => Answer.Ok(result));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "voting");
}
