using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Webhooks;

namespace Podium.Identity;

/// <summary>Opens an account for somebody and mails them the way in. Without roles they are a participant, like everybody who registers.</summary>
public sealed class InvitePerson(Database database, GrantRole grantRole, EmailLinks links, RaiseWebhook webhooks, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one account.</summary>
        public Guid? Id { get; init; }

        [Email, StringLength(254, MinimumLength = 3)]
        public required string Email { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public required string FirstName { get; init; }

        [StringLength(100, MinimumLength = 1)]
        public required string LastName { get; init; }

        [StringLength(35)]
        public string? Language { get; init; }

        public Guid? InstitutionId { get; init; }

        public Guid? ProgramId { get; init; }

        [MaxLength(20)]
        public IReadOnlyList<GrantRole.Request> Roles { get; init; } = [];
    }

    public Task<Outcome<Users.View>> Run(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<Users.View>(
        caller,
        async session =>
        {
            if (await Affiliation.FaultAsync(session, caller, request.InstitutionId, request.ProgramId, cancellationToken) is { } fault) return fault;
            var now = clock.GetUtcNow();
            var wanted = new
            {
                caller.TenantId,
                caller.Person,
                id = request.Id ?? Guid.CreateVersion7(now),
                email = request.Email.Trim(),
                key = EmailAddress.KeyOf(request.Email),
                firstName = request.FirstName.Trim(),
                lastName = request.LastName.Trim(),
                language = request.Language is null ? caller.Language : caller.Tenant.LanguageFor([request.Language]),
                request.InstitutionId,
                request.ProgramId,
                now,
            };
            var invited = await session.FirstAsync<Users.View>(
                $"""
                INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, institution_id, program_id, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @email, @key, @firstName, @lastName, @language, @InstitutionId, @ProgramId, @now, @Person, @now, @Person)
                ON CONFLICT DO NOTHING -- whichever of id and address a request at the same time took first
                RETURNING {Users.Columns}
                """,
                wanted,
                cancellationToken);
            if (invited is null)
            {
                var known = await session.FirstAsync<Users.View>(
                    $"""
                    SELECT {Users.Columns} FROM users
                    WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL AND created_by = @Person AND email_key = @key AND first_name = @firstName AND last_name = @lastName
                      AND institution_id IS NOT DISTINCT FROM @InstitutionId AND program_id IS NOT DISTINCT FROM @ProgramId
                    """,
                    wanted,
                    cancellationToken);
                if (known is not null && await HoldsAsync(session, caller, known.Id, request.Roles, cancellationToken)) return known;
                var idTaken = await session.SingleAsync<bool>("SELECT EXISTS (SELECT FROM users WHERE tenant_id = @TenantId AND id = @id)", wanted, cancellationToken);
                return idTaken ? IdentityProblems.IdTaken : IdentityProblems.EmailTaken;
            }
            if (await GiveRolesAsync(session, caller, invited.Id, request.Roles, cancellationToken) is { } problem) return problem;
            await links.SendAsync(session, caller.TenantId, invited.Id, EmailLinks.Purpose.Invite, invited.Email, invited.Language);
            await webhooks.RunAsync(session, caller.TenantId, IdentityEvents.Invited, new IdentityEvents.PersonBody(invited.Id), cancellationToken);
            return invited;
        },
        cancellationToken);

    private async Task<Problem?> GiveRolesAsync(Session session, Caller caller, Guid userId, IReadOnlyList<GrantRole.Request> roles, CancellationToken cancellationToken)
    {
        for (var i = 0; i < roles.Count; i++)
        {
            if ((await grantRole.GiveAsync(session, caller, userId, roles[i], $"/roles/{i}", cancellationToken)).Problem is { } problem) return problem;
        }
        if (roles.Count > 0) return null;
        var now = clock.GetUtcNow();
        await session.ExecuteAsync(
            """
            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at, granted_by)
            SELECT @TenantId, @id, @userId, roles.id, 'tenant', @now, @Person FROM roles WHERE tenant_id = @TenantId AND name = @Participant
            """,
            new { caller.TenantId, caller.Person, id = Guid.CreateVersion7(now), userId, now, Permissions.Participant },
            cancellationToken);
        return null;
    }

    private async Task<bool> HoldsAsync(Session session, Caller caller, Guid userId, IReadOnlyList<GrantRole.Request> roles, CancellationToken cancellationToken)
    {
        var held = await session.QueryAsync<GrantRole.View>(GrantRole.Select, new { caller.TenantId, userId, now = clock.GetUtcNow() }, cancellationToken);
        return roles.All(role => held.Any(grant =>
            grant.Role == role.Role && grant.Scope == role.Scope && grant.ScopeId == role.ScopeId && AreSame(grant.ExpiresAt, role.ExpiresAt)));
    }

    // PostgreSQL keeps microseconds only
    private static bool AreSame(DateTimeOffset? kept, DateTimeOffset? sent) =>
        kept == sent || (kept - sent)?.Duration() < TimeSpan.FromMicroseconds(1);
}
