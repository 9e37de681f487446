using System.Buffers.Text;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Certificates;

/// <summary>
/// Lists of revocations as W3C's Bitstring Status List: a signed credential of 131,072 bits, compressed, in which the place of each revoked certificate is set.
/// Who reads one learns nothing of whom it is about, and we nothing of whose certificate they look at.
/// </summary>
public sealed class StatusLists(Database database, Cache cache, StatementKeys keys, TimeProvider clock)
{
    /// <summary>The least that the standard allows: among so many one does not stand out.</summary>
    public const int Size = 131_072;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private sealed record Row(long? NextIndex, long[] Revoked);

    public async Task<Outcome<string>> ReadAsync(Caller caller, long list, CertificateSite site, CancellationToken cancellationToken)
    {
        // made anew after a revocation, and every few minutes: a copy that is kept says when it was made
        var credential = await cache.GetAsync($"{KeyOf(caller.TenantId)}{list} {site.Address}", Life, stop => MakeAsync(caller, list, site, stop), cancellationToken);
        return credential is null ? Problem.NotFound("list") : credential;
    }

    internal static string KeyOf(Guid tenantId) => $"certificates:status:{tenantId:N}:";

    internal static string Encode(IEnumerable<long> places)
    {
        var bits = new byte[Size / 8];
        // the first place is the leftmost bit
        foreach (var place in places) bits[place / 8] |= (byte)(0x80 >> (int)(place % 8));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(bits);
        return "u" + Base64Url.EncodeToString(packed.ToArray());
    }

    private async Task<string?> MakeAsync(Caller caller, long list, CertificateSite site, CancellationToken cancellationToken)
    {
        if (list is < 0 or > 1_000_000) return null;
        var first = list * Size;
        var row = await database.As(caller).SingleAsync<Row>(
            "SELECT (SELECT next_index FROM certificate_counters WHERE tenant_id = @TenantId) AS next_index, revoked_certificates(@first, @beyond) AS revoked",
            new { caller.TenantId, first, beyond = first + Size },
            cancellationToken);
        if (!(row.NextIndex > first)) return null;
        using var key = await database.InTransaction(caller, session => keys.SigningAsync(session, caller.TenantId, cancellationToken), cancellationToken);
        var (now, address) = (clock.GetUtcNow(), site.StatusList(list));
        return key.Sign(
            new JsonObject
            {
                ["@context"] = new JsonArray("https://www.w3.org/ns/credentials/v2"),
                ["id"] = address,
                ["type"] = new JsonArray("VerifiableCredential", "BitstringStatusListCredential"),
                ["issuer"] = site.Issuer,
                ["validFrom"] = OpenBadge.Instant(now),
                ["credentialSubject"] = new JsonObject
                {
                    ["id"] = $"{address}#list",
                    ["type"] = "BitstringStatusList",
                    ["statusPurpose"] = "revocation",
                    ["encodedList"] = Encode(row.Revoked.Select(place => place - first)),
                    ["ttl"] = (long)Life.TotalMilliseconds,
                },
                ["iss"] = site.Issuer,
                ["jti"] = address,
                ["sub"] = $"{address}#list",
                ["nbf"] = now.ToUnixTimeSeconds(),
            },
            "JWT",
            site.Key(key.Id));
    }
}
