using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Tenancy;

namespace Podium.Privacy;

/// <summary>To what people have agreed. Each agreement is to one purpose in the words of one version; a new version asks anew.</summary>
public sealed class Consents(Database database, Cache cache, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public sealed record Given
    {
        [StringLength(50, MinimumLength = 1), Example("terms")]
        public required string Purpose { get; init; }

        /// <summary>The version of the words that the person has seen.</summary>
        [StringLength(50, MinimumLength = 1), Example("2026-01")]
        public required string Version { get; init; }
    }

    public sealed record Decision
    {
        /// <summary>The version of the words that the person has seen.</summary>
        [StringLength(50, MinimumLength = 1), Example("2026-01")]
        public required string Version { get; init; }

        /// <summary>true to agree, false to take it back.</summary>
        public required bool Given { get; init; }
    }

    /// <summary>A purpose and where the person stands; given is false also where they agreed to other words.</summary>
    public sealed record View(string Purpose, string Version, bool Required, string? Url, bool Given, IReadOnlyList<Record> History);

    public sealed record Record(string Version, DateTimeOffset GivenAt, DateTimeOffset? EndedAt, string? EndedFor);

    private sealed record Row(string Purpose, string Version, DateTimeOffset GivenAt, DateTimeOffset? EndedAt, string? EndedFor);

    public async Task<IReadOnlyList<View>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Row>(
            """
            SELECT purpose, text_version AS version, given_at, ended_at, ended_for
            FROM consents WHERE tenant_id = @TenantId AND user_id = @Person ORDER BY given_at, ended_at NULLS LAST
            """,
            new { caller.TenantId, caller.Person },
            cancellationToken);
        return [.. ConsentPurpose.Of(caller.Tenant).Select(purpose => new View(
            purpose.Purpose,
            purpose.Version,
            purpose.Required,
            purpose.Url,
            rows.Any(row => row.Purpose == purpose.Purpose && row.Version == purpose.Version && row.EndedAt is null),
            [.. rows.Where(row => row.Purpose == purpose.Purpose).Select(row => new Record(row.Version, row.GivenAt, row.EndedAt, row.EndedFor))]))];
    }

    /// <summary>Agrees, or takes it back; a second time changes nothing.</summary>
    public async Task<Outcome<View>> DecideAsync(Caller caller, string purpose, Decision decision, CancellationToken cancellationToken)
    {
        if (ConsentPurpose.Of(caller.Tenant).FirstOrDefault(one => one.Purpose == purpose) is not { } asked) return Problem.NotFound("purpose");
        if (decision.Given && decision.Version != asked.Version) return Problem.Invalid("/version", "outdated", $"The words are those of version {asked.Version} now.");
        if (!decision.Given && asked.Required) return PrivacyProblems.Required;
        await database.InTransaction(
            caller,
            async session =>
            {
                // one decision of a person after another
                await session.ExecuteAsync("SELECT id FROM users WHERE tenant_id = @TenantId AND id = @Person FOR NO KEY UPDATE", new { caller.TenantId, caller.Person }, cancellationToken);
                if (decision.Given) await GiveAsync(session, caller, caller.Person, [new Given { Purpose = purpose, Version = decision.Version }], cancellationToken);
                else await EndAsync(session, caller, caller.Person, purpose, cancellationToken);
                return true;
            },
            cancellationToken);
        return (await ListAsync(caller, cancellationToken)).Single(view => view.Purpose == purpose);
    }

    /// <summary>What is wrong with what somebody agrees to as they register: all that is required, in the words of today.</summary>
    public static IReadOnlyList<Fault> FaultsOf(Tenant tenant, IReadOnlyList<Given> given)
    {
        var asked = ConsentPurpose.Of(tenant);
        var faults = new List<Fault>();
        for (var i = 0; i < given.Count; i++)
        {
            if (asked.FirstOrDefault(one => one.Purpose == given[i].Purpose) is not { } purpose) faults.Add(new Fault($"/consents/{i}/purpose", "unknown", "Nobody asks for this; GET /api/consents lists what is asked."));
            else if (purpose.Version != given[i].Version) faults.Add(new Fault($"/consents/{i}/version", "outdated", $"The words are those of version {purpose.Version} now."));
            else if (given.Take(i).Any(one => one.Purpose == given[i].Purpose)) faults.Add(new Fault($"/consents/{i}/purpose", "repeated", "This purpose stands there already."));
        }
        foreach (var missing in asked.Where(one => one.Required && given.All(other => other.Purpose != one.Purpose))) faults.Add(new Fault("/consents", "required", $"Without agreeing to '{missing.Purpose}' nobody can register."));
        return faults;
    }

    /// <summary>Notes what a person agrees to, in the transaction in which they do.</summary>
    public async Task GiveAsync(Session session, Actor actor, Guid userId, IReadOnlyList<Given> given, CancellationToken cancellationToken)
    {
        if (given.Count == 0) return;
        var now = clock.GetUtcNow();
        await session.ExecuteAsync(
            """
            UPDATE consents SET ended_at = @now, ended_from = @Address, ended_for = 'superseded'
            FROM unnest(@purposes, @versions) AS new (purpose, version)
            WHERE tenant_id = @TenantId AND user_id = @userId AND consents.purpose = new.purpose AND ended_at IS NULL AND text_version <> new.version;

            INSERT INTO consents (tenant_id, id, user_id, purpose, text_version, given_at, given_from)
            SELECT @TenantId, id, @userId, purpose, version, @now, @Address FROM unnest(@ids, @purposes, @versions) AS new (id, purpose, version)
            ON CONFLICT (tenant_id, user_id, purpose) WHERE ended_at IS NULL DO NOTHING
            """,
            new
            {
                actor.TenantId,
                actor.Address,
                userId,
                now,
                ids = given.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                purposes = given.Select(one => one.Purpose).ToArray(),
                versions = given.Select(one => one.Version).ToArray(),
            },
            cancellationToken);
        await cache.InvalidateAsync(session, KeyOf(actor.TenantId, userId));
    }

    /// <summary>Whether a person agrees to something now, in any words: what analytics, mailings and the like ask before they begin.</summary>
    public async ValueTask<bool> IsGivenAsync(Actor actor, Guid userId, string purpose, CancellationToken cancellationToken) =>
        (await cache.GetAsync(KeyOf(actor.TenantId, userId), Life, stop => StandingAsync(actor, userId, stop), cancellationToken)).Contains(purpose);

    private static string KeyOf(Guid tenantId, Guid userId) => $"consents:{tenantId}:{userId}";

    private async Task EndAsync(Session session, Actor actor, Guid userId, string purpose, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            "UPDATE consents SET ended_at = @now, ended_from = @Address, ended_for = 'withdrawn' WHERE tenant_id = @TenantId AND user_id = @userId AND purpose = @purpose AND ended_at IS NULL",
            new { actor.TenantId, actor.Address, userId, purpose, now = clock.GetUtcNow() },
            cancellationToken);
        await cache.InvalidateAsync(session, KeyOf(actor.TenantId, userId));
    }

    private async Task<IReadOnlySet<string>> StandingAsync(Actor actor, Guid userId, CancellationToken cancellationToken) =>
        (await database.As(actor).QueryAsync<string>("SELECT purpose FROM consents WHERE tenant_id = @TenantId AND user_id = @userId AND ended_at IS NULL", new { actor.TenantId, userId }, cancellationToken)).ToHashSet();
}
