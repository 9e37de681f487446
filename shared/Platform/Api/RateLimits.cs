using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Podium.Platform.Api;

/// <summary>
/// How often somebody may call, counted by each instance for itself: it keeps one caller from taking an instance away from the others.
/// What must hold across instances and restarts (guessing passwords) is counted in the database.
/// </summary>
public sealed class RateLimits(IConfiguration configuration, TimeProvider clock)
{
    /// <summary>Callers without an account, by address. A school may stand behind one address.</summary>
    public const string Anyone = "anyone";

    /// <summary>Signed-in people.</summary>
    public const string Person = "person";

    /// <summary>Signing in, registering and asking for mails, by address.</summary>
    public const string Credentials = "credentials";

    /// <summary>Candidates who read their results, by address. A whole school may, in one hour.</summary>
    public const string Lookups = "lookups";

    /// <summary>Batches of events, by address. A school may stand behind one address.</summary>
    public const string Analytics = "analytics";

    private const int MostKeys = 200_000;

    private static readonly Dictionary<string, string> Defaults = new() { [Anyone] = "1200/60", [Person] = "600/60", [Credentials] = "60/60", [Lookups] = "6000/60", [Analytics] = "1200/60" };

    private readonly ConcurrentDictionary<string, Policy> _policies = new();
    private readonly ConcurrentDictionary<(string Policy, string Key), DateTimeOffset> _fullAgain = new();
    private int _added;

    /// <summary>So many calls in a window, refilled evenly.</summary>
    public sealed record Policy(string Name, int Calls, TimeSpan Window)
    {
        // rounded down: rounded up, the last call would not fit into the window
        public TimeSpan Cost { get; } = new(Window.Ticks / Calls);
    }

    /// <summary>What is left, and how long until a call is possible or all calls are.</summary>
    public sealed record Verdict(Policy Policy, bool Allowed, int Remaining, TimeSpan Wait);

    /// <summary>Counts one call.</summary>
    public Verdict Take(string policyName, string key)
    {
        var policy = _policies.GetOrAdd(policyName, Read);
        var now = clock.GetUtcNow();
        while (true)
        {
            var known = _fullAgain.TryGetValue((policyName, key), out var until);
            var from = known && until > now ? until : now;
            var next = from + policy.Cost;
            if (next - now > policy.Window) return new Verdict(policy, false, 0, next - now - policy.Window);
            var stored = known ? _fullAgain.TryUpdate((policyName, key), next, until) : _fullAgain.TryAdd((policyName, key), next);
            if (!stored) continue;
            if (!known && Interlocked.Increment(ref _added) % MostKeys == 0) Forget(now);
            return new Verdict(policy, true, (int)((policy.Window - (next - now)).Ticks / policy.Cost.Ticks), next - now);
        }
    }

    /// <summary>An address as a limit counts it. Who has one IPv6 address has the 2^64 beside it too.</summary>
    public static string NetworkOf(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 }) return $"{address}";
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    private Policy Read(string name)
    {
        var text = configuration[$"RateLimits:{name}"] is { Length: > 0 } set ? set : Defaults[name];
        var parts = text.Split('/');
        if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var calls) && calls > 0
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
        {
            return new Policy(name, calls, TimeSpan.FromSeconds(seconds));
        }
        throw new InvalidOperationException($"The setting 'RateLimits__{name}' must be calls/seconds, for example 600/60, not '{text}'.");
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var entry in _fullAgain)
        {
            if (entry.Value <= now) _fullAgain.TryRemove(entry);
        }
    }
}
