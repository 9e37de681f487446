using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;
using Podium.Privacy;
using Podium.Webhooks;

namespace Podium.Identity;

/// <summary>Opens an account. The answer is the same whether or not the address has one already: only its reader learns that, by mail.</summary>
public sealed class RegisterPerson(Database database, EmailLinks links, RaiseWebhook webhooks, Consents consents, TimeProvider clock)
{
    public sealed record Request
    {
        [Email, StringLength(254, MinimumLength = 3), Example("ada@example.org")]
        public required string Email { get; init; }

        [StringLength(256, MinimumLength = 1), Example("correct horse battery")]
        public required string Password { get; init; }

        [StringLength(100, MinimumLength = 1), Example("Ada")]
        public required string FirstName { get; init; }

        [StringLength(100, MinimumLength = 1), Example("Byron")]
        public required string LastName { get; init; }

        [StringLength(35), Example("en")]
        public string? Language { get; init; }

        public Guid? InstitutionId { get; init; }

        /// <summary>What the person agrees to, as GET /api/consents asks.</summary>
        [MaxLength(50), Example(new string[0])]
        public IReadOnlyList<Consents.Given> Consents { get; init; } = [];
    }

    public sealed record Result(string Status)
    {
        public static readonly Result Sent = new("verification-sent");
    }

    private sealed record Known(Guid Id, string Email, string Language, DateTimeOffset? EmailVerifiedAt, DateTimeOffset? DeletedAt);

    public async Task<Outcome<Result>> Run(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var key = EmailAddress.KeyOf(request.Email)!;
        if (Passwords.Fault(request.Password, [key.Split('@')[0], request.FirstName, request.LastName]) is { } fault)
            return Problem.Invalid("/password", "weak", fault);
        if (Privacy.Consents.FaultsOf(caller.Tenant, request.Consents) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var hash = Passwords.Hash(request.Password);
        var language = request.Language is null ? caller.Language : caller.Tenant.LanguageFor([request.Language]);
        var now = clock.GetUtcNow();
        return await database.InTransaction<Result>(
            caller,
            async session =>
            {
                if (await Affiliation.FaultAsync(session, caller, request.InstitutionId, null, cancellationToken) is { } unknown) return unknown;
                var id = Guid.CreateVersion7(now);
                var added = await session.ExecuteAsync(
                    """
                    INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, institution_id, created_at, created_by, updated_at, updated_by)
                    VALUES (@TenantId, @id, @Email, @key, @FirstName, @LastName, @language, @InstitutionId, @now, @id, @now, @id)
                    ON CONFLICT ON CONSTRAINT users_email_unique DO NOTHING
                    """,
                    new { caller.TenantId, id, Email = request.Email.Trim(), key, FirstName = request.FirstName.Trim(), LastName = request.LastName.Trim(), language, request.InstitutionId, now },
                    cancellationToken);
                if (added == 0)
                {
                    await TellOwnerAsync(session, caller, key);
                    return Result.Sent;
                }
                await session.ExecuteAsync(
                    """
                    INSERT INTO user_credentials (tenant_id, user_id, password_hash, password_changed_at) VALUES (@TenantId, @id, @hash, @now);
                    INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at)
                    SELECT @TenantId, @grantId, @id, roles.id, 'tenant', @now FROM roles WHERE tenant_id = @TenantId AND name = @Participant
                    """,
                    new { caller.TenantId, id, hash, grantId = Guid.CreateVersion7(now), now, Permissions.Participant },
                    cancellationToken);
                await links.SendAsync(session, caller.TenantId, id, EmailLinks.Purpose.Verify, request.Email.Trim(), language);
                await consents.GiveAsync(session, caller, id, request.Consents, cancellationToken);
                await webhooks.RunAsync(session, caller.TenantId, IdentityEvents.Registered, new IdentityEvents.PersonBody(id), cancellationToken);
                return Result.Sent;
            },
            cancellationToken);
    }

    private async Task TellOwnerAsync(Session session, Caller caller, string key)
    {
        var owner = await session.SingleAsync<Known>(
            "SELECT id, email, language, email_verified_at, deleted_at FROM users WHERE tenant_id = @TenantId AND email_key = @key", new { caller.TenantId, key });
        if (owner.DeletedAt is not null) return;
        if (owner.EmailVerifiedAt is null) await links.SendAsync(session, caller.TenantId, owner.Id, EmailLinks.Purpose.Verify, owner.Email, owner.Language);
        else await links.TellAsync(session, caller.TenantId, new EmailLinks.Mail("account-exists", owner.Id, owner.Email, owner.Language, null, null));
    }
}
