using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class SigningKeyTests
{
    private static readonly HashSet<string> Es256 = ["ES256"];

    [Fact]
    public void A_token_names_its_key_algorithm_and_type()
    {
        using var key = SigningKey.Create("2026-12");
        var token = key.Sign(new JsonObject { ["sub"] = "anna" }, "at+jwt");
        var result = Jws.Verify(token, (_, _) => Forger.PublicOf(key), Es256);

        Assert.Equal("""{"alg":"ES256","typ":"at\u002Bjwt","kid":"2026-12"}""", result.Header!.ToJsonString());
        Assert.Equal("anna", result.Claims!["sub"]!.GetValue<string>());
        Assert.Equal("JWT", Jws.Verify(key.Sign([]), (_, _) => Forger.PublicOf(key), Es256).Header!["typ"]!.GetValue<string>());
    }

    [Fact]
    public void The_published_key_holds_nothing_private()
    {
        using var key = SigningKey.Create("a");
        var jwk = key.PublicJwk();

        Assert.Equal(["kty", "crv", "x", "y", "kid", "use", "alg"], jwk.Select(member => member.Key));
        Assert.Equal("a", Forger.PublicOf(key).Id);
        Assert.Equal(["ES256"], Forger.PublicOf(key).Algorithms);
    }

    [Fact]
    public void A_key_written_and_read_again_is_the_same_key()
    {
        using var key = SigningKey.Create("a");
        using var again = SigningKey.FromPrivate("a", key.ExportPrivate());

        Assert.True(JsonNode.DeepEquals(key.PublicJwk(), again.PublicJwk()));
        Assert.NotNull(Jws.Verify(again.Sign(new JsonObject { ["sub"] = "anna" }), (_, _) => Forger.PublicOf(key), Es256).Claims);
    }

    [Fact]
    public void Two_keys_differ()
    {
        using var one = SigningKey.Create("a");
        using var other = SigningKey.Create("a");

        Assert.Null(Jws.Verify(one.Sign([]), (_, _) => Forger.PublicOf(other), Es256).Claims);
    }

    [Fact]
    public void Bytes_that_are_no_P_256_key_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[][] bad = [[], [1, 2, 3], p384.ExportPkcs8PrivateKey(), rsa.ExportPkcs8PrivateKey(), good.ExportSubjectPublicKeyInfo(), [.. good.ExportPkcs8PrivateKey(), 0]];

        Assert.All(bad, bytes => Assert.ThrowsAny<CryptographicException>(() => SigningKey.FromPrivate("a", bytes)));
        Assert.Throws<ArgumentException>(() => SigningKey.Create(" "));
    }

    [Fact]
    public void A_key_signs_for_many_threads_at_once()
    {
        using var key = SigningKey.Create("a");
        var find = Forger.PublicOf(key);
        Parallel.For(0, 200, round =>
        {
            var result = Jws.Verify(key.Sign(new JsonObject { ["round"] = round }), (_, _) => find, Es256);
            Assert.Equal(round, result.Claims!["round"]!.GetValue<int>());
        });
    }

    [Fact]
    public void Another_implementation_finds_the_signature_right()
    {
        using var key = SigningKey.Create("a");
        using var other = ECDsa.Create();
        other.ImportPkcs8PrivateKey(key.ExportPrivate(), out _);
        var parts = key.Sign(new JsonObject { ["sub"] = "anna" }).Split('.');
        var signature = Convert.FromBase64String(parts[2].Replace('-', '+').Replace('_', '/') + "==");

        Assert.True(other.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature, HashAlgorithmName.SHA256));
    }
}
