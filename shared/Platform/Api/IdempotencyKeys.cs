using System.Security.Cryptography;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Platform.Api;

/// <summary>
/// Remembers what a write with an Idempotency-Key was answered, so that a client that lost the answer may ask again.
/// A write that a crash cut off may run a second time after a minute: its own constraints keep it single.
/// </summary>
public sealed class IdempotencyKeys(Database database, Sweep sweep, FieldCipher cipher, TimeProvider clock)
{
    public const int MaxKeyLength = 200;

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private sealed record Row(bool Mine, byte[] RequestHash, string? AnswerEncrypted);

    /// <summary>A key taken by a write that is under way, or what the write was answered before.</summary>
    public sealed record Claim(string Key, DateTimeOffset Since, JsonAnswer? Earlier);

    /// <summary>Takes the key for a request, or tells what came of the same request before.</summary>
    public async Task<Outcome<Claim>> BeginAsync(Caller caller, string key, byte[] requestHash, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await database.As(caller).FirstAsync<Row>(
            """
            WITH mine AS (
                INSERT INTO idempotency_keys AS known (tenant_id, caller, key, request_hash, created_at, expires_at)
                VALUES (@TenantId, @who, @key, @requestHash, @now, @expires)
                ON CONFLICT (tenant_id, caller, key) DO UPDATE
                SET request_hash = excluded.request_hash, created_at = excluded.created_at, expires_at = excluded.expires_at, answer_encrypted = NULL
                WHERE known.expires_at <= @now
                   OR (known.answer_encrypted IS NULL AND known.created_at <= @abandoned AND known.request_hash = excluded.request_hash)
                RETURNING true AS mine, request_hash, answer_encrypted
            )
            SELECT * FROM mine
            UNION ALL
            SELECT false, request_hash, answer_encrypted FROM idempotency_keys
            WHERE tenant_id = @TenantId AND caller = @who AND key = @key AND NOT EXISTS (SELECT FROM mine)
            """,
            new { caller.TenantId, who = WhoOf(caller), key, requestHash, now, expires = now + Life, abandoned = now - Patience },
            cancellationToken);
        // whoever takes the key at this very moment is not to be seen yet
        if (row is null) return Busy();
        if (row.Mine) return new Claim(key, now, null);
        if (!CryptographicOperations.FixedTimeEquals(row.RequestHash, requestHash)) return CommonProblems.IdempotencyReused;
        if (row.AnswerEncrypted is null) return Busy();
        return new Claim(key, now, JsonSerializer.Deserialize<JsonAnswer>(cipher.Decrypt(row.AnswerEncrypted, ContextOf(caller, key))));
    }

    /// <summary>Keeps the answer.</summary>
    public Task CompleteAsync(Caller caller, Claim claim, JsonAnswer answer) => database.As(caller).ExecuteAsync(
        "UPDATE idempotency_keys SET answer_encrypted = @answer WHERE tenant_id = @TenantId AND caller = @who AND key = @Key AND created_at = @Since",
        new { caller.TenantId, who = WhoOf(caller), claim.Key, claim.Since, answer = cipher.Encrypt(JsonSerializer.Serialize(answer), ContextOf(caller, claim.Key)) });

    /// <summary>Gives the key back: the write was refused and changed nothing.</summary>
    public Task AbandonAsync(Caller caller, Claim claim) => database.As(caller).ExecuteAsync(
        "DELETE FROM idempotency_keys WHERE tenant_id = @TenantId AND caller = @who AND key = @Key AND created_at = @Since AND answer_encrypted IS NULL",
        new { caller.TenantId, who = WhoOf(caller), claim.Key, claim.Since });

    /// <summary>Removes what nobody may ask for again.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        sweep.Run("idempotency_keys", "expires_at <= @now", new { now = clock.GetUtcNow() }, cancellationToken);

    private static Problem Busy() => new(CommonProblems.IdempotencyBusy) { RetryAfter = TimeSpan.FromSeconds(1) };

    private static string WhoOf(Caller caller) => caller.UserId?.ToString() ?? "anyone";

    private static string ContextOf(Caller caller, string key) => $"idempotency_keys:{caller.TenantId}:{WhoOf(caller)}:{key}";
}
