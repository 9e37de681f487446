using Podium.Platform.Databases;

namespace Podium.Platform.Live;

/// <summary>
/// Something that can be watched. Each instance reads it once for all its watchers, so what is read must be the same for everybody:
/// what differs from person to person is a topic for each person.
/// </summary>
public sealed record LiveTopic
{
    /// <summary>What <see cref="LiveHub.SignalAsync"/> calls it; of visible characters, 200 at most, and naming its tenant.</summary>
    public required string Name { get; init; }

    /// <summary>Where its rows are, and so its signals.</summary>
    public required string Shard { get; init; }

    /// <summary>
    /// Reads the states there are, and of entries those after a place (an entry's id, or what a client made up), the oldest first. To read some entries again
    /// that were committed late does no harm: an id that was told is not told twice.
    /// </summary>
    public required Func<string?, CancellationToken, Task<IReadOnlyList<LiveEvent>>> Read { get; init; }

    /// <summary>The place after which entries are new to the first who watches; only where there are entries.</summary>
    public string? Start { get; init; }

    /// <summary>Reads again after so long although nobody signals: for what changes with time, or too often to signal each change.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How long to wait between two readings at least, in real time; signals that come meanwhile become one reading.</summary>
    public TimeSpan AtMostEvery { get; init; } = TimeSpan.FromMilliseconds(200);
}
