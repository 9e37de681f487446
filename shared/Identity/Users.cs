using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>People's accounts as administrators see them.</summary>
public sealed class Users(Database database, TimeProvider clock)
{
    public enum Status
    {
        Active,
        Suspended,
    }

    public record View
    {
        public required Guid Id { get; init; }

        public required string Email { get; init; }

        public required bool EmailVerified { get; init; }

        public required string FirstName { get; init; }

        public required string LastName { get; init; }

        public string? Username { get; init; }

        public required string Language { get; init; }

        public string? Country { get; init; }

        public Guid? InstitutionId { get; init; }

        public Guid? ProgramId { get; init; }

        public required Status Status { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Details : View
    {
        public string? StudentNumber { get; init; }

        public int? GraduationYear { get; init; }

        public string? TimeZone { get; init; }

        public required bool SecondFactor { get; init; }

        /// <summary>When one of the sessions was last used.</summary>
        public DateTimeOffset? LastSeenAt { get; init; }

        /// <summary>The roles that count now.</summary>
        public IReadOnlyList<GrantRole.View> Roles { get; init; } = [];
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>How the e-mail address, the name or the surname begins.</summary>
        [StringLength(200, MinimumLength = 1)]
        public string? Search { get; init; }

        public Guid? InstitutionId { get; init; }

        /// <summary>The name of a role that they hold now, anywhere.</summary>
        [StringLength(50, MinimumLength = 1)]
        public string? Role { get; init; }

        public Status? Status { get; init; }
    }

    internal const string Columns =
        """
        id, email, email_verified_at IS NOT NULL AS email_verified, first_name, last_name, username, language, country, institution_id, program_id,
        account_status AS status, created_at, version
        """;

    // greater than every character, so that a prefix with it is the end of the prefix's range
    private const string LastCharacter = "\U0010FFFF";

    public async Task<Page<View>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        // known beforehand, it tells the planner whether many hold it or few
        var role = filter.Role is null ? null : await database.Reading(caller).FirstAsync<Guid?>(
            "SELECT id FROM roles WHERE tenant_id = @TenantId AND name = @Role", new { caller.TenantId, filter.Role }, cancellationToken);
        if (filter.Role is not null && role is null) return new Page<View>([], null);
        var search = filter.Search?.Trim();
        var rows = await database.Reading(caller).QueryAsync<View>(
            $"""
            CALL plan_anew();
            SELECT {Columns}
            FROM users
            WHERE tenant_id = @TenantId AND deleted_at IS NULL {string.Concat(Conditions(filter))}
            ORDER BY id DESC
            LIMIT @limit
            """,
            new
            {
                caller.TenantId,
                filter.After,
                from = search,
                to = search + LastCharacter,
                filter.InstitutionId,
                role,
                status = filter.Status?.ToString().ToLowerInvariant(),
                now = clock.GetUtcNow(),
                limit = filter.Fetch(),
            },
            cancellationToken);
        return filter.Of(rows, row => row.Id);
    }

    public async Task<Outcome<Details>> ReadAsync(Caller caller, Guid userId, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT {Columns}, student_number, graduation_year, time_zone,
                   EXISTS (SELECT FROM user_credentials WHERE tenant_id = @TenantId AND user_id = @userId AND totp_confirmed_at IS NOT NULL) AS second_factor,
                   (SELECT max(last_used_at) FROM user_sessions WHERE tenant_id = @TenantId AND user_id = @userId) AS last_seen_at
            FROM users
            WHERE tenant_id = @TenantId AND id = @userId AND deleted_at IS NULL;

            {GrantRole.Select}
            """,
            new { caller.TenantId, userId, now = clock.GetUtcNow() },
            async results => (Person: await results.ReadFirstOrDefaultAsync<Details>(), Roles: await results.ReadAsync<GrantRole.View>()),
            cancellationToken);
        return found.Person is null ? Problem.NotFound("person") : found.Person with { Roles = [.. found.Roles] };
    }

    private static IEnumerable<string> Conditions(Filter filter)
    {
        if (filter.After is not null) yield return " AND id < @After";
        if (filter.Search is not null)
        {
            yield return
                """
                 AND ((email_key >= lower(@from) AND email_key < lower(@to))
                   OR (name_key >= lower(@from) AND name_key < lower(@to))
                   OR (surname_key >= lower(@from) AND surname_key < lower(@to)))
                """;
        }
        if (filter.InstitutionId is not null) yield return " AND institution_id = @InstitutionId";
        if (filter.Status is not null) yield return " AND account_status = @status";
        if (filter.Role is not null)
        {
            yield return
                """
                 AND id IN (SELECT user_id FROM user_roles WHERE tenant_id = @TenantId AND role_id = @role AND (expires_at IS NULL OR expires_at > @now))
                """;
        }
    }
}
