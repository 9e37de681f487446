using System.Net.Http.Json;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Api;
using Podium.Tenancy;
using Podium.Tests.Harness;

namespace Podium.Tests.Api;

public sealed class RequestRuleTests(SharedApp shared)
{
    [Fact]
    public async Task Username_country_and_phone_are_set_and_cleared()
    {
        var person = await (await shared.TenantAsync()).PersonAsync();

        var set = await person.Http.PatchAsJsonAsync("/api/me", new { username = "ada.byron", country = "KZ", phone = "+77010000000" }).OkAsync();
        Assert.Equal(["ada.byron", "KZ", "+77010000000"], new[] { "username", "country", "phone" }.Select(name => (string?)set[name]));

        var cleared = await person.Http.PatchAsJsonAsync("/api/me", new { username = "", country = "", phone = "" }).OkAsync();
        Assert.All(new[] { "username", "country", "phone" }, name => Assert.Null(cleared[name]));
        await person.Http.PatchAsJsonAsync("/api/me", new { username = "-x" }).ProblemAsync(422, "invalid");
    }

    [Theory]
    [InlineData("""{"languages":["☃"]}""", "/languages")]
    [InlineData("""{"languages":["en","EN"]}""", "/languages")]
    [InlineData("""{"branding":{"a":["\ud800"]}}""", "/branding/a/0")]
    public void What_breaks_a_rule_is_named(string json, string pointer)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(pointer, Assert.Single(RequestShape.Check(document.RootElement, typeof(TenantProfile.Change))).Pointer);
    }

    [Theory]
    [InlineData("\uFFFE\uFFFF@example.org")]
    [InlineData("a@\uFFFF.org")]
    public void Text_that_is_no_Unicode_is_no_address(string text) => Assert.Null(EmailAddress.KeyOf(text));
}
