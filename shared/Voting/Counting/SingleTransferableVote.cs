namespace Podium.Voting.Counting;

/// <summary>
/// The single transferable vote with the Droop quota and the weighted inclusive Gregory method, in exact fractions:
/// a surplus passes on with every paper of who has it, each at its value times surplus / total.
/// </summary>
public static class SingleTransferableVote
{
    public static CountResult Count(int options, IEnumerable<RankedBallot> ballots, int seats, IReadOnlyList<int> lot) =>
        new Counting(options, new PreferencePiles(options, ballots), seats, lot).Run();

    /// <summary>
    /// One more than the whole part of votes / (seats + 1). Where weights are no whole numbers, their smallest step takes the place of one.
    /// </summary>
    public static decimal Quota(decimal votes, int seats, decimal step = 1) => (Math.Floor(votes / step / (seats + 1)) + 1) * step;

    // papers of one value that came to their holder together
    private sealed record Parcel(Rational Value, List<(int Pile, int Place)> Papers);

    private sealed class Counting
    {
        private readonly PreferencePiles _piles;
        private readonly int _seats;
        private readonly IReadOnlyList<int> _lot;
        private readonly bool[] _runs;
        private readonly Rational[] _totals;
        private readonly List<Parcel>[] _held;
        private readonly List<int> _elected = [];
        private readonly List<int> _excluded = [];
        private readonly List<int> _withSurplus = [];
        private readonly List<Rational[]> _earlier = [];
        private readonly List<Stage> _stages = [];
        private readonly List<Tie> _ties = [];
        private Rational _exhausted;

        public Counting(int options, PreferencePiles piles, int seats, IReadOnlyList<int> lot)
        {
            (_piles, _seats, _lot) = (piles, seats, lot);
            _runs = Enumerable.Repeat(true, options).ToArray();
            _totals = new Rational[options];
            _held = [.. Enumerable.Range(0, options).Select(_ => new List<Parcel>())];
        }

        private IEnumerable<int> Running => Enumerable.Range(0, _runs.Length).Where(option => _runs[option]);

        public CountResult Run()
        {
            var votes = _piles.Total;
            if (votes == 0) return new CountResult { Winners = [], Order = [.. Running.OrderBy(Lot).Select(option => new Placed(option, 1, 0))] };
            var quota = Quota(votes, _seats, StepOf());
            Deal([new Parcel(Rational.One, [.. Enumerable.Range(0, _piles.Count).Select(pile => (pile, 0))])]);
            int? excluded = null, surplusOf = null;
            while (true)
            {
                var elected = Elect(quota);
                Note(elected, excluded, surplusOf);
                (excluded, surplusOf) = (null, null);
                if (_elected.Count == _seats || !Running.Any()) break;
                if (_withSurplus.Count > 0) surplusOf = PassSurplus(quota);
                else excluded = Exclude();
            }
            return new CountResult { Winners = [.. _elected], Order = Order(), Quota = quota, Stages = _stages, Ties = _ties };
        }

        private decimal StepOf()
        {
            decimal step = 1;
            for (var pile = 0; pile < _piles.Count; pile++)
            {
                while (_piles.Weight(pile) % step != 0) step /= 10;
            }
            return step;
        }

        // who has reached the quota, most votes first; and all who are left where there are no more of them than seats
        private List<int> Elect(decimal quota)
        {
            var now = new List<int>();
            var reached = Running.Where(option => _totals[option] >= quota).ToList();
            while (reached.Count > 0) Take(reached, now);
            foreach (var option in now.Where(option => _totals[option] > quota)) _withSurplus.Add(option);
            var rest = Running.ToList();
            if (rest.Count > 0 && _elected.Count + rest.Count <= _seats)
            {
                while (rest.Count > 0) Take(rest, now);
            }
            return now;
        }

        private void Take(List<int> from, List<int> now)
        {
            var most = from.Max(option => _totals[option]);
            var next = TieBreak.Take([.. from.Where(option => _totals[option] == most)], _earlier, _lot, most: true, _ties);
            from.Remove(next);
            _runs[next] = false;
            _elected.Add(next);
            now.Add(next);
        }

        private int PassSurplus(decimal quota)
        {
            var most = _withSurplus.Max(option => _totals[option]);
            var from = TieBreak.Take([.. _withSurplus.Where(option => _totals[option] == most)], _earlier, _lot, most: true, _ties);
            _withSurplus.Remove(from);
            var share = (_totals[from] - quota) / _totals[from];
            var parcels = _held[from].Select(parcel => parcel with { Value = parcel.Value * share }).ToList();
            _held[from] = [];
            _totals[from] = quota;
            Deal(parcels);
            return from;
        }

        private int Exclude()
        {
            var fewest = Running.Min(option => _totals[option]);
            var goes = TieBreak.Take([.. Running.Where(option => _totals[option] == fewest)], _earlier, _lot, most: false, _ties);
            _runs[goes] = false;
            _excluded.Add(goes);
            var parcels = _held[goes];
            _held[goes] = [];
            _totals[goes] = Rational.Zero;
            Deal(parcels);
            return goes;
        }

        // each paper to its next option that still takes votes
        private void Deal(List<Parcel> parcels)
        {
            foreach (var parcel in parcels)
            {
                var to = new List<(int Pile, int Place)>?[_runs.Length];
                var weights = new decimal[_runs.Length];
                decimal lost = 0;
                foreach (var (pile, place) in parcel.Papers)
                {
                    var next = _piles.Next(pile, place, _runs);
                    if (next < 0)
                    {
                        lost += _piles.Weight(pile);
                        continue;
                    }
                    var option = _piles.Option(pile, next);
                    (to[option] ??= []).Add((pile, next));
                    weights[option] += _piles.Weight(pile);
                }
                _exhausted += parcel.Value * lost;
                for (var option = 0; option < to.Length; option++)
                {
                    if (to[option] is not { } papers) continue;
                    _held[option].Add(new Parcel(parcel.Value, papers));
                    _totals[option] += parcel.Value * weights[option];
                }
            }
        }

        private void Note(List<int> elected, int? excluded, int? surplusOf)
        {
            var shown = Enumerable.Range(0, _runs.Length).Where(option => !_excluded.Contains(option)).Select(option => new StageTotal(option, _totals[option].ToDecimal()));
            _stages.Add(new Stage([.. shown], _exhausted.ToDecimal(), elected, excluded, surplusOf));
            _earlier.Add([.. _totals]);
        }

        private int Lot(int option) => TieBreak.Place(_lot, option);

        // the elected in their order, who was still in the count by totals, the excluded with the last first
        private List<Placed> Order()
        {
            var left = Running.OrderByDescending(option => _totals[option]).ThenBy(Lot).ToList();
            var order = _elected.Concat(left).Concat(_excluded.AsEnumerable().Reverse());
            var placed = new List<Placed>();
            foreach (var option in order)
            {
                var isEqual = placed.Count > 0 && _runs[option] && _runs[placed[^1].Option] && _totals[option] == _totals[placed[^1].Option];
                placed.Add(new Placed(option, isEqual ? placed[^1].Rank : placed.Count + 1, LastOf(option)));
            }
            return placed;
        }

        // what it had when it was elected or excluded, or in the end
        private decimal LastOf(int option)
        {
            if (_runs[option]) return _totals[option].ToDecimal();
            for (var stage = _stages.Count - 1; stage >= 0; stage--)
            {
                if (_stages[stage].Elected.Contains(option)) return _earlier[stage][option].ToDecimal();
                if (_stages[stage].Excluded == option) return _earlier[stage - 1][option].ToDecimal();
            }
            return 0;
        }
    }
}
