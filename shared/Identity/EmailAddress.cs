using System.Globalization;
using System.Text;

namespace Podium.Identity;

/// <summary>E-mail addresses as people type them, and as they are compared.</summary>
public static class EmailAddress
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>The form by which two addresses are the same: composed, lower case, the domain in ASCII. Null where it is no address.</summary>
    public static string? KeyOf(string email)
    {
        try
        {
            var text = email.Trim().Normalize(NormalizationForm.FormKC);
            var at = text.LastIndexOf('@');
            if (at is < 1 or > 64 || text.Length > 254 || text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is '<' or '>' or '"' or '(' or ')' or ',' or ';' or ':' or '\\' or '[' or ']')) return null;
            if (text[..at].Contains('@') || text[0] == '.' || text[at - 1] == '.' || text.Contains("..", StringComparison.Ordinal)) return null;
            var domain = Idn.GetAscii(text[(at + 1)..]).ToLowerInvariant();
            return domain.Contains('.') && !domain.EndsWith('.') && domain.Length <= 253 ? $"{text[..at].ToLowerInvariant()}@{domain}" : null;
        }
        catch (ArgumentException)
        {
            return null; // code points that are no characters, or a domain that is none
        }
    }
}

/// <summary>Text that must be an e-mail address.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EmailAttribute : System.ComponentModel.DataAnnotations.ValidationAttribute
{
    public EmailAttribute() => ErrorMessage = "It must be an e-mail address.";

    public override bool IsValid(object? value) => value is not string text || EmailAddress.KeyOf(text) is not null;
}
