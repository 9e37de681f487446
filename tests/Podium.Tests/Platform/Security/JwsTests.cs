using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Podium.Platform.Security;

namespace Podium.Tests.Platform.Security;

public sealed class JwsTests : IDisposable
{
    private readonly Forger _forger = new();

    public void Dispose() => _forger.Dispose();

    [Theory]
    [InlineData(PublicVectors.Rs256Token, "RS256")]
    [InlineData(PublicVectors.Es256Token, "ES256")]
    public void The_signed_examples_of_RFC_7515_are_accepted(string token, string algorithm)
    {
        var key = PublicVectors.Read(algorithm == "RS256" ? PublicVectors.RsaJwk() : PublicVectors.EcJwk);
        var result = Jws.Verify(token, (kid, asked) => kid is null && asked == algorithm ? key : null, new HashSet<string> { algorithm });

        Assert.Null(result.Reason);
        Assert.Equal("joe", result.Claims!["iss"]!.GetValue<string>());
        Assert.Equal(1300819380, result.Claims["exp"]!.GetValue<long>());
        Assert.True(result.Claims["http://example.com/is_root"]!.GetValue<bool>());
        Assert.Equal(algorithm, result.Header!["alg"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(PublicVectors.Hs256Token)]
    [InlineData(PublicVectors.UnsecuredToken)]
    public void The_HMAC_and_unsecured_examples_of_RFC_7515_and_7519_are_refused_whatever_is_allowed(string token)
    {
        var result = Jws.Verify(token, (_, _) => throw new InvalidOperationException("No key is looked for."), Forger.AllAlgorithms);

        Assert.Null(result.Claims);
        Assert.Equal("The algorithm of the token is not allowed.", result.Reason);
    }

    [Fact]
    public void The_prose_of_RFC_7520_is_well_signed_but_no_claims()
    {
        var key = PublicVectors.Read(PublicVectors.HobbitonJwk);
        var result = Jws.Verify($"{PublicVectors.HobbitonSigned}.{PublicVectors.HobbitonSignature}", (_, _) => key, Forger.AllAlgorithms);

        Assert.Null(result.Claims);
        Assert.Equal("The claims of the token are not a JSON object.", result.Reason);
    }

    [Fact]
    public void What_the_forger_signs_honestly_is_accepted()
    {
        var result = _forger.Check(_forger.Signed(Forger.Header, Forger.Claims));

        Assert.Null(result.Reason);
        Assert.Equal("anna", result.Claims!["sub"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"alg":"none","kid":"k1"}""")]
    [InlineData("""{"alg":"None","kid":"k1"}""")]
    [InlineData("""{"alg":"NONE","kid":"k1"}""")]
    [InlineData("""{"alg":"nOnE","kid":"k1"}""")]
    [InlineData("""{"alg":"\u006eone","kid":"k1"}""")]
    [InlineData("""{"alg":"\u006e\u006fne"}""")]
    [InlineData("""{"alg":"","kid":"k1"}""")]
    [InlineData("""{"alg":"ES512","kid":"k1"}""")]
    [InlineData("""{"alg":"EdDSA","kid":"k1"}""")]
    [InlineData("""{"alg":"es256","kid":"k1"}""")]
    [InlineData("""{"alg":"ES256 ","kid":"k1"}""")]
    [InlineData("""{"alg":"ES256\u0000","kid":"k1"}""")]
    [InlineData("""{"alg":"ES384","kid":"k1"}""")]
    [InlineData("""{"alg":"RS256","kid":"k1"}""")]
    [InlineData("""{"alg":"HS256","kid":"k1"}""")]
    [InlineData("""{"alg":"\u0048S256","kid":"k1"}""")]
    [InlineData("""{"alg":null,"kid":"k1"}""")]
    [InlineData("""{"alg":256,"kid":"k1"}""")]
    [InlineData("""{"alg":["ES256"],"kid":"k1"}""")]
    [InlineData("""{"alg":{"ES256":1},"kid":"k1"}""")]
    [InlineData("""{"kid":"k1"}""")]
    [InlineData("""{"ALG":"ES256","kid":"k1"}""")]
    [InlineData("""{}""")]
    public void A_good_signature_under_a_header_with_another_algorithm_is_refused(string header)
    {
        AssertRefused(_forger.Signed(header, Forger.Claims));
        AssertRefused($"{Forger.Part(header)}.{Forger.Part(Forger.Claims)}.");
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public void A_token_signed_with_the_public_key_as_an_HMAC_secret_is_refused(string algorithm)
    {
        var signed = $"{Forger.Part($$"""{"alg":"{{algorithm}}","kid":"k1"}""")}.{Forger.Part(Forger.Claims)}";
        var pem = PemEncoding.WriteString("PUBLIC KEY", _forger.SubjectPublicKeyInfo);
        foreach (var secret in (byte[][])[_forger.SubjectPublicKeyInfo, Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n"), Encoding.ASCII.GetBytes(_forger.PublicJwk)])
        {
            var mac = CryptographicOperations.HmacData(new HashAlgorithmName($"SHA{algorithm[2..]}"), secret, Encoding.ASCII.GetBytes(signed));
            AssertRefused($"{signed}.{Forger.Part(mac)}");
        }
    }

    [Fact]
    public void An_algorithm_outside_the_callers_list_is_refused_before_a_key_is_looked_for()
    {
        var token = _forger.Signed(Forger.Header, Forger.Claims);

        Assert.Null(Jws.Verify(token, (_, _) => throw new InvalidOperationException(), new HashSet<string> { "RS256" }).Claims);
        Assert.Null(Jws.Verify(token, (_, _) => throw new InvalidOperationException(), new HashSet<string>()).Claims);
    }

    [Fact]
    public void An_algorithm_written_with_escapes_is_the_algorithm_it_spells()
    {
        Assert.NotNull(_forger.Check(_forger.Signed("""{"\u0061lg":"\u0045S256","kid":"k1"}""", Forger.Claims)).Claims);
    }

    [Theory]
    [InlineData("""{"alg":"ES256","alg":"ES256","kid":"k1"}""")]
    [InlineData("""{"alg":"none","alg":"ES256","kid":"k1"}""")]
    [InlineData("""{"alg":"ES256","\u0061lg":"none","kid":"k1"}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","kid":"k2"}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","x":{"a":1,"a":2}}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","x":[{"a":1,"\u0061":2}]}""")]
    [InlineData("""["alg","ES256"]""")]
    [InlineData("\"ES256\"")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"alg":"ES256","kid":"k1",}""")]
    [InlineData("""{"alg":"ES256","kid":"k1"}{}""")]
    [InlineData("""{"alg":"ES256","kid":"k1"} x""")]
    [InlineData("""{"alg":"ES256",/* */"kid":"k1"}""")]
    [InlineData("""{'alg':'ES256'}""")]
    [InlineData("\uFEFF{\"alg\":\"ES256\",\"kid\":\"k1\"}")]
    [InlineData("""{"alg":"ES256","kid":"\ud800"}""")]
    [InlineData("""{"alg":"ES256","\udc00":1}""")]
    [InlineData("""{"alg":"ES256","kid":1}""")]
    [InlineData("""{"alg":"ES256","kid":null}""")]
    [InlineData("""{"alg":"ES256","kid":["k1"]}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","crit":["exp"]}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","crit":[]}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","crit":null}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","b64":false,"crit":["b64"]}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","b64":false}""")]
    [InlineData("""{"alg":"ES256","kid":"k1","b64":true}""")]
    [InlineData("""{"alg":"ES256","kid":"k2"}""")]
    public void A_header_that_is_malformed_ambiguous_or_asks_for_more_is_refused_though_well_signed(string header) =>
        AssertRefused(_forger.Signed(header, Forger.Claims));

    [Theory]
    [InlineData("""{"sub":"anna","sub":"admin"}""")]
    [InlineData("""{"sub":"anna","\u0073ub":"admin"}""")]
    [InlineData("""{"sub":"anna","act":{"sub":"a","sub":"b"}}""")]
    [InlineData("""{"sub":"\ud83d"}""")]
    [InlineData("""{"list":["\udfff"]}""")]
    [InlineData("""["sub","anna"]""")]
    [InlineData("\"anna\"")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{\"sub\":\"anna\"")]
    [InlineData("""{"sub":"anna"} {"sub":"admin"}""")]
    [InlineData("""{"sub":NaN}""")]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}""")]
    public void Claims_that_are_malformed_or_ambiguous_are_refused_though_well_signed(string claims) =>
        AssertRefused(_forger.Signed(Forger.Header, claims));

    [Fact]
    public void Claims_that_are_no_UTF_8_are_refused_though_well_signed()
    {
        AssertRefused(_forger.SignedParts(Forger.Part(Forger.Header), Forger.Part([.. "{\"sub\":\""u8, 0xc3, 0x28, .. "\"}"u8])));
        AssertRefused(_forger.SignedParts(Forger.Part(Forger.Header), Forger.Part(Encoding.Unicode.GetBytes(Forger.Claims))));
    }

    [Fact]
    public void A_key_in_the_token_or_behind_a_link_in_it_is_never_used()
    {
        using var stranger = new Forger();
        foreach (var member in (string[])[$"\"jwk\":{stranger.PublicJwk}", "\"jku\":\"https://example.com/keys\"", "\"x5u\":\"https://example.com/cert\"", "\"x5c\":[\"MIIB\"]"])
        {
            var header = $$"""{"alg":"ES256","kid":"k1",{{member}}}""";
            AssertRefused(stranger.Signed(header, Forger.Claims));
            Assert.NotNull(_forger.Check(_forger.Signed(header, Forger.Claims)).Claims);
        }
    }

    [Fact]
    public void A_token_of_another_key_is_refused()
    {
        using var stranger = new Forger();
        AssertRefused(stranger.Signed(Forger.Header, Forger.Claims));
    }

    [Fact]
    public void A_key_nobody_knows_is_refused()
    {
        var asked = new List<(string?, string)>();
        var result = Jws.Verify(_forger.Signed("""{"alg":"ES256","kid":"../../k1"}""", Forger.Claims), (kid, algorithm) => { asked.Add((kid, algorithm)); return null; }, Forger.AllAlgorithms);

        Assert.Null(result.Claims);
        Assert.Equal("The key of the token is unknown.", result.Reason);
        Assert.Equal([("../../k1", "ES256")], asked);
    }

    [Fact]
    public void A_token_cut_short_or_lengthened_anywhere_is_refused()
    {
        var token = _forger.Signed(Forger.Header, Forger.Claims);
        for (var length = 0; length < token.Length; length++)
            AssertRefused(token[..length]);

        var parts = token.Split('.');
        string[] others =
        [
            token + ".", "." + token, token + ".x", $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}", $"{parts[0]}..{parts[2]}", $".{parts[1]}.{parts[2]}", "..", "....",
            $"{parts[0]}.{parts[1]}..{parts[2]}", $"{parts[1]}.{parts[0]}.{parts[2]}", token + "A", token + "AA", token + "AAAA", "{\"payload\":\"e30\"}", "Bearer " + token,
        ];
        Assert.All(others, AssertRefused);
    }

    [Fact]
    public void Padding_whitespace_and_foreign_characters_are_refused_in_every_part()
    {
        var parts = _forger.Signed(Forger.Header, Forger.Claims).Split('.');
        for (var part = 0; part < parts.Length; part++)
        {
            var good = parts[part];
            string[] bad = [good + "=", good + "==", good.PadRight((good.Length + 3) / 4 * 4 + 1, '='), " " + good, good + " ", good + "\n", good + "\r\n", good + "\0", good.Insert(4, "\n"), good.Insert(4, " "), good.Insert(4, "+"), good.Insert(4, "/"), good.Insert(4, "é"), good.Insert(4, "%2e")];
            foreach (var other in bad)
                AssertRefused(string.Join('.', parts.Select((text, at) => at == part ? other : text)));
        }
    }

    [Fact]
    public void Base64url_with_stray_trailing_bits_is_refused_even_where_it_was_signed_so()
    {
        var parts = _forger.Signed(Forger.Header, Forger.Claims).Split('.');
        // 64 bytes leave four unused bits in the last of 86 characters
        foreach (var last in WithOtherTrailingBits(parts[2]))
        {
            Assert.Equal(Base64Url.DecodeFromChars(parts[2]), Lenient(last));
            AssertRefused($"{parts[0]}.{parts[1]}.{last}");
        }

        var claims = Forger.Part("""{"sub":"ann"}""");
        Assert.NotEqual(0, claims.Length % 4);
        Assert.NotNull(_forger.Check(_forger.SignedParts(parts[0], claims)).Claims);
        Assert.All(WithOtherTrailingBits(claims), other => AssertRefused(_forger.SignedParts(parts[0], other)));
    }

    [Fact]
    public void A_DER_signature_is_refused()
    {
        AssertRefused(_forger.SignedParts(Forger.Part(Forger.Header), Forger.Part(Forger.Claims), DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public void The_psychic_signature_and_its_relatives_are_refused()
    {
        var signed = $"{Forger.Part(Forger.Header)}.{Forger.Part(Forger.Claims)}";
        var good = Base64Url.DecodeFromChars(_forger.Signed(Forger.Header, Forger.Claims).Split('.')[2]);
        var order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        var zero = new byte[32];
        byte[][] signatures =
        [
            new byte[64], [.. good[..32], .. zero], [.. zero, .. good[32..]], [.. order, .. order], [.. order, .. good[32..]], [.. good[..32], .. order], [.. zero, .. order],
            [], new byte[1], good[..63], [.. good, 0], [0, .. good], new byte[96], [.. good, .. good], [.. good[32..], .. good[..32]], Enumerable.Repeat((byte)0xff, 64).ToArray(),
        ];
        Assert.All(signatures, signature => AssertRefused($"{signed}.{Forger.Part(signature)}"));
    }

    [Fact]
    public void One_flipped_bit_anywhere_in_an_ECDSA_token_is_refused()
    {
        var token = _forger.Signed(Forger.Header, Forger.Claims);
        Assert.All(WithOneBitFlipped(token), AssertRefused);
    }

    [Fact]
    public void One_flipped_bit_anywhere_in_an_RSA_token_is_refused()
    {
        var key = PublicVectors.Read(PublicVectors.RsaJwk());
        Assert.All(WithOneBitFlipped(PublicVectors.Rs256Token), token => Assert.Null(Jws.Verify(token, (_, _) => key, Forger.AllAlgorithms).Claims));
    }

    [Fact]
    public void A_token_over_sixteen_kilobytes_is_refused()
    {
        var rest = _forger.Signed(Forger.Header, """{"pad":""}""").Length;
        var most = new string('a', (16 * 1024 - rest) / 4 * 3);
        Assert.NotNull(_forger.Check(_forger.Signed(Forger.Header, $$"""{"pad":"{{most}}"}""")).Claims);

        var result = _forger.Check(_forger.Signed(Forger.Header, $$"""{"pad":"{{most}}aaaaaa"}"""));
        Assert.Equal("The token is too long.", result.Reason);
        Assert.Null(result.Claims);
        AssertRefused(new string('.', 1_000_000));
    }

    [Fact]
    public void A_refused_token_still_shows_the_header_that_could_be_read()
    {
        var parts = _forger.Signed(Forger.Header, Forger.Claims).Split('.');
        var result = _forger.Check($"{parts[0]}.{Forger.Part("{}")}.{parts[2]}");

        Assert.Null(result.Claims);
        Assert.Equal("k1", result.Header!["kid"]!.GetValue<string>());
        Assert.Equal("The signature of the token is wrong.", result.Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261224)]
    [InlineData(7)]
    public void Random_claims_survive_signing_and_checking(int seed)
    {
        using var key = SigningKey.Create("random");
        var find = Forger.PublicOf(key);
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var claims = RandomObject(random, depth: 0);
            var result = Jws.Verify(key.Sign(claims), (kid, _) => kid == "random" ? find : null, new HashSet<string> { "ES256" });

            Assert.Null(result.Reason);
            Assert.True(JsonNode.DeepEquals(claims, result.Claims), claims.ToJsonString());
        }
    }

    private void AssertRefused(string token)
    {
        var result = _forger.Check(token);
        Assert.True(result.Claims is null, $"Accepted: {token}");
        Assert.NotNull(result.Reason);
    }

    private static IEnumerable<string> WithOtherTrailingBits(string part)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var unused = part.Length % 4 == 2 ? 16 : 4;
        var last = Alphabet.IndexOf(part[^1], StringComparison.Ordinal);
        return Enumerable.Range(1, unused - 1).Select(bits => part[..^1] + Alphabet[last | bits]);
    }

    private static byte[] Lenient(string part) =>
        Convert.FromBase64String(part.Replace('-', '+').Replace('_', '/').PadRight((part.Length + 3) / 4 * 4, '='));

    private static IEnumerable<string> WithOneBitFlipped(string token)
    {
        var parts = token.Split('.');
        for (var part = 0; part < parts.Length; part++)
        {
            var bytes = Base64Url.DecodeFromChars(parts[part]);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                var flipped = (byte[])bytes.Clone();
                flipped[bit / 8] ^= (byte)(1 << bit % 8);
                yield return string.Join('.', parts.Select((text, at) => at == part ? Base64Url.EncodeToString(flipped) : text));
            }
        }
    }

    private static JsonObject RandomObject(Random random, int depth)
    {
        var json = new JsonObject();
        foreach (var _ in Enumerable.Range(0, random.Next(6)))
            json[RandomText(random)] = RandomNode(random, depth + 1);
        return json;
    }

    private static JsonNode? RandomNode(Random random, int depth) => random.Next(depth < 4 ? 7 : 5) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.NextInt64(),
        3 => random.NextDouble() * Math.Pow(10, random.Next(-9, 12)),
        4 => RandomText(random),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomNode(random, depth + 1))]),
        _ => RandomObject(random, depth),
    };

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        foreach (var _ in Enumerable.Range(0, random.Next(12)))
        {
            var scalar = random.Next(3) switch { 0 => random.Next(0x80), 1 => random.Next(0xd800), _ => random.Next(0xe000, 0x110000) };
            text.Append(new Rune(scalar).ToString());
        }

        return text.ToString();
    }
}
