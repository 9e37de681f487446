using System.Text.Json;
using Podium.Platform.Databases;

namespace Podium.Platform.Security;

/// <summary>
/// The keys of a tenant's own that sign what it states: receipts and certificates. A new one each year, or when somebody asks for it; old ones are kept for ever,
/// so that what was signed can be checked years later, with this app or without it.
/// </summary>
public sealed class StatementKeys(Database database, FieldCipher cipher, TimeProvider clock)
{
    private static readonly TimeSpan SignsFor = TimeSpan.FromDays(365);

    /// <summary>A JSON Web Key Set (RFC 7517).</summary>
    public sealed record KeySet(IReadOnlyList<JsonElement> Keys);

    private sealed record Key(Guid Id, string PrivateKeyEncrypted);

    /// <summary>All keys that the tenant ever signed with.</summary>
    public async Task<KeySet> PublishedAsync(Actor actor, CancellationToken cancellationToken) => new(
        await database.As(actor).QueryAsync<JsonElement>("SELECT public_key FROM statement_keys WHERE tenant_id = @TenantId ORDER BY created_at, id LIMIT 200", new { actor.TenantId }, cancellationToken));

    /// <summary>The same, to verify with.</summary>
    public async Task<IReadOnlyDictionary<string, VerificationKey>> VerifyingAsync(Actor actor, CancellationToken cancellationToken) =>
        (await PublishedAsync(actor, cancellationToken)).Keys.Select(VerificationKey.FromJwk).OfType<VerificationKey>().ToDictionary(key => key.Id!);

    /// <summary>One of them, as it is published.</summary>
    public Task<JsonElement?> FindAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        database.As(actor).FirstAsync<JsonElement?>("SELECT public_key FROM statement_keys WHERE tenant_id = @TenantId AND id = @id", new { actor.TenantId, id }, cancellationToken);

    /// <summary>The key that signs now.</summary>
    public async Task<SigningKey> SigningAsync(Session session, Guid tenantId, CancellationToken cancellationToken)
    {
        const string Signing = "SELECT id, private_key_encrypted FROM statement_keys WHERE tenant_id = @tenantId AND retired_at IS NULL AND created_at > @since";
        var since = clock.GetUtcNow() - SignsFor;
        if (await session.FirstAsync<Key>(Signing, new { tenantId, since }, cancellationToken) is { } known) return Open(tenantId, known);
        // whoever else makes one is waited for, and theirs is taken
        await LockAsync(session, tenantId, cancellationToken);
        if (await session.FirstAsync<Key>(Signing, new { tenantId, since }, cancellationToken) is { } theirs) return Open(tenantId, theirs);
        return Open(tenantId, await MakeAsync(session, tenantId, cancellationToken));
    }

    /// <summary>Makes a new key that signs from now on. What the old ones signed stays good.</summary>
    public Task<KeySet> RotateAsync(Actor actor, CancellationToken cancellationToken) => database.InTransaction(
        actor,
        async session =>
        {
            await LockAsync(session, actor.TenantId, cancellationToken);
            await MakeAsync(session, actor.TenantId, cancellationToken);
            return new KeySet(await session.QueryAsync<JsonElement>("SELECT public_key FROM statement_keys WHERE tenant_id = @TenantId ORDER BY created_at, id LIMIT 200", new { actor.TenantId }, cancellationToken));
        },
        cancellationToken);

    private static Task<int> LockAsync(Session session, Guid tenantId, CancellationToken cancellationToken) =>
        session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('statement keys ' || @tenantId, 0))", new { tenantId }, cancellationToken);

    private async Task<Key> MakeAsync(Session session, Guid tenantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        using var fresh = SigningKey.Create(id.ToString("N"));
        return await session.SingleAsync<Key>(
            """
            UPDATE statement_keys SET retired_at = @now WHERE tenant_id = @tenantId AND retired_at IS NULL;
            INSERT INTO statement_keys (tenant_id, id, public_key, private_key_encrypted, created_at) VALUES (@tenantId, @id, @publicKey::jsonb, @privateKey, @now)
            RETURNING id, private_key_encrypted
            """,
            new { tenantId, id, publicKey = fresh.PublicJwk().ToJsonString(), privateKey = cipher.EncryptBytes(fresh.ExportPrivate(), EncryptedColumn.StatementKey.Context(tenantId, id)), now },
            cancellationToken);
    }

    private SigningKey Open(Guid tenantId, Key key) =>
        SigningKey.FromPrivate(key.Id.ToString("N"), cipher.DecryptBytes(key.PrivateKeyEncrypted, EncryptedColumn.StatementKey.Context(tenantId, key.Id)));
}
