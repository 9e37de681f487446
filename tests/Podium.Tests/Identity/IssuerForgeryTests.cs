using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Podium.Tests.Harness;

namespace Podium.Tests.Identity;

/// <summary>What an attacker, another tenant or a broken issuer may try, and how it ends.</summary>
public sealed class IssuerForgeryTests(IssuerApp app) : IClassFixture<IssuerApp>
{
    private static readonly object Ada = IssuerScene.Verified("ada@example.org");

    public static TheoryData<string, string> WrongClaims => new()
    {
        { "nonce", "\"another\"" },
        { "nonce", "null" },
        { "nonce", "" },
        { "nonce", "[\"x\"]" },
        { "iss", "\"https://evil.example.org\"" },
        { "iss", "" },
        { "aud", "\"another client\"" },
        { "aud", "[]" },
        { "aud", "" },
        { "aud", "[\"podium client\", \"another client\"]" },
        { "aud", "[\"podium client\", 7]" },
        { "azp", "\"another client\"" },
        { "azp", "null" },
        { "sub", "" },
        { "sub", "\"\"" },
        { "sub", "7" },
        { "sub", "null" },
        { "at_hash", "\"AAAAAAAAAAAAAAAAAAAAAA\"" },
        { "at_hash", "null" },
        { "exp", "" },
        { "exp", "1" },
        { "exp", "\"9999999999\"" },
        { "iat", "" },
        { "iat", "9999999999" },
        { "nbf", "9999999999" },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    public async Task A_token_with_a_wrong_claim_is_refused(string claim, string value)
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Claims = claims =>
        {
            if (value.Length == 0) claims.Remove(claim);
            else claims[claim] = JsonNode.Parse(value);
        };

        await scene.SignInAsync("s-1", Ada).ProblemAsync(401, "issuer-refused");
    }

    [Fact]
    public async Task A_subject_longer_than_the_standard_allows_is_refused()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Claims = claims => claims["sub"] = new string('s', 256);

        await scene.SignInAsync("s-1", Ada).ProblemAsync(401, "issuer-refused");
    }

    [Fact]
    public async Task Several_audiences_are_well_where_we_are_the_authorized_party()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Claims = claims =>
        {
            claims["aud"] = new JsonArray(FakeIssuer.ClientId, "another client");
            claims["azp"] = FakeIssuer.ClientId;
            claims.Remove("at_hash");
        };

        await scene.SignInAsync("s-1", Ada).OkAsync();
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("PS256")]
    [InlineData("RS512")]
    public async Task Tokens_are_accepted_by_every_allowed_algorithm_and_their_access_token_must_fit(string algorithm)
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Key = new IssuerKey("other", algorithm);
        scene.Issuer.Published.Add(scene.Issuer.Key);

        if (algorithm.EndsWith("256", StringComparison.Ordinal))
        {
            await scene.SignInAsync("s-1", Ada).OkAsync();
            return;
        }
        await scene.SignInAsync("s-1", Ada).ProblemAsync(401, "issuer-refused"); // at_hash made with SHA-256 goes with 256-bit algorithms only
        scene.Issuer.Claims = claims => claims.Remove("at_hash");
        await scene.SignInAsync("s-1", Ada).OkAsync();
    }

    public static TheoryData<string> Forgeries => ["none", "none, no signature", "HS256 with the public key", "another key by the same name", "cut signature", "claims changed", "key in the header", "two parts", "no token"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forged_token_is_refused(string how)
    {
        await using var scene = await app.SceneAsync();
        var key = scene.Issuer.Key;
        scene.Issuer.Sign = claims => how switch
        {
            "none" => key.Sign(claims, new JsonObject { ["alg"] = "none", ["kid"] = key.Id }),
            "none, no signature" => $"{IssuerKey.Part(new JsonObject { ["alg"] = "none" })}.{IssuerKey.Part(claims)}.",
            "HS256 with the public key" => Hmac(key, claims),
            "another key by the same name" => new IssuerKey(key.Id, "RS256").Sign(claims),
            "cut signature" => key.Sign(claims)[..^10],
            "claims changed" => Changed(key.Sign(claims), claims),
            "key in the header" => WithKeyInside(claims),
            "two parts" => key.Sign(claims).Split('.')[0] + "." + key.Sign(claims).Split('.')[1],
            _ => "not a token",
        };

        await scene.SignInAsync("s-1", Ada).ProblemAsync(401, "issuer-refused");
    }

    [Fact]
    public async Task A_state_comes_back_once()
    {
        await using var scene = await app.SceneAsync();
        var back = await scene.VisitAsync("s-1", Ada);
        await scene.CompleteAsync(back).OkAsync();

        await scene.CompleteAsync(back).ProblemAsync(410, "sign-in-expired");
    }

    [Fact]
    public async Task A_state_is_used_up_by_a_wrong_code_too()
    {
        await using var scene = await app.SceneAsync();
        var back = await scene.VisitAsync("s-1", Ada);

        await scene.CompleteAsync((back.State, "guessed")).ProblemAsync(401, "issuer-refused");
        await scene.CompleteAsync(back).ProblemAsync(410, "sign-in-expired");
    }

    [Fact]
    public async Task An_invented_state_and_one_of_another_tenant_are_refused()
    {
        await using var scene = await app.SceneAsync();
        await using var other = await app.SceneAsync();
        var back = await other.VisitAsync("s-1", Ada);

        await scene.CompleteAsync(("invented", "code")).ProblemAsync(410, "sign-in-expired");
        await scene.CompleteAsync(back).ProblemAsync(410, "sign-in-expired");
        await other.CompleteAsync(back).OkAsync();
    }

    [Fact]
    public async Task A_code_of_another_sign_in_does_not_fit_this_ones_state()
    {
        await using var scene = await app.SceneAsync();
        var mine = await scene.VisitAsync("s-1", Ada);
        var stolen = await scene.VisitAsync("s-2", IssuerScene.Verified("victim@example.org"));

        await scene.CompleteAsync((mine.State, stolen.Code)).ProblemAsync(401, "issuer-refused"); // PKCE
    }

    [Fact]
    public async Task A_state_expires_after_ten_minutes()
    {
        await using var scene = await app.SceneAsync();
        var (early, late) = (await scene.VisitAsync("s-1", Ada), await scene.VisitAsync("s-1", Ada));

        await app.App.AdvanceAsync(TimeSpan.FromSeconds(599));
        await scene.CompleteAsync(early).OkAsync();
        await app.App.AdvanceAsync(TimeSpan.FromSeconds(1));
        await scene.CompleteAsync(late).ProblemAsync(410, "sign-in-expired");
    }

    [Fact]
    public async Task An_answer_that_names_another_issuer_is_refused_and_where_issuers_name_themselves_they_must()
    {
        await using var scene = await app.SceneAsync();
        Task<HttpResponseMessage> Complete((string State, string Code) back, string? iss) => scene.Tenant.Http.PostAsJsonAsync("/api/sign-ins", new { state = back.State, code = back.Code, iss });

        await Complete(await scene.VisitAsync("s-1", Ada), "https://evil.example.org").ProblemAsync(401, "issuer-refused");
        await Complete(await scene.VisitAsync("s-1", Ada), scene.Issuer.Url).OkAsync();

        await using var naming = await app.SceneAsync();
        naming.Issuer.Document = document => document["authorization_response_iss_parameter_supported"] = true;
        await naming.CompleteAsync(await naming.VisitAsync("s-1", Ada)).ProblemAsync(401, "issuer-refused");
        var back = await naming.VisitAsync("s-1", Ada);
        await naming.Tenant.Http.PostAsJsonAsync("/api/sign-ins", new { state = back.State, code = back.Code, iss = naming.Issuer.Url }).OkAsync();
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_a_token_names_it_but_at_most_once_a_minute()
    {
        await using var scene = await app.SceneAsync();
        await scene.SignInAsync("s-1", Ada).OkAsync();
        scene.Issuer.Key = new IssuerKey("second", "RS256");

        await app.App.AdvanceAsync(TimeSpan.FromSeconds(61));
        await scene.SignInAsync("s-1").ProblemAsync(401, "issuer-refused");
        Assert.Equal(2, scene.Issuer.KeyCalls);
        scene.Issuer.Published.Add(scene.Issuer.Key);
        await scene.SignInAsync("s-1").ProblemAsync(401, "issuer-refused");
        Assert.Equal(2, scene.Issuer.KeyCalls);

        await app.App.AdvanceAsync(TimeSpan.FromSeconds(61));
        await scene.SignInAsync("s-1").OkAsync();
        await scene.SignInAsync("s-1").OkAsync();
        Assert.Equal(3, scene.Issuer.KeyCalls);
        Assert.Equal(1, scene.Issuer.DiscoveryCalls);
    }

    [Fact]
    public async Task A_key_that_the_issuer_withdraws_stops_counting_within_the_hour()
    {
        await using var scene = await app.SceneAsync();
        await scene.SignInAsync("s-1", Ada).OkAsync();
        var stolen = scene.Issuer.Key;
        scene.Issuer.Published[0] = new IssuerKey("second", "RS256");

        await app.App.AdvanceAsync(TimeSpan.FromMinutes(61));
        scene.Issuer.Key = stolen;
        await scene.SignInAsync("s-1").ProblemAsync(401, "issuer-refused");
    }

    [Fact]
    public async Task An_encryption_key_and_a_weak_key_are_no_keys()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.KeySet = http =>
        {
            var jwk = scene.Issuer.Key.Jwk();
            jwk["use"] = "enc";
            return http.Response.WriteAsync(new JsonObject { ["keys"] = new JsonArray(jwk, new JsonObject { ["kty"] = "oct", ["k"] = "AAAA", ["kid"] = "first" }) }.ToJsonString());
        };

        await scene.SignInAsync("s-1", Ada).ProblemAsync(502, "issuer-unavailable");
    }

    public static TheoryData<string> TokenEndpointFaults => ["status 500", "redirect", "no JSON", "an array", "huge", "huge without length", "duplicate members", "no ID token", "invalid_client", "broken off"];

    [Theory]
    [MemberData(nameof(TokenEndpointFaults))]
    public async Task A_token_endpoint_that_fails_makes_the_issuer_unavailable(string how)
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.TokenEndpoint = http => MisbehaveAsync(http, how);

        await scene.SignInAsync("s-1", Ada).ProblemAsync(502, "issuer-unavailable");
    }

    [Theory]
    [MemberData(nameof(TokenEndpointFaults))]
    public async Task A_discovery_document_that_fails_makes_the_issuer_unavailable_until_it_is_right_again(string how)
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Discovery = http => MisbehaveAsync(http, how);

        await scene.BeginAsync().ProblemAsync(502, "issuer-unavailable");
        scene.Issuer.Discovery = null;
        await scene.BeginAsync().OkAsync();
    }

    [Fact]
    public async Task A_token_endpoint_that_is_slow_is_not_waited_for()
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.TokenEndpoint = async http =>
        {
            await http.Response.WriteAsync("{");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };

        await scene.SignInAsync("s-1", Ada).ProblemAsync(502, "issuer-unavailable");
    }

    [Fact]
    public async Task The_client_secret_goes_to_no_redirect()
    {
        await using var scene = await app.SceneAsync();
        await using var thief = await FakeIssuer.StartAsync(app.App.Clock);
        scene.Issuer.TokenEndpoint = http =>
        {
            http.Response.Redirect($"{thief.Url}/token", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };

        await scene.SignInAsync("s-1", Ada).ProblemAsync(502, "issuer-unavailable");
        Assert.Equal(0, thief.TokenCalls);
    }

    [Theory]
    [InlineData("issuer", "\"https://another.example.org\"")]
    [InlineData("issuer", "\"{0}/\"")]
    [InlineData("issuer", "7")]
    [InlineData("token_endpoint", "null")]
    [InlineData("token_endpoint", "\"http://169.254.169.254/token\"")]
    [InlineData("token_endpoint", "\"https://10.0.0.1/token\"")]
    [InlineData("jwks_uri", "\"file:///etc/passwd\"")]
    [InlineData("jwks_uri", "\"https://[::1]/keys\"")]
    [InlineData("authorization_endpoint", "\"javascript:alert(1)\"")]
    [InlineData("authorization_endpoint", "\"http://example.org/\"")]
    [InlineData("authorization_endpoint", "\"/authorize\"")]
    public async Task A_discovery_document_with_a_wrong_member_is_refused(string member, string value)
    {
        await using var scene = await app.SceneAsync();
        scene.Issuer.Document = document => document[member] = JsonNode.Parse(value.Replace("{0}", scene.Issuer.Url, StringComparison.Ordinal));

        await scene.BeginAsync().ProblemAsync(502, "issuer-unavailable");
    }

    private static async Task MisbehaveAsync(HttpContext http, string how)
    {
        var response = http.Response;
        response.ContentType = "application/json";
        switch (how)
        {
            case "status 500":
                response.StatusCode = 500;
                break;
            case "redirect":
                response.Redirect(http.Request.Path);
                break;
            case "no JSON":
                await response.WriteAsync("<html>");
                break;
            case "an array":
                await response.WriteAsync("[]");
                break;
            case "huge":
                response.ContentLength = 300_000;
                await response.WriteAsync($$"""{"id_token":"{{new string('x', 300_000 - 15)}}"}""");
                break;
            case "huge without length":
                await response.WriteAsync("{\"id_token\":\"");
                for (var i = 0; i < 64; i++) await response.WriteAsync(new string('x', 8192));
                await response.WriteAsync("\"}");
                break;
            case "duplicate members":
                await response.WriteAsync("""{"issuer":"a","issuer":"b"}""");
                break;
            case "no ID token":
                await response.WriteAsync("""{"access_token":"x"}""");
                break;
            case "invalid_client":
                response.StatusCode = 401;
                await response.WriteAsync("""{"error":"invalid_client"}""");
                break;
            default:
                response.ContentLength = 100;
                await response.WriteAsync("{");
                await response.Body.FlushAsync();
                http.Abort();
                break;
        }
    }

    private static string Hmac(IssuerKey key, JsonObject claims)
    {
        var signed = $"{IssuerKey.Part(new JsonObject { ["alg"] = "HS256", ["kid"] = key.Id })}.{IssuerKey.Part(claims)}";
        return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(key.PublicBytes, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Changed(string token, JsonObject claims)
    {
        claims["sub"] = "victim";
        var parts = token.Split('.');
        return $"{parts[0]}.{IssuerKey.Part(claims)}.{parts[2]}";
    }

    private static string WithKeyInside(JsonObject claims)
    {
        var own = new IssuerKey("mine", "RS256");
        return own.Sign(claims, new JsonObject { ["alg"] = "RS256", ["kid"] = "mine", ["jwk"] = own.Jwk() });
    }
}
