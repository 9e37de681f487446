using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Security;
using Podium.Tenancy;

namespace Podium.Learning;

/// <summary>
/// Encrypts learners' code and reference solutions where the tenant asks for it (setting encryptPracticeCode), under a key of the tenant's own that the encryption keys encrypt.
/// A change of those encrypts this one value anew: attempts, also archived ones, stay as they are and stay readable.
/// </summary>
public sealed class CodeSeal(Database database, Cache cache, FieldCipher cipher, TimeProvider clock)
{
    internal const string Setting = "encryptPracticeCode";

    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    // no code begins with this character but what we have written so
    internal const string Sealed = "\u0001v1.";
    private const string Plain = "\u0001p.";

    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>What a learner's code is authenticated with: the same wherever a copy of it is kept.</summary>
    public static string OfLearner(Guid person) => $"practice code of {person}";

    public static string OfChallenge(Guid challenge) => $"practice solution of {challenge}";

    internal static bool IsAskedBy(Tenant tenant) => tenant.Setting(Setting, false);

    /// <summary>A tenant's key, if it has one, and whether new code is encrypted with it.</summary>
    public sealed class Key
    {
        private readonly byte[]? _encryption;
        private readonly byte[]? _nonces;
        private readonly bool _seals;

        public Key(byte[]? key, bool seals)
        {
            if (seals && key is null) throw new ArgumentException("There is no key to encrypt with.", nameof(seals));
            _seals = seals;
            if (key is null) return;
            _encryption = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, [], "podium.practice.encryption.v1"u8.ToArray());
            _nonces = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, [], "podium.practice.nonce.v1"u8.ToArray());
        }

        /// <summary>
        /// The text as it is stored. The nonce is a keyed hash of text and context, so that the same text in the same place is the same again: drafts are compared with what is published. An empty text says nothing and stays empty.
        /// </summary>
        public string Close(string text, string context)
        {
            if (!_seals || text.Length == 0) return text.StartsWith('\u0001') ? Plain + text : text;
            var (bytes, bound) = (Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(context));
            var box = new byte[NonceBytes + bytes.Length + TagBytes];
            byte[] place = [.. SHA256.HashData(bound), .. bytes];
            HMACSHA256.HashData(_nonces!, place).AsSpan(0, NonceBytes).CopyTo(box);
            using var aes = new AesGcm(_encryption!, TagBytes);
            aes.Encrypt(box.AsSpan(0, NonceBytes), bytes, box.AsSpan(NonceBytes, bytes.Length), box.AsSpan(NonceBytes + bytes.Length), bound);
            return Sealed + Base64Url.EncodeToString(box);
        }

        /// <summary>The text of what is stored, whether it is encrypted or not.</summary>
        public string Open(string stored, string context)
        {
            if (!stored.StartsWith('\u0001')) return stored;
            if (stored.StartsWith(Plain, StringComparison.Ordinal)) return stored[Plain.Length..];
            if (_encryption is null) throw new CryptographicException("The code is encrypted, and the tenant has no key.");
            var box = Base64Url.DecodeFromChars(stored.AsSpan(Sealed.Length));
            var bytes = new byte[box.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(_encryption, TagBytes);
            aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, bytes.Length), box.AsSpan(NonceBytes + bytes.Length), bytes, Encoding.UTF8.GetBytes(context));
            return Encoding.UTF8.GetString(bytes);
        }

        public EditChallenge.Code Close(EditChallenge.Code code, string context) => code with { Html = Close(code.Html, context), Css = Close(code.Css, context), Js = Close(code.Js, context) };

        public EditChallenge.Code Open(EditChallenge.Code code, string context) => code with { Html = Open(code.Html, context), Css = Open(code.Css, context), Js = Open(code.Js, context) };
    }

    private sealed record Found(byte[]? Bytes);

    /// <summary>To be asked for before a transaction. The first that a tenant needs is made.</summary>
    public async ValueTask<Key> OfAsync(Caller caller, CancellationToken cancellationToken)
    {
        var seals = IsAskedBy(caller.Tenant);
        var found = await FindAsync(caller, cancellationToken);
        if (found.Bytes is null && seals) found = await MakeAsync(caller, cancellationToken);
        return new Key(found.Bytes, seals);
    }

    /// <summary>To read with.</summary>
    public async ValueTask<Key> ReadingAsync(Actor actor, CancellationToken cancellationToken) => new((await FindAsync(actor, cancellationToken)).Bytes, false);

    private ValueTask<Found> FindAsync(Actor actor, CancellationToken cancellationToken) => cache.GetAsync(KeyOf(actor), Life, async stop => await ReadAsync(database.As(actor), actor, stop), cancellationToken);

    private Task<Found> MakeAsync(Caller caller, CancellationToken cancellationToken) => database.InTransaction(
        caller,
        async session =>
        {
            var fresh = cipher.EncryptBytes(RandomNumberGenerator.GetBytes(KeyBytes), EncryptedColumn.PracticeKey.Context(caller.TenantId));
            await session.ExecuteAsync(
                "INSERT INTO practice_keys (tenant_id, key_encrypted, created_at) VALUES (@TenantId, @fresh, @now) ON CONFLICT DO NOTHING", new { caller.TenantId, fresh, now = clock.GetUtcNow() }, cancellationToken);
            await cache.InvalidateAsync(session, KeyOf(caller));
            return await ReadAsync(session, caller, cancellationToken);
        },
        cancellationToken);

    private async Task<Found> ReadAsync(Session session, Actor actor, CancellationToken cancellationToken)
    {
        var wrapped = await session.FirstAsync<string>("SELECT key_encrypted FROM practice_keys WHERE tenant_id = @TenantId", new { actor.TenantId }, cancellationToken);
        return new Found(wrapped is null ? null : cipher.DecryptBytes(wrapped, EncryptedColumn.PracticeKey.Context(actor.TenantId)));
    }

    private static string KeyOf(Actor actor) => $"practice-key:{actor.TenantId}";
}
