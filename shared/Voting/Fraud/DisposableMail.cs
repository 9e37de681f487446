using System.Collections.Frozen;

namespace Podium.Voting.Fraud;

/// <summary>Domains of mailboxes that anybody opens for minutes without an account. They change: a voting's rules name others.</summary>
public static class DisposableMail
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "10minutemail.com", "20minutemail.com", "33mail.com", "anonbox.net", "burnermail.io", "discard.email", "dispostable.com", "dropmail.me", "emailondeck.com", "fakeinbox.com", "fakemail.net",
        "getairmail.com", "getnada.com", "grr.la", "guerrillamail.biz", "guerrillamail.com", "guerrillamail.de", "guerrillamail.info", "guerrillamail.net", "guerrillamail.org", "guerrillamailblock.com",
        "inboxkitten.com", "jetable.org", "mail-temp.com", "mail.tm", "mailcatch.com", "maildrop.cc", "mailinator.com", "mailinator.net", "mailnesia.com", "mailnull.com", "mailpoof.com", "mintemail.com",
        "mohmal.com", "moakt.com", "mytemp.email", "nada.email", "sharklasers.com", "spam4.me", "spambox.us", "spamgourmet.com", "temp-mail.io", "temp-mail.org", "tempail.com", "tempinbox.com",
        "tempmail.com", "tempmail.net", "tempmailo.com", "tempr.email", "throwawaymail.com", "trash-mail.com", "trashmail.com", "trashmail.de", "trashmail.net", "wegwerfmail.de", "yopmail.com",
        "yopmail.fr", "yopmail.net", "zetmail.com");

    /// <summary>Whether an address is at one of the domains, or below one.</summary>
    public static bool Is(string? address, IReadOnlyList<string> others)
    {
        if (address is null || address.LastIndexOf('@') is not (>= 0 and var at)) return false;
        for (var domain = address[(at + 1)..].TrimEnd('.'); domain.Length > 0;)
        {
            if (Known.Contains(domain) || others.Contains(domain, StringComparer.OrdinalIgnoreCase)) return true;
            var dot = domain.IndexOf('.', StringComparison.Ordinal);
            domain = dot < 0 ? "" : domain[(dot + 1)..];
        }
        return false;
    }
}
