using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>Single-use links that prove who reads an e-mail address. The database keeps only their hashes; the mail is on the outbox.</summary>
public sealed class EmailLinks(Outbox outbox, FieldCipher cipher, TimeProvider clock)
{
    /// <summary>What a link is for.</summary>
    public sealed record Purpose(string Name, TimeSpan Life)
    {
        public static readonly Purpose Verify = new("verify", TimeSpan.FromDays(3));
        public static readonly Purpose Reset = new("reset", TimeSpan.FromHours(1));
        public static readonly Purpose Invite = new("invite", TimeSpan.FromDays(14));
        public static readonly Purpose Change = new("change", TimeSpan.FromHours(24));
    }

    /// <summary>A mail that the queue's consumer writes from a template; the secret is encrypted until then.</summary>
    public sealed record Mail(string Template, Guid? UserId, string To, string Language, string? SecretEncrypted, DateTimeOffset? ExpiresAt);

    /// <summary>Who used a link.</summary>
    public sealed record Used(Guid UserId, string? NewEmail);

    public static string MailContext(Guid tenantId) => $"mail:{tenantId}";

    /// <summary>Makes a link and mails it. Earlier links of the same purpose stop working.</summary>
    public async Task SendAsync(Session session, Guid tenantId, Guid userId, Purpose purpose, string to, string language, string? newEmail = null)
    {
        var now = clock.GetUtcNow();
        var token = Secrets.NewToken();
        await session.ExecuteAsync(
            """
            UPDATE email_tokens SET expires_at = @now WHERE tenant_id = @tenantId AND user_id = @userId AND purpose = @purpose AND used_at IS NULL AND expires_at > @now;
            INSERT INTO email_tokens (tenant_id, token_hash, user_id, purpose, new_email, created_at, expires_at)
            VALUES (@tenantId, @hash, @userId, @purpose, @newEmail, @now, @expires)
            """,
            new { tenantId, hash = Secrets.HashOf(token), userId, purpose = purpose.Name, newEmail, now, expires = now + purpose.Life });
        await TellAsync(session, tenantId, new Mail($"account-{purpose.Name}", userId, to, language, cipher.Encrypt(token, MailContext(tenantId)), now + purpose.Life));
    }

    /// <summary>Mails something that needs no link.</summary>
    public Task TellAsync(Session session, Guid tenantId, Mail mail) => outbox.AddAsync(session, tenantId, Outbox.Notifications, "mail", mail);

    /// <summary>Mails the caller about their own account.</summary>
    public async Task TellPersonAsync(Session session, Caller caller, string template)
    {
        var (email, language) = await session.SingleAsync<(string Email, string Language)>(
            "SELECT email, language FROM users WHERE tenant_id = @TenantId AND id = @Person", new { caller.TenantId, caller.Person });
        await TellAsync(session, caller.TenantId, new Mail(template, caller.Person, email, language, null, null));
    }

    /// <summary>Uses a link up; null where it does not work any more.</summary>
    public Task<Used?> UseAsync(Session session, Caller caller, string token, params Purpose[] purposes) => session.FirstAsync<Used>(
        """
        UPDATE email_tokens SET used_at = @now
        WHERE tenant_id = @TenantId AND token_hash = @hash AND purpose = ANY(@purposes) AND used_at IS NULL AND expires_at > @now
        RETURNING user_id, new_email
        """,
        new { caller.TenantId, hash = Secrets.HashOf(token), purposes = purposes.Select(purpose => purpose.Name).ToArray(), now = clock.GetUtcNow() });
}
