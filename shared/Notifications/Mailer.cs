using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Configuration;
using Podium.Platform;

namespace Podium.Notifications;

/// <summary>Sends mail by SMTP. The setting Smtp is smtp://user:password@host:port; smtps:// encrypts from the start; else STARTTLS is asked for unless the host is this machine.</summary>
public sealed class Mailer(IConfiguration configuration, TimeProvider clock)
{
    private static readonly IdnMapping Domains = new();

    // real time: a server that does not answer is on nobody's virtual clock
    private readonly TimeSpan _patience = configuration.GetValue("Mail:Timeout", TimeSpan.FromSeconds(20));

    /// <summary>A mail to one person.</summary>
    public sealed record Mail(string Id, string Kind, string FromName, string To, string Language, string Subject, string Text)
    {
        /// <summary>Shown below the text.</summary>
        public IReadOnlyList<Picture> Pictures { get; init; } = [];
    }

    /// <summary>A PNG within a mail, and what it shows for who does not see it.</summary>
    public sealed record Picture(string Name, string Words, byte[] Png, int Width, int Height);

    public bool IsConfigured => !string.IsNullOrEmpty(configuration["Smtp"]);

    public async Task SendAsync(Mail mail, CancellationToken cancellationToken)
    {
        if (!IsConfigured) throw new InvalidOperationException("No mail server is configured: the setting Smtp is missing.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        using var activity = Telemetry.Source.StartActivity($"mail {mail.Kind}", ActivityKind.Client);
        try
        {
            var (from, to) = (AddressOf(configuration["Mail:From"] is { Length: > 0 } configured ? configured : "podium@localhost"), AddressOf(mail.To));
            var server = new Uri(configuration["Smtp"]!);
            await using var connection = await SmtpConnection.OpenAsync(server, server.IsLoopback && server.Scheme != "smtps" ? null : new SslClientAuthenticationOptions(), limit.Token);
            await connection.SendAsync(from, to, Compose(mail, from, to), limit.Token);
            Telemetry.Mails.Add(1, new("kind", mail.Kind), new("outcome", "sent"));
        }
        catch (Exception error)
        {
            if (activity is not null) Telemetry.Fail(activity, error);
            Telemetry.Mails.Add(1, new("kind", mail.Kind), new("outcome", "failed"));
            throw;
        }
    }

    private byte[] Compose(Mail mail, string from, string to) => MimeMail.Write(
        [
            ("Date", MimeMail.Date(clock.GetUtcNow())),
            ("From", MimeMail.Mailbox(mail.FromName, from)),
            ("To", to),
            ("Subject", MimeMail.Words(mail.Subject)),
            // the same for every try, so that a mail that was sent twice is shown once
            ("Message-ID", $"<{mail.Id}@{from[(from.LastIndexOf('@') + 1)..]}>"),
            ("Content-Language", mail.Language),
            ("X-Podium-Kind", mail.Kind),
            ("Auto-Submitted", "auto-generated"),
        ],
        [
            new MimeMail.Part("text/plain; charset=utf-8", Encoding.UTF8.GetBytes(string.Join("\n\n", mail.Pictures.Select(picture => picture.Words).Prepend(mail.Text)).ReplaceLineEndings("\r\n"))),
            new MimeMail.Part("text/html; charset=utf-8", Encoding.UTF8.GetBytes(HtmlOf(mail))) { Within = [.. mail.Pictures.Select(picture => new MimeMail.Inline(ContentIdOf(mail, picture), "image/png", picture.Png))] },
        ]);

    // a domain with letters beyond ASCII travels in its ASCII form; what is no address is refused here
    private static string AddressOf(string text)
    {
        var address = new MailAddress(text);
        return $"{address.User}@{(Ascii.IsValid(address.Host) ? address.Host : Domains.GetAscii(address.Host))}";
    }

    private static string HtmlOf(Mail mail)
    {
        var paragraphs = mail.Text.Split("\n\n").Select(paragraph =>
            Uri.TryCreate(paragraph, UriKind.Absolute, out var link) && link.Scheme is "https" or "http"
                ? $"<p><a href=\"{WebUtility.HtmlEncode(paragraph)}\">{WebUtility.HtmlEncode(paragraph)}</a></p>"
                : $"<p>{WebUtility.HtmlEncode(paragraph).Replace("\n", "<br>", StringComparison.Ordinal)}</p>");
        var pictures = mail.Pictures.Select(picture =>
            $"<p><img src=\"cid:{ContentIdOf(mail, picture)}\" alt=\"{WebUtility.HtmlEncode(picture.Words)}\" width=\"{picture.Width}\" height=\"{picture.Height}\" style=\"max-width:100%;height:auto\"></p>");
        return $"<!doctype html><html lang=\"{WebUtility.HtmlEncode(mail.Language)}\"><body style=\"font-family:sans-serif;max-width:36em\">{string.Concat(paragraphs)}{string.Concat(pictures)}</body></html>";
    }

    private static string ContentIdOf(Mail mail, Picture picture) => $"{picture.Name}.{mail.Id}@podium";
}
