using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Admin;
using static Podium.Emulator.Admin.AdminRoutes;

namespace Podium.Emulator.Mail;

/// <summary>The mailbox at /admin/emulator/mail.</summary>
internal static class MailEndpoints
{
    // A mail's own page runs nothing and loads nothing; its links open elsewhere, free of its chains.
    private const string Sandbox = "sandbox allow-popups allow-popups-to-escape-sandbox";
    private const string HtmlPolicy = $"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; {Sandbox}";

    private static readonly AdminPage Page = AdminPage.Load("mail.html", frames: "'self'");

    public static IServiceCollection AddMail(this IServiceCollection services) => services.AddSingleton<Mailbox>().AddSingleton<SmtpServer>();

    public static void MapMail(this IEndpointRouteBuilder routes)
    {
        var mailbox = routes.ServiceProvider.GetRequiredService<Mailbox>();
        routes.MapAdmin("GET", "/mail", http => Task.FromResult(Page.Answer(http)));
        routes.MapAdmin("GET", "/mails", http => ListAsync(http, mailbox));
        routes.MapAdmin("DELETE", "/mails", async http => Results.Json(new { deleted = await mailbox.ClearAsync(http.RequestAborted) }));
        routes.MapAdmin("GET", "/mails/{id}", http => WithMailAsync(http, mailbox, mail => Results.Json(Describe(mail))));
        routes.MapAdmin("GET", "/mails/{id}/html", http => WithMailAsync(http, mailbox, mail => Html(http, mail)));
        routes.MapAdmin("GET", "/mails/{id}/attachments/{number}", http => WithMailAsync(http, mailbox, mail => Attachment(http, mail)));
        routes.MapAdmin("GET", "/mails/{id}/raw", async http =>
            Id(http) is { } id && await mailbox.RawAsync(id, http.RequestAborted) is { } raw
                ? Results.File(raw, "message/rfc822", $"mail-{id}.eml")
                : Unknown("mail", Route(http, "id")));
    }

    private static async Task<IResult> ListAsync(HttpContext http, Mailbox mailbox)
    {
        if (!TryNumber(http, "after", out var after, out var fault) || !TryNumber(http, "top", out var top, out fault)) return fault!;
        var query = http.Request.Query;
        return Results.Json(await mailbox.ListAsync(query["to"], query["search"], after ?? 0, (int)Math.Clamp(top ?? int.MaxValue, 1, int.MaxValue), http.RequestAborted));
    }

    private static async Task<IResult> WithMailAsync(HttpContext http, Mailbox mailbox, Func<ReceivedMail, IResult> answer) =>
        Id(http) is { } id && await mailbox.FindAsync(id, http.RequestAborted) is { } mail ? answer(mail) : Unknown("mail", Route(http, "id"));

    private static long? Id(HttpContext http) => long.TryParse(Route(http, "id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static object Describe(ReceivedMail mail) => new
    {
        mail.Id,
        mail.ReceivedAt,
        mail.Sender,
        mail.Recipients,
        mail.Subject,
        mail.Size,
        mail.Headers,
        mail.Text,
        mail.Html,
        attachments = mail.Attachments.Select(attachment => new { attachment.Name, attachment.MediaType, size = attachment.Content.Length }),
    };

    private static IResult Html(HttpContext http, ReceivedMail mail)
    {
        if (mail.Html is null) return Unknown("HTML part in mail", Route(http, "id"));
        http.Response.Headers.ContentSecurityPolicy = HtmlPolicy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return Results.Text($"<!doctype html><base target=\"_blank\">{mail.Html}", "text/html", Encoding.UTF8);
    }

    private static IResult Attachment(HttpContext http, ReceivedMail mail)
    {
        var number = Route(http, "number");
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= mail.Attachments.Count) return Unknown("attachment", number);
        var attachment = mail.Attachments[index];
        // to be saved, never to be shown at this address, whatever it says it is
        return Results.File(attachment.Content.ToArray(), "application/octet-stream", attachment.Name ?? $"attachment-{index}");
    }
}
