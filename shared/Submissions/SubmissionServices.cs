using Microsoft.Extensions.DependencyInjection;
using Podium.Platform.Files;

namespace Podium.Submissions;

/// <summary>What entries hand in, version by version.</summary>
public static class SubmissionServices
{
    public const string SubmissionsContainer = "submissions";

    /// <summary>What was handed in: submissions/{event_id}/{team_id}/… once it is accepted. Each competition has its own rules.</summary>
    public static readonly FilePurpose Files = new()
    {
        Name = "submission",
        Container = SubmissionsContainer,
        Subject = SettleSubmission.Subject,
        Rules = new SubmissionRules().FileRules(),
        MostUnderWay = 50,
    };

    public static IServiceCollection AddSubmissions(this IServiceCollection services) => services
        .AddSingleton(Files)
        .AddSingleton<ReadSubmissions>()
        .AddSingleton<SubmissionsOfCompetition>()
        .AddSingleton<SubmissionStanding>()
        .AddSingleton<DraftSubmission>()
        .AddSingleton<HandIn>()
        .AddSingleton<SettleSubmission>()
        .AddSingleton<WatchSubmissions>()
        .AddSingleton<DecideSubmission>()
        .AddSingleton<ExtendDeadline>()
        .AddSingleton<RemindSubmitters>()
        .AddSingleton<ExportSubmissions>()
        .AddSingleton<JudgedSubmissions>()
        .AddSingleton<SeedSubmissions>()
        .AddSingleton<Receipts>();
}
