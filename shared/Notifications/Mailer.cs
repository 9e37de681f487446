using System.Diagnostics;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Microsoft.Extensions.Configuration;
using Podium.Platform;

namespace Podium.Notifications;

/// <summary>Sends mail by SMTP. The setting Smtp is smtp://user:password@host:port; TLS is asked for unless the host is this machine.</summary>
public sealed class Mailer(IConfiguration configuration)
{
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
        var server = new Uri(configuration["Smtp"]!);
        using var client = new SmtpClient(server.Host, server.Port > 0 ? server.Port : 25) { EnableSsl = !server.IsLoopback };
        if (server.UserInfo.Split(':', 2) is [var user, var password])
            client.Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        using var message = Compose(mail);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        using var activity = Telemetry.Source.StartActivity($"mail {mail.Kind}", ActivityKind.Client);
        try
        {
            await client.SendMailAsync(message, limit.Token);
            Telemetry.Mails.Add(1, new("kind", mail.Kind), new("outcome", "sent"));
        }
        catch (Exception error)
        {
            if (activity is not null) Telemetry.Fail(activity, error);
            Telemetry.Mails.Add(1, new("kind", mail.Kind), new("outcome", "failed"));
            throw;
        }
    }

    private MailMessage Compose(Mail mail)
    {
        var from = configuration["Mail:From"] is { Length: > 0 } configured ? configured : "podium@localhost";
        var message = new MailMessage
        {
            From = new MailAddress(from, mail.FromName, Encoding.UTF8),
            // a line break in a name would be a header of its own
            Subject = mail.Subject.ReplaceLineEndings(" "),
            SubjectEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        message.To.Add(new MailAddress(mail.To));
        // the same for every try, so that a mail that was sent twice is shown once
        message.Headers["Message-ID"] = $"<{mail.Id}@{new MailAddress(from).Host}>";
        message.Headers["Content-Language"] = mail.Language;
        message.Headers["X-Podium-Kind"] = mail.Kind;
        message.Headers["Auto-Submitted"] = "auto-generated";
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(string.Join("\n\n", mail.Pictures.Select(picture => picture.Words).Prepend(mail.Text)), new ContentType("text/plain; charset=utf-8")));
        var html = AlternateView.CreateAlternateViewFromString(HtmlOf(mail), new ContentType("text/html; charset=utf-8"));
        foreach (var picture in mail.Pictures)
            html.LinkedResources.Add(new LinkedResource(new MemoryStream(picture.Png), new ContentType("image/png") { Name = $"{picture.Name}.png" }) { ContentId = ContentIdOf(mail, picture), TransferEncoding = TransferEncoding.Base64 });
        message.AlternateViews.Add(html);
        return message;
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
