using System.Net.Http.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class SeedTests
{
    [Fact]
    public async Task Everybody_it_names_signs_in_at_localhost_and_a_second_run_changes_nothing()
    {
        await using var app = await PodiumApp.StartAsync();
        var op = Operator.At(app);

        var seeded = await op.JsonAsync("seed");

        var people = seeded["people"]!.AsArray();
        Assert.Equal(["ADMINISTRATOR", "ORGANIZER", "JUDGE", "PARTICIPANT", "PARTICIPANT", "PARTICIPANT"], people.Select(person => (string)person!["role"]!));
        foreach (var person in people)
        {
            var tokens = await app.Http.PostAsJsonAsync("/api/sessions", new { email = (string)person!["email"]!, password = (string)person["password"]! }).OkAsync();
            Assert.NotNull(tokens["accessToken"]);
        }
        var again = await op.JsonAsync("seed");
        Assert.All(again["people"]!.AsArray(), person => Assert.False((bool)person!["created"]!));
        Assert.Equal((await op.JsonAsync("tenant", "list")).AsArray().Count, 1 + again["clients"]!.AsArray().Count);
        Assert.Equal(["en", "kk", "ru", "fr"], (await op.JsonAsync("tenant", "show", "demo"))["languages"]!.AsArray().Select(language => (string)language!));
        Assert.Contains("a seat for everybody", (await op.RunAsync("seed")).Ok().Output);
    }

    [Fact]
    public async Task The_seven_contests_of_the_first_clients_are_kept_with_them()
    {
        await using var op = await Operator.AtAsync();

        var clients = (await op.JsonAsync("seed"))["clients"]!.AsArray().Select(client => (string)client!["slug"]!).ToList();

        Assert.Equal(["payportpro", "sound-of-chi", "jericho-homestead"], clients);
        var contests = 0;
        foreach (var client in clients) contests += (await op.JsonAsync("tenant", "show", client))["settings"]!["contests"]!.AsArray().Count;
        Assert.Equal(7, contests);
    }

    [Fact]
    public async Task The_clients_contests_have_songs_that_can_be_voted_for()
    {
        await using var app = await PodiumApp.StartAsync();
        var op = Operator.At(app);

        var contests = (await op.JsonAsync("seed", "urvote"))["songContests"]!.AsArray();

        Assert.Equal(
            ["payportpro: Patriotic AI Music Challenge 2024", "sound-of-chi: Community Playlist Contest", "jericho-homestead: The House of Mary & Joseph", "sound-of-chi: Community Playlist Contest",
                "jericho-homestead: The House of Mary & Joseph", "sound-of-chi: Community Playlist Contest", "jericho-homestead: The House of Mary & Joseph"],
            contests.Select(contest => $"{contest!["client"]}: {contest["contest"]}"));
        Assert.Equal(7, contests.Select(contest => (string)contest!["competitionId"]!).Distinct().Count());
        foreach (var contest in contests)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/voting-sessions/{contest!["votingId"]}");
            request.Headers.Add("X-Tenant", (string)contest["client"]!);
            var voting = await app.Http.SendAsync(request).OkAsync();
            Assert.Equal(("open", 8), ((string)voting["status"]!, voting["options"]!.AsArray().Count));
        }
        Assert.Equal(contests.ToJsonString(), (await op.JsonAsync("seed", "urvote"))["songContests"]!.ToJsonString());
    }

    [Fact]
    public async Task Competitions_with_hundreds_of_people_are_made_once()
    {
        await using var op = await Operator.AtAsync();

        var seeded = (await op.JsonAsync("seed", "nestfest", "kazrockets"))["competitions"]!.AsArray();

        Assert.Equal(["nestfest", "kazrockets"], seeded.Select(contest => (string)contest!["blueprint"]!));
        Assert.All(seeded, contest => Assert.Equal((45, 45), ((int)contest!["teams"]!, (int)contest["registrations"]!)));
        Assert.InRange(seeded.Sum(contest => (int)contest!["people"]!), 300, 600);
        Assert.All(seeded, contest => Assert.Equal(12, (int)contest!["submissions"]!));
        Assert.Equal(seeded.ToJsonString(), (await op.JsonAsync("seed", "nestfest", "kazrockets"))["competitions"]!.ToJsonString());
        (await op.RunAsync("seed", "eurovision")).Failed(2, "eurovision");
    }

    [Fact]
    public async Task Known_passwords_are_refused_outside_development_unless_forced()
    {
        await using var op = await Operator.AtAsync();
        op["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production";
        op["Encryption__Keys__k"] = Convert.ToBase64String(new byte[32]);
        op["Encryption__Current"] = "k";
        op["Encryption__IndexKey"] = Convert.ToBase64String(new byte[32]);

        (await op.RunAsync("seed")).Failed(1, "--force");
        Assert.Empty((await op.JsonAsync("tenant", "list")).AsArray());
        Assert.Equal("playground", (string)(await op.JsonAsync("seed", "--force", "--tenant", "playground"))["tenant"]!["slug"]!);
    }

    [Fact]
    public async Task Two_who_seed_at_once_make_one_of_everything()
    {
        await using var op = await Operator.AtAsync();

        var both = await Task.WhenAll(Task.Run(() => op.RunAsync("seed")), Task.Run(() => op.RunAsync("seed")));

        Assert.Contains(both, said => said.Exit == 0);
        (await op.RunAsync("seed")).Ok();
        Assert.Equal(4, (await op.JsonAsync("tenant", "list")).AsArray().Count);
        Assert.Equal(6, (await op.JsonAsync("user", "list", "--tenant", "demo")).AsArray().Count);
    }
}
