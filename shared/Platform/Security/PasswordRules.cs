using System.Text;

namespace Podium.Platform.Security;

/// <summary>What makes a password too easy to guess.</summary>
internal static class PasswordRules
{
    private const int LeastLength = 10;
    private const int MostLength = 256;
    private const int LeastPersonalLength = 4;
    private const int LongestPattern = 4;
    private const int MostDecoration = 8;

    private static readonly string[] Rows =
    [
        "0123456789", "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiop", "yxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "azertyuiopqsdfghjklmwxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p",
    ];

    /// <summary>The first fault of a password in NFKC form (null where it has none), or null.</summary>
    public static string? Fault(string? password, IEnumerable<string> personal)
    {
        var runes = password?.EnumerateRunes().ToArray();
        if (password is null || runes!.Length > MostLength)
            return $"The password must be text of at most {MostLength} characters.";
        if (runes.Length < LeastLength)
            return $"The password must have at least {LeastLength} characters.";

        var plain = password.ToLowerInvariant();
        if (IsPattern(plain))
            return "The password must not be one character or a short pattern repeated.";
        if (IsSequence(plain))
            return "The password must not be a sequence of letters, digits or keys.";
        if (CommonPasswords.All.Contains(plain) || CommonPasswords.All.Contains(Core(plain)))
            return "The password is one of the first that anybody would try.";
        if (Names(personal).Any(name => plain.Contains(name, StringComparison.Ordinal)))
            return "The password must not contain your name or e-mail address.";
        return null;
    }

    private static bool IsPattern(string password) =>
        Enumerable.Range(1, LongestPattern).Any(period => !password.Where((symbol, at) => at >= period && symbol != password[at - period]).Any());

    private static bool IsSequence(string password)
    {
        if (Math.Abs(password[1] - password[0]) == 1 && !password.Where((symbol, at) => at > 0 && symbol - password[at - 1] != password[1] - password[0]).Any())
            return true;
        return Rows.Any(row =>
        {
            // over the end a row begins again: 567890123
            var wheel = string.Concat(Enumerable.Repeat(row, password.Length / row.Length + 2));
            return wheel.Contains(password, StringComparison.Ordinal) || wheel.Contains(string.Concat(password.Reverse()), StringComparison.Ordinal);
        });
    }

    // Password2024! is as common as password; among many digits and signs the word no longer matters
    private static string Core(string password)
    {
        var letters = Enumerable.Range(0, password.Length).Where(at => char.IsLetter(password[at])).ToArray();
        var core = letters is [] ? password : password[letters[0]..(letters[^1] + 1)];
        return password.Length - core.Length <= MostDecoration ? core : password;
    }

    private static IEnumerable<string> Names(IEnumerable<string> personal) => personal
        .Where(entry => !string.IsNullOrWhiteSpace(entry))
        .Select(entry => Plain(entry.LastIndexOf('@') is > 0 and var at ? entry[..at] : entry))
        .SelectMany(name => (string[])[name, string.Concat(name.Where(char.IsLetterOrDigit)), .. Words(name)])
        .Where(name => name.EnumerateRunes().Count() >= LeastPersonalLength);

    private static string[] Words(string name) =>
        string.Concat(name.Select(symbol => char.IsLetterOrDigit(symbol) || char.IsSurrogate(symbol) ? symbol : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Plain(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKC).Trim().ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return "";   // half a surrogate pair, which no acceptable password contains
        }
    }
}
