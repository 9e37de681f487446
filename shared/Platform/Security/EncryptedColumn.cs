namespace Podium.Platform.Security;

/// <summary>A column whose values the app encrypts, and the context that ties each value to its row.</summary>
public sealed record EncryptedColumn(string Table, string Name, string Prefix, IReadOnlyList<string> Key, string KeyType = "uuid")
{
    private static readonly string[] TenantAndId = ["tenant_id", "id"];

    public static readonly EncryptedColumn Phone = new("users", "phone_encrypted", "users.phone", TenantAndId);
    public static readonly EncryptedColumn DateOfBirth = new("users", "date_of_birth_encrypted", "users.date_of_birth", TenantAndId);
    public static readonly EncryptedColumn TotpSecret = new("user_credentials", "totp_secret_encrypted", "user_credentials.totp", ["tenant_id", "user_id"]);
    public static readonly EncryptedColumn ClientSecret = new("identity_issuers", "client_secret_encrypted", "identity_issuers.client_secret", TenantAndId);
    public static readonly EncryptedColumn SigningKey = new("signing_keys", "private_key_encrypted", "signing_keys", ["id"], "text");

    public static readonly EncryptedColumn WebhookSecret = new("webhook_endpoints", "secret_encrypted", "webhook_endpoints.secret", TenantAndId);
    public static readonly EncryptedColumn WebhookOldSecret = new("webhook_endpoints", "old_secret_encrypted", "webhook_endpoints.old_secret", TenantAndId);

    public static readonly EncryptedColumn StatementKey = new("statement_keys", "private_key_encrypted", "receipt_keys", TenantAndId);

    public static readonly EncryptedColumn PracticeKey = new("practice_keys", "key_encrypted", "practice_keys", ["tenant_id"]);

    /// <summary>Those whose values stay, so that a change of the encryption key must reach them.</summary>
    public static readonly IReadOnlyList<EncryptedColumn> All = [Phone, DateOfBirth, TotpSecret, ClientSecret, SigningKey, WebhookSecret, WebhookOldSecret, StatementKey, PracticeKey];

    /// <summary>Those whose values are gone within days: an old key is kept for so long, and nothing is encrypted anew.</summary>
    public static readonly IReadOnlyList<string> ShortLived = ["idempotency_keys.answer_encrypted", "identity_sign_ins.verifier_encrypted"];

    /// <summary>What is authenticated with the value of the row that has this key.</summary>
    public string Context(params IEnumerable<object> key) => $"{Prefix}:{string.Join(':', key)}";

    public override string ToString() => $"{Table}.{Name}";
}
