using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Podium.Tests.Harness;

namespace Podium.Tests.Learning;

/// <summary>A tenant with an author, a track and what is needed to make challenges in it.</summary>
internal sealed record Practice(TestTenant Tenant, TestPerson Boss, TestPerson Author, Guid Track, Guid Lesson)
{
    public const string Sum = "const sum = (a, b) => a + b;";

    public static async Task<Practice> OpenAsync(TestTenant tenant)
    {
        var boss = await tenant.AdministratorAsync();
        var author = await tenant.PersonAsync(firstName: "Grace", lastName: "Hopper");
        await boss.GrantAsync(author, "AUTHOR").OkAsync(201);
        var track = await author.Http.PostAsJsonAsync("/api/authoring/tracks", new { slug = "basics", title = "Basics" }).OkAsync(201);
        var module = await author.Http.PostAsJsonAsync($"/api/authoring/tracks/{track["id"]}/modules", new { slug = "first", title = "First" }).OkAsync(201);
        var lesson = await author.Http.PostAsJsonAsync($"/api/authoring/modules/{module["id"]}/lessons", new { slug = "sums", title = "Sums" }).OkAsync(201);
        foreach (var path in new[] { $"tracks/{track["id"]}", $"modules/{module["id"]}", $"lessons/{lesson["id"]}" }) await author.Http.PostAsync($"/api/authoring/{path}/publication", null).OkAsync();
        return new Practice(tenant, boss, author, (Guid)track["id"]!, (Guid)lesson["id"]!);
    }

    public static object Content(string title = "Sum", string solution = Sum, string starter = "", string difficulty = "beginner", string call = "sum") => new
    {
        title,
        description = "Add.",
        difficulty,
        points = 10,
        estimatedTimeMinutes = 5,
        starterCode = new { js = starter },
        solutionCode = new { js = solution },
        tests = new object[] { new { name = "It adds", points = 1, check = new { expect = new object[] { new { call, args = new[] { 1, 2 }, result = 3 } } } } },
        hints = new object[] { new { text = "Use +.", cost = 3 } },
    };

    public async Task<Guid> AddAsync(string slug, object content) =>
        (Guid)(await Author.Http.PostAsJsonAsync($"/api/authoring/lessons/{Lesson}/challenges", new { slug, content }).OkAsync(201))["id"]!;

    public async Task<Guid> PublishedAsync(string slug, object content)
    {
        var id = await AddAsync(slug, content);
        await PublishAsync(id).OkAsync(201);
        return id;
    }

    public Task<HttpResponseMessage> PublishAsync(Guid id, bool activate = true, string? resemblesBecause = null) =>
        Author.Http.PostAsJsonAsync($"/api/authoring/challenges/{id}/versions", new { changelog = "More.", activate, resemblesBecause });

    public static Task<JsonObject> TryAsync(TestPerson person, Guid challenge, string js) => person.Http.PostAsJsonAsync($"/api/challenges/{challenge}/attempts", new { js }).OkAsync(201);
}
