using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Podium.Tests.Harness;

namespace Podium.Tests.Api;

public sealed class DescriptionApiTests(SharedApp shared)
{
    [Fact]
    public async Task The_document_is_public_for_an_hour_and_costs_nothing_the_second_time()
    {
        var app = await shared.AppAsync();
        var answer = await app.Http.GetAsync("/api/openapi.json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("public, max-age=3600", answer.Headers.CacheControl!.ToString());

        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/openapi.json");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await app.Http.SendAsync(again)).StatusCode);
    }

    [Theory]
    [InlineData("/api/docs")]
    [InlineData("/api/problems")]
    [InlineData("/api/problems/stale")]
    public async Task A_page_loads_nothing_from_elsewhere_and_its_policy_names_its_own_script_and_style(string path)
    {
        var answer = await BrowseAsync(path);
        var html = await answer.Content.ReadAsStringAsync();
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();

        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotMatch("(?:src|href)=\"(?:https?:)?//", html);
        Assert.DoesNotMatch("\\son[a-z]+=|\\sstyle=", Regex.Replace(html, "<(script|style)>.*?</\\1>", "", RegexOptions.Singleline));
        foreach (Match part in Regex.Matches(html, "<(script|style)>(.*?)</\\1>", RegexOptions.Singleline))
            Assert.Contains(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(part.Groups[2].Value))), policy);
    }

    [Fact]
    public async Task A_problems_type_answers_with_what_it_means()
    {
        var app = await shared.AppAsync();
        var problem = await app.Http.GetAsync("/api/problems/no-such-problem").ProblemAsync(404, "not-found");
        var meaning = await app.Http.GetAsync((string)problem["type"]!).OkAsync();

        Assert.Equal("not-found", (string?)meaning["code"]);
        Assert.Equal(404, (int?)meaning["status"]);
        Assert.Contains("GetProblem", meaning["operations"]!.AsArray().Select(name => (string?)name));
        Assert.Contains("There is no such thing", await (await BrowseAsync((string)problem["type"]!)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_list_of_problems_is_JSON_unless_a_browser_asks()
    {
        var app = await shared.AppAsync();
        var list = await app.Http.GetFromJsonAsync<JsonObject>("/api/problems");
        Assert.Contains(list!["items"]!.AsArray(), one => (string?)one!["code"] == "credentials-refused");
        Assert.Equal("text/html", (await BrowseAsync("/api/problems")).Content.Headers.ContentType?.MediaType);
    }

    private async Task<HttpResponseMessage> BrowseAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        return await (await shared.AppAsync()).Http.SendAsync(request);
    }
}
