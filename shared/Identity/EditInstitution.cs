using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Identity;

/// <summary>Adds institutions, changes them, declares them verified, and takes them away.</summary>
public sealed class EditInstitution(Database database, People people, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one institution.</summary>
        public Guid? Id { get; init; }

        [StringLength(200, MinimumLength = 1)]
        public required string Name { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
        public string? Country { get; init; }

        /// <summary>The domains of its people's e-mail addresses.</summary>
        [MaxLength(50), HostNames]
        public IReadOnlyList<string> EmailDomains { get; init; } = [];

        [RegularExpression("https?://[^\\s<>\"]+", ErrorMessage = "A web address."), StringLength(500, MinimumLength = 1)]
        public string? Website { get; init; }
    }

    /// <summary>Fields that are absent stay as they are; an empty text clears one that may be empty.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1)]
        public string? Name { get; init; }

        [RegularExpression("([A-Z]{2})?", ErrorMessage = "Two capital letters (ISO 3166).")]
        public string? Country { get; init; }

        [MaxLength(50), HostNames]
        public IReadOnlyList<string>? EmailDomains { get; init; }

        [RegularExpression("(https?://[^\\s<>\"]+)?", ErrorMessage = "A web address."), StringLength(500)]
        public string? Website { get; init; }
    }

    public Task<Outcome<Institutions.View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<Institutions.View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var wanted = new { caller.TenantId, caller.Person, id = request.Id ?? Guid.CreateVersion7(now), name = request.Name.Trim(), request.Country, domains = DomainsOf(request.EmailDomains), request.Website, now };
            var added = await session.FirstAsync<Institutions.View>(
                $"""
                INSERT INTO institutions (tenant_id, id, name, country, email_domains, website, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @name, @Country, @domains, @Website, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                RETURNING {Institutions.Columns}
                """,
                wanted,
                cancellationToken);
            added ??= await session.FirstAsync<Institutions.View>(
                $"""
                SELECT {Institutions.Columns} FROM institutions
                WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL
                  AND name = @name AND country IS NOT DISTINCT FROM @Country AND email_domains = @domains AND website IS NOT DISTINCT FROM @Website
                """,
                wanted,
                cancellationToken);
            return added is null ? IdentityProblems.IdTaken : added;
        },
        cancellationToken);

    /// <summary>What somebody else verified is not verified any more once it says something else.</summary>
    public Task<Outcome<Institutions.View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller,
        id,
        ifMatch,
        """
        name = coalesce(@name, name), country = nullif(coalesce(@Country, country), ''), email_domains = coalesce(@domains, email_domains), website = nullif(coalesce(@Website, website), ''),
        verified_at = CASE WHEN @verifies OR (coalesce(@name, name), coalesce(@Country, country, ''), coalesce(@domains, email_domains), coalesce(@Website, website, ''))
                                = (name, coalesce(country, ''), email_domains, coalesce(website, '')) THEN verified_at END
        """,
        new { name = change.Name?.Trim(), change.Country, domains = change.EmailDomains is null ? null : DomainsOf(change.EmailDomains), change.Website, verifies = caller.Allows(Permissions.InstitutionVerify) },
        cancellationToken);

    public Task<Outcome<Institutions.View>> VerifyAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => UpdateAsync(
        caller, id, ifMatch, "verified_at = coalesce(verified_at, @now), verified_by = CASE WHEN verified_at IS NULL THEN @Person ELSE verified_by END", new { }, cancellationToken);

    public Task<Outcome<Institutions.View>> WithdrawVerificationAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) =>
        UpdateAsync(caller, id, ifMatch, "verified_at = NULL, verified_by = NULL", new { }, cancellationToken);

    /// <summary>Takes its programs and the roles that count there with it; people who belonged to it keep saying so.</summary>
    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            var holders = await session.QueryAsync<Guid>(
                """
                UPDATE institutions SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id;
                UPDATE programs SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND institution_id = @id AND deleted_at IS NULL;
                DELETE FROM user_roles WHERE tenant_id = @TenantId AND scope_id = @id AND scope_type = 'institution' RETURNING user_id
                """,
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            if (holders.Count > 0) await people.ForgetAllAsync(session, caller.TenantId);
            return true;
        },
        cancellationToken);

    /// <summary>Keeps others from changing an institution until this transaction ends; the problem where it is not there, or not as the caller knows it.</summary>
    internal static async Task<Problem?> LockAsync(Session session, Caller caller, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var version = await session.FirstAsync<int?>(
            "SELECT version FROM institutions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE", new { caller.TenantId, id }, cancellationToken);
        if (version is null) return Problem.NotFound("institution");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    private Task<Outcome<Institutions.View>> UpdateAsync(Caller caller, Guid id, int? ifMatch, string set, object values, CancellationToken cancellationToken) => database.InTransaction<Institutions.View>(
        caller,
        async session =>
        {
            if (await LockAsync(session, caller, id, ifMatch, cancellationToken) is { } problem) return problem;
            var args = new Dapper.DynamicParameters(values);
            args.AddDynamicParams(new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() });
            return await session.SingleAsync<Institutions.View>(
                $"""
                UPDATE institutions SET {set}, updated_at = @now, updated_by = @Person, version = version + 1
                WHERE tenant_id = @TenantId AND id = @id
                RETURNING {Institutions.Columns}
                """,
                args,
                cancellationToken);
        },
        cancellationToken);

    private static string[] DomainsOf(IEnumerable<string> domains) => [.. domains.Select(domain => domain.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
}
