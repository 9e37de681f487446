using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Platform.Access;

/// <summary>
/// The keys that access tokens are signed with. A key is published a day before it signs, so that whoever verifies has it by then,
/// and verifies on until the last token it signed has expired.
/// </summary>
public sealed class TokenKeys(Database database, Cache cache, FieldCipher cipher, TimeProvider clock) : IDisposable
{
    public static readonly TimeSpan SignsFor = TimeSpan.FromDays(30);

    private const string CacheKey = "token-keys";
    private const long RotationLock = 0x6b657973;
    // two, so that a timer that comes once a day makes it at least a whole day before
    private static readonly TimeSpan MadeAhead = TimeSpan.FromDays(2);
    private static readonly TimeSpan VerifiesAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private SigningKey? _current;

    /// <summary>A key as its owner sees it.</summary>
    public sealed record Key(string Id, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset SignsUntil, DateTimeOffset VerifiesUntil);

    private sealed record Ring(IReadOnlyDictionary<string, VerificationKey> Verifying, IReadOnlyList<JsonElement> Published, string SigningId, string SigningKeyEncrypted, DateTimeOffset SigningUntil);

    private sealed record Row(string Id, JsonElement PublicKey, string PrivateKeyEncrypted, DateTimeOffset SignsFrom, DateTimeOffset SignsUntil, DateTimeOffset VerifiesUntil);

    public async ValueTask<string> SignAsync(JsonObject claims, CancellationToken cancellationToken)
    {
        var ring = await RingAsync(cancellationToken);
        if (ring.SigningUntil <= clock.GetUtcNow())
        {
            await RotateAsync(ifDue: true, cancellationToken);
            ring = await LoadAsync(cancellationToken) ?? throw NoKey();
        }
        return Current(ring).Sign(claims, "at+jwt");
    }

    /// <summary>Our keys that still count, by their ids.</summary>
    public async ValueTask<IReadOnlyDictionary<string, VerificationKey>> VerifyingAsync(CancellationToken cancellationToken) => (await RingAsync(cancellationToken)).Verifying;

    /// <summary>The JSON Web Key Set that others verify our tokens by.</summary>
    public async Task<IReadOnlyList<JsonElement>> PublishedAsync(CancellationToken cancellationToken) => (await RingAsync(cancellationToken)).Published;

    /// <summary>
    /// Makes the next key. <paramref name="ifDue"/>: only when the newest key stops signing soon (the daily timer); otherwise at once, and the
    /// new one signs from now on (an operator who fears that a key has leaked).
    /// </summary>
    public async Task<Key?> RotateAsync(bool ifDue, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        using var fresh = SigningKey.Create(id);
        return await database.InPlatformTransaction(
            async session =>
            {
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(@RotationLock)", new { RotationLock });
                var (signsNow, lastSigns) = await session.SingleAsync<(bool SignsNow, DateTimeOffset? LastSigns)>(
                    "SELECT coalesce(bool_or(signs_from <= @now AND signs_until > @now), false) AS signs_now, max(signs_until) AS last_signs FROM signing_keys", new { now });
                if (ifDue && signsNow && lastSigns > now + MadeAhead) return null;
                // a revoked key leaves a gap that the next one, published ahead, does not close
                var from = ifDue && signsNow ? lastSigns!.Value : now;
                if (!ifDue)
                {
                    await session.ExecuteAsync(
                        """
                        DELETE FROM signing_keys WHERE signs_from > @now;
                        UPDATE signing_keys SET signs_until = @now, verifies_until = least(verifies_until, @until) WHERE signs_until > @now
                        """,
                        new { now, until = now + VerifiesAfter });
                }
                var key = new Key(id, now, from, from + SignsFor, from + SignsFor + VerifiesAfter);
                await session.ExecuteAsync(
                    """
                    DELETE FROM signing_keys WHERE verifies_until < @now;
                    INSERT INTO signing_keys (id, public_key, private_key_encrypted, created_at, signs_from, signs_until, verifies_until)
                    VALUES (@Id, @publicKey::jsonb, @privateKey, @CreatedAt, @SignsFrom, @SignsUntil, @VerifiesUntil)
                    """,
                    new
                    {
                        key.Id,
                        publicKey = fresh.PublicJwk().ToJsonString(),
                        privateKey = cipher.EncryptBytes(fresh.ExportPrivate(), ContextOf(id)),
                        key.CreatedAt,
                        key.SignsFrom,
                        key.SignsUntil,
                        key.VerifiesUntil,
                        now,
                    });
                await cache.InvalidateAsync(session, CacheKey);
                return key;
            },
            cancellationToken);
    }

    /// <summary>Ends a key at once: every token it signed is refused from now on.</summary>
    public Task<bool> RevokeAsync(string id, CancellationToken cancellationToken) => database.InPlatformTransaction(
        async session =>
        {
            var found = await session.ExecuteAsync("DELETE FROM signing_keys WHERE id = @id", new { id }) > 0;
            await cache.InvalidateAsync(session, CacheKey);
            return found;
        },
        cancellationToken);

    public Task<IReadOnlyList<Key>> ListAsync(CancellationToken cancellationToken) => database.AsPlatform().QueryAsync<Key>(
        "SELECT id, created_at, signs_from, signs_until, verifies_until FROM signing_keys ORDER BY signs_from", null, cancellationToken);

    public void Dispose() => _current?.Dispose();

    private static string ContextOf(string id) => EncryptedColumn.SigningKey.Context(id);

    private async ValueTask<Ring> RingAsync(CancellationToken cancellationToken)
    {
        if (await cache.GetAsync(CacheKey, Life, LoadAsync, cancellationToken) is { } ring) return ring;
        await RotateAsync(ifDue: true, cancellationToken);
        return await LoadAsync(cancellationToken) ?? throw NoKey();
    }

    private static InvalidOperationException NoKey() => new("There is no key to sign access tokens with.");

    private async Task<Ring?> LoadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = await database.AsPlatform().QueryAsync<Row>(
            """
            SELECT id, public_key, private_key_encrypted, signs_from, signs_until, verifies_until
            FROM signing_keys
            WHERE verifies_until > @now
            ORDER BY signs_from
            """,
            new { now },
            cancellationToken);
        if (rows.LastOrDefault(row => row.SignsFrom <= now && row.SignsUntil > now) is not { } signing) return null;
        var verifying = rows.ToDictionary(row => row.Id, row => VerificationKey.FromJwk(row.PublicKey) ?? throw new InvalidOperationException($"Signing key {row.Id} cannot be read."));
        return new Ring(verifying, [.. rows.Select(row => row.PublicKey)], signing.Id, signing.PrivateKeyEncrypted, signing.SignsUntil);
    }

    private SigningKey Current(Ring ring)
    {
        lock (_lock)
        {
            if (_current?.Id == ring.SigningId) return _current;
            // the old one may be signing on another thread: the collector ends it
            return _current = SigningKey.FromPrivate(ring.SigningId, cipher.DecryptBytes(ring.SigningKeyEncrypted, ContextOf(ring.SigningId)));
        }
    }
}
