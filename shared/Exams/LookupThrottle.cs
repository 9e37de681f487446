using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Exams;

/// <summary>
/// Slows guessing of secrets down, across instances and restarts. Only failures count: a whole school behind one address reads its results without ever meeting this.
/// A number is blocked for the network that guesses at it, after many failures from everywhere for all; a network after very many.
/// </summary>
public sealed class LookupThrottle(Database database, Sweep sweep, FieldCipher cipher, TimeProvider clock)
{
    private const int MostKnown = 100_000;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestBlock = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _blocked = new();

    // derived once: three subjects for each first look would derive it three times
    private readonly byte[] _key = cipher.BlindIndex("exam lookup failures", "exam_lookup_failures.subject");

    private sealed record Subject(string Name, int Free);

    internal sealed record Block(int Place, DateTimeOffset BlockedUntil);

    /// <summary>How long this instance knows that a caller must wait; null where it may try. No round trip.</summary>
    public TimeSpan? Check(Caller caller, Guid sessionId, string number)
    {
        if (_blocked.IsEmpty) return null;
        var now = clock.GetUtcNow();
        TimeSpan? wait = null;
        foreach (var subject in SubjectsOf(caller, sessionId, number))
        {
            if (_blocked.TryGetValue(subject.Name, out var until) && until > now && (wait is null || until - now > wait)) wait = until - now;
        }
        return wait;
    }

    /// <summary>What all instances know of the keys of several lookups: as many of each lookup as it has subjects.</summary>
    internal const string BlocksSql =
        """
        SELECT place::integer AS place, blocked_until FROM unnest(@keys) WITH ORDINALITY AS given (key, place)
        JOIN exam_lookup_failures ON tenant_id = @TenantId AND subject = key AND blocked_until > @now
        """;

    internal byte[][] KeysOf(Guid sessionId, IEnumerable<(Caller Caller, string Number)> lookups) => [.. lookups.SelectMany(lookup => KeysOf(SubjectsOf(lookup.Caller, sessionId, lookup.Number)))];

    /// <summary>How long the caller of a lookup must wait by the blocks of all, where it stands among them; this instance knows it from now on.</summary>
    internal TimeSpan? Learn(Caller caller, Guid sessionId, string number, int at, IReadOnlyList<Block> blocks, DateTimeOffset now)
    {
        if (blocks.Count == 0) return null;
        var subjects = SubjectsOf(caller, sessionId, number);
        var first = at * subjects.Length;
        return Learn(subjects, [.. blocks.Where(block => block.Place > first && block.Place <= first + subjects.Length).Select(block => block with { Place = block.Place - first })], now);
    }

    /// <summary>Counts a failure; after some free ones each doubles the wait, which is the answer.</summary>
    public async Task<TimeSpan?> FailedAsync(Caller caller, Guid sessionId, string number)
    {
        var now = clock.GetUtcNow();
        var subjects = SubjectsOf(caller, sessionId, number);
        var blocks = await database.As(caller).QueryAsync<Block>(
            """
            WITH given AS (
                SELECT key, free, place FROM unnest(@keys, @free) WITH ORDINALITY AS given (key, free, place)
            ), counted AS (
                INSERT INTO exam_lookup_failures AS known (tenant_id, subject, failures, last_failure_at)
                SELECT @TenantId, key, 1, @now FROM given ORDER BY key
                ON CONFLICT (tenant_id, subject) DO UPDATE
                SET failures = CASE WHEN known.last_failure_at < @forgotten THEN 1 ELSE known.failures + 1 END, last_failure_at = @now,
                    blocked_until = CASE WHEN known.last_failure_at >= @forgotten AND known.failures + 1 > (SELECT free FROM given WHERE key = known.subject)
                        THEN @now + least(interval '1 second' * 2 ^ least(known.failures + 1 - (SELECT free FROM given WHERE key = known.subject), 20), @longest) END
                RETURNING subject, blocked_until
            )
            SELECT place::integer AS place, blocked_until FROM counted JOIN given ON key = subject WHERE blocked_until IS NOT NULL
            """,
            new { caller.TenantId, keys = KeysOf(subjects), free = subjects.Select(subject => subject.Free).ToArray(), now, forgotten = now - Memory, longest = LongestBlock });
        return Learn(subjects, blocks, now);
    }

    /// <summary>Removes what is forgotten anyway.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) => sweep.Run("exam_lookup_failures", "last_failure_at < @before", new { before = clock.GetUtcNow() - Memory }, cancellationToken);

    private TimeSpan? Learn(Subject[] subjects, IReadOnlyList<Block> blocks, DateTimeOffset now)
    {
        if (_blocked.Count >= MostKnown) _blocked.Clear();
        foreach (var block in blocks) _blocked[subjects[block.Place - 1].Name] = block.BlockedUntil;
        return blocks.Count == 0 ? null : blocks.Max(block => block.BlockedUntil) - now;
    }

    private static Subject[] SubjectsOf(Caller caller, Guid sessionId, string number)
    {
        var network = RateLimits.NetworkOf(caller.Address);
        return
        [
            new(string.Create(CultureInfo.InvariantCulture, $"{caller.TenantId:N} {sessionId:N} number:{number} network:{network}"), 5),
            new(string.Create(CultureInfo.InvariantCulture, $"{caller.TenantId:N} {sessionId:N} number:{number}"), 50),
            new(string.Create(CultureInfo.InvariantCulture, $"{caller.TenantId:N} network:{network}"), 500),
        ];
    }

    // every name says its tenant
    private byte[][] KeysOf(Subject[] subjects) => [.. subjects.Select(subject => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(subject.Name)))];
}
