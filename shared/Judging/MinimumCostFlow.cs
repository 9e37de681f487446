namespace Podium.Judging;

/// <summary>
/// The cheapest flow that carries every node's supply over arcs of limited room: the network simplex method on whole numbers.
/// The answer comes with a price for each node; the prices prove that no other flow is cheaper (see <see cref="ProvenBound"/>).
/// </summary>
public sealed class MinimumCostFlow
{
    private readonly List<int> _from = [];
    private readonly List<int> _to = [];
    private readonly List<int> _room = [];
    private readonly List<long> _cost = [];
    private readonly List<long> _supply = [];

    public int Nodes => _supply.Count;

    public int Arcs => _from.Count;

    /// <summary>Adds a node that sends out this much more than it takes in.</summary>
    public int AddNode(long supply = 0)
    {
        _supply.Add(supply);
        return _supply.Count - 1;
    }

    public int AddArc(int from, int to, int room, long cost)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(room);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Math.Max(from, to), Nodes);
        _from.Add(from);
        _to.Add(to);
        _room.Add(room);
        _cost.Add(cost);
        return _from.Count - 1;
    }

    public long Supply(int node) => _supply[node];

    public (int From, int To, int Room, long Cost) Arc(int arc) => (_from[arc], _to[arc], _room[arc], _cost[arc]);

    /// <summary>A flow and the prices that prove it cheapest; not feasible if some supply found no way.</summary>
    public sealed record Solution(IReadOnlyList<int> Flow, IReadOnlyList<long> Prices, long Cost, bool IsFeasible, int Pivots);

    public Solution Solve()
    {
        if (_supply.Sum() != 0) throw new ArgumentException("What nodes send out must be what nodes take in.");
        return new Simplex(this).Run();
    }

    /// <summary>
    /// What the prices alone prove: no flow can cost less than this, whatever the flow at hand is. Weak duality: each unit of supply is
    /// worth its node's price, less what arcs that would be a bargain at these prices can save at most. Equal to the cost, the flow is optimal.
    /// </summary>
    public long ProvenBound(IReadOnlyList<long> prices)
    {
        long bound = 0;
        for (var node = 0; node < Nodes; node++) bound -= _supply[node] * prices[node];
        for (var arc = 0; arc < Arcs; arc++) bound += _room[arc] * Math.Min(0, ReducedCost(arc, prices));
        return bound;
    }

    /// <summary>What one more unit over this arc would cost in all, everything else rearranged at the prices.</summary>
    public long ReducedCost(int arc, IReadOnlyList<long> prices) => _cost[arc] + prices[_from[arc]] - prices[_to[arc]];

    private sealed class Simplex
    {
        private readonly int[] _from, _to, _room, _flow;
        private readonly long[] _cost, _price;
        private readonly int[] _parent, _parentArc, _depth, _firstChild, _next, _previous, _stack;
        private readonly sbyte[] _state; // 1: empty, outside the tree; 0: in the tree; -1: full, outside the tree
        private readonly int _arcs, _nodes, _root, _block;
        private int _search;

        public Simplex(MinimumCostFlow network)
        {
            (_arcs, _nodes) = (network.Arcs, network.Nodes);
            _root = _nodes;
            var (all, size) = (_arcs + _nodes, _nodes + 1);
            (_from, _to, _room, _flow, _cost, _state) = (new int[all], new int[all], new int[all], new int[all], new long[all], new sbyte[all]);
            (_parent, _parentArc, _depth, _firstChild, _next, _previous, _price, _stack) =
                (new int[size], new int[size], new int[size], new int[size], new int[size], new int[size], new long[size], new int[size]);
            network._from.CopyTo(_from);
            network._to.CopyTo(_to);
            network._room.CopyTo(_room);
            network._cost.CopyTo(_cost);
            Array.Fill(_state, (sbyte)1, 0, _arcs);
            Array.Fill(_firstChild, -1);
            Array.Fill(_next, -1);
            Array.Fill(_previous, -1);
            (_parent[_root], _parentArc[_root]) = (-1, -1);
            // Dearer than any way without them, so they stay in use only where there is no way.
            var dear = (network._cost.Count == 0 ? 0 : network._cost.Max(Math.Abs)) * (_nodes + 1) + 1;
            for (var node = 0; node < _nodes; node++)
            {
                var (arc, supply) = (_arcs + node, network._supply[node]);
                (_from[arc], _to[arc]) = supply >= 0 ? (node, _root) : (_root, node);
                (_flow[arc], _room[arc], _cost[arc]) = ((int)Math.Abs(supply), int.MaxValue, dear);
                _price[node] = supply >= 0 ? -dear : dear;
                _depth[node] = 1;
                Attach(node, _root, arc);
            }
            _block = Math.Max((int)Math.Sqrt(_arcs), 20);
        }

        public Solution Run()
        {
            var pivots = 0;
            for (var entering = FindEntering(); entering >= 0; entering = FindEntering())
            {
                Pivot(entering);
                pivots++;
            }
            long cost = 0;
            for (var arc = 0; arc < _arcs; arc++) cost += _flow[arc] * _cost[arc];
            return new Solution(_flow[.._arcs], _price[.._nodes], cost, _flow.AsSpan(_arcs).IndexOfAnyExcept(0) < 0, pivots);
        }

        /// <summary>The best bargain of the next block of arcs that holds one.</summary>
        private int FindEntering()
        {
            var (best, found, left) = (0L, -1, _block);
            for (var seen = 0; seen < _arcs; seen++)
            {
                var arc = _search;
                _search = arc + 1 == _arcs ? 0 : arc + 1;
                var bargain = _state[arc] * (_cost[arc] + _price[_from[arc]] - _price[_to[arc]]);
                if (bargain < best) (best, found) = (bargain, arc);
                if (--left > 0) continue;
                if (found >= 0) return found;
                left = _block;
            }
            return found;
        }

        /// <summary>Sends what fits around the cycle that the arc closes, and lets the arc that filled or emptied last leave the tree.</summary>
        private void Pivot(int entering)
        {
            var (first, second) = _state[entering] > 0 ? (_from[entering], _to[entering]) : (_to[entering], _from[entering]);
            var join = Join(first, second);
            var (most, leaving, side) = (_room[entering], -1, 0);
            // Ties go to the first blocking arc on the way down from the join and the last on the way up: no pivot can then come round again.
            for (var node = first; node != join; node = _parent[node])
            {
                var fits = FitsTowards(node, up: false);
                if (fits < most) (most, leaving, side) = (fits, node, 1);
            }
            for (var node = second; node != join; node = _parent[node])
            {
                var fits = FitsTowards(node, up: true);
                if (fits <= most) (most, leaving, side) = (fits, node, 2);
            }
            if (most > 0)
            {
                _flow[entering] += _state[entering] * most;
                for (var node = first; node != join; node = _parent[node]) _flow[_parentArc[node]] += _from[_parentArc[node]] == node ? -most : most;
                for (var node = second; node != join; node = _parent[node]) _flow[_parentArc[node]] += _from[_parentArc[node]] == node ? most : -most;
            }
            if (leaving < 0)
            {
                _state[entering] = (sbyte)-_state[entering];
                return;
            }
            var left = _parentArc[leaving];
            _state[left] = _flow[left] == 0 ? (sbyte)1 : (sbyte)-1;
            _state[entering] = 0;
            var (inside, outside) = side == 1 ? (first, second) : (second, first);
            Rehang(leaving, inside, outside, entering);
        }

        private int Join(int a, int b)
        {
            while (a != b)
            {
                if (_depth[a] >= _depth[b]) a = _parent[a];
                else b = _parent[b];
            }
            return a;
        }

        private int FitsTowards(int node, bool up)
        {
            var arc = _parentArc[node];
            return _from[arc] == node == up ? _room[arc] - _flow[arc] : _flow[arc];
        }

        /// <summary>Turns the subtree that was cut off over, so that it hangs by the entering arc, and prices it anew.</summary>
        private void Rehang(int cut, int inside, int outside, int entering)
        {
            var (node, parent, arc) = (inside, outside, entering);
            while (true)
            {
                var (upper, upperArc) = (_parent[node], _parentArc[node]);
                Detach(node);
                Attach(node, parent, arc);
                if (node == cut) break;
                (parent, arc, node) = (node, upperArc, upper);
            }
            var change = (_from[entering] == inside ? _price[outside] - _cost[entering] : _price[outside] + _cost[entering]) - _price[inside];
            var count = 0;
            _stack[count++] = inside;
            while (count > 0)
            {
                var visited = _stack[--count];
                _price[visited] += change;
                _depth[visited] = _depth[_parent[visited]] + 1;
                for (var child = _firstChild[visited]; child >= 0; child = _next[child]) _stack[count++] = child;
            }
        }

        private void Attach(int node, int parent, int arc)
        {
            (_parent[node], _parentArc[node], _previous[node], _next[node]) = (parent, arc, -1, _firstChild[parent]);
            if (_firstChild[parent] >= 0) _previous[_firstChild[parent]] = node;
            _firstChild[parent] = node;
        }

        private void Detach(int node)
        {
            if (_previous[node] >= 0) _next[_previous[node]] = _next[node];
            else _firstChild[_parent[node]] = _next[node];
            if (_next[node] >= 0) _previous[_next[node]] = _previous[node];
        }
    }
}
