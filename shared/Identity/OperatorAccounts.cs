using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>What an operator does to a tenant's accounts from outside of it, where no administrator can.</summary>
public sealed class OperatorAccounts(Database database, People people, EmailLinks links, OwnSessions sessions, TimeProvider clock)
{
    public sealed record Request
    {
        [Email, StringLength(254, MinimumLength = 3)]
        public required string Email { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public required string FirstName { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public required string LastName { get; init; }

        /// <summary>Without one an invitation is mailed.</summary>
        [StringLength(256, MinimumLength = 1)]
        public string? Password { get; init; }

        [StringLength(35)]
        public string? Language { get; init; }

        [StringLength(50)]
        public string Role { get; init; } = Permissions.Participant;
    }

    /// <summary>An account as operators see it.</summary>
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Email { get; init; }

        public required string FirstName { get; init; }

        public required string LastName { get; init; }

        public required string Language { get; init; }

        public required string Status { get; init; }

        public DateTimeOffset? EmailVerifiedAt { get; init; }

        public DateTimeOffset? DeletedAt { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required bool HasPassword { get; init; }

        public required bool SecondFactor { get; init; }

        /// <summary>Sessions that are open now.</summary>
        public required long Sessions { get; init; }

        public string[] Roles { get; init; } = [];
    }

    /// <summary>A page of accounts, the newest first, all or of those who hold a role.</summary>
    public Task<IReadOnlyList<View>> ListAsync(Actor actor, string? role, Guid? after, int limit, CancellationToken cancellationToken) => database.As(actor).QueryAsync<View>(
        $"""
        {Select}
        WHERE users.tenant_id = @TenantId AND deleted_at IS NULL AND (@after::uuid IS NULL OR users.id < @after)
          AND (@role::text IS NULL OR EXISTS (
              SELECT FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
              WHERE user_roles.tenant_id = users.tenant_id AND user_roles.user_id = users.id AND roles.name = @role))
        ORDER BY users.id DESC
        LIMIT @limit
        """,
        new { actor.TenantId, role, after, limit, now = clock.GetUtcNow() },
        cancellationToken);

    /// <summary>The account of an address or id, deleted ones too.</summary>
    public async Task<Outcome<View>> FindAsync(Actor actor, string emailOrId, CancellationToken cancellationToken)
    {
        Guid? id = Guid.TryParse(emailOrId, out var parsed) ? parsed : null;
        var found = await database.As(actor).FirstAsync<View>(
            $"{Select} WHERE users.tenant_id = @TenantId AND (users.id = @id OR users.email_key = @key)",
            new { actor.TenantId, id, key = EmailAddress.KeyOf(emailOrId), now = clock.GetUtcNow() },
            cancellationToken);
        return found is null ? Problem.NotFound("account") : found;
    }

    /// <summary>Opens an account: with a password and a proven address, or with an invitation.</summary>
    public async Task<Outcome<Guid>> CreateAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var key = EmailAddress.KeyOf(request.Email);
        if (key is null) return Problem.Invalid("/email", "email", "It must be an e-mail address.");
        if (request.Password is not null && Passwords.Fault(request.Password, [key.Split('@')[0], request.FirstName, request.LastName]) is { } fault)
            return Problem.Invalid("/password", "weak", fault);
        var language = request.Language is null ? caller.Language : caller.Tenant.LanguageFor([request.Language]);
        var hash = request.Password is null ? null : Passwords.Hash(request.Password);
        var now = clock.GetUtcNow();
        return await database.InTransaction<Guid>(
            caller,
            async session =>
            {
                var id = Guid.CreateVersion7(now);
                var added = await session.ExecuteAsync(
                    """
                    INSERT INTO users (tenant_id, id, email, email_key, email_verified_at, first_name, last_name, language, created_at, updated_at)
                    VALUES (@TenantId, @id, @email, @key, @verified, @firstName, @lastName, @language, @now, @now)
                    ON CONFLICT ON CONSTRAINT users_email_unique DO NOTHING
                    """,
                    new
                    {
                        caller.TenantId,
                        id,
                        email = request.Email.Trim(),
                        key,
                        verified = hash is null ? (DateTimeOffset?)null : now,
                        firstName = request.FirstName.Trim(),
                        lastName = request.LastName.Trim(),
                        language,
                        now,
                    },
                    cancellationToken);
                if (added == 0) return IdentityProblems.EmailTaken;
                if (await GrantAsync(session, caller, id, request.Role, Scope.Tenant, null) is { } problem) return problem;
                if (hash is null) await links.SendAsync(session, caller.TenantId, id, EmailLinks.Purpose.Invite, request.Email.Trim(), language);
                else await SetHashAsync(session, caller, id, hash);
                return id;
            },
            cancellationToken);
    }

    /// <summary>Mails a new invitation to who has not set a password yet.</summary>
    public Task InviteAgainAsync(Actor actor, View account, CancellationToken cancellationToken) =>
        MailAsync(actor, account, EmailLinks.Purpose.Invite, cancellationToken);

    /// <summary>Mails a link that sets a new password.</summary>
    public Task MailResetAsync(Actor actor, View account, CancellationToken cancellationToken) =>
        MailAsync(actor, account, EmailLinks.Purpose.Reset, cancellationToken);

    /// <summary>Sets a password here and now, and ends every session.</summary>
    public async Task<Outcome<bool>> SetPasswordAsync(Actor actor, View account, string password, CancellationToken cancellationToken)
    {
        if (Passwords.Fault(password, [account.Email, account.FirstName, account.LastName]) is { } fault) return Problem.Invalid("/password", "weak", fault);
        var hash = Passwords.Hash(password);
        return await database.InTransaction<bool>(
            actor,
            async session =>
            {
                await SetHashAsync(session, actor, account.Id, hash);
                await sessions.EndAllAsync(session, actor.TenantId, account.Id, "password-changed");
                return true;
            },
            cancellationToken);
    }

    /// <summary>Keeps a person out, at once and until they are let in again.</summary>
    public Task SuspendAsync(Actor actor, Guid userId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        actor,
        async session =>
        {
            await SetStatusAsync(session, actor, userId, "suspended");
            await sessions.EndAllAsync(session, actor.TenantId, userId, "suspended");
            return true;
        },
        cancellationToken);

    public Task ResumeAsync(Actor actor, Guid userId, CancellationToken cancellationToken) => database.InTransaction<bool>(
        actor,
        async session =>
        {
            await SetStatusAsync(session, actor, userId, "active");
            await people.ForgetAsync(session, actor.TenantId, userId);
            return true;
        },
        cancellationToken);

    /// <summary>Declares an address proven without a link.</summary>
    public Task<int> VerifyEmailAsync(Actor actor, Guid userId, CancellationToken cancellationToken) => database.As(actor).ExecuteAsync(
        "UPDATE users SET email_verified_at = @now, updated_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @userId AND email_verified_at IS NULL",
        new { actor.TenantId, userId, now = clock.GetUtcNow() },
        cancellationToken);

    /// <summary>Gives a role in a place. One that is held there already gets the new end.</summary>
    public Task<Outcome<bool>> GrantAsync(Actor actor, Guid userId, string role, Scope scope, DateTimeOffset? until, CancellationToken cancellationToken) => database.InTransaction<bool>(
        actor,
        async session => await GrantAsync(session, actor, userId, role, scope, until) is { } problem ? problem : true,
        cancellationToken);

    /// <summary>Takes a role away again.</summary>
    public Task<Outcome<bool>> RevokeAsync(Actor actor, Guid userId, string role, Scope scope, CancellationToken cancellationToken) => database.InTransaction<bool>(
        actor,
        async session =>
        {
            var revoked = await session.ExecuteAsync(
                """
                DELETE FROM user_roles USING roles
                WHERE user_roles.tenant_id = @TenantId AND user_roles.user_id = @userId AND user_roles.scope_type = @type AND user_roles.scope_id IS NOT DISTINCT FROM @Id
                  AND roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id AND roles.name = @role
                """,
                new { actor.TenantId, userId, role, type = TypeOf(scope), scope.Id },
                cancellationToken);
            if (revoked == 0) return Problem.NotFound("grant");
            await people.ForgetAsync(session, actor.TenantId, userId);
            return true;
        },
        cancellationToken);

    private const string Select =
        """
        SELECT users.id, users.email, users.first_name, users.last_name, users.language, users.account_status AS status, users.email_verified_at, users.deleted_at, users.created_at,
               user_credentials.password_hash IS NOT NULL AS has_password, user_credentials.totp_confirmed_at IS NOT NULL AS second_factor,
               (SELECT count(*) FROM user_sessions
                WHERE user_sessions.tenant_id = users.tenant_id AND user_sessions.user_id = users.id AND revoked_at IS NULL AND expires_at > @now) AS sessions,
               ARRAY(SELECT roles.name || CASE WHEN user_roles.scope_id IS NULL THEN '' ELSE ' in ' || user_roles.scope_type || ' ' || user_roles.scope_id END
                     FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
                     WHERE user_roles.tenant_id = users.tenant_id AND user_roles.user_id = users.id AND (user_roles.expires_at IS NULL OR user_roles.expires_at > @now)
                     ORDER BY roles.name, user_roles.scope_id) AS roles
        FROM users
        LEFT JOIN user_credentials ON user_credentials.tenant_id = users.tenant_id AND user_credentials.user_id = users.id
        """;

    private static string TypeOf(Scope scope) => scope.Type.ToString().ToLowerInvariant();

    private Task MailAsync(Actor actor, View account, EmailLinks.Purpose purpose, CancellationToken cancellationToken) => database.InTransaction<bool>(
        actor,
        async session =>
        {
            await links.SendAsync(session, actor.TenantId, account.Id, purpose, account.Email, account.Language);
            return true;
        },
        cancellationToken);

    private Task SetStatusAsync(Session session, Actor actor, Guid userId, string status) => session.ExecuteAsync(
        "UPDATE users SET account_status = @status, updated_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @userId AND account_status <> @status",
        new { actor.TenantId, userId, status, now = clock.GetUtcNow() });

    private Task SetHashAsync(Session session, Actor actor, Guid userId, string hash) => session.ExecuteAsync(
        """
        INSERT INTO user_credentials (tenant_id, user_id, password_hash, password_changed_at) VALUES (@TenantId, @userId, @hash, @now)
        ON CONFLICT (tenant_id, user_id) DO UPDATE SET password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at
        """,
        new { actor.TenantId, userId, hash, now = clock.GetUtcNow() });

    private async Task<Problem?> GrantAsync(Session session, Actor actor, Guid userId, string role, Scope scope, DateTimeOffset? until)
    {
        var now = clock.GetUtcNow();
        var granted = await session.ExecuteAsync(
            """
            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, scope_id, granted_at, expires_at)
            SELECT @TenantId, @grantId, @userId, roles.id, @type, @Id, @now, @until FROM roles WHERE tenant_id = @TenantId AND name = @role
            ON CONFLICT ON CONSTRAINT user_roles_once DO UPDATE SET expires_at = excluded.expires_at
            """,
            new { actor.TenantId, grantId = Guid.CreateVersion7(now), userId, role, type = TypeOf(scope), scope.Id, now, until });
        if (granted == 0) return Problem.NotFound("role");
        await people.ForgetAsync(session, actor.TenantId, userId);
        return null;
    }
}
