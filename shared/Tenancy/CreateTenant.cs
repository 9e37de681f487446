using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>Opens the house to a new client: its names, its first roles, and an invitation to who will run it. Safe to repeat with the same id.</summary>
public sealed class CreateTenant(Database database, TenantDirectory directory, EmailLinks links, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one tenant.</summary>
        public Guid? Id { get; init; }

        /// <summary>The office that this tenant belongs to.</summary>
        public Guid? ParentId { get; init; }

        [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Lower-case letters and digits, in parts joined by single hyphens."), StringLength(63, MinimumLength = 2), Example("north-university")]
        public required string Slug { get; init; }

        [StringLength(200, MinimumLength = 1), Example("North University")]
        public required string Name { get; init; }

        /// <summary>Language tags; the first is the default.</summary>
        [MinLength(1), MaxLength(20), LanguageTags, Example(new[] { "en", "kk" })]
        public IReadOnlyList<string> Languages { get; init; } = ["en"];

        [TimeZoneName, StringLength(64), Example("Asia/Almaty")]
        public string TimeZone { get; init; } = "UTC";

        /// <summary>Host names of its front-ends.</summary>
        [MaxLength(50), HostNames, Example(new[] { "contest.example.org" })]
        public IReadOnlyList<string> Hosts { get; init; } = [];

        public JsonElement? Branding { get; init; }

        public JsonElement? Settings { get; init; }

        [StringLength(63), Example(DatabaseSettings.DefaultShard)]
        public string Shard { get; init; } = DatabaseSettings.DefaultShard;

        /// <summary>Who will run it: gets an invitation by mail.</summary>
        [Email, StringLength(254, MinimumLength = 3), Example("boss@example.org")]
        public required string AdministratorEmail { get; init; }
    }

    public sealed record Result(Guid Id, string Slug);

    public async Task<Outcome<Result>> Run(Request request, CancellationToken cancellationToken)
    {
        if (!database.Shards.Contains(request.Shard)) return TenancyProblems.UnknownShard;
        if (TenantSettings.FaultsOf(request.Settings) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var now = clock.GetUtcNow();
        var id = request.Id ?? Guid.CreateVersion7(now);
        if (request.Shard != DatabaseSettings.DefaultShard)
        {
            // its rows' keys point at it there; the directory, written last, is what opens the door
            await database.InPlatformTransaction(session => WriteAsync(session, request, id, now, isDirectory: false, onShard: true), cancellationToken, request.Shard);
        }
        await database.InPlatformTransaction(
            async session =>
            {
                await WriteAsync(session, request, id, now, isDirectory: true, onShard: request.Shard == DatabaseSettings.DefaultShard);
                await session.ExecuteAsync(
                    "INSERT INTO tenant_hosts (tenant_id, host, created_at) SELECT @id, lower(host), @now FROM unnest(@hosts) AS host ON CONFLICT (tenant_id, host) DO NOTHING",
                    new { id, hosts = request.Hosts.ToArray(), now });
                await directory.ForgetAsync(session);
                return true;
            },
            cancellationToken);
        await database.InPlatformTransaction(session => InviteAsync(session, request, id), cancellationToken, request.Shard);
        return new Result(id, request.Slug);
    }

    private static async Task<bool> WriteAsync(Session session, Request request, Guid id, DateTimeOffset now, bool isDirectory, bool onShard)
    {
        var added = await session.ExecuteAsync(
            """
            INSERT INTO tenants (id, parent_id, slug, name, status, shard, languages, time_zone, branding, settings, created_at, updated_at)
            VALUES (@id, @parentId, @Slug, @Name, 'active', @Shard, @languages, @TimeZone, @branding::jsonb, @settings::jsonb, @now, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            new
            {
                id,
                // a parent may live on another shard; the directory knows it
                parentId = isDirectory ? request.ParentId : null,
                request.Slug,
                request.Name,
                request.Shard,
                languages = request.Languages.ToArray(),
                request.TimeZone,
                branding = request.Branding?.GetRawText() ?? "{}",
                settings = request.Settings?.GetRawText() ?? "{}",
                now,
            });
        if (added == 0 || !onShard) return added > 0;
        foreach (var role in Permissions.BuiltInRoles)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO roles (tenant_id, id, name, description, permissions, built_in, created_at, updated_at)
                VALUES (@id, @roleId, @Name, @Description, @permissions::jsonb, true, @now, @now)
                """,
                new { id, roleId = Guid.CreateVersion7(now), role.Name, role.Description, permissions = JsonSerializer.Serialize(role.Permissions), now });
        }
        await AddAdministratorAsync(session, request, id, now);
        return true;
    }

    private static Task AddAdministratorAsync(Session session, Request request, Guid id, DateTimeOffset now)
    {
        var email = request.AdministratorEmail.Trim();
        return session.ExecuteAsync(
            """
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
            VALUES (@id, @userId, @email, @key, 'Administrator', 'of ' || left(@Name, 97), @language, @now, @now);
            INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at)
            SELECT @id, @grantId, @userId, roles.id, 'tenant', @now FROM roles WHERE tenant_id = @id AND name = @Administrator
            """,
            new { id, userId = Guid.CreateVersion7(now), email, key = EmailAddress.KeyOf(email), request.Name, language = request.Languages[0], grantId = Guid.CreateVersion7(now), now, Permissions.Administrator });
    }

    // after the directory knows the tenant, or the mail's message would find none; and only once, however often the request is repeated
    private async Task<bool> InviteAsync(Session session, Request request, Guid id)
    {
        var email = request.AdministratorEmail.Trim();
        var userId = await session.FirstAsync<Guid?>(
            """
            SELECT users.id FROM users
            WHERE tenant_id = @id AND email_key = @key AND NOT EXISTS (SELECT FROM email_tokens WHERE email_tokens.tenant_id = @id AND email_tokens.user_id = users.id)
            FOR UPDATE
            """,
            new { id, key = EmailAddress.KeyOf(email) });
        if (userId is { } administrator) await links.SendAsync(session, id, administrator, EmailLinks.Purpose.Invite, email, request.Languages[0]);
        return userId is not null;
    }
}
