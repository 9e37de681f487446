using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class VerificationKeyTests
{
    private const string EcX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    private const string EcY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    [Fact]
    public void The_signature_of_RFC_7520_is_right_and_only_for_its_own_algorithm_and_text()
    {
        var key = PublicVectors.Read(PublicVectors.HobbitonJwk)!;
        var signed = Encoding.ASCII.GetBytes(PublicVectors.HobbitonSigned);
        var signature = Base64Url.DecodeFromChars(PublicVectors.HobbitonSignature);

        Assert.Equal("bilbo.baggins@hobbiton.example", key.Id);
        Assert.True(key.Verify("RS256", signed, signature));
        Assert.False(key.Verify("PS256", signed, signature));
        Assert.False(key.Verify("RS384", signed, signature));
        Assert.False(key.Verify("RS512", signed, signature));
        Assert.False(key.Verify("ES256", signed, signature));
        Assert.False(key.Verify("HS256", signed, signature));
        Assert.False(key.Verify("none", signed, []));
        Assert.False(key.Verify("RS256", signed.AsSpan(1), signature));
        Assert.False(key.Verify("RS256", signed, [0, .. signature]));
        Assert.False(key.Verify("RS256", signed, signature.AsSpan(1)));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    public void Every_RSA_algorithm_is_checked(string algorithm)
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        var key = PublicVectors.Read($$"""{"kty":"RSA","n":"{{Forger.Part(parameters.Modulus!)}}","e":"{{Forger.Part(parameters.Exponent!)}}"}""")!;
        var padding = algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var signature = rsa.SignData("text"u8, new HashAlgorithmName("SHA" + algorithm[2..]), padding);

        Assert.All(key.Algorithms, each => Assert.Equal(each == algorithm, key.Verify(each, "text"u8, signature)));
        Assert.False(key.Verify(algorithm, "Text"u8, signature));
    }

    [Fact]
    public void ES384_is_checked()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var point = ec.ExportParameters(false).Q;
        var key = PublicVectors.Read($$"""{"kty":"EC","crv":"P-384","x":"{{Forger.Part(point.X!)}}","y":"{{Forger.Part(point.Y!)}}"}""")!;
        var signature = ec.SignData("text"u8, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

        Assert.Equal(["ES384"], key.Algorithms);
        Assert.Equal(96, signature.Length);
        Assert.True(key.Verify("ES384", "text"u8, signature));
        Assert.False(key.Verify("ES256", "text"u8, signature));
        Assert.False(key.Verify("ES384", "text"u8, new byte[96]));
        Assert.False(key.Verify("ES384", "text"u8, ec.SignData("text"u8, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)));
    }

    [Fact]
    public void The_algorithm_of_a_key_narrows_what_it_may_check()
    {
        Assert.Equal(["PS256", "RS256", "RS384", "RS512"], PublicVectors.Read(PublicVectors.RsaJwk())!.Algorithms.Order());
        Assert.Equal(["RS256"], PublicVectors.Read(PublicVectors.RsaJwk(""","alg":"RS256","use":"sig","key_ops":["verify"],"kid":"2011-04-29" """))!.Algorithms);
        Assert.Equal(["ES256"], PublicVectors.Read(PublicVectors.EcJwk)!.Algorithms);
    }

    [Theory]
    [InlineData(PublicVectors.EncryptionJwk)]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"RSA\"")]
    [InlineData("{}")]
    [InlineData("""{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}""")]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [InlineData("""{"kty":"ec","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""")]
    [InlineData("""{"kty":7}""")]
    [InlineData("""{"kty":"RSA"}""")]
    [InlineData("""{"kty":"EC"}""")]
    [InlineData("""{"kty":"\ud800"}""")]
    public void What_is_no_key_for_signatures_is_unusable(string jwk) => Assert.Null(PublicVectors.Read(jwk));

    [Theory]
    [InlineData("use", "\"enc\"")]
    [InlineData("use", "\"SIG\"")]
    [InlineData("use", "null")]
    [InlineData("use", "[\"sig\"]")]
    [InlineData("key_ops", "[]")]
    [InlineData("key_ops", "[\"sign\"]")]
    [InlineData("key_ops", "[\"encrypt\",1]")]
    [InlineData("key_ops", "\"verify\"")]
    [InlineData("alg", "\"RSA-OAEP\"")]
    [InlineData("alg", "\"ES384\"")]
    [InlineData("alg", "\"HS256\"")]
    [InlineData("alg", "\"none\"")]
    [InlineData("alg", "7")]
    [InlineData("kid", "7")]
    [InlineData("kid", "null")]
    [InlineData("kid", "\"\\ud800\"")]
    public void A_key_that_is_meant_for_something_else_is_unusable(string member, string value)
    {
        Assert.Null(PublicVectors.Read(PublicVectors.RsaJwk($",\"{member}\":{value}")));
        Assert.Null(PublicVectors.Read($"{PublicVectors.EcJwk[..^1]},\"{member}\":{value}}}"));
    }

    [Theory]
    [InlineData("P-256", EcX, EcX)]   // not on the curve
    [InlineData("P-256", EcY, EcX)]
    [InlineData("P-256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("P-384", EcX, EcY)]
    [InlineData("P-521", EcX, EcY)]
    [InlineData("secp256k1", EcX, EcY)]
    [InlineData("p-256", EcX, EcY)]
    [InlineData("P-256", EcX + "=", EcY)]
    [InlineData("P-256", EcX + "\\n", EcY)]
    [InlineData("P-256", "AH_NzidwnsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF", EcY)]
    [InlineData("P-256", "", EcY)]
    public void A_point_that_is_malformed_or_off_its_curve_is_unusable(string curve, string x, string y) =>
        Assert.Null(PublicVectors.Read($$"""{"kty":"EC","crv":"{{curve}}","x":"{{x}}","y":"{{y}}"}"""));

    [Theory]
    [InlineData(1024)]
    [InlineData(2047)]
    public void A_short_RSA_key_is_unusable_however_many_zeros_lead_it(int bits)
    {
        var modulus = Enumerable.Repeat((byte)0xff, (bits + 7) / 8).ToArray();
        modulus[0] = (byte)(0xff >> (8 - bits % 8) % 8);
        Assert.Null(PublicVectors.Read($$"""{"kty":"RSA","n":"{{Forger.Part(modulus)}}","e":"AQAB"}"""));
        Assert.Null(PublicVectors.Read($$"""{"kty":"RSA","n":"{{Forger.Part([.. new byte[256], .. modulus])}}","e":"AQAB"}"""));
    }

    [Theory]
    [InlineData("AQ")]          // 1: every message its own signature
    [InlineData("AAAAAQ")]
    [InlineData("AA")]
    [InlineData("")]
    [InlineData("Ag")]          // even
    [InlineData("AQAA")]
    [InlineData("AQAB=")]
    [InlineData("AQAAAAAAAAAB")]
    public void An_RSA_key_with_a_senseless_exponent_is_unusable(string exponent) =>
        Assert.Null(PublicVectors.Read($$"""{"kty":"RSA","n":"{{PublicVectors.RsaModulus}}","e":"{{exponent}}"}"""));

    [Fact]
    public void An_RSA_key_that_is_huge_or_even_is_unusable()
    {
        Assert.Null(PublicVectors.Read($$"""{"kty":"RSA","n":"{{Forger.Part(Enumerable.Repeat((byte)0xff, 1025).ToArray())}}","e":"AQAB"}"""));
        Assert.Null(PublicVectors.Read($$"""{"kty":"RSA","n":"{{Forger.Part([.. Enumerable.Repeat((byte)0xff, 255), 0xfe])}}","e":"AQAB"}"""));
    }

    [Fact]
    public void A_key_checks_for_many_threads_at_once()
    {
        using var forger = new Forger();
        var token = forger.Signed(Forger.Header, Forger.Claims);
        var wrong = token[..^8] + "AAAAAAAA";
        Parallel.For(0, 200, round => Assert.Equal(round % 2 == 0, forger.Check(round % 2 == 0 ? token : wrong).Claims is not null));
    }
}
