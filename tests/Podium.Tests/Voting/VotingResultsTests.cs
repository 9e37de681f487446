using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Voting;

/// <summary>From ballots to published results, through the API.</summary>
public sealed class VotingResultsTests(SharedApp shared)
{
    [Theory]
    [InlineData("plurality", "0", 1)]
    [InlineData("instantRunoff", "3", 1)]
    [InlineData("schulze", "1", 1)]
    [InlineData("stv", "0 3", 2)]
    public async Task The_capital_of_Tennessee_depends_on_the_method(string method, string winners, int seats)
    {
        // 42, 26, 15 and 17 voters of the published example, as 8, 5, 3 and 4 (the same winners; see CountingTests for the whole)
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = method, method, seats, voters = "anyone", visibility = "sealed" }, options: 4);
        foreach (var (order, count) in new[] { ("0123", 8), ("1230", 5), ("2310", 3), ("3210", 4) })
        {
            for (var number = 0; number < count; number++)
            {
                int[] options = [.. order.Select(option => option - '0')];
                await voting.CastAsync(tenant.Http, method == "plurality" ? options[..1] : options, ranked: method != "plurality", ticket: await voting.TicketAsync(tenant.Http)).OkAsync();
            }
        }

        await tenant.Http.GetAsync($"{voting.Path}/board").ProblemAsync(403, "voting-sealed");
        await boss.Http.GetAsync($"{voting.Path}/board").ProblemAsync(403, "voting-sealed");
        await boss.Http.GetAsync($"{voting.Path}/results").ProblemAsync(409, "voting-not-published");
        await voting.MoveAsync("closed");
        await tenant.Http.GetAsync($"{voting.Path}/board").ProblemAsync(403, "voting-sealed");
        await tenant.Http.GetAsync($"{voting.Path}/results").ProblemAsync(409, "voting-not-published");
        var before = await boss.Http.GetAsync($"{voting.Path}/results").OkAsync();
        await voting.MoveAsync("published");
        var results = await tenant.Http.GetAsync($"{voting.Path}/results").OkAsync();

        Assert.Equal(winners, string.Join(' ', results["winners"]!.AsArray().Select(winner => (int)winner! - 1)));
        Assert.Equal(20, (long)results["votes"]!);
        Assert.True(JsonNode.DeepEquals(before, results));
        Assert.Equal("8 5 3 4", await voting.CountsAsync(tenant.Http));
        await boss.Http.PostAsJsonAsync($"{voting.Path}/phase", new { phase = "open" }).ProblemAsync(409, "voting-phase-refused");
        await boss.Http.PostAsJsonAsync($"{voting.Path}/decisions", new { entryIds = new[] { 1 }, state = "void", reason = "Too late" }).ProblemAsync(409, "voting-frozen");
    }

    [Fact]
    public async Task Scores_add_up_and_boards_show_their_sums()
    {
        var tenant = await shared.TenantAsync();
        var voting = await VotingWorld.OpenAsync(await tenant.AdministratorAsync(), new { title = "Scores", method = "score", lowestScore = -2, highestScore = 5, voters = "anyone" });
        async Task<HttpResponseMessage> ScoreAsync(params int?[] scores) => await tenant.Http.PostAsJsonAsync($"{voting.Path}/votes", new
        {
            choices = scores.Index().Where(score => score.Item is not null).Select(score => new { optionId = voting.Options[score.Index], score = score.Item }),
            ticket = await voting.TicketAsync(tenant.Http),
        });
        await ScoreAsync(5, -1, null).OkAsync();
        await ScoreAsync(2, 5, null).OkAsync();
        await ScoreAsync(6, 0, 0).ProblemAsync(422, "invalid");

        var board = await voting.BoardAsync(tenant.Http);
        Assert.Equal(["1 7", "2 4", "3 0"], board["lines"]!.AsArray().Select(line => $"{line!["option"]} {(decimal)line["weight"]!:0}"));
        await voting.MoveAsync("closed");
        await voting.MoveAsync("published");
        var results = await tenant.Http.GetAsync($"{voting.Path}/results").OkAsync();
        Assert.Equal(["1 7", "2 4", "3 -4"], results["order"]!.AsArray().Select(line => $"{line!["option"]} {(decimal)line["total"]!:0}"));
    }

    [Fact]
    public async Task Doubtful_votes_are_held_voided_and_counted_again_on_the_record()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var voter = await tenant.PersonAsync();
        var voting = await VotingWorld.OpenAsync(boss, new { title = "Doubt", voters = "anyone", mayChange = true });
        var tickets = new List<string>();
        var entries = new List<long>();
        for (var number = 0; number < 4; number++)
        {
            tickets.Add(await voting.TicketAsync(tenant.Http));
            entries.Add((long)(await voting.CastAsync(tenant.Http, [0], ticket: tickets[^1]).OkAsync())["entryId"]!);
        }
        Task<HttpResponseMessage> JudgeAsync(HttpClient http, string state, params long[] ids) => http.PostAsJsonAsync($"{voting.Path}/decisions", new { entryIds = ids, state, reason = "Looks made" });

        await JudgeAsync(voter.Http, "void", entries[0]).ProblemAsync(403, "forbidden");
        Assert.Equal(2, (int)(await JudgeAsync(boss.Http, "void", entries[0], entries[1], entries[1]).OkAsync())["changed"]!);
        Assert.Equal(0, (int)(await JudgeAsync(boss.Http, "void", entries[0], 999_999_999).OkAsync())["changed"]!);
        Assert.Equal(1, (int)(await JudgeAsync(boss.Http, "held", entries[2]).OkAsync())["changed"]!);
        Assert.Equal("1 0 0", await voting.CountsAsync(tenant.Http));
        Assert.Equal(1, (int)(await JudgeAsync(boss.Http, "counted", entries[0]).OkAsync())["changed"]!);
        Assert.Equal("2 0 0", await voting.CountsAsync(tenant.Http));

        var doubtful = (await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?limit=1").OkAsync());
        Assert.Equal([$"{entries[1]} void"], doubtful["items"]!.AsArray().Select(vote => $"{vote!["entryId"]} {vote["state"]}"));
        Assert.Equal([$"{entries[2]} held"], (await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?after={doubtful["next"]}").OkAsync())["items"]!.AsArray().Select(vote => $"{vote!["entryId"]} {vote["state"]}"));
        await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?address=nowhere").ProblemAsync(422, "invalid");
        Assert.Empty((await boss.Http.GetAsync($"{voting.Path}/doubtful-votes?address=203.0.113.9").OkAsync())["items"]!.AsArray());

        // who is void stays so by voting again
        Assert.Equal("changed", (string)(await voting.CastAsync(tenant.Http, [2], ticket: tickets[1]).OkAsync())["outcome"]!);
        Assert.Equal("2 0 0", await voting.CountsAsync(tenant.Http));
        await voting.MoveAsync("closed");
        await voting.MoveAsync("published");
        Assert.Equal(2, (long)(await tenant.Http.GetAsync($"{voting.Path}/results").OkAsync())["votes"]!);
    }

    [Fact]
    public async Task A_jury_and_a_public_share_a_song_contest()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var jury = await VotingWorld.DraftAsync(boss, new { title = "Jury", method = "instantRunoff", onlyGroups = true, groups = new[] { new { name = "Jury", role = "JUDGE" } } });
        var open = await VotingWorld.DraftAsync(boss, new { title = "Public", voters = "anyone", points = new { scale = new[] { 12, 10, 8 }, jurySessionId = jury.Id, byCountry = false } });
        await jury.MoveAsync("open");
        await open.MoveAsync("open");
        for (var number = 0; number < 2; number++)
        {
            var judge = await tenant.PersonAsync();
            await boss.GrantAsync(judge, "JUDGE").OkAsync(201);
            await jury.CastAsync(judge.Http, [1, 0, 2], ranked: true).OkAsync();
        }
        foreach (var option in new[] { 2, 2, 2, 1, 1, 0 }) await open.CastAsync(tenant.Http, [option], ticket: await open.TicketAsync(tenant.Http)).OkAsync();

        await open.MoveAsync("closed");
        await boss.Http.PostAsJsonAsync($"{open.Path}/phase", new { phase = "published" }).ProblemAsync(409, "voting-not-published");
        await jury.MoveAsync("closed");
        await open.MoveAsync("published");

        var results = await tenant.Http.GetAsync($"{open.Path}/results").OkAsync();
        Assert.Equal(["2 22 12 10", "3 20 8 12", "1 18 10 8"], results["order"]!.AsArray().Select(line => $"{line!["option"]} {(decimal)line["total"]!:0} {(decimal)line["juryPoints"]!:0} {(decimal)line["publicPoints"]!:0}"));
        Assert.Equal([2], results["winners"]!.AsArray().Select(winner => (int)winner!));
    }
}
