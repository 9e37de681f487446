using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Podium.Learning;
using Podium.Learning.Outcomes;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

public sealed class OutcomeTests
{
    // Newcombe 1998, as in DifferenceTests; and by R's t.test of 20 ones and 20 threes: 2 ± 2.0227 * 0.16013 is 1.6761 to 2.3239
    [Fact]
    public void Figures_carry_their_bounds()
    {
        var few = CompletionFigures.Of(263, 81, 90, 120) with { MeanAttempts = null, MeanAttemptsLower = null, MeanAttemptsUpper = null };
        Assert.Equal((0.2553, 0.3662), (Math.Round(few.Lower!.Value, 4), Math.Round(few.Upper!.Value, 4)));
        var forty = CompletionFigures.Of(50, 40, 20 + 60, 20 + 180);
        Assert.Equal((2, 1.6761, 2.3239), (forty.MeanAttempts, Math.Round(forty.MeanAttemptsLower!.Value, 4), Math.Round(forty.MeanAttemptsUpper!.Value, 4)));
        Assert.Equal(new CompletionFigures { Started = 0, Completed = 0 }, CompletionFigures.Of(0, 0, 0, 0));
        Assert.Null(CompletionFigures.Of(30, 29, 40, 70).MeanAttemptsLower);
    }

    [Theory]
    [InlineData(EditChallenge.Difficulty.Beginner, 29, 0, null)]
    [InlineData(EditChallenge.Difficulty.Beginner, 30, 10, "harder")]
    [InlineData(EditChallenge.Difficulty.Beginner, 30, 19, "asStated")] // the interval reaches into the band
    [InlineData(EditChallenge.Difficulty.Beginner, 1000, 1000, "asStated")]
    [InlineData(EditChallenge.Difficulty.Intermediate, 200, 190, "easier")]
    [InlineData(EditChallenge.Difficulty.Intermediate, 200, 20, "harder")]
    [InlineData(EditChallenge.Difficulty.Advanced, 100, 90, "easier")]
    [InlineData(EditChallenge.Difficulty.Advanced, 100, 0, "asStated")]
    public void A_difficulty_is_doubted_only_where_the_whole_interval_is_outside_its_band(EditChallenge.Difficulty stated, long started, long completed, string? measured) =>
        Assert.Equal(measured, MeasuredDifficulty.Of(stated, CompletionFigures.Of(started, completed, completed, completed)));

    [Fact]
    public void Drift_compares_the_last_ripe_month_with_those_before()
    {
        DateTimeOffset now = new(2026, 6, 20, 0, 0, 0, TimeSpan.Zero);
        Drift.Month[] months = [new(new DateOnly(2026, 3, 1), 20, 18), new(new DateOnly(2026, 4, 1), 40, 36), new(new DateOnly(2026, 5, 1), 50, 20), new(new DateOnly(2026, 6, 1), 500, 0)];
        var drift = Drift.Of(months, now)!;
        Assert.True(drift is { IsClear: true, Value: < -0.49 and > -0.51 });
        Assert.Null(Drift.Of(months[1..3], now.AddDays(-10)));
        Assert.Null(Drift.Of([months[0], months[2]], now));
        Assert.Null(Drift.Of([], now));
    }

    [Fact]
    public async Task Authors_see_where_learners_stop_and_what_came_of_which_version()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = ["RefreshChallengeStatistics", "CountDropOff"], Start = new DateTimeOffset(2026, 1, 20, 8, 0, 0, TimeSpan.Zero) });
        var practice = await Practice.OpenAsync(await TestTenant.CreateAsync(app));
        var tenant = practice.Tenant;
        var (first, second) = (await practice.PublishedAsync("sum", Practice.Content()), await practice.PublishedAsync("again", Practice.Content("Again", difficulty: "advanced")));
        var (ada, bob, eve) = (await tenant.PersonAsync("ada@example.org"), await tenant.PersonAsync("bob@example.org"), await tenant.PersonAsync("eve@example.org"));
        // ada finishes both, bob does the first and departs, eve is stuck in the second and had taken a hint before
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Practice.TryAsync(ada, first, "")));
        await Practice.TryAsync(ada, first, Practice.Sum);
        await Practice.TryAsync(ada, first, Practice.Sum);
        await Practice.TryAsync(ada, second, Practice.Sum);
        await Practice.TryAsync(bob, first, Practice.Sum);
        await eve.Http.PostAsync($"/api/challenges/{second}/hints", null).OkAsync();
        await Practice.TryAsync(eve, second, "");

        await app.AdvanceAsync(TimeSpan.FromDays(13));
        var author = await tenant.SignInAsync(practice.Author.Email);
        Assert.Equal((3, 0), await OfTrackAsync() is var early ? (early.Learners, early.Stopped) : default);
        // completed next month with the next version: it counts for the month and the version that eve began with
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{second}", Practice.Content("Once again", difficulty: "advanced")).OkAsync();
        await author.Http.PostAsJsonAsync($"/api/authoring/challenges/{second}/versions", new { changelog = "More." }).OkAsync(201);
        await app.AdvanceAsync(TimeSpan.FromDays(3));
        author = await tenant.SignInAsync(practice.Author.Email);
        Assert.Equal((3, 2), await OfTrackAsync() is var later ? (later.Learners, later.Stopped) : default);
        var track = await author.Http.GetAsync($"/api/authoring/tracks/{practice.Track}/outcomes").OkAsync();
        var lines = track["lessons"]![0]!["challenges"]!.AsArray();
        Assert.Equal(
            ["Sum 2 2 2.5 0 1", "Once again 2 1 1 1 0"],
            lines.OrderByDescending(line => (string)line!["title"]!).Select(line => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{line!["title"]} {line["figures"]!["started"]} {line["figures"]!["completed"]} {(double)line["figures"]!["meanAttempts"]!} {line["stuck"]} {line["departed"]}")));
        Assert.Equal((2, 1), ((int)track["lessons"]![0]!["reached"]!, (int)track["finished"]!));
        Assert.Null(lines[0]!["measured"]);
        eve = await tenant.SignInAsync(eve.Email);
        await Practice.TryAsync(eve, second, Practice.Sum);
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        var outcome = await author.Http.GetAsync($"/api/authoring/challenges/{second}/outcomes").OkAsync();
        Assert.Equal(("advanced", null), ((string)outcome["difficulty"]!, (string?)outcome["drift"]?.ToString()));
        Assert.Equal(["2026-01-01 2 2"], outcome["months"]!.AsArray().Select(month => $"{month!["month"]} {month["figures"]!["started"]} {month["figures"]!["completed"]}"));
        Assert.Equal(["1.0.0 2 2"], outcome["versions"]!.AsArray().Select(version => $"{version!["version"]} {version["figures"]!["started"]} {version["figures"]!["completed"]}"));

        // a hundred of whom ninety complete it are too many for advanced
        await using (var connection = new NpgsqlConnection(app.Postgres))
            await connection.ExecuteAsync("UPDATE challenge_tallies SET started = 100, completed = 90, attempts = 180, attempts_squared = 400 WHERE challenge_id = @second", new { second });
        Assert.Equal("easier", (string?)(await author.Http.GetAsync($"/api/authoring/challenges/{second}/outcomes").OkAsync())["measured"]);

        foreach (var path in new[] { $"/api/authoring/tracks/{practice.Track}/outcomes", $"/api/authoring/challenges/{second}/outcomes" })
        {
            await eve.Http.GetAsync(path).ProblemAsync(403, "forbidden");
            await (await (await TestTenant.CreateAsync(app)).AdministratorAsync()).Http.GetAsync(path).ProblemAsync(404, "not-found");
        }

        async Task<(int Learners, int Stopped)> OfTrackAsync()
        {
            var found = await author.Http.GetAsync($"/api/authoring/tracks/{practice.Track}/outcomes").OkAsync();
            return ((int)found["learners"]!, found["lessons"]!.AsArray().Sum(lesson => (int)lesson!["stopped"]!));
        }
    }
}
