using System.Net;
using System.Net.Http.Json;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

public sealed class FindingTests(SharedApp shared)
{
    [Fact]
    public async Task Competitions_are_found_by_words_of_their_languages()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var robots = await Contest.PublishedAsync(boss, new
        {
            name = "Swimming robots",
            description = "Teams build machines that dive.",
            type = "team",
            maxTeamSize = 4,
            translations = new { ru = new { name = "Плавающие роботы", description = "Команды строят машины." }, kk = new { name = "Жүзетін роботтар" } },
        });
        var songs = await Contest.PublishedAsync(boss, new { name = "Қазақ әндері", language = "kk", description = "Ән байқауы", featured = true });
        var draft = await Contest.DraftAsync(boss, new { name = "Secret robots" });

        Assert.Equal([robots.Id], await FoundAsync("swim"));        // the dictionary's stem
        Assert.Equal([robots.Id], await FoundAsync("machine"));
        Assert.Equal([robots.Id], await FoundAsync("плавающих роботов"));
        Assert.Equal([robots.Id], await FoundAsync("жузетин"));      // typed on a Russian keyboard
        Assert.Equal([songs.Id], await FoundAsync("казак"));
        Assert.Equal([songs.Id], await FoundAsync("ҚАЗ"));           // cut short
        Assert.Equal([robots.Id], await FoundAsync("swiming robotz")); // slips of the pen
        Assert.Equal([robots.Id], await FoundAsync("robots -songs"));
        Assert.Empty(await FoundAsync("secret"));
        Assert.Empty(await FoundAsync("'; DROP TABLE competitions; --"));
        Assert.Equal([draft.Id, robots.Id], (await FoundAsync("robots", http: boss.Http)).OrderByDescending(id => id == draft.Id));
        Assert.Equal([robots.Id], await FoundAsync("robots", "&type=team"));
        Assert.Empty(await FoundAsync("robots", "&featured=true"));
        Assert.Equal([songs.Id], (await tenant.Http.GetAsync("/api/competitions?featured=true").OkAsync())["items"]!.AsArray().Select(item => (Guid)item!["id"]!));
        Assert.Empty((await tenant.Http.GetAsync($"/api/competitions?startsFrom={Contest.Ends:yyyy-MM-ddTHH:mm:ssZ}").OkAsync())["items"]!.AsArray());
        Assert.Equal(2, (await tenant.Http.GetAsync($"/api/competitions?startsBefore={Contest.Ends:yyyy-MM-ddTHH:mm:ssZ}&status=published").OkAsync())["items"]!.AsArray().Count);

        async Task<IEnumerable<Guid>> FoundAsync(string words, string filter = "", HttpClient? http = null) =>
            (await (http ?? tenant.Http).GetAsync($"/api/competitions?search={Uri.EscapeDataString(words)}{filter}").OkAsync())["items"]!.AsArray().Select(item => (Guid)item!["id"]!);
    }

    [Fact]
    public async Task Pages_of_a_search_follow_each_other()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        for (var i = 0; i < 7; i++) await Contest.PublishedAsync(boss, new { name = $"Chess open {i}" });

        foreach (var query in new[] { "search=chess", "status=published" })
        {
            var seen = new List<string>();
            string? next = null;
            do
            {
                var page = await tenant.Http.GetAsync($"/api/competitions?{query}&limit=3{(next is null ? "" : $"&after={next}")}").OkAsync();
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["name"]!));
                next = (string?)page["next"];
            }
            while (next is not null);
            Assert.Equal(7, seen.Distinct().Count());
            Assert.Equal(7, seen.Count);
        }
    }

    [Fact]
    public async Task A_page_for_everybody_changes_with_the_competition_and_costs_nothing_twice()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var category = await boss.Http.PostAsJsonAsync("/api/categories", new { name = "Robots", names = new { ru = "Роботы" } }).OkAsync(201);
        var contest = await Contest.DraftAsync(boss, new { slug = "open-cup", type = "team", maxTeamSize = 2, categoryId = (Guid)category["id"]!, translations = new { ru = new { name = "Кубок" } } });
        await tenant.Http.GetAsync("/api/pages/open-cup").ProblemAsync(404, "not-found");
        await contest.MoveAsync("published").OkAsync();

        var first = await tenant.Http.GetAsync("/api/pages/open-cup");
        var page = await first.JsonAsync();
        Assert.Equal(("Cup of robots", 0), ((string?)page["name"], (int)page["seatsTaken"]!));
        Assert.Equal("public, max-age=60", first.Headers.CacheControl!.ToString());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/pages/open-cup");
        again.Headers.TryAddWithoutValidation("If-None-Match", first.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.NotModified, (await tenant.Http.SendAsync(again)).StatusCode);
        page = await tenant.Http.GetAsync("/api/pages/open-cup?language=ru").OkAsync();
        Assert.Equal(("Кубок", "Роботы", "ru"), ((string?)page["name"], (string?)page["categories"]![0], (string?)page["language"]));

        var captain = await tenant.PersonAsync();
        var team = await contest.TeamOfAsync("Hawks", captain);
        await contest.RegisterAsync(captain, team).OkAsync(201);
        page = await tenant.Http.GetAsync("/api/pages/open-cup").OkAsync();
        Assert.Equal((1, "Hawks"), ((int)page["seatsTaken"]!, (string?)page["teams"]![0]));
        await captain.Http.PatchAsJsonAsync($"/api/teams/{team}", new { name = "Kites" }).OkAsync();
        Assert.Equal("Kites", (string?)(await tenant.Http.GetAsync("/api/pages/open-cup").OkAsync())["teams"]![0]);
        await boss.Http.PatchAsJsonAsync(contest.Path, new { name = "Renamed" }).OkAsync();
        Assert.Equal("Renamed", (string?)(await tenant.Http.GetAsync("/api/pages/open-cup").OkAsync())["name"]);
        await (await shared.TenantAsync()).Http.GetAsync("/api/pages/open-cup").ProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task People_are_found_as_one_remembers_their_names()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var zoe = await tenant.PersonAsync(firstName: "Zoé", lastName: "Lefèvre");
        var alia = await tenant.PersonAsync(firstName: "Әлия", lastName: "Қасымова");

        Assert.Equal([zoe.Id], await FoundAsync("zoe lef"));
        Assert.Equal([zoe.Id], await FoundAsync("LEFEVRE"));
        Assert.Equal([alia.Id], await FoundAsync("касымова"));
        Assert.Equal([zoe.Id], await FoundAsync("lefevr"));
        Assert.Empty(await FoundAsync("nobody at all"));
        await zoe.Http.GetAsync("/api/people?search=alia").ProblemAsync(403, "forbidden");
        await boss.Http.GetAsync("/api/people").ProblemAsync(422, "invalid");

        // what others see is remembered, and forgotten when it changes
        Assert.Equal("Zoé", (string?)(await alia.Http.GetAsync($"/api/people/{zoe.Id}").OkAsync())["firstName"]);
        await zoe.Http.PatchAsJsonAsync("/api/me", new { firstName = "Zoë", username = "zoe.l" }).OkAsync();
        Assert.Equal(("Zoë", "zoe.l"), ((string?)(await alia.Http.GetAsync($"/api/people/{zoe.Id}").OkAsync())["firstName"], (string?)(await alia.Http.GetAsync($"/api/people/{zoe.Id}").OkAsync())["username"]));
        Assert.Null((await alia.Http.GetAsync($"/api/people/{zoe.Id}").OkAsync())["email"]);
        await (await (await shared.TenantAsync()).PersonAsync()).Http.GetAsync($"/api/people/{zoe.Id}").ProblemAsync(404, "not-found");

        async Task<IEnumerable<Guid>> FoundAsync(string words) => (await boss.Http.GetAsync($"/api/people?search={Uri.EscapeDataString(words)}").OkAsync())["items"]!.AsArray().Select(item => (Guid)item!["id"]!);
    }
}
