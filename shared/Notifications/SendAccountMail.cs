using System.Globalization;
using Podium.Identity;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Notifications;

/// <summary>Writes and sends a mail about somebody's account. It goes whatever the person's preferences are: it is about their safety.</summary>
public sealed class SendAccountMail(Database database, DeliveryLog deliveries, NotificationTexts texts, TenantSite site, Mailer mailer, FieldCipher cipher, TimeProvider clock)
{
    public async Task Run(Delivery delivery, CancellationToken cancellationToken)
    {
        var mail = delivery.Read<EmailLinks.Mail>();
        var template = await texts.FindAsync(delivery.Tenant, mail.Template, mail.Language, cancellationToken)
            ?? throw new UnreadableMessageException("unknown-template", $"There is no template '{mail.Template}'.");
        await deliveries.RunAsync(
            delivery,
            mail.UserId,
            "email",
            mail.Template,
            mail.Language,
            async () =>
            {
                if (mail.ExpiresAt <= clock.GetUtcNow()) return "expired";
                var values = await ValuesAsync(delivery.Tenant, mail, cancellationToken);
                await mailer.SendAsync(
                    new Mailer.Mail(delivery.MessageId, mail.Template, delivery.Tenant.Name, mail.To, mail.Language, MailTemplates.Fill(template.Subject, values), MailTemplates.Fill(template.Text, values)),
                    cancellationToken);
                return "sent";
            },
            cancellationToken);
    }

    private async Task<Dictionary<string, string>> ValuesAsync(Tenant tenant, EmailLinks.Mail mail, CancellationToken cancellationToken)
    {
        var name = mail.UserId is null ? null : await database.As(new Actor { TenantId = tenant.Id, Shard = tenant.Shard }).FirstAsync<string>(
            "SELECT first_name FROM users WHERE tenant_id = @Id AND id = @UserId", new { tenant.Id, mail.UserId }, cancellationToken);
        var at = await site.OfAsync(tenant, cancellationToken);
        var token = mail.SecretEncrypted is null ? "" : cipher.Decrypt(mail.SecretEncrypted, EmailLinks.MailContext(tenant.Id));
        return new Dictionary<string, string>
        {
            ["tenant"] = tenant.Name,
            ["name"] = name ?? mail.To,
            ["link"] = at is null ? token : $"{at}/account/{PageOf(mail.Template)}?token={token}",
            ["code"] = token,
            ["expires"] = mail.ExpiresAt is { } expires ? InZone(expires, tenant.TimeZone) : "",
        };
    }

    private static string PageOf(string template) => template switch
    {
        "account-reset" => "password",
        "account-invite" => "invitation",
        _ => "verify",
    };

    private static string InZone(DateTimeOffset instant, string zone) =>
        $"{TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} ({zone})";
}
