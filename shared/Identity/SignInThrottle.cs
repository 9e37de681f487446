using System.Net;
using System.Net.Sockets;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity;

/// <summary>
/// Slows guessing down, per account and per network, across instances and restarts. Whether an account exists makes no difference,
/// and an account's limit is by network too, so that nobody can lock another person out from afar.
/// </summary>
public sealed class SignInThrottle(Database database, Sweep sweep, FieldCipher cipher, TimeProvider clock)
{
    private static readonly TimeSpan Memory = TimeSpan.FromHours(12);
    private static readonly TimeSpan LongestBlock = TimeSpan.FromMinutes(15);

    private sealed record Subject(string Name, int Free);

    /// <summary>The problem with trying now, or null.</summary>
    public async Task<Problem?> CheckAsync(Caller caller, string account, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var until = await database.As(caller).FirstAsync<DateTimeOffset?>(
            "SELECT max(blocked_until) FROM sign_in_throttles WHERE tenant_id = @TenantId AND subject = ANY(@subjects) AND blocked_until > @now",
            new { caller.TenantId, subjects = Subjects(caller, account).Select(subject => Key(caller, subject)).ToArray(), now },
            cancellationToken);
        return until is null ? null : new Problem(IdentityProblems.TooManyAttempts) { RetryAfter = until - now };
    }

    /// <summary>Counts a failure. After some free ones, each doubles the wait.</summary>
    public Task FailedAsync(Caller caller, string account)
    {
        var now = clock.GetUtcNow();
        var subjects = Subjects(caller, account);
        return database.As(caller).ExecuteAsync(
            """
            INSERT INTO sign_in_throttles AS known (tenant_id, subject, failures, first_failure_at, last_failure_at)
            SELECT @TenantId, subject, 1, @now, @now FROM unnest(@keys, @free) AS given (subject, free) ORDER BY subject
            ON CONFLICT (tenant_id, subject) DO UPDATE
            SET failures = CASE WHEN known.last_failure_at < @forgotten THEN 1 ELSE known.failures + 1 END,
                first_failure_at = CASE WHEN known.last_failure_at < @forgotten THEN @now ELSE known.first_failure_at END,
                last_failure_at = @now;

            UPDATE sign_in_throttles
            SET blocked_until = @now + least(interval '1 second' * 2 ^ least(failures - given.free, 20), @longest)
            FROM unnest(@keys, @free) AS given (subject, free)
            WHERE tenant_id = @TenantId AND sign_in_throttles.subject = given.subject AND failures > given.free
            """,
            new
            {
                caller.TenantId,
                keys = subjects.Select(subject => Key(caller, subject)).ToArray(),
                free = subjects.Select(subject => subject.Free).ToArray(),
                now,
                forgotten = now - Memory,
                longest = LongestBlock,
            });
    }

    /// <summary>Forgets an account's failures from the caller's network; the network's own go on counting.</summary>
    public Task SucceededAsync(Session session, Caller caller, string account) => session.ExecuteAsync(
        "DELETE FROM sign_in_throttles WHERE tenant_id = @TenantId AND subject = @key",
        new { caller.TenantId, key = Key(caller, Subjects(caller, account)[0]) });

    /// <summary>Removes what is forgotten anyway.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        sweep.Run("sign_in_throttles", "last_failure_at < @before", new { before = clock.GetUtcNow() - Memory }, cancellationToken);

    // a guesser with many addresses is slowed by the account's count from everywhere, which is wide enough for its owner's own mistakes
    private static Subject[] Subjects(Caller caller, string account)
    {
        var network = NetworkOf(caller.Address);
        return [new($"account:{account} network:{network}", 5), new($"account:{account}", 50), new($"network:{network}", 100)];
    }

    private byte[] Key(Caller caller, Subject subject) => cipher.BlindIndex(subject.Name, $"sign_in_throttles:{caller.TenantId}");

    // whoever has one IPv6 address has its /64
    private static string NetworkOf(IPAddress? address) => address is { AddressFamily: AddressFamily.InterNetworkV6 }
        ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
        : address?.ToString() ?? "";
}
