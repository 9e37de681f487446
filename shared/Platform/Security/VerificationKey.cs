using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;

namespace Podium.Platform.Security;

/// <summary>A public key, ours or another issuer's, that checks signatures; safe to share between threads.</summary>
public sealed class VerificationKey
{
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;

    // none of them has a shared secret, and "none" is none of them
    internal static readonly FrozenSet<string> SupportedAlgorithms = FrozenSet.ToFrozenSet(["ES256", "ES384", "RS256", "RS384", "RS512", "PS256"], StringComparer.Ordinal);

    private readonly Func<AsymmetricAlgorithm> _make;
    private readonly int _signatureBytes;
    // a key object serves one thread at a time
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    private VerificationKey(string? id, IReadOnlySet<string> algorithms, int signatureBytes, Func<AsymmetricAlgorithm> make)
    {
        Id = id;
        Algorithms = algorithms;
        _signatureBytes = signatureBytes;
        _make = make;
        _idle.Add(make());
    }

    /// <summary>The key id, if the key has one.</summary>
    public string? Id { get; }

    /// <summary>The algorithms this key may be used with.</summary>
    public IReadOnlySet<string> Algorithms { get; }

    /// <summary>Reads a JSON Web Key (RFC 7517): EC on P-256 or P-384, or RSA of 2048 bits or more. Null if it must not or cannot check signatures.</summary>
    public static VerificationKey? FromJwk(JsonElement jwk)
    {
        if (jwk.ValueKind != JsonValueKind.Object || !MayVerify(jwk) || !TryText(jwk, "kid", out var id) || !TryText(jwk, "alg", out var algorithm))
            return null;

        try
        {
            return Text(jwk, "kty") switch
            {
                "EC" => FromEc(jwk, id, algorithm),
                "RSA" => FromRsa(jwk, id, algorithm),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return null;   // such as a point that is not on the curve
        }
    }

    /// <summary>Whether the signature is this key's over these bytes, by one of its algorithms.</summary>
    public bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!Algorithms.Contains(algorithm) || signature.Length != _signatureBytes)
            return false;

        var key = _idle.TryTake(out var idle) ? idle : _make();
        try
        {
            var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
            return key switch
            {
                ECDsa ec => !HasZeroHalf(signature) && ec.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                RSA rsa => rsa.VerifyData(data, signature, hash, algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            _idle.Add(key);
        }
    }

    // a signature of zeros once passed everywhere in a well-known library (CVE-2022-21449); it is not left to the one below
    private static bool HasZeroHalf(ReadOnlySpan<byte> signature) =>
        !signature[..(signature.Length / 2)].ContainsAnyExcept((byte)0) || !signature[(signature.Length / 2)..].ContainsAnyExcept((byte)0);

    private static VerificationKey? FromEc(JsonElement jwk, string? id, string? algorithm)
    {
        (string Algorithm, ECCurve Curve, int Bytes)? kind = Text(jwk, "crv") switch
        {
            "P-256" => ("ES256", ECCurve.NamedCurves.nistP256, 32),
            "P-384" => ("ES384", ECCurve.NamedCurves.nistP384, 48),
            _ => null,
        };
        if (kind is not { } ec || algorithm is not null && algorithm != ec.Algorithm)
            return null;
        if (Bytes(jwk, "x") is not { } x || Bytes(jwk, "y") is not { } y || x.Length != ec.Bytes || y.Length != ec.Bytes)
            return null;

        var parameters = new ECParameters { Curve = ec.Curve, Q = new ECPoint { X = x, Y = y } };
        return new(id, FrozenSet.ToFrozenSet([ec.Algorithm], StringComparer.Ordinal), 2 * ec.Bytes, () => ECDsa.Create(parameters));
    }

    private static VerificationKey? FromRsa(JsonElement jwk, string? id, string? algorithm)
    {
        string[] algorithms = ["RS256", "RS384", "RS512", "PS256"];
        if (algorithm is not null && !algorithms.Contains(algorithm))
            return null;
        if (Bytes(jwk, "n") is not { } modulus || Bytes(jwk, "e") is not { } exponent)
            return null;

        // leading zeros must not make a short key look long
        modulus = modulus.AsSpan().TrimStart((byte)0).ToArray();
        exponent = exponent.AsSpan().TrimStart((byte)0).ToArray();
        if (modulus.Length == 0 || exponent.Length is 0 or > 8)
            return null;
        var bits = modulus.Length * 8 - byte.LeadingZeroCount(modulus[0]);
        // with the exponent 1 every message would be its own signature
        if (bits is < LeastRsaBits or > MostRsaBits || modulus[^1] % 2 == 0 || exponent[^1] % 2 == 0 || exponent is [1])
            return null;

        var parameters = new RSAParameters { Modulus = modulus, Exponent = exponent };
        return new(id, FrozenSet.ToFrozenSet(algorithm is null ? algorithms : [algorithm], StringComparer.Ordinal), modulus.Length, () => RSA.Create(parameters));
    }

    private static bool MayVerify(JsonElement jwk)
    {
        if (jwk.TryGetProperty("use", out var use) && !(use.ValueKind == JsonValueKind.String && use.ValueEquals("sig")))
            return false;
        return !jwk.TryGetProperty("key_ops", out var operations)
            || operations.ValueKind == JsonValueKind.Array
            && operations.EnumerateArray().Any(operation => operation.ValueKind == JsonValueKind.String && operation.ValueEquals("verify"));
    }

    private static byte[]? Bytes(JsonElement jwk, string name) => StrictBase64Url.TryDecode(Text(jwk, name), out var bytes) ? bytes : null;

    private static string? Text(JsonElement jwk, string name) => TryText(jwk, name, out var text) ? text : null;

    // absent is well, present and not text is not
    private static bool TryText(JsonElement jwk, string name, out string? text)
    {
        text = null;
        if (!jwk.TryGetProperty(name, out var value))
            return true;
        if (value.ValueKind != JsonValueKind.String)
            return false;
        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;   // half a surrogate pair, or no UTF-8
        }
    }
}
