using Microsoft.Extensions.DependencyInjection;
using Podium.Demo;
using Podium.Exams;
using Podium.Learning;
using Podium.Platform.Access;
using Podium.Tests.Harness;

namespace Podium.Tests.Demo;

/// <summary>The demo, and the tour through it.</summary>
public sealed class TourTests(ITestOutputHelper output)
{
    private const string Counts =
        """
        SELECT string_agg(name || ' ' || (xpath('/row/count/text()', query_to_xml('SELECT count(*) FROM ' || name, false, true, '')))[1]::text, ', ' ORDER BY name)
        FROM unnest(ARRAY['tenants', 'tenant_hosts', 'users', 'user_roles', 'institutions', 'competitions', 'teams', 'registrations', 'files', 'submissions', 'judges', 'judge_assignments', 'reviews', 'round_steps', 'songs', 'voting_sessions',
                          'challenges', 'challenge_versions', 'exam_sessions', 'exam_candidates', 'exam_results', 'certificates']) AS name
        """;

    private static readonly string[] Kept = ["track.json", "html/module.json", "html/text/lesson.json", "html/text/say-hello/"];

    [Fact]
    public async Task Every_command_of_the_tour_works_and_a_start_with_the_demo_adds_nothing_to_what_is_there()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await using var app = await PodiumApp.StartAsync(new AppOptions { RealTime = true });
        // all but the tracks, whose forty-four challenges others run; one is enough to learn with
        var stop = TestContext.Current.CancellationToken;
        var what = MakeDemo.All.Except([MakeDemo.Practice]).ToList();
        var made = await app.Services.GetRequiredService<MakeDemo>().Run(new MakeDemo.Request { What = what, Exam = SeedExams.Small }, stop);
        var author = await app.Services.GetRequiredService<DemoTenants>().ActingAsync(MakeDemo.Slug, made.People[0].Email, Permissions.Administrator, "*", stop);
        var files = CodePractice.Tracks().Single(track => track.Track == "web-pages").Files;
        DemoException.Check(await app.Services.GetRequiredService<TrackFolder>().ImportAsync(author, "web-pages", files.Where(file => Kept.Any(start => file.Key.StartsWith(start, StringComparison.Ordinal))).ToDictionary(), stop));
        Assert.Equal(["nestfest 12", "kazrockets 12"], made.Competitions.Select(contest => $"{contest.Blueprint} {contest.Submissions}"));
        Assert.Equal((33L, 7, 1000L), (made.Reviews, made.SongContests.Count, made.Exam!.Candidates));

        output.WriteLine($"made after {watch.Elapsed.TotalSeconds:0.0} s");
        var said = await Guide.RunAsync(app, "docs/tour.md");

        output.WriteLine($"toured after {watch.Elapsed.TotalSeconds:0.0} s");
        foreach (var words in new[] { "opening of round 2", "provenBound", "place: 1", "valid", "Steppe at Dawn", "✓ Counted again, the results are the same.", "\n100\n", "Pass with distinction", "\n403\n", "0 wrong" })
            Assert.Contains(words, said, StringComparison.Ordinal);

        await app.RestartAsync(whileStopped: async () =>
        {
            output.WriteLine($"stopped after {watch.Elapsed.TotalSeconds:0.0} s");
            var before = await app.QueryAsync<string>(Counts);
            await using var again = ProcessApp.Launch(
                BuiltApp.Functions,
                new Dictionary<string, string?> { ["Postgres"] = app.Postgres, ["AzureWebJobsStorage"] = app.StorageConnection, ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development", ["Demo__What"] = string.Join(',', what) },
                "--port", "0", "--demo", "--quiet");
            await app.UntilAsync("the page of what to try is printed", () => Task.FromResult(again.Output.Contains("Try:", StringComparison.Ordinal) && again.Output.Contains("/results/G01-00001", StringComparison.Ordinal)), TimeSpan.FromMinutes(3));
            Assert.Equal(before, await app.QueryAsync<string>(Counts));
            Assert.Contains("/board/competitions/demo-nestfest", again.Output, StringComparison.Ordinal);
            Assert.Contains(DemoTenants.Password, again.Output, StringComparison.Ordinal);
            Assert.All(made.People, login => Assert.Contains(login.Email, again.Output, StringComparison.Ordinal));
            Assert.Equal(3, again.Output.Split("  curl http").Length + again.Output.Split("  curl -H").Length - 2);
        });
    }

    [Fact]
    public async Task The_help_names_the_apps_own_option()
    {
        await using var help = ProcessApp.Launch(BuiltApp.Functions, new Dictionary<string, string?>(), "--help");
        Assert.Equal(0, await help.ExitAsync());
        Assert.Contains("--demo ", help.Output, StringComparison.Ordinal);
    }
}
