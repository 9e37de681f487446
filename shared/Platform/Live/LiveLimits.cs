using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Platform.Live;

/// <summary>How many streams somebody may have open on an instance: a person, an address (a school may stand behind one), and all together.</summary>
public sealed class LiveLimits(IConfiguration configuration)
{
    private readonly int _perPerson = configuration.GetValue("Live:PerPerson", 10);
    private readonly int _perAddress = configuration.GetValue("Live:PerAddress", 1000);
    private readonly int _perInstance = configuration.GetValue("Live:PerInstance", 20_000);
    private readonly ConcurrentDictionary<string, int> _open = new();

    /// <summary>How many keys are counted; none once everybody has gone.</summary>
    internal int Counted => _open.Count;

    /// <summary>Counts one more stream until the answer is disposed, or says why not.</summary>
    public (IDisposable? Place, Problem? Problem) Enter(Caller caller)
    {
        (string Key, int Most)[] counts =
        [
            ("", _perInstance),
            ($"address {RateLimits.NetworkOf(caller.Address)}", _perAddress),
            .. caller.UserId is { } person ? new[] { ($"person {person}", _perPerson) } : [],
        ];
        for (var i = 0; i < counts.Length; i++)
        {
            if (_open.AddOrUpdate(counts[i].Key, 1, (_, open) => open + 1) <= counts[i].Most) continue;
            foreach (var (key, _) in counts.Take(i + 1)) Leave(key);
            return (null, i == 0 ? new Problem(CommonProblems.Unavailable) { RetryAfter = TimeSpan.FromSeconds(10) } : LiveProblems.TooManyStreams);
        }
        return (new Place([.. counts.Select(count => count.Key)], this), null);
    }

    private void Leave(string key)
    {
        while (_open.TryGetValue(key, out var open))
        {
            if (open == 1 ? _open.TryRemove(KeyValuePair.Create(key, 1)) : _open.TryUpdate(key, open - 1, open)) return;
        }
    }

    private sealed class Place(string[] keys, LiveLimits limits) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) != 0) return;
            foreach (var key in keys) limits.Leave(key);
        }
    }
}

public static class LiveProblems
{
    public static readonly ProblemKind TooManyStreams = new(429, "too-many-streams", "Too many streams are open already.");
}
