using System.Collections.Concurrent;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>
/// Contests as each instance remembers them: all their facts, and the boards that were made of them. What changes a contest makes every instance forget
/// it at the commit, and the one that changed it before it answers. The facts are the same for everybody; what may be seen of them is decided at each look.
/// </summary>
public sealed class ContestMemory(ContestStore store, Cache cache)
{
    private const int MostFacts = 2_000_000;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    // what the cache hears of is a mark; the facts, which weigh much, are kept here as long as their mark stands
    private readonly ConcurrentDictionary<string, Kept> _kept = new();
    private long _turn;

    private sealed class Mark;

    private sealed record Kept(Mark Mark, Lazy<Task<RememberedContest?>> Contest)
    {
        public long Used;
    }

    internal async Task<Outcome<RememberedContest>> OfAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var key = KeyOf(caller.TenantId, id);
        // the mark first: a change that comes while the facts are read takes it away, and they are read again
        var mark = await cache.GetAsync(key, Life, _ => Task.FromResult(new Mark()), cancellationToken);
        if (!_kept.TryGetValue(key, out var kept) || kept.Mark != mark)
        {
            var mine = new Kept(mark, new(() => LoadAsync(caller, id)));
            kept = _kept.AddOrUpdate(key, mine, (_, other) => other.Mark == mark ? other : mine);
        }
        kept.Used = Interlocked.Increment(ref _turn);
        RememberedContest? contest;
        try
        {
            contest = await kept.Contest.Value.WaitAsync(cancellationToken);
        }
        catch (Exception) when (kept.Contest.Value.IsFaulted)
        {
            _kept.TryRemove(new KeyValuePair<string, Kept>(key, kept));
            throw;
        }
        // what is not there is not worth a place
        if (contest is null) _kept.TryRemove(new KeyValuePair<string, Kept>(key, kept));
        return contest is not null && ContestStore.IsShown(contest.Loaded, caller, id) ? contest : Problem.NotFound("contest");
    }

    /// <summary>Makes every instance read a contest again.</summary>
    internal static Task ForgetAsync(Cache cache, Session session, Guid tenant, Guid competition) => cache.InvalidateAsync(session, KeyOf(tenant, competition));

    // begins as all do that are forgotten when the competition changes
    private static string KeyOf(Guid tenant, Guid competition) => $"competition:{tenant}:{competition}:contest";

    private async Task<RememberedContest?> LoadAsync(Caller caller, Guid id)
    {
        // others may wait for it, so it does not end with the request that began it
        var loaded = await store.LoadAsync(caller, id, CancellationToken.None);
        if (loaded is null) return null;
        MakeRoom(loaded.Facts.Submissions.Count + loaded.Facts.Judgements.Count);
        return new RememberedContest(loaded);
    }

    private void MakeRoom(int facts)
    {
        var ready = _kept.Where(pair => pair.Value.Contest is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: not null } }).OrderByDescending(pair => pair.Value.Used).ToList();
        long room = MostFacts - facts;
        foreach (var pair in ready)
        {
            room -= pair.Value.Contest.Value.Result!.Weight;
            if (room < 0) _kept.TryRemove(pair);
        }
    }
}

/// <summary>A contest with its facts, and the boards that were made of them.</summary>
internal sealed class RememberedContest(ContestStore.Loaded loaded)
{
    private const int MostBoards = 24;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Type Kind, Audience Audience, bool Thawed, DateTimeOffset Since), Lazy<JsonAnswer>> _boards = [];
    private readonly Lazy<DateTimeOffset[]>[] _instants =
    [
        new(() => BoardInstants.Of(loaded.History, loaded.Facts, Audience.Public, thawed: false)), new(() => BoardInstants.Of(loaded.History, loaded.Facts, Audience.Public, thawed: true)),
        new(() => BoardInstants.Of(loaded.History, loaded.Facts, Audience.Jury, thawed: true)),
    ];

    public ContestStore.Loaded Loaded => loaded;

    /// <summary>How much it takes up, in facts: a board of many teams counts too.</summary>
    public int Weight => loaded.Facts.Submissions.Count + loaded.Facts.Judgements.Count + MostBoards * loaded.Contest.Teams.Count * (1 + loaded.Contest.Problems.Count) / 4;

    /// <summary>The board as an audience may see it now of an instant, made once for as long as it stands.</summary>
    public JsonAnswer Board<T>(Audience audience, DateTimeOffset now, DateTimeOffset instant, Func<ProblemContest, ProblemBoard, T> show, JsonSerializerOptions format)
    {
        var thawed = audience == Audience.Jury || !BoardInstants.IsFrozen(loaded.Contest, now);
        var since = Since(audience, thawed, instant < now ? instant : now);
        Lazy<JsonAnswer>? board;
        lock (_gate)
        {
            if (!_boards.TryGetValue((typeof(T), audience, thawed, since), out board))
            {
                // who travels through time must not fill the memory
                if (_boards.Count >= MostBoards) _boards.Clear();
                _boards[(typeof(T), audience, thawed, since)] = board = new(() =>
                {
                    var contest = loaded.History.At(since);
                    return JsonAnswer.Kept(JsonSerializer.SerializeToUtf8Bytes(show(contest, ProblemBoard.Of(contest, loaded.Facts, since, audience, thawed ? null : loaded.Contest)), format));
                });
            }
        }
        return board.Value;
    }

    private DateTimeOffset Since(Audience audience, bool thawed, DateTimeOffset instant)
    {
        var instants = _instants[audience == Audience.Jury ? 2 : thawed ? 1 : 0].Value;
        var place = Array.BinarySearch(instants, instant);
        return place >= 0 || place == ~0 ? instant : instants[~place - 1];
    }
}

/// <summary>The instants at which a board may have become another one. Between two of them it is the same, whoever looks when.</summary>
internal static class BoardInstants
{
    /// <summary>Whether the public does not see everything yet.</summary>
    public static bool IsFrozen(ProblemContest contest, DateTimeOffset now) => contest.FreezesAt is not null && ContestState.At(contest, now).Thawed is null;

    /// <summary>For the public only what it may know of: when something hidden happened is hidden too.</summary>
    public static DateTimeOffset[] Of(ContestHistory history, ContestFacts facts, Audience audience, bool thawed)
    {
        var instants = new HashSet<DateTimeOffset>(history.Instants);
        foreach (var contest in history.Versions.Select(version => version.Contest).Append(history.Now))
        {
            var state = ContestState.At(contest, DateTimeOffset.MaxValue);
            instants.UnionWith(new[] { state.Started, state.Frozen, state.Ended, state.Thawed, state.Finalized }.OfType<DateTimeOffset>());
        }
        var hidden = audience == Audience.Public && !thawed && history.Now.FreezesAt is { } freezes
            ? facts.Submissions.Where(submission => history.Now.ContestTime(submission.At) >= freezes).Select(submission => submission.Id).ToHashSet()
            : [];
        var teams = history.Everybody.Select(team => team.Id).ToHashSet();
        instants.UnionWith(facts.Submissions.Where(submission => teams.Contains(submission.TeamId)).Select(submission => submission.At));
        instants.UnionWith(facts.Judgements.Where(judgement => !hidden.Contains(judgement.SubmissionId)).Select(judgement => judgement.CountsFrom).OfType<DateTimeOffset>());
        return [.. instants.Order()];
    }
}
