using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

/// <summary>Has a good key and signs anything with it, or writes anything without.</summary>
internal sealed class Forger : IDisposable
{
    public const string Header = """{"alg":"ES256","typ":"JWT","kid":"k1"}""";
    public const string Claims = """{"iss":"podium","sub":"anna"}""";

    public static readonly IReadOnlySet<string> AllAlgorithms =
        new HashSet<string> { "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "HS256", "HS384", "HS512", "none", "None", "NONE", "nOnE", "", "ES512", "EdDSA", "es256" };

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Forger()
    {
        using var signing = SigningKey.FromPrivate("k1", _key.ExportPkcs8PrivateKey());
        PublicJwk = signing.PublicJwk().ToJsonString();
        Public = PublicVectors.Read(PublicJwk)!;
    }

    public string PublicJwk { get; }

    public VerificationKey Public { get; }

    public byte[] SubjectPublicKeyInfo => _key.ExportSubjectPublicKeyInfo();

    public static string Part(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static string Part(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public string Signed(string header, string claims) => SignedParts(Part(header), Part(claims));

    public string SignedParts(string header, string claims, DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation) =>
        $"{header}.{claims}.{Part(_key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256, format))}";

    /// <summary>Checks as carelessly as a caller could: any algorithm, and the one key whatever is asked for.</summary>
    public JwsResult Check(string token) => Jws.Verify(token, (_, _) => Public, AllAlgorithms);

    public void Dispose() => _key.Dispose();

    public static VerificationKey PublicOf(SigningKey key) => VerificationKey.FromJwk(JsonSerializer.SerializeToElement(key.PublicJwk()))!;
}
