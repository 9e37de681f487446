using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Voting.Log;

namespace Podium.Voting;

/// <summary>Counts a voting's votes as they stand, and shows the results that were published.</summary>
public sealed class CountVotes(Database database, VotingSessions sessions)
{
    private sealed record Row(short OptionNo, short[]? Choices, decimal VoteWeight, short GroupNo, string? CountryCode, long Count);

    /// <summary>Published results, for everybody; before that, what they would be, for who runs the voting and only when it is closed.</summary>
    public async Task<Outcome<CountedVoting.Result>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        if (voting.Value!.Status == VotingStatus.Published)
        {
            var results = await database.Reading(caller).FirstAsync<JsonElement?>("SELECT results FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND results IS NOT NULL", new { caller.TenantId, id }, cancellationToken);
            return results is { } published ? published.Deserialize<CountedVoting.Result>(Json.Options)! : VotingProblems.NotPublished;
        }
        if (!VotingSessions.MayManage(caller, voting.Value.CompetitionId)) return VotingProblems.NotPublished;
        return await RunAsync(caller, id, cancellationToken);
    }

    internal async Task<Outcome<CountedVoting.Result>> RunAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var (voting, options, seed, lastId) = await VotingAsync(actor, id, cancellationToken);
        if (voting is null) return Problem.NotFound("voting");
        if (voting.Status is VotingStatus.Draft or VotingStatus.Open) return VotingProblems.NotPublished;
        VotingSessions.View? jury = null;
        IReadOnlyList<CountedVoting.Ballots> juryBallots = [];
        if (voting.Points?.JurySessionId is { } juryId)
        {
            (jury, _, _, _) = await VotingAsync(actor, juryId, cancellationToken);
            if (jury is null || jury.Status is VotingStatus.Draft or VotingStatus.Open) return new Problem(VotingProblems.NotPublished, "The jury has not finished.");
            juryBallots = await BallotsAsync(actor, jury, cancellationToken);
        }
        return CountedVoting.Count(voting, options, await BallotsAsync(actor, voting, cancellationToken), seed, lastId, jury, juryBallots);
    }

    internal Task<(VotingSessions.View? Voting, IReadOnlyList<CountedVoting.OptionInfo> Options, byte[] Seed, long LastId)> VotingAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        database.AsPlatform(actor.Shard).QueryManyAsync(
            $"""
            SELECT {VotingSessions.Columns} FROM voting_sessions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL;
            SELECT {VotingSessions.OptionColumns} FROM vote_options WHERE tenant_id = @TenantId AND voting_session_id = @id ORDER BY number;
            SELECT seal.seal FROM voting_sessions AS voting
            JOIN vote_log_seals AS seal ON seal.tenant_id = voting.tenant_id AND seal.voting_session_id = voting.id
            WHERE voting.tenant_id = @TenantId AND voting.id = @id ORDER BY seal.number DESC LIMIT 1;
            SELECT coalesce(max(id), 0) FROM vote_audit_log WHERE tenant_id = @TenantId AND voting_session_id = @id
            """,
            new { actor.TenantId, id },
            async results =>
            {
                var voting = await results.ReadFirstOrDefaultAsync<VotingSessions.View>();
                IReadOnlyList<CountedVoting.OptionInfo> options = [.. (await results.ReadAsync<VotingSessions.Option>()).Select(option => new CountedVoting.OptionInfo(option.Number, option.Id, option.Title, option.WithdrawnAt is not null))];
                // nobody can know the last seal before the last vote is in: the lot is drawn from it
                var seal = await results.ReadFirstOrDefaultAsync<byte[]>() ?? Seal.Origin(id);
                return (voting, options, seal, await results.ReadSingleAsync<long>());
            },
            cancellationToken);

    private async Task<IReadOnlyList<CountedVoting.Ballots>> BallotsAsync(Actor actor, VotingSessions.View voting, CancellationToken cancellationToken)
    {
        var rows = await database.AsPlatform(actor.Shard).QueryAsync<Row>(
            """
            SELECT option_no, choices, vote_weight, coalesce(group_no, 0::smallint) AS group_no, country_code::text, count(*) FROM votes
            WHERE tenant_id = @TenantId AND voting_session_id = @Id AND state = 0
              AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = @TenantId AND id = @Id)
            GROUP BY option_no, choices, vote_weight, group_no, country_code
            """,
            new { actor.TenantId, voting.Id },
            cancellationToken);
        return [.. rows.Select(row => new CountedVoting.Ballots(row.OptionNo, row.Choices is null ? null : [.. row.Choices], row.VoteWeight, row.GroupNo, row.CountryCode?.Trim(), row.Count))];
    }
}
