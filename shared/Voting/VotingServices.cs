using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Podium.Voting.Fraud;

namespace Podium.Voting;

/// <summary>Votings, votes, their log and their results.</summary>
public static class VotingServices
{
    public static IServiceCollection AddVoting(this IServiceCollection services)
    {
        SqlMapper.AddTypeHandler(new JsonColumn<IReadOnlyList<VoterGroup>>());
        SqlMapper.AddTypeHandler(new JsonColumn<PointsRules>());
        return services
            .AddSingleton<VotingSessions>()
            .AddSingleton<EditVotingSession>()
            .AddSingleton<EditVoteOptions>()
            .AddSingleton<MovePhase>()
            .AddSingleton<VoterTickets>()
            .AddSingleton<GeoIp>()
            .AddSingleton<CastVote>()
            .AddSingleton<OwnVotes>()
            .AddSingleton<VoteReceipts>()
            .AddSingleton<VoteBoard>()
            .AddSingleton<CountVotes>()
            .AddSingleton<SealVoteLog>()
            .AddSingleton<VoteLog>()
            .AddSingleton<ExportVotes>()
            .AddSingleton<JudgeVotes>()
            .AddSingleton<CaptchaVerifier>()
            .AddSingleton<FraudKeys>()
            .AddSingleton<FraudRulesBook>()
            .AddSingleton<VoteDoor>()
            .AddSingleton<CheckVotes>()
            .AddSingleton<ReplayVotes>()
            .AddSingleton<FraudReport>()
            .AddSingleton<ReconcileCounts>();
    }
}
