using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Podium.Learning.Plagiarism;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>Copies are found by authors, and by nobody else.</summary>
public sealed class SimilarityTests(SharedApp shared)
{
    private const string Original =
        """
        function sum(a, b) {
          const numbers = [a, b];
          let total = 0;
          for (let i = 0; i < numbers.length; i++) {
            if (Number.isInteger(numbers[i])) { total += numbers[i]; } else { total = total + Number(numbers[i]) * 1; }
          }
          return Math.round(total * 100) / 100;
        }
        """;

    private const string Copy =
        """
        // all mine
        function sum(erste, zweite)
        {
            var liste = [erste, zweite], e
            e = 0
            for (var z = 0; z < liste.length; z++) {
                if (Number.isInteger(liste[z])) { e += liste[z] }
                else { e = e + Number(liste[z]) * 1 }
            }
            return Math.round(e * 100) / 100
        }
        """;

    private const string Another = "const sum = (...all) => all.map((one) => Number(one)).filter((one) => !isNaN(one)).reduce((before, one) => before + one, 0) || Math.max(...all, 0) * 0 + parseFloat('0');";

    [Fact]
    public async Task Copies_are_found_shown_side_by_side_and_decided_about_by_authors_alone()
    {
        var practice = await Practice.OpenAsync(await shared.TenantAsync());
        var (tenant, author) = (practice.Tenant, practice.Author);
        var id = await practice.PublishedAsync("sum", Practice.Content());
        var (ada, bob, eve) = (await tenant.PersonAsync(), await tenant.PersonAsync(firstName: "Bob"), await tenant.PersonAsync(firstName: "Eve"));
        await Practice.TryAsync(ada, id, "");
        await Practice.TryAsync(ada, id, Original);
        await Practice.TryAsync(bob, id, Copy);
        // what is handed in after the copy has earned the points hides nothing
        await Practice.TryAsync(bob, id, Practice.Sum);
        await Practice.TryAsync(eve, id, Another);

        var similarities = $"/api/authoring/challenges/{id}/similarities";
        var compared = await author.Http.PostAsync(similarities, null).OkAsync();
        Assert.Equal((3, 1), ((int)compared["solutions"]!, (int)compared["pairs"]!));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => author.Http.PostAsync(similarities, null).OkAsync()));
        var pair = Assert.Single((await author.Http.GetAsync($"{similarities}?minimum=50&open=true").OkAsync())["items"]!.AsArray())!;
        Assert.Equal(new[] { ada.Id, bob.Id }.Order(), new[] { (Guid)pair["firstUserId"]!, (Guid)pair["secondUserId"]! }.Order());
        Assert.InRange((double)pair["firstSimilarity"]!, 50, 100);
        var report = await author.Http.GetAsync($"/api/authoring/similarities/{pair["id"]}").OkAsync();
        var bobs = (Guid)pair["firstUserId"]! == bob.Id ? "first" : "second";
        Assert.Equal(Copy, (string?)report[bobs]!["code"]!["js"]);
        Assert.Contains(report["regions"]!.AsArray(), region => (string?)region!["language"] == "js" && (int)region[$"{bobs}From"]! <= 7 && (int)region[$"{bobs}To"]! >= 8);

        // decided with a reason, and not by who is part of it, nor by others
        var decision = $"/api/authoring/similarities/{pair["id"]}/decision";
        var confirmed = new { decision = "confirmed", reason = "The same, with other names." };
        await author.Http.PutAsJsonAsync(decision, new { decision = "confirmed", reason = " " }).ProblemAsync(422, "invalid");
        await ada.Http.PutAsJsonAsync(decision, confirmed).ProblemAsync(403, "forbidden");
        await practice.Boss.GrantAsync(bob, "AUTHOR").OkAsync(201);
        bob = await tenant.SignInAsync(bob.Email);
        await bob.Http.PutAsJsonAsync(decision, new { decision = "dismissed", reason = "Not me." }).ProblemAsync(403, "own-pair");
        var stranger = await (await shared.TenantAsync()).AdministratorAsync();
        foreach (var path in new[] { similarities, $"/api/authoring/similarities/{pair["id"]}" })
        {
            await stranger.Http.GetAsync(path).ProblemAsync(404, "not-found");
            await ada.Http.GetAsync(path).ProblemAsync(403, "forbidden");
        }
        await stranger.Http.PostAsync(similarities, null).ProblemAsync(404, "not-found");
        await stranger.Http.PutAsJsonAsync(decision, confirmed).ProblemAsync(404, "not-found");
        await author.Http.IfMatchAsync(HttpMethod.Put, decision, "\"9\"", confirmed).ProblemAsync(409, "stale");
        for (var again = 0; again < 2; again++) Assert.Equal(("confirmed", 2), await author.Http.PutAsJsonAsync(decision, confirmed).OkAsync() is var said ? ((string)said["decision"]!, (int)said["version"]!) : default);
        // another comparison leaves what was decided
        await author.Http.PostAsync(similarities, null).OkAsync();
        Assert.Equal("confirmed", (string?)(await author.Http.GetAsync($"/api/authoring/similarities/{pair["id"]}").OkAsync())["pair"]!["decision"]);
        Assert.Empty((await author.Http.GetAsync($"{similarities}?open=true").OkAsync())["items"]!.AsArray());
        var log = await practice.Boss.Http.GetAsync($"/api/audit?table=solution_pairs&limit=50").OkAsync();
        Assert.Contains(log["items"]!.AsArray(), entry => (string?)entry!["new"]?["decision"] == "confirmed");

        // asked for once, it is done again by night when there is something new; nobody has asked for the other challenge
        var compare = (await shared.AppAsync()).Services.GetRequiredService<CompareSolutions>();
        var quiet = await practice.PublishedAsync("quiet", Practice.Content("Quiet", call: "add", solution: "const add = (a, b) => a + b;"));
        foreach (var (person, code) in new[] { (eve, Original), (ada, Copy) }) await Practice.TryAsync(person, quiet, code.Replace("sum(", "add(", StringComparison.Ordinal));
        var zoe = await tenant.PersonAsync(firstName: "Zoe");
        await Practice.TryAsync(zoe, id, Original);
        await compare.RunAllAsync(default);
        var open = (await author.Http.GetAsync("/api/authoring/similarities?open=true").OkAsync())["items"]!.AsArray();
        Assert.Equal(2, open.Count);
        Assert.All(open, one => Assert.True((Guid)one!["challengeId"]! == id && (zoe.Id == (Guid)one["firstUserId"]! || zoe.Id == (Guid)one["secondUserId"]!)));
        await ada.Http.GetAsync("/api/authoring/similarities").ProblemAsync(403, "forbidden");
        Assert.Empty((await stranger.Http.GetAsync("/api/authoring/similarities").OkAsync())["items"]!.AsArray());

        // a challenge that another has written already is published with a reason only
        var second = await practice.AddAsync("sum-again", Practice.Content("Sum again", solution: Original));
        await practice.PublishAsync(second).OkAsync(201);
        var third = await practice.AddAsync("taken-over", Practice.Content("My own", solution: Copy));
        var refused = await practice.PublishAsync(third).ProblemAsync(409, "challenge-resembles");
        Assert.Contains("Sum again", (string)refused["detail"]!);
        Assert.Equal("A second part.", (string?)(await practice.PublishAsync(third, resemblesBecause: "A second part.").OkAsync(201))["resemblesBecause"]);
        // of itself a challenge may have as much as it likes
        await author.Http.PutAsJsonAsync($"/api/authoring/challenges/{second}", Practice.Content("Sum once more", solution: Original)).OkAsync();
        await practice.PublishAsync(second, resemblesBecause: "Known.").OkAsync(201);
        await practice.PublishAsync(await practice.AddAsync("other", Practice.Content("Other", solution: Another))).OkAsync(201);
    }
}
