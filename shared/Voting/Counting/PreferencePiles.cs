namespace Podium.Voting.Counting;

/// <summary>Ballots of the same order are one, with the sum of their weights: counting in rounds then moves piles, not papers.</summary>
internal sealed class PreferencePiles
{
    private readonly Dictionary<int[], int> _known = new(Sequences.Instance);
    private readonly List<int[]> _orders = [];
    private readonly List<decimal> _weights = [];

    /// <summary>A ballot counts as far as its order is clear: up to the first place with several options, or the first option named before.</summary>
    public PreferencePiles(int options, IEnumerable<RankedBallot> ballots)
    {
        var seen = new int[options];
        var buffer = new int[options];
        var number = 0;
        foreach (var ballot in ballots)
        {
            number++;
            var length = 0;
            foreach (var place in ballot.Places)
            {
                if (place.Count != 1 || seen[place[0]] == number) break;
                seen[place[0]] = number;
                buffer[length++] = place[0];
            }
            if (length > 0 && ballot.Weight > 0) Add(buffer.AsSpan(0, length), ballot.Weight);
        }
    }

    public int Count => _orders.Count;

    public decimal Weight(int pile) => _weights[pile];

    public decimal Total => _weights.Sum();

    /// <summary>Where the pile's next option is that still takes votes, from a place on; or -1.</summary>
    public int Next(int pile, int from, bool[] takes)
    {
        var order = _orders[pile];
        for (var place = from; place < order.Length; place++)
        {
            if (takes[order[place]]) return place;
        }
        return -1;
    }

    public int Option(int pile, int place) => _orders[pile][place];

    private void Add(ReadOnlySpan<int> order, decimal weight)
    {
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<int>>();
        if (lookup.TryGetValue(order, out var pile))
        {
            _weights[pile] += weight;
            return;
        }
        var added = order.ToArray();
        _known[added] = _orders.Count;
        _orders.Add(added);
        _weights.Add(weight);
    }

    private sealed class Sequences : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
    {
        public static readonly Sequences Instance = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<int> alternate, int[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<int> alternate)
        {
            var hash = new HashCode();
            foreach (var option in alternate) hash.Add(option);
            return hash.ToHashCode();
        }

        public int[] Create(ReadOnlySpan<int> alternate) => alternate.ToArray();
    }
}
