using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Http;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>What an issuer's discovery document says, as far as we use it.</summary>
public sealed record IssuerMetadata
{
    public required string Issuer { get; init; }

    public required string AuthorizationEndpoint { get; init; }

    public required string TokenEndpoint { get; init; }

    public required string JwksUri { get; init; }

    public string? UserInfoEndpoint { get; init; }

    /// <summary>How clients may prove themselves at the token endpoint; null where it does not say.</summary>
    public IReadOnlyList<string>? TokenAuthMethods { get; init; }

    public IReadOnlyList<string>? ChallengeMethods { get; init; }

    public IReadOnlyList<string>? ResponseTypes { get; init; }

    public IReadOnlyList<string>? IdTokenAlgorithms { get; init; }

    /// <summary>Whether its answers name their issuer (RFC 9207).</summary>
    public bool NamesItself { get; init; }

    /// <summary>The document of the issuer at <paramref name="url"/>, or everything that is wrong with it.</summary>
    public static (IssuerMetadata? Metadata, IReadOnlyList<string> Faults) Read(byte[] document, string url, SafeHttp http)
    {
        if (!StrictJson.TryObject(document, out var json)) return (null, ["The discovery document is not a JSON object."]);
        var faults = new List<string>();
        if (Text(json, "issuer") != url) faults.Add("The discovery document is of another issuer than the one configured.");
        var metadata = new IssuerMetadata
        {
            Issuer = url,
            AuthorizationEndpoint = Endpoint("authorization_endpoint"),
            TokenEndpoint = Endpoint("token_endpoint"),
            JwksUri = Endpoint("jwks_uri"),
            UserInfoEndpoint = json.ContainsKey("userinfo_endpoint") ? Endpoint("userinfo_endpoint") : null,
            TokenAuthMethods = Texts(json, "token_endpoint_auth_methods_supported"),
            ChallengeMethods = Texts(json, "code_challenge_methods_supported"),
            ResponseTypes = Texts(json, "response_types_supported"),
            IdTokenAlgorithms = Texts(json, "id_token_signing_alg_values_supported"),
            NamesItself = json["authorization_response_iss_parameter_supported"]?.GetValueKind() == JsonValueKind.True,
        };
        return faults.Count == 0 ? (metadata, []) : (null, faults);

        string Endpoint(string name)
        {
            if (Text(json, name) is not { } address) faults.Add($"The discovery document lacks {name}.");
            else if (http.FaultOf(address) is { } fault) faults.Add($"The discovery document's {name} cannot be used. {fault}");
            else return address;
            return "";
        }
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= 2000 ? text : null;

    private static List<string>? Texts(JsonObject json, string name) =>
        json[name] is JsonArray array ? [.. array.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : "")] : null;
}
