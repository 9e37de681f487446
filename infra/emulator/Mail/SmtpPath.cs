using System.Text.RegularExpressions;

namespace Podium.Emulator.Mail;

/// <summary>What MAIL and RCPT carry: an address in angle brackets, then parameters.</summary>
internal sealed partial record SmtpPath(string Address, IReadOnlyDictionary<string, string> Parameters)
{
    private const int LongestLocalPart = 64;
    private const int LongestAddress = 254;

    public bool IsAscii => System.Text.Ascii.IsValid(Address);

    /// <summary>Null where the syntax is wrong; whether the address can be one is asked with <see cref="IsAddress"/>.</summary>
    public static SmtpPath? Read(string keyword, string argument)
    {
        if (!argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase) || PathSyntax().Match(argument[keyword.Length..]) is not { Success: true } match) return null;
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in match.Groups["parameters"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ParameterSyntax().Match(text) is not { Success: true } parameter || !parameters.TryAdd(parameter.Groups["name"].Value, parameter.Groups["value"].Value)) return null;
        }
        return new SmtpPath(match.Groups["address"].Value, parameters);
    }

    public static bool IsAddress(string text) =>
        text.Length <= LongestAddress && MailboxSyntax().Match(text) is { Success: true } match && match.Groups["local"].Length <= LongestLocalPart;

    [GeneratedRegex("""^<(?<address>(?:"(?:\\.|[^"\\])*"|[^<>"])*)>(?<parameters>(?: +[^ ]+)*) *$""")]
    private static partial Regex PathSyntax();

    [GeneratedRegex("^(?<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?<value>[^= ]+))?$")]
    private static partial Regex ParameterSyntax();

    // dot-atom or quoted string, then a domain or an address literal; letters beyond ASCII as in RFC 6531
    [GeneratedRegex("""
        ^(?<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\uFFFF-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\uFFFF-]+)*|"(?:\\[ -~]|[^"\\])*")@
        (?:[A-Za-z0-9\u0080-\uFFFF][A-Za-z0-9\u0080-\uFFFF-]*(?<!-)(?:\.[A-Za-z0-9\u0080-\uFFFF][A-Za-z0-9\u0080-\uFFFF-]*(?<!-))*|\[[A-Za-z0-9:.]+\])$
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex MailboxSyntax();
}
