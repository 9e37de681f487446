using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Voting;

namespace Podium.Functions.Voting;

/// <summary>The sealed log of a voting: seals, receipts, and the whole to check and count again.</summary>
public sealed class VoteLogApi(VoteLog log, VoteReceipts receipts, ExportVotes export)
{
    public sealed record ReceiptRequest
    {
        [Range(1, 9007199254740991), Example(1)]
        public required long EntryId { get; init; }

        /// <summary>The code of the receipt.</summary>
        [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9")]
        public required string Code { get; init; }
    }

    [Function("ReadVoteSeals"), Anyone]
    [Operation("The seals of a voting's log", Description = "The newest first. Each is chained to the one before, so that who keeps one can tell whether anything before it was changed.",
        Query = typeof(VoteLog.Query), Answer = typeof(Page<VoteLog.SealView>), Problems = ["not-found"])]
    public async Task<IResult> Seals([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/log")] HttpRequest request, string votingId)
    {
        var seals = await log.ReadAsync(request.Caller(), Id(votingId), request.Query<VoteLog.Query>(), request.HttpContext.RequestAborted);
        return seals.Answer(page => Answer.Ok(page));
    }

    [Function("ProveReceipt"), Anyone]
    [Operation("The proof that a vote is in the sealed log", Description = "The entry, and the hashes beside its way to the root of its seal (RFC 9162).",
        Body = typeof(ReceiptRequest), Answer = typeof(VoteReceipts.Proof), Problems = ["not-found", "vote-not-sealed-yet"])]
    public async Task<IResult> Prove([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/voting-sessions/{votingId}/log/proofs")] HttpRequest request, string votingId)
    {
        var receipt = await request.ReadAsync<ReceiptRequest>();
        var proof = await receipts.ProveAsync(request.Caller(), Id(votingId), receipt.EntryId, receipt.Code, request.HttpContext.RequestAborted);
        return proof.Answer(Answer.Secret);
    }

    [Function("ExportVotes"), Requires(Permissions.VotingAudit, Somewhere = true)]
    [Operation("The whole log, to check with `podium verify` and to count again", Description = "Lines of JSON. It goes out when voting is closed.", MediaType = "application/x-ndjson", Problems = ["not-found", "voting-sealed"])]
    public async Task<IResult> Export([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/voting-sessions/{votingId}/export")] HttpRequest request, string votingId)
    {
        var lines = await export.RunAsync(request.Caller(), Id(votingId), request.HttpContext.RequestAborted);
        return lines.Answer(exported => new ExportedLines(exported.Lines, $"votes-{votingId}.ndjson"));
    }

    private static Guid Id(string text) => RequestReading.Id(text, "voting");

    private sealed class ExportedLines(IAsyncEnumerable<ExportVotes.Line> lines, string fileName) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            await using var rows = lines.GetAsyncEnumerator(httpContext.RequestAborted);
            // before the first byte, so that a database that is away can still be told
            var more = await rows.MoveNextAsync();
            response.ContentType = "application/x-ndjson";
            response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
            response.Headers.CacheControl = "no-store";
            for (; more; more = await rows.MoveNextAsync())
            {
                await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(rows.Current, Json.Options), httpContext.RequestAborted);
                await response.Body.WriteAsync("\n"u8.ToArray(), httpContext.RequestAborted);
            }
        }
    }
}
