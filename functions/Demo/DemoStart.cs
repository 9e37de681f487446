using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Podium.Demo;
using Podium.Exams;

namespace Podium.Functions.Demo;

/// <summary>What the option --demo adds to a start: all five systems filled with something to look at, and a page of what to try.</summary>
internal sealed partial class DemoStart(MakeDemo demo, IServiceProvider services, IConfiguration configuration, ILogger<DemoStart> log) : BackgroundService
{
    public const string Option = "--demo";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            if (configuration["AZURE_FUNCTIONS_ENVIRONMENT"] != "Development")
                throw new InvalidOperationException("Accounts with known passwords belong to development only: set AZURE_FUNCTIONS_ENVIRONMENT=Development, or leave --demo away.");
            Console.WriteLine("Making the demo …");
            var wanted = configuration["Demo:What"] is { Length: > 0 } some ? some.Split(',', StringSplitOptions.TrimEntries) : MakeDemo.All;
            var made = await demo.Run(new MakeDemo.Request { What = wanted, Exam = SeedExams.Small }, stoppingToken);
            Console.WriteLine(PageOf(made, watch.Elapsed));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            NotMade(error);
        }
    }

    private string PageOf(MakeDemo.Result made, TimeSpan took)
    {
        var address = Address();
        var page = new List<string>
        {
            "",
            string.Create(CultureInfo.InvariantCulture, $"The demo is ready, {took.TotalSeconds:0.0} s after the start. docs/tour.md walks through the five systems with curl."),
            "",
            $"  API         {address}api/docs",
            $"  Mails       {address}admin/emulator/mail",
        };
        var tries = new List<string> { $$"""  curl {{address}}api/sessions -H 'Content-Type: application/json' -d '{"email":"{{made.People[1].Email}}","password":"{{DemoTenants.Password}}"}'""" };
        foreach (var contest in made.Competitions)
        {
            page.Add($"  {contest.Blueprint,-11} {address}board/competitions/demo-{contest.Blueprint}");
            if (contest.Blueprint == "nestfest") tries.Add($"  curl {address}api/competitions/{contest.CompetitionId}/leaderboard");
        }
        if (made.SongContests is [var voting, ..]) page.Add($"  urvote      {new UriBuilder(address) { Host = MakeDemo.HostOf(voting.Client) }.Uri}board/votings/{voting.VotingId} of {DemoTenants.AdministratorOf(voting.Client)}");
        if (made.Tracks.Count > 0) page.Add($"  practice    {address}api/tracks with {made.Tracks.Sum(track => track.Added + track.Changed + track.Unchanged)} challenges");
        if (made.Exam is { } exam)
        {
            page.Add($"  exams       {address}api/exam-sessions/{exam.SessionId}/tables of {exam.Candidates} candidates");
            tries.Add($"  curl -H 'X-Candidate-Secret: {exam.Samples[0].Secret}' {address}api/exam-sessions/{exam.SessionId}/results/{exam.Samples[0].Number}");
        }
        page.AddRange(["", $"Everybody's password is \"{DemoTenants.Password}\":", ""]);
        page.AddRange(made.People.Select(login => $"  {login.Role,-13} {login.Email}"));
        page.AddRange(["", "Try:", "", .. tries, ""]);
        return string.Join(Environment.NewLine, page);
    }

    // where it is asked for from outside: Core Tools say it by this setting, elsewhere it is the server's own
    private Uri Address()
    {
        if (configuration["WEBSITE_HOSTNAME"] is { Length: > 0 } host) return new Uri($"http://{host}/");
        var own = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:7071";
        return new UriBuilder(own) { Host = "localhost" }.Uri;
    }

    [LoggerMessage(2290, LogLevel.Error, "The demo was not made")]
    private partial void NotMade(Exception error);
}
