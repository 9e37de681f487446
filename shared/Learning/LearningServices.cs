using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Podium.Learning.Community;
using Podium.Learning.Experiments;
using Podium.Learning.Outcomes;
using Podium.Learning.Plagiarism;
using Podium.Learning.Recommendations;
using Podium.Learning.Sandbox;

namespace Podium.Learning;

/// <summary>Coding practice: content, the sandbox, attempts, progress.</summary>
public static class LearningServices
{
    public static IServiceCollection AddLearning(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<ICodeSandbox>(_ => configuration["Sandbox:Pool"] is { Length: > 0 } pool
            ? new SessionSandbox(new HttpClient { Timeout = Timeout.InfiniteTimeSpan }, new Uri(pool.TrimEnd('/') + "/"), new DefaultAzureCredential())
            : new LocalSandbox())
        .AddSingleton<CodeSeal>()
        .AddSingleton<SealStoredCode>()
        .AddSingleton<EditOutline>()
        .AddSingleton<EditChallenge>()
        .AddSingleton<PublishChallenge>()
        .AddSingleton<TrackFolder>()
        .AddSingleton<Catalogue>()
        .AddSingleton<AssignVersion>()
        .AddSingleton<VersionSplits>()
        .AddSingleton<CompareSolutions>()
        .AddSingleton<SolutionPairs>()
        .AddSingleton<CommunityNotices>()
        .AddSingleton<Posts>()
        .AddSingleton<WritePost>()
        .AddSingleton<VotePost>()
        .AddSingleton<ModeratePosts>()
        .AddSingleton<Following>()
        .AddSingleton<ChallengeTallies>()
        .AddSingleton<CountDropOff>()
        .AddSingleton<ReadOutcomes>()
        .AddSingleton<FindNeighbours>()
        .AddSingleton<RecommendChallenges>()
        .AddSingleton<Enrol>()
        .AddSingleton<SubmitAttempt>()
        .AddSingleton<TakeHint>()
        .AddSingleton<LearnerViews>()
        .AddSingleton<ChallengeStatistics>();
}
