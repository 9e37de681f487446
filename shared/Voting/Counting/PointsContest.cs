namespace Podium.Voting.Counting;

/// <summary>Song contests: juries and publics of several countries turn their rankings into points, and the points add up.</summary>
public static class PointsContest
{
    /// <summary>The points of the places, from the first on, as song contests give them since 1975.</summary>
    public static readonly IReadOnlyList<int> Classic = [12, 10, 8, 7, 6, 5, 4, 3, 2, 1];

    /// <summary>A jury or a public: what it gave each option, by whatever scale of its own. Options it does not name get no points from it.</summary>
    public sealed record Panel(string Name, PanelKind Kind, IReadOnlyDictionary<int, decimal> Scores);

    /// <summary>Points per place, and how much those of juries and of publics count.</summary>
    public sealed record Rules
    {
        public IReadOnlyList<int> Scale { get; init; } = Classic;

        public decimal JuryWeight { get; init; } = 1;

        public decimal PublicWeight { get; init; } = 1;

        public IReadOnlyList<TieBreaker> TieBreakers { get; init; } = [TieBreaker.PublicPoints, TieBreaker.Panels, TieBreaker.Countback];
    }

    /// <summary>An option's points, and what the tie-breakers look at. Points are exact; shown numbers are cut off after six digits.</summary>
    public sealed record Line(int Option, int Rank, decimal Points, decimal JuryPoints, decimal PublicPoints, int Panels);

    public sealed record Result(IReadOnlyList<int> Winners, IReadOnlyList<Line> Lines, IReadOnlyList<Tie> Ties);

    private sealed class Sum(int option, int places)
    {
        public int Option => option;

        public Rational Jury;
        public Rational Public;
        public Rational Points;
        public int Panels;
        public int PublicPanels;

        /// <summary>How often it got the points of each place.</summary>
        public int[] Times { get; } = new int[places];
    }

    public static Result Count(int options, IReadOnlyList<Panel> panels, Rules rules, int seats, IReadOnlyList<int> lot)
    {
        var sums = Enumerable.Range(0, options).Select(option => new Sum(option, rules.Scale.Count)).ToArray();
        foreach (var panel in panels) Add(panel, rules, sums);
        foreach (var sum in sums) sum.Points = (sum.Jury * rules.JuryWeight) + (sum.Public * rules.PublicWeight);

        var breakers = rules.TieBreakers;
        var order = sums.ToList();
        order.Sort((one, other) => Compare(one, other, breakers) is var by and not 0 ? by : TieBreak.Place(lot, one.Option) - TieBreak.Place(lot, other.Option));
        var lines = new List<Line>();
        foreach (var sum in order)
        {
            var isEqual = lines.Count > 0 && Compare(order[lines.Count - 1], sum, breakers) == 0;
            lines.Add(new Line(sum.Option, isEqual ? lines[^1].Rank : lines.Count + 1, sum.Points.ToDecimal(), sum.Jury.ToDecimal(), sum.Public.ToDecimal(), sum.Panels));
        }
        var winners = order.Any(sum => !sum.Points.IsZero) ? order.Take(seats).Select(sum => sum.Option).ToList() : [];
        return new Result(winners, lines, Ties(order, breakers, lot));
    }

    /// <summary>What a panel's scores are worth: places by score; who are equal share the points of their places evenly.</summary>
    public static IReadOnlyDictionary<int, Rational> Award(IReadOnlyDictionary<int, decimal> scores, IReadOnlyList<int> scale)
    {
        var points = new Dictionary<int, Rational>();
        var place = 0;
        foreach (var equals in scores.GroupBy(score => score.Value).OrderByDescending(group => group.Key))
        {
            var among = equals.Select(score => score.Key).ToList();
            Rational pot = Enumerable.Range(place, among.Count).Where(at => at < scale.Count).Sum(at => scale[at]);
            place += among.Count;
            if (pot.IsZero) continue;
            foreach (var option in among) points[option] = pot / among.Count;
        }
        return points;
    }

    private static void Add(Panel panel, Rules rules, Sum[] sums)
    {
        foreach (var (option, points) in Award(panel.Scores, rules.Scale))
        {
            var sum = sums[option];
            sum.Panels++;
            if (panel.Kind == PanelKind.Public) sum.PublicPanels++;
            if (panel.Kind == PanelKind.Jury) sum.Jury += points;
            else sum.Public += points;
            for (var place = 0; place < rules.Scale.Count; place++)
            {
                if (points == rules.Scale[place])
                {
                    sum.Times[place]++;
                    break;
                }
            }
        }
    }

    private static int Compare(Sum one, Sum other, IReadOnlyList<TieBreaker> breakers)
    {
        if (other.Points.CompareTo(one.Points) is var points and not 0) return points;
        foreach (var breaker in breakers)
        {
            if (By(breaker, one, other) is var by and not 0) return by;
        }
        return 0;
    }

    private static int By(TieBreaker breaker, Sum one, Sum other) => breaker switch
    {
        TieBreaker.PublicPoints => other.Public.CompareTo(one.Public),
        TieBreaker.JuryPoints => other.Jury.CompareTo(one.Jury),
        TieBreaker.Panels => other.Panels.CompareTo(one.Panels),
        TieBreaker.PublicPanels => other.PublicPanels.CompareTo(one.PublicPanels),
        _ => other.Times.AsSpan().SequenceCompareTo(one.Times),
    };

    private static List<Tie> Ties(List<Sum> order, IReadOnlyList<TieBreaker> breakers, IReadOnlyList<int> lot)
    {
        var ties = new List<Tie>();
        foreach (var equals in order.GroupBy(sum => sum.Points).Where(group => group.Count() > 1 && !group.Key.IsZero))
        {
            var first = equals.First();
            var second = equals.Skip(1).First();
            var by = breakers.Where(breaker => By(breaker, first, second) != 0).Select(breaker => breaker.ToString()).FirstOrDefault() ?? TieBreak.Lot;
            ties.Add(new Tie([.. equals.Select(sum => sum.Option).Order()], first.Option, by));
        }
        return ties;
    }
}

public enum PanelKind
{
    Jury,
    Public,
}

/// <summary>What sets apart options with equal points.</summary>
public enum TieBreaker
{
    /// <summary>More points from the publics.</summary>
    PublicPoints,

    /// <summary>More points from the juries.</summary>
    JuryPoints,

    /// <summary>Points from more panels.</summary>
    Panels,

    /// <summary>Points from more publics.</summary>
    PublicPanels,

    /// <summary>More often the points of the first place, then of the second, and so on.</summary>
    Countback,
}
