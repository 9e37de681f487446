using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Podium.Analytics;
using Podium.Boards;
using Podium.Certificates;
using Podium.Competitions;
using Podium.Demo;
using Podium.Documents;
using Podium.Emergencies;
using Podium.Exams;
using Podium.Functions.Api;
using Podium.Functions.Demo;
using Podium.Functions.Messaging;
using Podium.Functions.Middleware;
using Podium.Identity;
using Podium.Judging;
using Podium.Learning;
using Podium.Notifications;
using Podium.Operations;
using Podium.Platform;
using Podium.Platform.Files;
using Podium.Platform.Partitions;
using Podium.Points;
using Podium.Privacy;
using Podium.Running;
using Podium.Scoreboards;
using Podium.Songs;
using Podium.Submissions;
using Podium.Tenancy;
using Podium.Voting;
using Podium.Webhooks;

var builder = FunctionsApplication.CreateBuilder([.. args.Where(argument => argument != DemoStart.Option)]);
builder.ConfigureFunctionsWebApplication();

builder.UseMiddleware<Correlation>();
builder.UseMiddleware<ProblemAnswers>();
builder.UseMiddleware<Admission>();
builder.UseMiddleware<RateLimiting>();
builder.UseMiddleware<Idempotency>();

builder.Services
    .AddPlatform(builder.Configuration)
    .AddTenancy()
    .AddIdentity()
    .AddNotifications()
    .AddFiles()
    .AddDocuments()
    .AddWebhooks()
    .AddPrivacy()
    .AddCompetitions()
    .AddCertificates()
    .AddSubmissions()
    .AddJudging()
    .AddRunning()
    .AddScoreboards()
    .AddOperations()
    .AddPartitions()
    .AddVoting()
    .AddSongs()
    .AddLearning(builder.Configuration)
    .AddExams()
    .AddPoints()
    .AddEmergencies()
    .AddBoards()
    .AddAnalytics()
    .AddDemo()
    .AddSingleton<ApiCatalogue>()
    .AddSingleton<QueueWork>()
    .AddSingleton<ProblemCatalogue>()
    .AddSingleton<OpenApiDocument>();

if (args.Contains(DemoStart.Option)) builder.Services.AddHostedService<DemoStart>();

builder.Build().Run();
