using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>What a tenant shows of itself, and changing it.</summary>
public sealed class TenantProfile(Database database, TenantDirectory directory, TimeProvider clock)
{
    /// <summary>What anybody may know: enough for a front-end to look like the tenant's own.</summary>
    public sealed record View(Guid Id, string Slug, string Name, IReadOnlyList<string> Languages, string TimeZone, JsonElement Branding);

    /// <summary>What its administrators see.</summary>
    public sealed record FullView(Guid Id, string Slug, string Name, IReadOnlyList<string> Languages, string TimeZone, JsonElement Branding, JsonElement Settings, int Version);

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [StringLength(200, MinimumLength = 1), Example("North University")]
        public string? Name { get; init; }

        [MinLength(1), MaxLength(20), LanguageTags, Example(new[] { "en", "kk" })]
        public IReadOnlyList<string>? Languages { get; init; }

        [TimeZoneName, StringLength(64), Example("Asia/Almaty")]
        public string? TimeZone { get; init; }

        public JsonElement? Branding { get; init; }

        public JsonElement? Settings { get; init; }
    }

    public static View Of(Tenant tenant) => new(tenant.Id, tenant.Slug, tenant.Name, tenant.Languages, tenant.TimeZone, tenant.Branding);

    public static FullView FullOf(Tenant tenant) =>
        new(tenant.Id, tenant.Slug, tenant.Name, tenant.Languages, tenant.TimeZone, tenant.Branding, tenant.Settings, tenant.Version);

    /// <summary>The directory is on the default shard, and so is this write.</summary>
    public async Task<Outcome<FullView>> ChangeAsync(Caller caller, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        if (TenantSettings.FaultsOf(change.Settings) is { Count: > 0 } faults) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await SaveAsync(caller, change, ifMatch, cancellationToken);
    }

    private Task<Outcome<FullView>> SaveAsync(Caller caller, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<FullView>(
        caller with { Shard = DatabaseSettings.DefaultShard },
        async session =>
        {
            var changed = await session.FirstAsync<Tenant>(
                """
                UPDATE tenants
                SET name = coalesce(@Name, name), languages = coalesce(@languages, languages), time_zone = coalesce(@TimeZone, time_zone),
                    branding = coalesce(@branding::jsonb, branding), settings = coalesce(@settings::jsonb, settings),
                    version = version + 1, updated_at = @now, updated_by = @UserId
                WHERE id = @TenantId AND version = coalesce(@ifMatch, version)
                RETURNING id, parent_id, slug, name, status, shard, languages, time_zone, branding, settings, version
                """,
                new
                {
                    caller.TenantId,
                    caller.UserId,
                    change.Name,
                    languages = change.Languages?.ToArray(),
                    change.TimeZone,
                    branding = change.Branding?.GetRawText(),
                    settings = change.Settings?.GetRawText(),
                    ifMatch,
                    now = clock.GetUtcNow(),
                },
                cancellationToken);
            if (changed is null) return CommonProblems.Stale;
            await directory.ForgetAsync(session);
            return FullOf(changed);
        },
        cancellationToken);
}
