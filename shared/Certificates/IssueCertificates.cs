using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Certificates;

/// <summary>
/// Brings certificates in line with what is true now, a block at a time and set-based: who has one that says the same keeps it, what says something else is revoked and replaced,
/// what is true no more is revoked. The same again changes nothing. Whoever calls sees to it that nobody else issues of the same source meanwhile.
/// </summary>
public sealed class IssueCertificates(StatementKeys keys, Cache cache, TimeProvider clock)
{
    /// <summary>The type of what is signed (the JWS's typ).</summary>
    public const string Type = "certificate+jwt";

    /// <summary>What somebody should hold.</summary>
    public sealed record Wanted
    {
        public required CertificateKind Kind { get; init; }

        /// <summary>The session or competition.</summary>
        public required Guid SourceId { get; init; }

        /// <summary>The candidate or registration.</summary>
        public required Guid HolderId { get; init; }

        public Guid? PersonId { get; init; }

        /// <summary>The centre that may see it, where only one may.</summary>
        public Guid? PlaceId { get; init; }

        public required string Holder { get; init; }

        public required string Title { get; init; }

        public IReadOnlyList<CertificateStatement.Result> Results { get; init; } = [];

        public CertificateStatement.Placing? Place { get; init; }

        internal byte[] Digest() => SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { Kind, Holder, Title, Results, Place })));
    }

    public sealed record Issued(Guid Id, string Number, Wanted Wanted);

    /// <summary>What is new, how many were revoked, and the standing ones that stay.</summary>
    public sealed record Outcome(IReadOnlyList<Issued> Issued, int Revoked, IReadOnlyDictionary<(Guid Holder, Guid Person), Guid> Kept);

    private sealed record Known(Guid Id, string Number, Guid HolderId, Guid? PersonId, byte[] ContentDigest, bool IsValid);

    public async Task<Outcome> RunAsync(Session session, Tenant tenant, Guid? by, IReadOnlyList<Wanted> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0) return new Outcome([], 0, new Dictionary<(Guid, Guid), Guid>());
        var (kind, source) = (wanted[0].Kind, wanted[0].SourceId);
        var known = (await session.QueryAsync<Known>(
            """
            SELECT DISTINCT ON (holder_id, person_id) id, number, holder_id, person_id, content_digest, revoked_at IS NULL AS is_valid
            FROM certificates
            WHERE tenant_id = @Id AND source_id = @source AND kind = @kind AND holder_id = ANY (@holders) AND (revoked_at IS NULL OR revoked_reason = 'withdrawn')
            ORDER BY holder_id, person_id, revoked_at DESC NULLS FIRST, issued_at DESC
            """,
            new { tenant.Id, source, kind = TextOf(kind), holders = wanted.Select(one => one.HolderId).Distinct().ToArray() },
            cancellationToken)).ToDictionary(one => (one.HolderId, one.PersonId ?? Guid.Empty));
        var (fresh, kept) = (new List<(Wanted Wanted, byte[] Digest, Known? Before)>(), new Dictionary<(Guid, Guid), Guid>());
        foreach (var one in wanted)
        {
            var (key, digest) = ((one.HolderId, one.PersonId ?? Guid.Empty), one.Digest());
            var before = known.GetValueOrDefault(key);
            // what was withdrawn by hand comes back only when it says something else
            if (before is null || !before.ContentDigest.AsSpan().SequenceEqual(digest)) fresh.Add((one, digest, before));
            else if (before.IsValid) kept[key] = before.Id;
        }
        var revoked = await RevokeAsync(session, tenant.Id, [.. fresh.Where(one => one.Before is { IsValid: true }).Select(one => one.Before!.Id)], "superseded", by, cancellationToken);
        return new Outcome(await WriteAsync(session, tenant, by, fresh, cancellationToken), revoked, kept);
    }

    /// <summary>Revokes those that are valid still, and lets the lists of revocations be made anew.</summary>
    public async Task<int> RevokeAsync(Session session, Guid tenantId, Guid[] ids, string reason, Guid? by, CancellationToken cancellationToken)
    {
        if (ids.Length == 0) return 0;
        var revoked = await session.ExecuteAsync(
            "UPDATE certificates SET revoked_at = @now, revoked_reason = @reason, revoked_by = @by WHERE tenant_id = @tenantId AND id = ANY (@ids) AND revoked_at IS NULL",
            new { tenantId, ids, reason, by, now = clock.GetUtcNow() },
            cancellationToken);
        if (revoked > 0) await ForgetListsAsync(session, tenantId);
        return revoked;
    }

    internal Task ForgetListsAsync(Session session, Guid tenantId) => cache.InvalidateAsync(session, StatusLists.KeyOf(tenantId) + "*");

    internal static string TextOf(CertificateKind kind) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private async Task<IReadOnlyList<Issued>> WriteAsync(Session session, Tenant tenant, Guid? by, List<(Wanted Wanted, byte[] Digest, Known? Before)> fresh, CancellationToken cancellationToken)
    {
        if (fresh.Count == 0) return [];
        var now = clock.GetUtcNow();
        var issuedAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        using var key = await keys.SigningAsync(session, tenant.Id, cancellationToken);
        var indexes = await PlacesAsync(session, tenant.Id, fresh.Count, cancellationToken);
        var statements = new List<CertificateStatement>();
        foreach (var (one, _, before) in fresh)
        {
            statements.Add(new CertificateStatement
            {
                Id = Guid.CreateVersion7(now),
                Number = Secrets.NewRecoveryCode().ToUpperInvariant(),
                Kind = one.Kind,
                Issuer = new CertificateStatement.IssuedBy(tenant.Id, tenant.Slug, tenant.Name),
                IssuedAt = issuedAt,
                Holder = one.Holder,
                Title = one.Title,
                Results = one.Results,
                Place = one.Place,
                Replaces = before?.Number,
                StatusIndex = indexes[statements.Count],
            });
        }
        var documents = statements.Select(CanonicalJson.Of).ToArray();
        await session.ExecuteAsync(
            """
            INSERT INTO certificates (tenant_id, id, number, kind, source_id, holder_id, person_id, place_id, title, content_digest, document, key_id, signature, status_index, replaces, issued_at, issued_by)
            SELECT @tenantId, given.id, given.number, given.kind, given.source, given.holder, nullif(given.person, @nobody), nullif(given.place, @nobody), given.title, given.digest, given.document,
                   @keyId, given.signature, given.status, nullif(given.replaced, @nobody), @issuedAt, @by
            FROM unnest(@ids, @numbers, @kinds, @sources, @holders, @persons, @places, @titles, @digests, @documents, @signatures, @indexes, @replaced)
                AS given (id, number, kind, source, holder, person, place, title, digest, document, signature, status, replaced)
            """,
            new
            {
                tenantId = tenant.Id,
                keyId = Guid.ParseExact(key.Id, "N"),
                nobody = Guid.Empty,
                issuedAt,
                by,
                documents,
                indexes,
                ids = statements.Select(one => one.Id).ToArray(),
                numbers = statements.Select(one => one.Number).ToArray(),
                kinds = statements.Select(one => TextOf(one.Kind)).ToArray(),
                titles = statements.Select(one => one.Title).ToArray(),
                sources = fresh.Select(one => one.Wanted.SourceId).ToArray(),
                holders = fresh.Select(one => one.Wanted.HolderId).ToArray(),
                persons = fresh.Select(one => one.Wanted.PersonId ?? Guid.Empty).ToArray(),
                places = fresh.Select(one => one.Wanted.PlaceId ?? Guid.Empty).ToArray(),
                digests = fresh.Select(one => one.Digest).ToArray(),
                replaced = fresh.Select(one => one.Before?.Id ?? Guid.Empty).ToArray(),
                signatures = documents.Select(document => key.SignPayload(Encoding.UTF8.GetBytes(document), Type)).ToArray(),
            },
            cancellationToken);
        return [.. statements.Zip(fresh, (statement, one) => new Issued(statement.Id, statement.Number, one.Wanted))];
    }

    // shuffled, so that a place in the list says nothing of who came beside whom
    private static async Task<long[]> PlacesAsync(Session session, Guid tenantId, int count, CancellationToken cancellationToken)
    {
        var next = await session.SingleAsync<long>(
            """
            INSERT INTO certificate_counters (tenant_id, next_index) VALUES (@tenantId, @count)
            ON CONFLICT (tenant_id) DO UPDATE SET next_index = certificate_counters.next_index + @count
            RETURNING next_index
            """,
            new { tenantId, count = (long)count },
            cancellationToken);
        var places = Enumerable.Range(0, count).Select(place => next - count + place).ToArray();
        RandomNumberGenerator.Shuffle(places.AsSpan());
        return places;
    }
}
