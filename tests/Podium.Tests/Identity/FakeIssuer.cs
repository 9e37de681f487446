using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Podium.Platform.Security;

namespace Podium.Tests.Identity;

/// <summary>An OpenID Connect issuer on loopback: real codes, PKCE and client authentication, and ways to make it lie.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    public const string ClientId = "podium client";
    public const string ClientSecret = "p&ss:w%rd+ё";

    private readonly ConcurrentDictionary<string, Code> _codes = new();
    private readonly ConcurrentDictionary<string, JsonObject> _people = new();
    private readonly TimeProvider _clock;
    private readonly WebApplication _server;
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly string _realm = $"/{Guid.NewGuid():N}"; // the system gives a port out again, and the app remembers issuers by address
    private int _tokenCalls;
    private int _keyCalls;
    private int _discoveryCalls;

    private FakeIssuer(TimeProvider clock)
    {
        _clock = clock;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGet($"{_realm}/.well-known/openid-configuration", http => AnswerAsync(http, ref _discoveryCalls, Discovery, DocumentAsync));
        _server.MapGet($"{_realm}/keys", http => AnswerAsync(http, ref _keyCalls, KeySet, KeysAsync));
        _server.MapGet($"{_realm}/authorize", AuthorizeAsync);
        _server.MapPost($"{_realm}/token", http => AnswerAsync(http, ref _tokenCalls, TokenEndpoint, TokenAsync));
        _server.MapGet($"{_realm}/me", MeAsync);
    }

    private sealed record Code(string Subject, string Nonce, string Challenge, string RedirectUri, string ClientId);

    public string Url { get; private set; } = "";

    public string Authority => new Uri(Url).Authority;

    public IssuerKey Key { get; set; } = IssuerKey.Default;

    public List<IssuerKey> Published { get; } = [IssuerKey.Default];

    /// <summary>What an endpoint does instead of its work.</summary>
    public Func<HttpContext, Task>? Discovery { get; set; }

    public Func<HttpContext, Task>? KeySet { get; set; }

    public Func<HttpContext, Task>? TokenEndpoint { get; set; }

    /// <summary>Changes to what it says.</summary>
    public Action<JsonObject> Document { get; set; } = _ => { };

    public Action<JsonObject> Claims { get; set; } = _ => { };

    public Action<JsonObject> UserInfo { get; set; } = _ => { };

    /// <summary>How the ID token is made from its claims.</summary>
    public Func<JsonObject, string>? Sign { get; set; }

    public bool PublicClient { get; set; }

    /// <summary>Keeps everything but the subject out of the ID token, as the letter of the standard has it.</summary>
    public bool ThinTokens { get; set; }

    public int TokenCalls => _tokenCalls;

    public int KeyCalls => _keyCalls;

    public int DiscoveryCalls => _discoveryCalls;

    public static async Task<FakeIssuer> StartAsync(TimeProvider clock)
    {
        var issuer = new FakeIssuer(clock);
        await issuer._server.StartAsync();
        issuer.Url = $"{issuer._server.Urls.Single()}{issuer._realm}";
        return issuer;
    }

    /// <summary>A person signs in at the issuer, and the browser comes back with these.</summary>
    public async Task<(string State, string Code)> VisitAsync(string authorizationUrl, string subject, object? claims = null)
    {
        _people[subject] = System.Text.Json.JsonSerializer.SerializeToNode(claims ?? new { })!.AsObject();
        var answer = await _browser.GetAsync(QueryHelpers.AddQueryString(authorizationUrl, "login_hint", subject));
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
        var query = QueryHelpers.ParseQuery(answer.Headers.Location!.Query);
        return (query["state"].ToString(), query["code"].ToString());
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _server.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext http, ref int calls, Func<HttpContext, Task>? instead, Func<HttpContext, Task> work)
    {
        Interlocked.Increment(ref calls);
        return (instead ?? work)(http);
    }

    private Task DocumentAsync(HttpContext http)
    {
        var document = new JsonObject
        {
            ["issuer"] = Url,
            ["authorization_endpoint"] = $"{Url}/authorize?tenant=1",
            ["token_endpoint"] = $"{Url}/token",
            ["jwks_uri"] = $"{Url}/keys",
            ["userinfo_endpoint"] = $"{Url}/me",
            ["response_types_supported"] = new JsonArray("code"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "ES256"),
            ["code_challenge_methods_supported"] = new JsonArray("plain", "S256"),
            ["token_endpoint_auth_methods_supported"] = PublicClient ? new JsonArray("none") : new JsonArray("client_secret_basic"),
        };
        Document(document);
        return WriteAsync(http, 200, document);
    }

    private Task KeysAsync(HttpContext http) => WriteAsync(http, 200, new JsonObject { ["keys"] = new JsonArray([.. Published.Select(key => key.Jwk())]) });

    private Task AuthorizeAsync(HttpContext http)
    {
        var query = http.Request.Query;
        string Of(string name) => query[name].ToString();
        if (Of("response_type") != "code" || Of("client_id") != ClientId || Of("code_challenge_method") != "S256" || Of("code_challenge").Length != 43
            || Of("state").Length < 20 || Of("nonce").Length < 20 || Of("tenant") != "1" || !Of("scope").Split(' ').Contains("openid"))
        {
            return WriteAsync(http, 400, new JsonObject { ["error"] = "invalid_request" });
        }
        var code = Secrets.NewToken();
        _codes[code] = new Code(Of("login_hint"), Of("nonce"), Of("code_challenge"), Of("redirect_uri"), Of("client_id"));
        http.Response.Redirect(QueryHelpers.AddQueryString(Of("redirect_uri"), new Dictionary<string, string?> { ["code"] = code, ["state"] = Of("state") }));
        return Task.CompletedTask;
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        if (!IsOurClient(http.Request, form))
        {
            await WriteAsync(http, 401, new JsonObject { ["error"] = "invalid_client" });
            return;
        }
        if (form["grant_type"] != "authorization_code" || !_codes.TryRemove(form["code"].ToString(), out var code) || form["redirect_uri"] != code.RedirectUri
            || Pkce.ChallengeOf(form["code_verifier"].ToString()) != code.Challenge)
        {
            await WriteAsync(http, 400, new JsonObject { ["error"] = "invalid_grant" });
            return;
        }
        var accessToken = $"{Uri.EscapeDataString(code.Subject)}.{Secrets.NewToken()}";
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["sub"] = code.Subject,
            ["aud"] = code.ClientId,
            ["exp"] = now + 300,
            ["iat"] = now,
            ["nonce"] = code.Nonce,
            ["at_hash"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16)),
        };
        if (!ThinTokens) Add(claims, _people[code.Subject]);
        Claims(claims);
        await WriteAsync(http, 200, new JsonObject
        {
            ["access_token"] = accessToken,
            ["token_type"] = "Bearer",
            ["id_token"] = Sign is null ? Key.Sign(claims) : Sign(claims),
        });
    }

    private Task MeAsync(HttpContext http)
    {
        var token = AuthenticationHeaderValue.Parse(http.Request.Headers.Authorization.ToString());
        Assert.Equal("Bearer", token.Scheme);
        var subject = Uri.UnescapeDataString(token.Parameter!.Split('.')[0]);
        var claims = new JsonObject { ["sub"] = subject };
        Add(claims, _people[subject]);
        UserInfo(claims);
        return WriteAsync(http, 200, claims);
    }

    private bool IsOurClient(HttpRequest request, IFormCollection form)
    {
        if (PublicClient) return form["client_id"] == ClientId && request.Headers.Authorization.Count == 0;
        if (form.ContainsKey("client_secret")) return form["client_id"] == ClientId && form["client_secret"] == ClientSecret;
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header.Scheme != "Basic") return false;
        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(header.Parameter!)).Split(':');
        return parts is [var id, var secret] && WebUtility.UrlDecode(id) == ClientId && WebUtility.UrlDecode(secret) == ClientSecret;
    }

    private static void Add(JsonObject claims, JsonObject more)
    {
        foreach (var (name, value) in more) claims[name] = value?.DeepClone();
    }

    private static Task WriteAsync(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString());
    }
}

/// <summary>A key of the issuer, RSA or EC.</summary>
internal sealed class IssuerKey(string id, string algorithm)
{
    public static readonly IssuerKey Default = new("first", "RS256");

    private readonly AsymmetricAlgorithm _key = algorithm[0] == 'E'
        ? ECDsa.Create(algorithm == "ES256" ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384)
        : RSA.Create(2048);

    public string Id => id;

    public byte[] PublicBytes => _key.ExportSubjectPublicKeyInfo();

    public JsonObject Jwk()
    {
        var jwk = new JsonObject { ["kid"] = id, ["use"] = "sig", ["alg"] = algorithm };
        if (_key is RSA rsa)
        {
            var parameters = rsa.ExportParameters(false);
            (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64Url.EncodeToString(parameters.Modulus), Base64Url.EncodeToString(parameters.Exponent));
        }
        else
        {
            var parameters = ((ECDsa)_key).ExportParameters(false);
            (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) =
                ("EC", algorithm == "ES256" ? "P-256" : "P-384", Base64Url.EncodeToString(parameters.Q.X), Base64Url.EncodeToString(parameters.Q.Y));
        }
        return jwk;
    }

    public string Sign(JsonObject claims, JsonObject? header = null)
    {
        header ??= new JsonObject { ["alg"] = algorithm, ["kid"] = id, ["typ"] = "JWT" };
        var signed = $"{Part(header)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
        var signature = _key is RSA rsa
            ? rsa.SignData(bytes, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            : ((ECDsa)_key).SignData(bytes, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
