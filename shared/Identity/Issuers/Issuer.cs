using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>An OpenID Connect issuer as a tenant has set it up.</summary>
public sealed record Issuer(
    Guid Id, string Name, string Url, string ClientId, string? ClientSecretEncrypted, string[] EmailDomains, bool CreatesAccounts)
{
    /// <summary>The columns of <c>identity_issuers</c> that make one.</summary>
    public const string Columns =
        """
        identity_issuers.id, identity_issuers.name, identity_issuers.issuer AS url, identity_issuers.client_id, identity_issuers.client_secret_encrypted,
        identity_issuers.email_domains, identity_issuers.creates_accounts
        """;

    /// <summary>How a session that it opened names its method.</summary>
    public string Method => $"issuer:{Name}";

    /// <summary>Whether it may speak for an address (in the form of <see cref="EmailAddress.KeyOf"/>).</summary>
    public bool Covers(string emailKey) =>
        EmailDomains.Length == 0 || EmailDomains.Contains(emailKey[(emailKey.LastIndexOf('@') + 1)..], StringComparer.OrdinalIgnoreCase);

    /// <summary>One that is switched on, or null.</summary>
    public static Task<Issuer?> EnabledAsync(Database database, Caller caller, Guid id, CancellationToken cancellationToken) => database.As(caller).FirstAsync<Issuer>(
        $"SELECT {Columns} FROM identity_issuers WHERE tenant_id = @TenantId AND id = @id AND enabled", new { caller.TenantId, id }, cancellationToken);

    public static string SecretContext(Guid tenantId, Guid id) => $"identity_issuers.client_secret:{tenantId}:{id}";

    public string? Secret(FieldCipher cipher, Guid tenantId) => ClientSecretEncrypted is null ? null : cipher.Decrypt(ClientSecretEncrypted, SecretContext(tenantId, Id));
}
