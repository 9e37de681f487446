using System.Runtime.CompilerServices;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting.Log;

namespace Podium.Voting;

/// <summary>A voting's whole log as lines of JSON, with the rules, the options, the seals and the results: all that it takes to check and to count again.</summary>
public sealed class ExportVotes(Database database, VotingSessions sessions, CountVotes count, VoteReceipts receipts)
{
    private const int Step = 5000;

    /// <summary>The first line.</summary>
    public sealed record Header(string Format, Guid SessionId, VotingRules Rules, IReadOnlyList<CountedVoting.OptionInfo> Options, Guid? JurySessionId);

    /// <summary>An entry with its place in the log and the hash it goes into the tree with.</summary>
    public sealed record Entry(long No, VoteRecord Record, string Leaf);

    /// <summary>The last line.</summary>
    public sealed record End(long Entries, string Head, CountedVoting.Result? Results);

    /// <summary>A line: exactly one of its parts is there.</summary>
    public sealed record Line
    {
        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public Header? Header { get; init; }

        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public Entry? Entry { get; init; }

        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public VoteLog.SealView? Seal { get; init; }

        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public End? End { get; init; }
    }

    public sealed record Exported(IAsyncEnumerable<Line> Lines);

    public const string Format = "podium-votes-1";

    /// <summary>Only the sealed part goes out, and only once voting is closed: a sealed count stays sealed.</summary>
    public async Task<Outcome<Exported>> RunAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        if (!VotingSessions.MayAudit(caller, voting.Value!.CompetitionId)) return CommonProblems.Forbidden;
        if (voting.Value.Status is VotingStatus.Draft or VotingStatus.Open) return VotingProblems.Sealed;
        var results = await count.ReadAsync(caller, id, cancellationToken);
        return new Exported(LinesAsync(caller, voting.Value, voting.Value.Status == VotingStatus.Published ? results.Value : null, cancellationToken));
    }

    private async IAsyncEnumerable<Line> LinesAsync(Caller caller, VotingSessions.Details voting, CountedVoting.Result? results, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = voting.Options.Select(option => new CountedVoting.OptionInfo(option.Number, option.Id, option.Title, option.WithdrawnAt is not null)).ToList();
        yield return new Line { Header = new Header(Format, voting.Id, RulesOf(voting), options, voting.Points?.JurySessionId) };
        long no = 0, after = 0;
        var head = Convert.ToHexStringLower(Seal.Origin(voting.Id));
        for (var number = 1; ; number++)
        {
            var seal = await database.As(caller).FirstAsync<Seal>(
                "SELECT number, first_no, entries, last_id, root, previous, sealed_at FROM vote_log_seals WHERE tenant_id = @TenantId AND voting_session_id = @Id AND number = @number",
                new { caller.TenantId, voting.Id, number },
                cancellationToken);
            if (seal is null) break;
            while (after < seal.LastId)
            {
                var rows = await database.As(caller).QueryAsync<VoteReceipts.Row>(
                    $"""
                    SELECT {VoteReceipts.Columns} FROM vote_audit_log
                    WHERE tenant_id = @TenantId AND voting_session_id = @Id AND id > @after AND id <= @LastId
                    ORDER BY id
                    LIMIT @Step
                    """,
                    new { caller.TenantId, voting.Id, after, seal.LastId, Step },
                    cancellationToken);
                foreach (var row in rows)
                {
                    var record = receipts.Of(caller, voting.Id, row);
                    yield return new Line { Entry = new Entry(++no, record, Convert.ToHexStringLower(record.Leaf())) };
                }
                if (rows.Count == 0) break;
                after = rows[^1].Id;
            }
            var view = VoteLog.ViewOf(voting.Id, seal);
            head = view.Seal;
            yield return new Line { Seal = view };
        }
        yield return new Line { End = new End(no, head, results) };
    }

    // a copy of the base, so that what is derived stays out of the file
    private static VotingRules RulesOf(VotingRules voting) => JsonSerializer.SerializeToElement<VotingRules>(voting, Json.Options).Deserialize<VotingRules>(Json.Options)!;
}
