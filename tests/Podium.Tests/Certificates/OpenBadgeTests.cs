using System.Buffers.Text;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Podium.Certificates;
using Podium.Platform.Api;

namespace Podium.Tests.Certificates;

public sealed class OpenBadgeTests
{
    private static readonly Guid Source = Guid.Parse("0192c7a2-0000-7000-8000-00000000000a");
    private static readonly Guid Holder = Guid.Parse("0192c7a2-0000-7000-8000-00000000000b");

    // what 1EdTech's ob_v3p0_achievementcredential_schema.json requires of the members that we write, class by class; each may have no others than those
    private static readonly Dictionary<string, (string[] Required, string[] Allowed)> Classes = new()
    {
        ["credential"] = (["@context", "id", "type", "credentialSubject", "issuer", "validFrom"], ["name", "evidence", "credentialStatus", "credentialSchema", "iss", "jti", "sub", "nbf"]),
        ["Profile"] = (["id", "type"], ["name", "url"]),
        ["AchievementSubject"] = (["type", "achievement"], ["id", "identifier", "result"]),
        ["Achievement"] = (["id", "type", "criteria", "description", "name"], ["achievementType", "resultDescription"]),
        ["ResultDescription"] = (["id", "type", "name", "resultType"], []),
        ["Result"] = (["type"], ["resultDescription", "value"]),
        ["IdentityObject"] = (["type", "hashed", "identityHash", "identityType"], []),
        ["Evidence"] = (["type"], ["id", "name"]),
    };

    [Theory]
    [InlineData(CertificateKind.ExamResult, "Certificate", "A absent A Merit")]
    [InlineData(CertificateKind.Competition, "Award", "2")]
    public void A_badge_is_what_the_published_schema_requires(CertificateKind kind, string type, string results)
    {
        var badge = OpenBadge.Credential(CertificateSheetTests.Statement(kind), Source, Holder, CertificateSheetTests.Site);
        Assert.Equal(["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"], Texts(badge["@context"]));
        Assert.Equal(["VerifiableCredential", "OpenBadgeCredential"], Texts(badge["type"]));
        var subject = badge["credentialSubject"]!;
        var achievement = subject["achievement"]!;
        Check("credential", badge);
        Check("Profile", badge["issuer"]!);
        Check("AchievementSubject", subject);
        Check("Achievement", achievement);
        Check("IdentityObject", subject["identifier"]![0]!);
        Check("Evidence", badge["evidence"]![0]!);
        foreach (var one in achievement["resultDescription"]!.AsArray()) Check("ResultDescription", one!);
        foreach (var one in subject["result"]!.AsArray()) Check("Result", one!);
        Assert.Equal((type, results), ((string)achievement["achievementType"]!, string.Join(' ', subject["result"]!.AsArray().Select(one => (string)one!["value"]!))));
        // every result has its description, and the claims of the JWT repeat the credential's
        Assert.Equal(Texts(new JsonArray([.. achievement["resultDescription"]!.AsArray().Select(one => one!["id"]!.DeepClone())])), subject["result"]!.AsArray().Select(one => (string)one!["resultDescription"]!));
        Assert.Equal(((string)badge["id"]!, (string)badge["issuer"]!["id"]!, (string)subject["id"]!, 1_786_784_400L), ((string)badge["jti"]!, (string)badge["iss"]!, (string)badge["sub"]!, (long)badge["nbf"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", (string)badge["validFrom"]!);
        Assert.Equal(("https://results.example.org/api/certificates/status-lists/1", "2", "revocation"),
            ((string)badge["credentialStatus"]!["statusListCredential"]!, (string)badge["credentialStatus"]!["statusListIndex"]!, (string)badge["credentialStatus"]!["statusPurpose"]!));
    }

    // W3C Bitstring Status List, section 3: 16 kB at least, packed by gzip, base64url behind a u, the first place in the highest bit
    [Fact]
    public void A_list_of_revocations_is_packed_as_the_standard_says()
    {
        var list = StatusLists.Encode([0, 9, 131_071]);
        Assert.Equal('u', list[0]);
        using var bits = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(Base64Url.DecodeFromChars(list.AsSpan(1))), CompressionMode.Decompress)) gzip.CopyTo(bits);
        var bytes = bits.ToArray();
        Assert.Equal((16_384, 0x80, 0x40, 0x01, 3), (bytes.Length, (int)bytes[0], (int)bytes[1], (int)bytes[^1], bytes.Sum(one => System.Numerics.BitOperations.PopCount(one))));
    }

    // RFC 8785, section 3.2.2 and 3.2.3: its examples, as far as they are about texts and order
    [Theory]
    [InlineData("""{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""", """{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    [InlineData("""{ "b": -5, "a": 12 , "c": null }""", """{"a":12,"b":-5}""")]
    public void Json_has_one_canonical_form(string given, string canonical) => Assert.Equal(canonical, CanonicalJson.Of(JsonNode.Parse(given)));

    [Fact]
    public void Numbers_that_are_not_whole_are_refused() => Assert.Throws<FormatException>(() => CanonicalJson.Of(JsonNode.Parse("""{"a":1.5}""")));

    private static void Check(string name, JsonNode value)
    {
        var (required, allowed) = Classes[name];
        var members = value.AsObject().Select(pair => pair.Key).ToList();
        Assert.Empty(required.Except(members));
        Assert.Empty(members.Except(required).Except(allowed));
        // type is a text where the schema says so, and a list elsewhere
        if (name == "IdentityObject") Assert.Equal("IdentityObject", (string)value["type"]!);
        else if (name != "credential") Assert.Equal([name], Texts(value["type"]));
    }

    private static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(one => (string)one!)];
}
