using Podium.Voting.Counting;
using static Podium.Voting.Counting.PointsContest;

namespace Podium.Tests.Voting;

/// <summary>Juries and publics, points and ties, as song contests have them.</summary>
public sealed class PointsContestTests
{
    private static readonly int[] Lot = [.. Enumerable.Range(0, 30)];

    [Fact]
    public void Ten_places_get_twelve_ten_eight_to_one()
    {
        var points = Award(Enumerable.Range(0, 12).ToDictionary(option => option, option => 100m - option), Classic);
        Assert.Equal([12, 10, 8, 7, 6, 5, 4, 3, 2, 1], Enumerable.Range(0, 10).Select(option => points[option].ToDecimal()));
        Assert.DoesNotContain(10, points.Keys);
    }

    [Fact]
    public void Equals_share_the_points_of_their_places()
    {
        var points = Award(new Dictionary<int, decimal> { [0] = 9, [1] = 5, [2] = 5, [3] = 5, [4] = 1 }, [12, 10, 8]);
        Assert.Equal("12 6 6 6", string.Join(' ', points.OrderBy(point => point.Key).Select(point => point.Value)));
    }

    [Fact]
    public void The_winner_of_1991_had_more_tens()
    {
        // Rome 1991: Sweden and France 146 each, both with four twelves, Sweden with five tens and France with two
        // (https://en.wikipedia.org/wiki/Eurovision_Song_Contest_1991#Final). How the smaller points were spread is filled up to the published sum.
        var sweden = Points([12, 12, 12, 12, 10, 10, 10, 10, 10, 8, 8, 8, 7, 7, 5, 3, 2]);
        var france = Points([12, 12, 12, 12, 10, 10, 8, 8, 8, 8, 7, 7, 7, 7, 6, 6, 5, 1]);
        Assert.Equal((146, 146), (sweden.Sum(), france.Sum()));
        var panels = PanelsOf(france, sweden);
        var rules = new Rules { TieBreakers = [TieBreaker.Countback] };

        var counted = Count(20, panels, rules, 1, Lot);

        Assert.Equal([1], counted.Winners);
        Assert.Equal([(1, 1, 146m), (0, 2, 146m)], counted.Lines.Take(2).Select(line => (line.Option, line.Rank, line.Points)));
        Assert.Contains(counted.Ties, tie => tie is { Taken: 1, By: "Countback" });
    }

    [Fact]
    public void In_1969_four_won_for_there_was_no_tie_break()
    {
        // Madrid 1969: ten jurors in each country with one vote each; Spain, the United Kingdom, the Netherlands and France had 18
        // (https://en.wikipedia.org/wiki/Eurovision_Song_Contest_1969#Final)
        decimal[] totals = [18, 18, 18, 18, 16, 15, 13];
        var counted = Totals.Of(totals, 1, [3, 0, 1, 2, 4, 5, 6]);
        Assert.Equal([1, 1, 1, 1, 5, 6, 7], counted.Order.Select(placed => placed.Rank));
        Assert.Equal([3], counted.Winners);
        Assert.Equal([0, 1, 2, 3], Assert.Single(counted.Ties).Options);
    }

    [Fact]
    public void The_chain_of_tie_breakers_goes_on_where_one_does_not_help()
    {
        // 0 and 1 have 22 each: 0 twelve from the public and ten from the jury, 1 the other way round
        Panel[] panels =
        [
            new("A jury", PanelKind.Jury, new Dictionary<int, decimal> { [1] = 2, [0] = 1 }),
            new("A public", PanelKind.Public, new Dictionary<int, decimal> { [0] = 500, [1] = 300 }),
        ];
        Assert.Equal([0], Count(2, panels, new Rules(), 1, [1, 0]).Winners);
        Assert.Equal([1], Count(2, panels, new Rules { TieBreakers = [TieBreaker.JuryPoints] }, 1, [0, 1]).Winners);
        Assert.Equal([1], Count(2, panels, new Rules { TieBreakers = [TieBreaker.Panels, TieBreaker.Countback] }, 1, [1, 0]).Winners);
        var byLot = Count(2, panels, new Rules { TieBreakers = [TieBreaker.Panels, TieBreaker.PublicPanels, TieBreaker.Countback] }, 1, [1, 0]);
        Assert.Equal([1, 1], byLot.Lines.Select(line => line.Rank));
        Assert.Equal("lot", Assert.Single(byLot.Ties).By);
    }

    [Fact]
    public void Juries_and_publics_count_by_their_weights_and_the_order_of_panels_does_not()
    {
        Panel[] panels =
        [
            new("A jury", PanelKind.Jury, new Dictionary<int, decimal> { [0] = 3, [1] = 2, [2] = 1 }),
            new("A public", PanelKind.Public, new Dictionary<int, decimal> { [2] = 10, [1] = 9, [0] = 1 }),
            new("B public", PanelKind.Public, new Dictionary<int, decimal> { [1] = 4, [2] = 3 }),
        ];
        var rules = new Rules { Scale = [3, 2, 1], JuryWeight = 2, PublicWeight = 0.5m };
        var counted = Count(3, panels, rules, 1, Lot[..3]);
        Assert.Equal([(0, 6.5m), (1, 6.5m), (2, 4.5m)], counted.Lines.Select(line => (line.Option, line.Points)).OrderBy(line => line.Option));
        Assert.Equal([1], counted.Winners); // more from the publics
        Assert.Equal(counted.Lines, Count(3, [.. panels.Reverse()], rules, 1, Lot[..3]).Lines);
    }

    private static decimal[] Points(decimal[] given) => given;

    // two songs get these points; others, different in each panel, take the places between
    private static List<Panel> PanelsOf(decimal[] first, decimal[] second)
    {
        var panels = new List<Panel>();
        var (left, right) = (first.ToList(), second.Reverse().ToList());
        while (left.Count + right.Count > 0)
        {
            var scores = new Dictionary<int, decimal>();
            var ones = left.Count > 0 ? left[0] : 0;
            if (ones > 0) left.RemoveAt(0);
            var other = right.FindIndex(points => points != ones);
            var others = other >= 0 ? right[other] : 0;
            if (other >= 0) right.RemoveAt(other);
            var filler = 2;
            foreach (var points in Classic) scores[points == ones ? 0 : points == others ? 1 : (filler++ + panels.Count) % 18 + 2] = points;
            panels.Add(new Panel($"Country {panels.Count}", PanelKind.Jury, scores));
        }
        return panels;
    }
}
