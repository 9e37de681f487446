using Podium.Platform.Security;
using Podium.Privacy;

namespace Podium.Identity;

/// <summary>What is kept about a person's account.</summary>
public static class IdentityData
{
    public static readonly OwnData Profile = new()
    {
        Name = "profile",
        Description = "The account.",
        Columns = ["users.id"],
        Sql =
            """
            SELECT id, email, email_verified_at, first_name, last_name, username, language, time_zone, country, institution_id, program_id, student_number, graduation_year,
                   phone_encrypted AS phone, date_of_birth_encrypted AS date_of_birth, account_status, created_at, updated_at
            FROM users WHERE tenant_id = @TenantId AND id = @person
            """,
        Encrypted = new Dictionary<string, EncryptedColumn> { ["phone"] = EncryptedColumn.Phone, ["date_of_birth"] = EncryptedColumn.DateOfBirth },
    };

    public static readonly OwnData Credentials = new()
    {
        Name = "credentials",
        Description = "Which means of signing in there are. What they are checked against is not shown to anybody.",
        Columns = ["user_credentials.user_id", "user_recovery_codes.user_id"],
        Sql =
            """
            SELECT password_hash IS NOT NULL AS has_password, password_changed_at, totp_confirmed_at AS authenticator_since,
                   (SELECT count(*) FROM user_recovery_codes AS codes WHERE codes.tenant_id = @TenantId AND codes.user_id = @person AND used_at IS NULL) AS recovery_codes_left
            FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @person
            """,
    };

    public static readonly OwnData Sessions = new()
    {
        Name = "sessions",
        Description = "Where the account was signed in, as long as that is remembered.",
        Columns = ["user_sessions.user_id"],
        Sql =
            """
            SELECT id, created_at, last_used_at, expires_at, method, second_factor, address, user_agent, revoked_at, revoked_for
            FROM user_sessions WHERE tenant_id = @TenantId AND user_id = @person ORDER BY created_at, id
            """,
    };

    public static readonly OwnData Links = new()
    {
        Name = "mailedLinks",
        Description = "Links that were mailed, without what makes them work.",
        Columns = ["email_tokens.user_id"],
        Sql = "SELECT purpose, new_email, created_at, expires_at, used_at FROM email_tokens WHERE tenant_id = @TenantId AND user_id = @person ORDER BY created_at",
    };

    public static readonly OwnData Roles = new()
    {
        Name = "roles",
        Description = "Roles that the person holds.",
        Columns = ["user_roles.user_id"],
        Sql =
            """
            SELECT roles.name AS role, scope_type, scope_id, granted_at, granted_by, expires_at
            FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = @TenantId AND user_id = @person ORDER BY granted_at, user_roles.id
            """,
    };

    public static readonly OwnData Identities = new()
    {
        Name = "identities",
        Description = "Other issuers' identities that open the account.",
        Columns = ["user_identities.user_id"],
        Sql =
            """
            SELECT identity_issuers.name AS issuer, identity_issuers.issuer AS address, subject, user_identities.created_at
            FROM user_identities JOIN identity_issuers ON identity_issuers.tenant_id = user_identities.tenant_id AND identity_issuers.id = issuer_id
            WHERE user_identities.tenant_id = @TenantId AND user_id = @person ORDER BY user_identities.created_at
            """,
    };

    public static readonly OwnData SignIns = new()
    {
        Name = "issuerSignIns",
        Description = "Sign-ins that are away at another issuer.",
        Columns = ["identity_sign_ins.linking_user_id", "identity_sign_ins.proved_user_id"],
        Sql =
            """
            SELECT identity_issuers.name AS issuer, redirect_uri, identity_sign_ins.created_at, expires_at, used_at
            FROM identity_sign_ins JOIN identity_issuers ON identity_issuers.tenant_id = identity_sign_ins.tenant_id AND identity_issuers.id = issuer_id
            WHERE identity_sign_ins.tenant_id = @TenantId AND (linking_user_id = @person OR proved_user_id = @person) ORDER BY identity_sign_ins.created_at
            """,
    };

    public static readonly OwnData Changes = new()
    {
        Name = "changes",
        Description = "What the person changed, when and from where; and what others changed of the account.",
        Columns = ["audit_log.actor_id"],
        Sql =
            """
            SELECT at, actor_id = @person AS by_me, CASE WHEN actor_id = @person THEN address END AS address, action, table_name, row_key,
                   CASE WHEN table_name = 'users' AND row_key = @person::text THEN old END AS old, CASE WHEN table_name = 'users' AND row_key = @person::text THEN new END AS new
            FROM audit_log WHERE tenant_id = @TenantId AND (actor_id = @person OR (table_name = 'users' AND row_key = @person::text)) ORDER BY at, id
            """,
    };
}
