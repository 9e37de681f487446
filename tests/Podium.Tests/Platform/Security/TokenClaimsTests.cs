using System.Text.Json.Nodes;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class TokenClaimsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Theory]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000001}""")]
    [InlineData("""{"iss":"podium","aud":["other","api"],"exp":1800000001}""")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000000.5,"nbf":1800000000,"iat":1800000000}""")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1.9e9,"nbf":0,"iat":0}""")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1799999971}""")]                         // within the skew
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000100,"nbf":1800000030}""")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000100,"iat":1800000030}""")]
    public void Claims_for_us_and_now_are_good(string claims) => Assert.Null(Fault(claims));

    [Theory]
    [InlineData("""{"aud":"api","exp":1800000001}""", "issuer")]
    [InlineData("""{"iss":"Podium","aud":"api","exp":1800000001}""", "issuer")]
    [InlineData("""{"iss":"podium/","aud":"api","exp":1800000001}""", "issuer")]
    [InlineData("""{"iss":["podium"],"aud":"api","exp":1800000001}""", "issuer")]
    [InlineData("""{"iss":null,"aud":"api","exp":1800000001}""", "issuer")]
    [InlineData("""{"iss":"podium","exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":null,"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":"API","exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":[],"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":["other"],"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":["api",1],"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":["api",null],"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":[["api"]],"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":{"api":1},"exp":1800000001}""", "audience")]
    [InlineData("""{"iss":"podium","aud":"api"}""", "does not say when it expires")]
    [InlineData("""{"iss":"podium","aud":"api","exp":null}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":"1800000001"}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":true}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1e400}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1e30}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000001000}""", "not a number")]      // milliseconds
    [InlineData("""{"iss":"podium","aud":"api","exp":-1}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000001,"nbf":"0"}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000001,"iat":[0]}""", "not a number")]
    [InlineData("""{"iss":"podium","aud":"api","exp":0}""", "expired")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1799999970}""", "expired")]              // the skew is over
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000100,"nbf":1800000031}""", "not valid yet")]
    [InlineData("""{"iss":"podium","aud":"api","exp":1800000100,"iat":1800000031}""", "in the future")]
    public void Claims_for_others_or_another_time_are_not(string claims, string reason) =>
        Assert.Contains(reason, Fault(claims), StringComparison.Ordinal);

    [Fact]
    public void Claims_made_in_code_are_read_whatever_type_their_numbers_have()
    {
        foreach (var expires in (JsonNode[])[1_800_000_100, 1_800_000_100L, 1_800_000_100.0, 1_800_000_100m])
            Assert.Null(TokenClaims.Fault(new JsonObject { ["iss"] = "podium", ["aud"] = "api", ["exp"] = expires }, "podium", "api", Now, TimeSpan.Zero));
        Assert.NotNull(TokenClaims.Fault(new JsonObject { ["iss"] = JsonValue.Create(Guid.Empty), ["aud"] = "api" }, "podium", "api", Now, TimeSpan.Zero));
    }

    [Fact]
    public void The_example_of_RFC_7519_expired_in_2011()
    {
        const string Example = """{"iss":"joe","exp":1300819380,"http://example.com/is_root":true,"aud":"api"}""";
        var before = DateTimeOffset.FromUnixTimeSeconds(1300819379);

        Assert.Null(TokenClaims.Fault(Parse(Example), "joe", "api", before, TimeSpan.Zero));
        Assert.Equal("The token has expired.", TokenClaims.Fault(Parse(Example), "joe", "api", before.AddSeconds(1), TimeSpan.Zero));
    }

    private static string? Fault(string claims) => TokenClaims.Fault(Parse(claims), "podium", "api", Now, TimeSpan.FromSeconds(30));

    private static JsonObject Parse(string claims) => JsonNode.Parse(claims)!.AsObject();
}
