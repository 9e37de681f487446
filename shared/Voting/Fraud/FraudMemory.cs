namespace Podium.Voting.Fraud;

/// <summary>By what votes are seen together.</summary>
public enum SightingKind : short
{
    Address = 1,
    Network = 2,
    Device = 3,

    /// <summary>Where a voter was.</summary>
    VoterPlaces = 4,

    /// <summary>Where a device was.</summary>
    DevicePlaces = 5,
}

/// <summary>A vote as the rules see it: what could tell of a person is a keyed hash.</summary>
public sealed record FraudVote
{
    public required long EntryId { get; init; }

    public required DateTimeOffset CastAt { get; init; }

    public required long Voter { get; init; }

    /// <summary>The option it is for; of a ranking the first.</summary>
    public required int Option { get; init; }

    public long? Address { get; init; }

    public long? Network { get; init; }

    public long? Device { get; init; }

    public int? Agent { get; init; }

    public bool IsScripted { get; init; }

    public int? Captcha { get; init; }

    public int? Place { get; init; }

    public bool HasDisposableMail { get; init; }

    public double? AccountMinutes { get; init; }
}

/// <summary>
/// What was seen so far, and each vote held against it: votes go in as they were cast, findings come out. It keeps no more than rules can ask for,
/// and knows nothing of databases: what it remembers is loaded into it, and what was added is taken out.
/// </summary>
public sealed class FraudMemory
{
    /// <summary>So many voters of one address, network or device are remembered, the latest; more change nothing.</summary>
    public const int MostSeen = 200;

    /// <summary>How finely time is cut for bursts.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromMinutes(10);

    // what GeoIP knows of an address may be wrong by as much
    private const double LeastKilometres = 150;
    private const int LeastVotes = 20;

    private readonly Dictionary<(SightingKind Kind, long Key), Dictionary<long, (DateTimeOffset At, long Entry)>> _seen = [];
    private readonly Dictionary<int, (double Latitude, double Longitude)> _places = [];
    private readonly Dictionary<(int Agent, int Option, DateTimeOffset Slot), long> _traffic = [];
    private readonly Dictionary<(int Agent, DateTimeOffset Slot), long> _totals = [];
    private readonly Dictionary<(int Option, DateTimeOffset Slot, int Minutes), (long Option, long All)> _before = [];
    private readonly HashSet<(SightingKind Kind, long Key, long Member)> _changed = [];
    private readonly Dictionary<(int Agent, int Option, DateTimeOffset Slot), long> _added = [];

    /// <summary>Who or what was last seen with a key, when, and by which vote.</summary>
    public sealed record Sighting(SightingKind Kind, long Key, long Member, DateTimeOffset At, long Entry);

    /// <summary>Votes of a browser for an option in a slot of time; browser 0 is all of them.</summary>
    public sealed record Traffic(int Agent, int Option, DateTimeOffset Slot, long Votes);

    /// <summary>
    /// What speaks against earlier votes since a later one came: the fifth of a device makes the first four doubtful too. Of each voter the last vote is meant.
    /// </summary>
    public List<(long Entry, FraudFinding Finding)> Late { get; } = [];

    public void Remember(Sighting seen) => Put(seen.Kind, seen.Key, seen.Member, seen.At, seen.Entry);

    public void Remember(Traffic traffic) => Count(traffic.Agent, traffic.Option, traffic.Slot, traffic.Votes);

    public void Locate(int place, double latitude, double longitude) => _places[place] = (latitude, longitude);

    /// <summary>What was seen since, to be kept.</summary>
    public IEnumerable<Sighting> Changed => _changed.Where(one => _seen[(one.Kind, one.Key)].ContainsKey(one.Member)).Select(one =>
    {
        var (at, entry) = _seen[(one.Kind, one.Key)][one.Member];
        return new Sighting(one.Kind, one.Key, one.Member, at, entry);
    });

    public IEnumerable<Traffic> Added => _added.Select(one => new Traffic(one.Key.Agent, one.Key.Option, one.Key.Slot, one.Value));

    /// <summary>How many were seen with a key in a time.</summary>
    public int CountOf(SightingKind kind, long key, DateTimeOffset at, int minutes) =>
        _seen.TryGetValue((kind, key), out var members) ? members.Values.Count(seen => seen.At > at.AddMinutes(-minutes) && seen.At <= at) : 0;

    /// <summary>Until when so many or more have been seen with a key in the time before, if nobody else comes; null where it is not so.</summary>
    public DateTimeOffset? HotUntil(SightingKind kind, long key, DateTimeOffset at, int minutes, int least)
    {
        if (least < 1 || !_seen.TryGetValue((kind, key), out var members)) return null;
        var recent = members.Values.Where(seen => seen.At > at.AddMinutes(-minutes)).Select(seen => seen.At).OrderDescending().ToList();
        return recent.Count < least ? null : recent[least - 1].AddMinutes(minutes);
    }

    /// <summary>Takes the vote in, and says what speaks against it.</summary>
    public List<FraudFinding> Observe(FraudVote vote, FraudRules rules)
    {
        var before = new[] { LastOf(SightingKind.Address, vote.Address, vote.Voter), LastOf(SightingKind.Network, vote.Network, vote.Voter), LastOf(SightingKind.Device, vote.Device, vote.Voter) };
        See(SightingKind.Address, vote.Address, vote.Voter, vote);
        See(SightingKind.Network, vote.Network, vote.Voter, vote);
        See(SightingKind.Device, vote.Device, vote.Voter, vote);
        var (slot, day) = (SlotOf(vote.CastAt), DayOf(vote.CastAt));
        if (vote.Option > 0)
        {
            Add(0, vote.Option, slot);
            if (vote.Agent is { } agent && agent != 0) Add(agent, vote.Option, day);
        }
        var findings = new List<FraudFinding>();
        foreach (var rule in rules.Rules)
        {
            if (ValueOf(vote, rule, rules.Captcha) is not { } value || !rule.Fires(value)) continue;
            var finding = new FraudFinding(rule.Signal, decimal.Round(value, 2), rule.Threshold, rule.Minutes, rule.Weight);
            findings.Add(finding);
            if (rule.Signal <= FraudSignal.DeviceVoters && value == Math.Max(1, Math.Ceiling(rule.Threshold)) && !(before[(int)rule.Signal] > vote.CastAt.AddMinutes(-rule.Minutes))) TellEarlier(vote, rule, finding);
        }
        See(SightingKind.VoterPlaces, vote.Place is null ? null : vote.Voter, vote.Place ?? 0, vote);
        See(SightingKind.DevicePlaces, vote.Place is null ? null : vote.Device, vote.Place ?? 0, vote);
        return findings;
    }

    public static DateTimeOffset SlotOf(DateTimeOffset at) => new(at.UtcTicks / Slot.Ticks * Slot.Ticks, TimeSpan.Zero);

    public static DateTimeOffset DayOf(DateTimeOffset at) => new(at.UtcTicks / TimeSpan.TicksPerDay * TimeSpan.TicksPerDay, TimeSpan.Zero);

    private decimal? ValueOf(FraudVote vote, FraudRule rule, CaptchaMode captcha) => rule.Signal switch
    {
        FraudSignal.AddressVoters => Voters(SightingKind.Address, vote.Address, vote, rule),
        FraudSignal.NetworkVoters => Voters(SightingKind.Network, vote.Network, vote, rule),
        FraudSignal.DeviceVoters => Voters(SightingKind.Device, vote.Device, vote, rule),
        FraudSignal.Travel => (decimal)Math.Max(SpeedOf(SightingKind.VoterPlaces, vote.Voter, vote, rule), SpeedOf(SightingKind.DevicePlaces, vote.Device, vote, rule)),
        FraudSignal.Burst => vote.Option > 0 ? (decimal)BurstOf(vote, rule) : null,
        FraudSignal.LopsidedAgent => vote is { Option: > 0, Agent: { } agent and not 0 } ? (decimal)LeaningOf(agent, vote, rule) : null,
        FraudSignal.DisposableMail => vote.HasDisposableMail ? 1 : 0,
        FraudSignal.FreshAccount => vote.AccountMinutes is { } minutes ? (decimal)Math.Min(minutes, 1e9) : null,
        _ => AtTheDoor.ValueOf(rule.Signal, vote.Device is not null, vote.IsScripted, vote.Captcha, captcha),
    };

    // the limit was reached just now: those who came before are as doubtful as who came last
    private void TellEarlier(FraudVote vote, FraudRule rule, FraudFinding finding)
    {
        var (kind, key) = rule.Signal switch
        {
            FraudSignal.AddressVoters => (SightingKind.Address, vote.Address),
            FraudSignal.NetworkVoters => (SightingKind.Network, vote.Network),
            _ => (SightingKind.Device, vote.Device),
        };
        foreach (var (voter, seen) in _seen[(kind, key!.Value)])
        {
            if (voter != vote.Voter && seen.At > vote.CastAt.AddMinutes(-rule.Minutes)) Late.Add((seen.Entry, finding));
        }
    }

    private DateTimeOffset? LastOf(SightingKind kind, long? key, long member) =>
        key is { } known && _seen.TryGetValue((kind, known), out var members) && members.TryGetValue(member, out var seen) ? seen.At : null;

    private decimal? Voters(SightingKind kind, long? key, FraudVote vote, FraudRule rule) => key is { } known ? CountOf(kind, known, vote.CastAt, rule.Minutes) : null;

    private double SpeedOf(SightingKind kind, long? key, FraudVote vote, FraudRule rule)
    {
        if (key is null || vote.Place is not { } here || !_places.TryGetValue(here, out var at) || !_seen.TryGetValue((kind, key.Value), out var places)) return 0;
        var fastest = 0.0;
        foreach (var (place, seen) in places)
        {
            if (place == here || seen.At < vote.CastAt.AddMinutes(-rule.Minutes) || !_places.TryGetValue((int)place, out var there)) continue;
            var kilometres = Kilometres(at, there);
            if (kilometres > LeastKilometres) fastest = Math.Max(fastest, kilometres / Math.Max((vote.CastAt - seen.At).TotalHours, 1 / 60.0));
        }
        return fastest;
    }

    // the option's share of this slot and the one before, against its share of the time before those: when everybody votes at once, that is no burst
    private double BurstOf(FraudVote vote, FraudRule rule)
    {
        var now = SlotOf(vote.CastAt);
        var recent = now - Slot;
        var (option, all) = (Votes(0, vote.Option, now) + Votes(0, vote.Option, recent), Total(0, now) + Total(0, recent));
        if (all < LeastVotes) return 0;
        if (!_before.TryGetValue((vote.Option, now, rule.Minutes), out var before))
        {
            for (var slot = recent - Slot; slot > now.AddMinutes(-rule.Minutes); slot -= Slot) before = (before.Option + Votes(0, vote.Option, slot), before.All + Total(0, slot));
            _before[(vote.Option, now, rule.Minutes)] = before;
        }
        return before.All < LeastVotes ? 0 : Deviations(option, all, (before.Option + 1.0) / (before.All + 10.0));
    }

    private double LeaningOf(int agent, FraudVote vote, FraudRule rule)
    {
        long own = 0, ownAll = 0, others = 0, othersAll = 0;
        for (var day = DayOf(vote.CastAt); day > vote.CastAt.AddMinutes(-rule.Minutes) - TimeSpan.FromDays(1); day = day.AddDays(-1))
        {
            own += Votes(agent, vote.Option, day);
            ownAll += Total(agent, day);
            others += Daily(vote.Option, day).Option;
            othersAll += Daily(vote.Option, day).All;
        }
        (others, othersAll) = (others - own, othersAll - ownAll);
        return ownAll < LeastVotes || othersAll < LeastVotes ? 0 : Deviations(own, ownAll, (others + 1.0) / (othersAll + 10.0));
    }

    private static double Deviations(double found, double of, double share) => Math.Min(1000, (found - (of * share)) / Math.Sqrt((of * share * (1 - share)) + 1));

    // all browsers' votes of a day; kept beside the finer slots under the day itself, as browser -1
    private (long Option, long All) Daily(int option, DateTimeOffset day) => (Votes(-1, option, day), Total(-1, day));

    private long Votes(int agent, int option, DateTimeOffset slot) => _traffic.GetValueOrDefault((agent, option, slot));

    private long Total(int agent, DateTimeOffset slot) => _totals.GetValueOrDefault((agent, slot));

    private void Add(int agent, int option, DateTimeOffset slot)
    {
        Count(agent, option, slot, 1);
        _added[(agent, option, slot)] = _added.GetValueOrDefault((agent, option, slot)) + 1;
        if (agent == 0)
        {
            Count(-1, option, DayOf(slot), 1);
            _added[(-1, option, DayOf(slot))] = _added.GetValueOrDefault((-1, option, DayOf(slot))) + 1;
        }
    }

    private void Count(int agent, int option, DateTimeOffset slot, long votes)
    {
        _traffic[(agent, option, slot)] = Votes(agent, option, slot) + votes;
        _totals[(agent, slot)] = Total(agent, slot) + votes;
    }

    private void See(SightingKind kind, long? key, long member, FraudVote vote)
    {
        if (key is not { } known) return;
        Put(kind, known, member, vote.CastAt, vote.EntryId);
        _changed.Add((kind, known, member));
    }

    private void Put(SightingKind kind, long key, long member, DateTimeOffset at, long entry)
    {
        if (!_seen.TryGetValue((kind, key), out var members)) _seen[(kind, key)] = members = [];
        if (!members.TryGetValue(member, out var before) || before.At <= at) members[member] = (at, entry);
        if (members.Count > MostSeen) members.Remove(members.MinBy(one => one.Value.At).Key);
    }

    private static double Kilometres((double Latitude, double Longitude) a, (double Latitude, double Longitude) b)
    {
        static double Radians(double degrees) => degrees * Math.PI / 180;
        var half = Math.Pow(Math.Sin(Radians(b.Latitude - a.Latitude) / 2), 2)
            + (Math.Cos(Radians(a.Latitude)) * Math.Cos(Radians(b.Latitude)) * Math.Pow(Math.Sin(Radians(b.Longitude - a.Longitude) / 2), 2));
        return 6371 * 2 * Math.Asin(Math.Min(1, Math.Sqrt(half)));
    }
}
