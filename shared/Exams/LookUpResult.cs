using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Net.Http.Headers;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Exams;

/// <summary>
/// A candidate's own result, by number and secret: rendered ahead, remembered as bytes until the session's generation changes, one indexed read where it is not, which those who ask at once share.
/// Past so many in flight it asks people to come back in some seconds instead of slowing everybody down.
/// </summary>
public sealed class LookUpResult(Database database, Cache cache, CandidateSecret secrets, LookupThrottle throttle, IConfiguration configuration, TimeProvider clock)
{
    private const int MostRemembered = 100_000;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly int _most = configuration.GetValue("Exams:LookupsInFlight", 500);
    private readonly ConcurrentDictionary<(Guid Session, int Generation, string Number), Remembered> _remembered = new();
    private readonly SharedTrips<(string Shard, Guid Tenant, Guid Session), (Caller Caller, string Number), Found> _trips = new((exam, lookups) => ReadAsync(database, throttle, clock, exam.Session, lookups));
    private int _inFlight;

    private sealed record Exam(int Generation, bool IsPublished);

    private sealed record Row(string Number, byte[]? SecretHash, string Document, bool Withheld);

    private sealed record Found(TimeSpan? Blocked, Remembered? Statement);

    private sealed record Remembered(byte[] SecretHash, byte[] Body, string Tag);

    public async Task<Outcome<IResult>> Run(Caller caller, Guid sessionId, string number, string secret, string? knownTag, CancellationToken cancellationToken)
    {
        var found = await AdmitAsync(() => FindAsync(caller, sessionId, number, secret, cancellationToken));
        return found.Problem is { } problem ? problem : new Rendered(found.Value!.Body, found.Value.Tag, knownTag);
    }

    /// <summary>What a candidate is told, for who has proved by the secret to be them: throttled as the lookup is.</summary>
    public async Task<Outcome<ExamStatement>> ProveAsync(Caller caller, Guid sessionId, string number, string secret, CancellationToken cancellationToken)
    {
        var found = await AdmitAsync(() => FindAsync(caller, sessionId, number, secret, cancellationToken));
        return found.Problem is { } problem ? problem : JsonSerializer.Deserialize<ExamStatement>(found.Value!.Body, Json.Options)!;
    }

    private async Task<Outcome<Remembered>> AdmitAsync(Func<Task<Outcome<Remembered>>> find)
    {
        if (Interlocked.Increment(ref _inFlight) > _most)
        {
            Interlocked.Decrement(ref _inFlight);
            return new Problem(ExamProblems.WaitingRoom) { RetryAfter = TimeSpan.FromSeconds(Random.Shared.Next(2, 11)) };
        }
        try
        {
            return await find();
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task<Outcome<Remembered>> FindAsync(Caller caller, Guid sessionId, string number, string secret, CancellationToken cancellationToken)
    {
        var exam = await cache.GetAsync(CandidateSecret.KeyOf(sessionId) + caller.TenantId.ToString("N"), Life, stop => ExamAsync(caller, sessionId, stop), cancellationToken);
        if (exam is null) return Problem.NotFound("session");
        // before publication no number is looked at, so that nothing can be learnt of any
        if (!exam.IsPublished) return ExamProblems.NotPublished;
        if (throttle.Check(caller, sessionId, number) is { } wait) return new Problem(ExamProblems.LookupBlocked) { RetryAfter = wait };
        var key = (sessionId, exam.Generation, number);
        if (!_remembered.TryGetValue(key, out var found))
        {
            (var blocked, found) = await _trips.GoAsync((caller.Shard, caller.TenantId, sessionId), (caller, number), cancellationToken);
            if (blocked is { } pause) return new Problem(ExamProblems.LookupBlocked) { RetryAfter = pause };
            if (found is not null) Remember(key, found);
        }
        // an unknown number takes the same way as a wrong secret
        var given = secrets.HashOf(caller.TenantId, sessionId, number, secret);
        if (found is null || !CryptographicOperations.FixedTimeEquals(given, found.SecretHash))
            return await throttle.FailedAsync(caller, sessionId, number) is { } longer ? new Problem(ExamProblems.LookupBlocked) { RetryAfter = longer } : ExamProblems.LookupRefused;
        return found;
    }

    private Task<Exam?> ExamAsync(Caller caller, Guid sessionId, CancellationToken cancellationToken) => database.As(caller).FirstAsync<Exam>(
        "SELECT generation, published_run_id IS NOT NULL AS is_published FROM exam_sessions WHERE tenant_id = @TenantId AND id = @sessionId", new { caller.TenantId, sessionId }, cancellationToken);

    private static async Task<IReadOnlyList<Found>> ReadAsync(Database database, LookupThrottle throttle, TimeProvider clock, Guid sessionId, IReadOnlyList<(Caller Caller, string Number)> lookups)
    {
        var (actor, now) = (lookups[0].Caller, clock.GetUtcNow());
        var (blocks, rows) = await database.As(actor).QueryManyAsync(
            $"""
            {LookupThrottle.BlocksSql};
            SELECT number, secret_hash, document, withheld FROM find_exam_statements(@sessionId, @numbers)
            """,
            new { actor.TenantId, sessionId, keys = throttle.KeysOf(sessionId, lookups), now, numbers = lookups.Select(lookup => lookup.Number).Distinct().ToArray() },
            async results => ((await results.ReadAsync<LookupThrottle.Block>()).AsList(), (await results.ReadAsync<Row>()).ToDictionary(row => row.Number)),
            CancellationToken.None);
        return [.. lookups.Index().Select(lookup => new Found(
            throttle.Learn(lookup.Item.Caller, sessionId, lookup.Item.Number, lookup.Index, blocks, now), rows.TryGetValue(lookup.Item.Number, out var row) ? StatementOf(row) : null))];
    }

    private static Remembered? StatementOf(Row row)
    {
        if (row.SecretHash is null) return null;
        var body = Encoding.UTF8.GetBytes(row.Withheld ? Withheld(row.Document) : row.Document);
        return new Remembered(row.SecretHash, body, $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12))}\"");
    }

    /// <summary>A statement that tells that it is held back, and nothing else.</summary>
    internal static string Withheld(string document)
    {
        var statement = JsonSerializer.Deserialize<ExamStatement>(document, Json.Options)!;
        return JsonSerializer.Serialize(statement with { Status = "withheld", Division = null, Passes = 0, Points = 0, Subjects = [] }, Json.Options);
    }

    private void Remember((Guid Session, int Generation, string Number) key, Remembered found)
    {
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[key] = found;
    }

    private sealed class Rendered(byte[] body, string tag, string? known) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => known == tag ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.Headers[HeaderNames.ETag] = tag;
            response.Headers[HeaderNames.CacheControl] = "private, no-cache";
            response.StatusCode = StatusCode!.Value;
            if (response.StatusCode == StatusCodes.Status304NotModified) return Task.CompletedTask;
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = body.Length;
            return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
        }
    }
}
