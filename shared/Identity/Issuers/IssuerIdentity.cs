using System.Text.Json;
using System.Text.Json.Nodes;

namespace Podium.Identity.Issuers;

/// <summary>Who an issuer says somebody is.</summary>
public sealed record IssuerIdentity
{
    public required string Subject { get; init; }

    /// <summary>Whether it said anything of an address.</summary>
    public required bool HasEmail { get; init; }

    /// <summary>The address, where the issuer vouches for it.</summary>
    public string? VerifiedEmail { get; init; }

    public string? VerifiedEmailKey => VerifiedEmail is null ? null : EmailAddress.KeyOf(VerifiedEmail);

    public required string FirstName { get; init; }

    public required string LastName { get; init; }

    public string? Language { get; init; }

    public static IssuerIdentity Of(JsonObject claims)
    {
        var email = IdToken.Text(claims, "email")?.Trim();
        var usable = email is { Length: >= 3 and <= 254 } && EmailAddress.KeyOf(email) is not null;
        var whole = Name(claims, "name").Split(' ', 2);
        var first = Name(claims, "given_name") is { Length: > 0 } given ? given : whole[0];
        var last = Name(claims, "family_name") is { Length: > 0 } family ? family : whole.ElementAtOrDefault(1)?.Trim() ?? "";
        return new IssuerIdentity
        {
            Subject = IdToken.Text(claims, "sub")!,
            HasEmail = email is not null,
            VerifiedEmail = usable && IsTrue(claims["email_verified"]) ? email : null,
            // a name there must be; the person can correct it
            FirstName = first.Length > 0 ? first : "-",
            LastName = last.Length > 0 ? last : "-",
            Language = IdToken.Text(claims, "locale"),
        };
    }

    // well-known issuers write it as text
    private static bool IsTrue(JsonNode? claim) => claim?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.String => claim.GetValue<string>() == "true",
        _ => false,
    };

    private static string Name(JsonObject claims, string claim)
    {
        var text = new string([.. (IdToken.Text(claims, claim) ?? "").Where(character => !char.IsControl(character))]).Trim();
        if (text.Length <= 100) return text;
        return text[..(char.IsHighSurrogate(text[99]) ? 99 : 100)].Trim();
    }
}
