using Podium.Tests.Harness;
using Podium.Tests.Judging;

namespace Podium.Tests.Running;

public sealed class LeaderboardTests
{
    /// <summary>Rows as the timer would write them, for many ties; the pages must hold everybody once, with the ranks that the whole list has.</summary>
    [Fact]
    public async Task Pages_hold_everybody_once_with_the_ranks_of_the_whole_board()
    {
        await using var app = await PodiumApp.StartAsync(new AppOptions { Timers = [], LeavesWhole = false });
        var contest = await JudgedContest.CreateAsync(app, participants: 7, judges: 0);
        decimal[] scores = [8, 9, 8, 7, 8, 8, 3];
        async Task WriteAsync(int participant, decimal? score, DateTimeOffset at)
        {
            var entry = contest.Participants[participant];
            var row = $"'{contest.Tenant.Id}', '{contest.Id}', '{entry.RegistrationId}'";
            await contest.App.QueryAsync<int>($"WITH line AS (INSERT INTO leaderboard_then (tenant_id, competition_id, registration_id, since, avg_score, review_count) VALUES ({row}, '{at:O}', {(score is null ? "NULL, 0" : $"{score}, 1")})) SELECT 1");
            await contest.App.QueryAsync<int>(score is null
                ? $"WITH line AS (DELETE FROM competition_leaderboard WHERE registration_id = '{entry.RegistrationId}') SELECT 1"
                : $"WITH line AS (INSERT INTO competition_leaderboard VALUES ({row}, '{entry.Person.Id}', 'individual', {score}, 1) ON CONFLICT (tenant_id, competition_id, registration_id) DO UPDATE SET avg_score = excluded.avg_score) SELECT 1");
        }
        var noon = contest.App.Clock.GetUtcNow().AddHours(-6);
        for (var participant = 0; participant < scores.Length; participant++) await WriteAsync(participant, scores[participant], noon);
        async Task<List<string>> ListAsync(int limit, string more = "")
        {
            var (all, after) = (new List<string>(), "");
            do
            {
                var page = await contest.Organizer.Http.GetAsync($"{contest.Path}/leaderboard?limit={limit}{after}{more}").OkAsync();
                all.AddRange(page["items"]!.AsArray().Select(line => $"{line!["rank"]} {line["participant"]}"));
                after = $"&after={page["next"]}";
                if (page["next"] is null) return all;
            }
            while (true);
        }
        var whole = await ListAsync(200);
        Assert.Equal([1, 2, 2, 2, 2, 6, 7], whole.Select(line => line[0] - '0'));
        for (var limit = 1; limit < 5; limit++) Assert.Equal(whole, await ListAsync(limit));

        // one goes and one rises; yesterday's board stays as it was, page by page
        var first = await contest.Organizer.Http.GetAsync($"{contest.Path}/leaderboard?limit=3").OkAsync();
        await WriteAsync(3, null, noon.AddHours(2));
        await WriteAsync(6, 10, noon.AddHours(3));
        for (var limit = 1; limit < 9; limit += 2) Assert.Equal(whole, await ListAsync(limit, $"&at={noon.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Equal(["1 Team Number2", "2 Team"], (await ListAsync(2, $"&at={noon.AddHours(2):yyyy-MM-ddTHH:mm:ssZ}")).Take(2).Select((line, place) => place == 0 ? line : line[..6]));
        Assert.Equal("1 Team Number7", (await ListAsync(2, $"&at={noon.AddHours(3):yyyy-MM-ddTHH:mm:ssZ}"))[0]);
        Assert.Equal(await ListAsync(4), await ListAsync(3, $"&at={noon.AddHours(4):yyyy-MM-ddTHH:mm:ssZ}"));
        Assert.Empty(await ListAsync(4, $"&at={noon.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}"));
        // whoever reads on from an entry that has gone meanwhile does not find an empty page
        var gone = contest.Participants[3].RegistrationId;
        Assert.Empty((await contest.Organizer.Http.GetAsync($"{contest.Path}/leaderboard?after={gone}").OkAsync())["items"]!.AsArray());
        Assert.Equal(2, (await contest.Organizer.Http.GetAsync($"{contest.Path}/leaderboard?limit=2&after={contest.Participants[6].RegistrationId}").OkAsync())["items"]!.AsArray().Count);
        Assert.NotNull(first["next"]);
        await contest.Participants[0].Person.Http.GetAsync($"{contest.Path}/leaderboard?at={noon.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}").ProblemAsync(404, "results-not-published");
    }
}
