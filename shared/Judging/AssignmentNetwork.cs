namespace Podium.Judging;

/// <summary>An entry and a judge who may judge it; the cost is that of the choice, balance aside.</summary>
internal readonly record struct Way(int Entry, int Judge, int Cost);

/// <summary>
/// An assignment as a flow: each entry sends out the reviews it still needs, through a judge (or, where the cap binds, through one node for that
/// judge and team) to one sink. Judges' ways to the sink grow dearer with each review; what finds no judge goes to the sink directly, dearest of all.
///
/// Most ways are never taken, and most caps never reached. So it begins with the cheapest ways of each entry and no caps, and adds what the prices
/// show to be a bargain and the caps that were broken, until there is neither: then the prices prove the flow over all ways, and it keeps all caps.
/// </summary>
internal sealed class AssignmentNetwork
{
    private readonly AssignmentTask _task;
    private readonly AssignmentStanding _standing;
    private readonly HashSet<(int Entry, int Judge)> _active = [];
    private readonly HashSet<(Guid Team, int Judge)> _caps = [];
    private readonly long _uneven, _missing;
    private Dictionary<(Guid Team, int Judge), (int Node, int Arc)> _teamNodes = [];
    private MinimumCostFlow _flow = new();
    private MinimumCostFlow.Solution _solution = null!;

    public AssignmentNetwork(AssignmentTask task, AssignmentStanding standing)
    {
        (_task, _standing) = (task, standing);
        Ways = [.. Enumerable.Range(0, task.Entries.Count).Select(WaysOf)];
        (_uneven, _missing) = PricesOfGaps();
        for (var e = 0; e < Ways.Length; e++)
        {
            var first = Math.Max(16, 4 * _standing.Open[e]);
            foreach (var way in Ways[e].OrderBy(way => way.Cost).ThenBy(way => (way.Judge + 7 * e) % _task.Judges.Count).Take(first)) _active.Add((e, way.Judge));
        }
        do Solve();
        while (AddBargains() | AddCaps());
        ProvenBound = _flow.ProvenBound(_solution.Prices) + Ways.SelectMany(ways => ways).Where(way => !_active.Contains((way.Entry, way.Judge))).Sum(way => Math.Min(0, ReducedCost(way)));
    }

    /// <summary>The ways there are, by entry.</summary>
    public IReadOnlyList<Way>[] Ways { get; }

    public IReadOnlyList<Way> Chosen { get; private set; } = [];

    public long Cost => _solution.Cost;

    public long ProvenBound { get; }

    public int Steps { get; private set; }

    /// <summary>What this way would add to the sum if it were taken, everything else rearranged as well as can be.</summary>
    public long Regret(Way way) => ReducedCost(way) + (_teamNodes.TryGetValue((_task.Entries[way.Entry].TeamId, way.Judge), out var node) ? Math.Max(0, _flow.ReducedCost(node.Arc, _solution.Prices)) : 0);

    public bool IsTeamFull(Guid team, int judge) => _teamNodes.TryGetValue((team, judge), out var node) && _solution.Flow[node.Arc] == _flow.Arc(node.Arc).Room;

    private List<Way> WaysOf(int entry)
    {
        var ways = new List<Way>();
        for (var j = 0; _standing.Open[entry] > 0 && j < _task.Judges.Count; j++)
        {
            if (_standing.Barred[entry][j] is not null) continue;
            var mismatch = (int)((long)_task.Rules.Expertise * (1000 - _standing.Conflicts.Match(_task.Judges[j], _task.Entries[entry])) / 1000);
            ways.Add(new Way(entry, j, mismatch - (_standing.IsKept(entry, j) ? _task.Rules.Change : 0)));
        }
        return ways;
    }

    /// <summary>
    /// No exchange, which passes each judge once at most, may be worth a more uneven shortage, and no shortage's evenness a review more:
    /// the prices of what is missing are above what any exchange can save.
    /// </summary>
    private (long Uneven, long Missing) PricesOfGaps()
    {
        var load = _task.Judges.Select((_, j) => _standing.Load[j] + _standing.Room[j]).DefaultIfEmpty().Max();
        var dearest = 2L * Math.Min(load, _standing.Load.DefaultIfEmpty().Max() + _task.Entries.Count) * _task.Rules.Balance + _task.Rules.Expertise + _task.Rules.Change + 1;
        var uneven = (2L * _task.Judges.Count + 4) * dearest;
        return (uneven, uneven * (_standing.Open.DefaultIfEmpty().Max() + 2));
    }

    private void Solve()
    {
        (_flow, _teamNodes) = (new MinimumCostFlow(), []);
        foreach (var open in _standing.Open) _flow.AddNode(open);
        for (var j = 0; j < _task.Judges.Count; j++) _flow.AddNode();
        var sink = _flow.AddNode(-_standing.Open.Sum());
        foreach (var cap in _caps)
        {
            var node = _flow.AddNode();
            _teamNodes[cap] = (node, _flow.AddArc(node, JudgeNode(cap.Judge), _standing.TeamRoom[cap], 0));
        }
        var arcs = new List<(Way Way, int Arc)>(_active.Count);
        foreach (var way in Ways.SelectMany(ways => ways))
        {
            if (_active.Contains((way.Entry, way.Judge))) arcs.Add((way, _flow.AddArc(way.Entry, Target(way), 1, way.Cost)));
        }
        AddLoads(sink);
        for (var e = 0; e < Ways.Length; e++)
        {
            for (var k = 1; k <= _standing.Open[e]; k++) _flow.AddArc(e, sink, 1, _missing + k * _uneven);
        }
        _solution = _flow.Solve();
        Steps += _solution.Pivots;
        Chosen = [.. arcs.Where(pair => _solution.Flow[pair.Arc] > 0).Select(pair => pair.Way)];
    }

    /// <summary>The k-th review of a judge costs (2k − 1) times the weight, so that the sum grows with the sum of squared loads.</summary>
    private void AddLoads(int sink)
    {
        for (var j = 0; j < _task.Judges.Count; j++)
        {
            for (var k = 1; k <= Math.Min(_standing.Room[j], _task.Entries.Count); k++) _flow.AddArc(JudgeNode(j), sink, 1, (2L * (_standing.Load[j] + k) - 1) * _task.Rules.Balance);
        }
    }

    private bool AddBargains()
    {
        var before = _active.Count;
        foreach (var ways in Ways)
        {
            foreach (var (way, _) in ways.Select(way => (way, cost: ReducedCost(way))).Where(pair => pair.cost < 0).OrderBy(pair => pair.cost).Take(8)) _active.Add((way.Entry, way.Judge));
        }
        return _active.Count > before;
    }

    private bool AddCaps()
    {
        var before = _caps.Count;
        foreach (var together in Chosen.GroupBy(way => (_task.Entries[way.Entry].TeamId, way.Judge)))
        {
            if (_standing.TeamRoom.TryGetValue(together.Key, out var room) && together.Count() > room) _caps.Add(together.Key);
        }
        return _caps.Count > before;
    }

    private long ReducedCost(Way way) => way.Cost + _solution.Prices[way.Entry] - _solution.Prices[Target(way)];

    private int Target(Way way) => _teamNodes.Count > 0 && _teamNodes.TryGetValue((_task.Entries[way.Entry].TeamId, way.Judge), out var node) ? node.Node : JudgeNode(way.Judge);

    private int JudgeNode(int judge) => _task.Entries.Count + judge;
}
