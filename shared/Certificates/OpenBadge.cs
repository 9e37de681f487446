using System.Globalization;
using System.Text.Json.Nodes;

namespace Podium.Certificates;

/// <summary>A certificate as an Open Badges 3.0 credential, and who issues it as a profile: what goes into the JWT, without its signature.</summary>
public static class OpenBadge
{
    public const string Context = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

    private const string Schema = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json";

    public static JsonObject Profile(CertificateSite site, string name) => new()
    {
        ["id"] = site.Issuer,
        ["type"] = new JsonArray("Profile"),
        ["name"] = name,
        ["url"] = site.Address,
    };

    /// <summary>The credential with the claims that a VC-JWT adds to it: iss, jti, sub and nbf, which repeat what it says.</summary>
    public static JsonObject Credential(CertificateStatement statement, Guid sourceId, Guid holderId, CertificateSite site)
    {
        var (id, subject, list) = ($"urn:uuid:{statement.Id}", $"urn:uuid:{holderId}", site.StatusList(statement.StatusIndex / StatusLists.Size));
        var index = (statement.StatusIndex % StatusLists.Size).ToString(CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["@context"] = new JsonArray("https://www.w3.org/ns/credentials/v2", Context),
            ["id"] = id,
            ["type"] = new JsonArray("VerifiableCredential", "OpenBadgeCredential"),
            ["name"] = statement.Title,
            ["issuer"] = Profile(site, statement.Issuer.Name),
            ["validFrom"] = Instant(statement.IssuedAt),
            ["credentialSubject"] = Subject(statement, sourceId, subject),
            ["evidence"] = new JsonArray(new JsonObject { ["id"] = site.Page, ["type"] = new JsonArray("Evidence"), ["name"] = $"Certificate {statement.Number}" }),
            ["credentialStatus"] = new JsonObject
            {
                ["id"] = $"{list}#{index}",
                ["type"] = "BitstringStatusListEntry",
                ["statusPurpose"] = "revocation",
                ["statusListIndex"] = index,
                ["statusListCredential"] = list,
            },
            ["credentialSchema"] = new JsonArray(new JsonObject { ["id"] = Schema, ["type"] = "1EdTechJsonSchemaValidator2019" }),
            ["iss"] = site.Issuer,
            ["jti"] = id,
            ["sub"] = subject,
            ["nbf"] = statement.IssuedAt.ToUnixTimeSeconds(),
        };
    }

    internal static string Instant(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static JsonObject Subject(CertificateStatement statement, Guid sourceId, string subject)
    {
        var (descriptions, results) = (new JsonArray(), new JsonArray());
        void Add(string name, string type, string value)
        {
            var description = $"urn:uuid:{sourceId}#{descriptions.Count + 1}";
            descriptions.Add(new JsonObject { ["id"] = description, ["type"] = new JsonArray("ResultDescription"), ["name"] = name, ["resultType"] = type });
            results.Add(new JsonObject { ["type"] = new JsonArray("Result"), ["resultDescription"] = description, ["value"] = value });
        }
        foreach (var result in statement.Results)
        {
            foreach (var one in result.Subjects) Add(one.Name, "LetterGrade", one.Grade ?? one.Status);
            if (result.Division is { } division) Add("Division", "Result", division);
        }
        if (statement.Place is { } place) Add("Place", "Result", place.Place.ToString(CultureInfo.InvariantCulture));
        var about = statement.Place is { } placing
            ? string.Create(CultureInfo.InvariantCulture, $"Place {placing.Place} in {placing.Competition}{(placing.Award is null ? "" : $", {placing.Award}")}.")
            : $"Passed {statement.Title}.";
        return new JsonObject
        {
            ["id"] = subject,
            ["type"] = new JsonArray("AchievementSubject"),
            ["identifier"] = new JsonArray(new JsonObject { ["type"] = "IdentityObject", ["hashed"] = false, ["identityHash"] = statement.Holder, ["identityType"] = "name" }),
            ["achievement"] = new JsonObject
            {
                ["id"] = $"urn:uuid:{sourceId}",
                ["type"] = new JsonArray("Achievement"),
                ["achievementType"] = statement.Place is null ? "Certificate" : "Award",
                ["name"] = statement.Title,
                ["description"] = about,
                ["criteria"] = new JsonObject { ["narrative"] = statement.Place is null ? "Results of the examination, as they are published." : "The final standing of the competition." },
                ["resultDescription"] = descriptions,
            },
            ["result"] = results,
        };
    }
}
