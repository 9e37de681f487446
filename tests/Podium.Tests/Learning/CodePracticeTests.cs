using System.Net.Http.Json;
using Podium.Cli;
using Podium.Learning;
using Podium.Learning.Sandbox;
using Podium.Tests.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>The challenges that come with Podium are ones that can be solved, and have to be.</summary>
public sealed class CodePracticeTests(SandboxPool pool)
{
    [Fact]
    public async Task Every_reference_solution_passes_and_every_starter_code_fails()
    {
        var challenges = CodePractice.Tracks().SelectMany(track => track.Files.Keys.Where(path => path.EndsWith("/challenge.json", StringComparison.Ordinal)).Select(path => (track.Track, Path: path, Content: TrackFolder.ContentOf(track.Files, path)))).ToList();
        Assert.Equal(3, CodePractice.Tracks().Count);
        Assert.True(challenges.Count >= 40, $"{challenges.Count} challenges");

        var faults = await Task.WhenAll(challenges.Select(async challenge =>
        {
            if (challenge.Content.Problem is { } problem) return $"{challenge.Path}: {problem.Detail}";
            var content = challenge.Content.Value!;
            var solution = await RunAsync(content.SolutionCode, content.Tests);
            var starter = await RunAsync(content.StarterCode, content.Tests);
            if (!solution.AllPassed || solution.Faults.Count > 0) return $"{challenge.Path}: the solution fails: {solution.Verdict} {string.Join(" ", solution.Tests.Select(test => test.Message).Concat(solution.Faults))}";
            return starter.AllPassed ? $"{challenge.Path}: the starter code passes" : null;
        }));

        Assert.All(faults, Assert.Null);
    }

    [Fact]
    public async Task Seeded_tracks_are_there_to_be_learned_and_a_second_run_and_a_round_trip_change_nothing()
    {
        await using var app = await PodiumApp.StartAsync();
        var op = Operator.At(app);

        var first = (await op.JsonAsync("seed", "codepractice"))["tracks"]!.AsArray();
        Assert.Equal(["javascript", "living-pages", "web-pages"], first.Select(track => (string)track!["track"]!));
        Assert.True(first.Sum(track => (int)track!["added"]!) >= 40);
        var again = (await op.JsonAsync("seed", "codepractice"))["tracks"]!.AsArray();
        Assert.Equal(first.Sum(track => (int)track!["added"]!), again.Sum(track => (int)track!["unchanged"]!));

        var tracks = (await app.Http.GetAsync("/api/tracks").OkAsync())["items"]!.AsArray();
        Assert.Equal(["Web pages", "JavaScript", "Living pages"], tracks.Select(track => (string)track!["title"]!));
        var lines = (await app.Http.GetAsync($"/api/tracks/{tracks[0]!["id"]}/challenges").OkAsync())["items"]!.AsArray();
        Assert.Equal("say-hello", (string?)lines[0]!["slug"]);

        var folder = Directory.CreateTempSubdirectory("podium-track-");
        try
        {
            (await op.RunAsync("track", "export", "web-pages", "--tenant", "demo", "--folder", folder.FullName)).Ok();
            var shipped = CodePractice.Tracks().Single(track => track.Track == "web-pages").Files;
            Assert.Equal(shipped.Keys.Order(StringComparer.Ordinal), TrackFolder.ReadFolder(folder.FullName).Keys.Order(StringComparer.Ordinal));
            var back = await op.JsonAsync("track", "import", "web-pages", "--tenant", "demo", "--author", "administrator@demo.example.org", "--folder", folder.FullName);
            Assert.Equal((0, 0), ((int)back["added"]!, (int)back["changed"]!));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<CodeReport> RunAsync(EditChallenge.Code code, IReadOnlyList<ChallengeTest> tests)
    {
        // many wait for few workers
        while (true)
        {
            if (await pool.Sandbox.RunAsync(new PageCode(code.Html, code.Css, code.Js), tests, CodeLimits.Default, CancellationToken.None) is { } report) return report;
        }
    }
}
