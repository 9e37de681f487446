using System.Text.Json;
using Microsoft.Extensions.Logging;
using Podium.Platform.Caching;
using Podium.Platform.Http;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Identity.Issuers;

/// <summary>What issuers say of themselves: their discovery documents, and the keys that their tokens are signed with.</summary>
public sealed partial class IssuerDirectory(SafeHttp http, Cache cache, TimeProvider clock, ILogger<IssuerDirectory> log)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenKeyFetches = TimeSpan.FromMinutes(1);

    /// <summary>What an issuer says now, past the cache, or everything that is wrong with it.</summary>
    public sealed record Look(IssuerMetadata? Metadata, IReadOnlyList<VerificationKey> Keys, IReadOnlyList<string> Faults);

    public async Task<Outcome<IssuerMetadata>> MetadataAsync(string issuer, CancellationToken cancellationToken)
    {
        try
        {
            return await cache.GetAsync($"issuer:{issuer}", Life, async stop => (await DiscoverAsync(issuer, stop)).OrThrow(), cancellationToken);
        }
        catch (UnavailableException error)
        {
            return Unavailable(issuer, error.Message);
        }
    }

    /// <summary>Verifies a token's signature by the issuer's keys. One that is signed by a key not seen before makes it look for new keys, at most once a minute.</summary>
    public async Task<Outcome<JwsResult>> VerifyAsync(IssuerMetadata metadata, string token, CancellationToken cancellationToken)
    {
        try
        {
            var ring = await cache.GetAsync(
                $"issuer-keys:{metadata.JwksUri}", Life, async stop => new KeyRing((await FetchKeysAsync(metadata.JwksUri, stop)).OrThrow(), clock.GetUtcNow()), cancellationToken);
            var seen = ring.Current;
            var result = Verify(token, seen, out var unknown);
            if (!unknown) return result;
            var current = await RenewAsync(ring, seen, metadata.JwksUri, cancellationToken);
            return current == seen ? result : Verify(token, current, out _);
        }
        catch (UnavailableException error)
        {
            return Unavailable(metadata.Issuer, error.Message);
        }
    }

    /// <summary>Looks at an issuer afresh.</summary>
    public async Task<Look> LookAsync(string issuer, CancellationToken cancellationToken)
    {
        var (metadata, faults) = await DiscoverAsync(issuer, cancellationToken);
        if (metadata is null) return new Look(null, [], faults);
        var (keys, keyFaults) = await FetchKeysAsync(metadata.JwksUri, cancellationToken);
        return new Look(metadata, keys ?? [], keyFaults);
    }

    /// <summary>The problem with an issuer that does not answer as it should; the reason is for the log, not for whoever signs in.</summary>
    public Problem Unavailable(string issuer, string reason)
    {
        LogUnavailable(log, issuer, reason);
        return IdentityProblems.IssuerUnavailable;
    }

    private async Task<Found<IssuerMetadata>> DiscoverAsync(string issuer, CancellationToken cancellationToken)
    {
        var (body, fault) = await FetchAsync($"{issuer.TrimEnd('/')}/.well-known/openid-configuration", "discovery document", cancellationToken);
        if (body is null) return new(null, [fault!]);
        var (metadata, faults) = IssuerMetadata.Read(body, issuer, http);
        return new(metadata, faults);
    }

    private async Task<Found<IReadOnlyList<VerificationKey>>> FetchKeysAsync(string address, CancellationToken cancellationToken)
    {
        var (body, fault) = await FetchAsync(address, "key set", cancellationToken);
        if (body is null) return new(null, [fault!]);
        if (!StrictJson.TryObject(body, out var json)) return new(null, ["The key set is not a JSON object."]);
        using var document = JsonDocument.Parse(body);
        if (!document.RootElement.TryGetProperty("keys", out var set) || set.ValueKind != JsonValueKind.Array) return new(null, ["The key set has no keys."]);
        List<VerificationKey> keys = [.. set.EnumerateArray().Select(VerificationKey.FromJwk).OfType<VerificationKey>()];
        return keys.Count == 0 ? new(null, ["The key set has no key that can be used: RSA of 2048 bits or more, or EC on P-256 or P-384."]) : new(keys, []);
    }

    private async Task<(byte[]? Body, string? Fault)> FetchAsync(string address, string what, CancellationToken cancellationToken)
    {
        if (http.FaultOf(address) is { } wrong) return (null, $"The address of the {what} cannot be used. {wrong}");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/json");
        var answer = await http.SendAsync(request, cancellationToken);
        if (answer.Fault is { } fault) return (null, $"The {what} cannot be read. {fault}");
        return answer.Status == 200 ? (answer.Body, null) : (null, $"The {what} cannot be read. It answers with status {answer.Status}.");
    }

    private async Task<Keys> RenewAsync(KeyRing ring, Keys seen, string address, CancellationToken cancellationToken)
    {
        await ring.Gate.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetUtcNow();
            if (ring.Current != seen || now - seen.FetchedAt < BetweenKeyFetches) return ring.Current;
            var found = await FetchKeysAsync(address, cancellationToken);
            // a fetch that failed counts too
            ring.Current = new Keys(found.Value ?? seen.All, now);
            found.OrThrow();
            return ring.Current;
        }
        finally
        {
            ring.Gate.Release();
        }
    }

    private static JwsResult Verify(string token, Keys keys, out bool unknown)
    {
        var missed = false;
        var result = Jws.Verify(token, Find, VerificationKey.SupportedAlgorithms);
        unknown = missed;
        return result;

        VerificationKey? Find(string? id, string algorithm)
        {
            // a token may leave its key unnamed where there is no choice
            List<VerificationKey> fitting = [.. keys.All.Where(key => key.Algorithms.Contains(algorithm) && (id is null || key.Id == id))];
            missed = fitting.Count == 0;
            return fitting is [var only] ? only : null;
        }
    }

    private sealed record Keys(IReadOnlyList<VerificationKey> All, DateTimeOffset FetchedAt);

    private sealed class KeyRing(IReadOnlyList<VerificationKey> keys, DateTimeOffset fetchedAt)
    {
        private volatile Keys _current = new(keys, fetchedAt);

        public SemaphoreSlim Gate { get; } = new(1);

        public Keys Current
        {
            get => _current;
            set => _current = value;
        }
    }

    private sealed record Found<T>(T? Value, IReadOnlyList<string> Faults) where T : class
    {
        // what is not there must not be remembered, and the cache forgets what has thrown
        public T OrThrow() => Value ?? throw new UnavailableException(string.Join(' ', Faults));
    }

    private sealed class UnavailableException(string reason) : Exception(reason);

    [LoggerMessage(400, LogLevel.Warning, "The issuer {Issuer} cannot be used: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string issuer, string reason);
}
