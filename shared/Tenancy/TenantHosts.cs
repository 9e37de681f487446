using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Tenancy;

/// <summary>The host names by which a tenant's front-ends call. They are kept beside the directory, on the default shard.</summary>
public sealed class TenantHosts(Database database, TenantDirectory directory, TimeProvider clock)
{
    private static readonly HostNamesAttribute Form = new();

    public Task<IReadOnlyList<string>> ListAsync(Guid tenantId, CancellationToken cancellationToken) => database.AsPlatform().QueryAsync<string>(
        "SELECT host FROM tenant_hosts WHERE tenant_id = @tenantId ORDER BY host", new { tenantId }, cancellationToken);

    /// <summary>Lets a tenant answer by a name. Safe to repeat.</summary>
    public async Task<Outcome<bool>> AddAsync(Guid tenantId, string host, CancellationToken cancellationToken)
    {
        if (!Form.IsValid(new[] { host })) return Problem.Invalid("/host", "host-names", $"'{host}' is not a host name such as 'contest.example.org', without scheme or port.");
        return await database.InPlatformTransaction<Outcome<bool>>(
            async session =>
            {
                var owner = await session.SingleAsync<Guid>(
                    """
                    INSERT INTO tenant_hosts (tenant_id, host, created_at) VALUES (@tenantId, lower(@host), @now) ON CONFLICT DO NOTHING;
                    SELECT tenant_id FROM tenant_hosts WHERE host = lower(@host)
                    """,
                    new { tenantId, host, now = clock.GetUtcNow() },
                    cancellationToken);
                if (owner != tenantId) return TenancyProblems.HostTaken;
                await directory.ForgetAsync(session);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Takes a name away.</summary>
    public Task<Outcome<bool>> RemoveAsync(Guid tenantId, string host, CancellationToken cancellationToken) => database.InPlatformTransaction<Outcome<bool>>(
        async session =>
        {
            var removed = await session.ExecuteAsync(
                "DELETE FROM tenant_hosts WHERE tenant_id = @tenantId AND host = lower(@host)", new { tenantId, host }, cancellationToken);
            if (removed == 0) return Problem.NotFound("host name");
            await directory.ForgetAsync(session);
            return true;
        },
        cancellationToken);
}
