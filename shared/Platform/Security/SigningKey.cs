using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Podium.Platform.Security;

/// <summary>A private key of our own that signs tokens with ES256 (ECDSA on P-256); safe to share between threads.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly ECPoint _point;
    private readonly Lock _lock = new();

    private SigningKey(string id, ECDsa key)
    {
        Id = id;
        _key = key;
        _point = key.ExportParameters(includePrivateParameters: false).Q;
    }

    /// <summary>The key id that tokens and the published key carry.</summary>
    public string Id { get; }

    /// <summary>Makes a new key.</summary>
    public static SigningKey Create(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return new(id, ECDsa.Create(ECCurve.NamedCurves.nistP256));
    }

    /// <summary>Reads a key that <see cref="ExportPrivate"/> wrote.</summary>
    /// <exception cref="CryptographicException">The bytes are no P-256 key in PKCS #8.</exception>
    public static SigningKey FromPrivate(string id, byte[] pkcs8)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out var read);
            if (read != pkcs8.Length)
                throw new CryptographicException($"The signing key '{id}' has bytes after its end.");
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
                throw new CryptographicException($"The signing key '{id}' is not on the curve P-256.");
            return new(id, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key in PKCS #8; whoever has it signs as we do.</summary>
    public byte[] ExportPrivate()
    {
        lock (_lock)
            return _key.ExportPkcs8PrivateKey();
    }

    /// <summary>The public key as a JSON Web Key (RFC 7517), to be published.</summary>
    public JsonObject PublicJwk() => new()
    {
        ["kty"] = "EC",
        ["crv"] = "P-256",
        ["x"] = Base64Url.EncodeToString(_point.X),
        ["y"] = Base64Url.EncodeToString(_point.Y),
        ["kid"] = Id,
        ["use"] = "sig",
        ["alg"] = "ES256",
    };

    /// <summary>The claims as a signed token; <paramref name="type"/> is its <c>typ</c>, which keeps kinds of tokens apart, <paramref name="keyAddress"/> where the key is found, for formats that want it as the <c>kid</c>.</summary>
    public string Sign(JsonObject claims, string type = "JWT", string? keyAddress = null)
    {
        var signed = Signed(keyAddress ?? Id, type, Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return $"{signed}.{Base64Url.EncodeToString(SignText(signed))}";
    }

    /// <summary>The signature alone, over exact bytes; <see cref="Join"/> makes the token of it.</summary>
    public byte[] SignPayload(byte[] payload, string type) => SignText(Signed(Id, type, payload));

    /// <summary>The token of a payload that was signed before.</summary>
    public static string Join(string keyId, string type, byte[] payload, byte[] signature) => $"{Signed(keyId, type, payload)}.{Base64Url.EncodeToString(signature)}";

    private byte[] SignText(string signed)
    {
        lock (_lock)
            return _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static string Signed(string keyId, string type, byte[] payload) =>
        $"{Encode(new JsonObject { ["alg"] = "ES256", ["typ"] = type, ["kid"] = keyId })}.{Base64Url.EncodeToString(payload)}";

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
