using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class RankingTests
{
    private static Guid Id(int number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static RankedEntry Entry(int number, decimal? score, decimal[] totals, decimal idea = 0, int minute = 0) => new(Id(number), score)
    {
        Totals = totals.Select((total, judge) => (judge, total)).ToDictionary(pair => Id(100 + pair.judge), pair => pair.total),
        Criteria = new Dictionary<string, decimal?> { ["idea"] = idea },
        SubmittedAt = DateTimeOffset.UnixEpoch.AddMinutes(minute),
    };

    [Theory]
    [InlineData(RankStyle.Competition, new[] { 1, 2, 2, 4 })]
    [InlineData(RankStyle.Dense, new[] { 1, 2, 2, 3 })]
    public void Equals_share_a_place(RankStyle style, int[] ranks)
    {
        var places = Ranking.Rank([Entry(1, 5, []), Entry(2, 9, []), Entry(3, 7, []), Entry(4, 7.0m, []), Entry(5, null, [])], [], style);
        Assert.Equal([Id(2), Id(3), Id(4), Id(1), Id(5)], places.Select(place => place.Id));
        Assert.Equal(ranks, places.Take(4).Select(place => place.Rank!.Value));
        Assert.Equal([false, true, true, false, false], places.Select(place => place.Shared));
        Assert.Null(places[4].Rank);
    }

    public static TheoryData<TieBreakRule, int[]> Chains => new()
    {
        { new TieBreakRule(TieBreak.Criterion) { Criterion = "idea" }, [3, 2, 1] },
        { new TieBreakRule(TieBreak.Criterion) { Criterion = "idea", Reversed = true }, [1, 2, 3] },
        { new TieBreakRule(TieBreak.Median), [2, 1, 3] },
        { new TieBreakRule(TieBreak.HighestTotal), [1, 2, 3] },
        { new TieBreakRule(TieBreak.LowestTotal), [3, 2, 1] },
        { new TieBreakRule(TieBreak.Spread), [3, 2, 1] },
        { new TieBreakRule(TieBreak.EarlierSubmission), [2, 3, 1] },
        { new TieBreakRule(TieBreak.HeadToHead), [3, 2, 1] },
        { new TieBreakRule(TieBreak.FirstPlaces), [3, 1, 2] },
    };

    [Theory]
    [MemberData(nameof(Chains))]
    public void Each_link_parts_what_it_can(TieBreakRule rule, int[] order)
    {
        RankedEntry[] entries = [Entry(1, 7, [9, 5, 7], 1, 30), Entry(2, 7, [8, 6, 7.5m], 2, 10), Entry(3, 7, [7, 7, 7.8m], 3, 20)];
        Assert.Equal(order.Select(Id), Ranking.Rank(entries, [rule]).Select(place => place.Id));
    }

    [Fact]
    public void The_chain_goes_on_only_with_what_is_still_tied_and_says_which_link_decided()
    {
        RankedEntry[] entries = [Entry(1, 7, [9, 5], 5, 3), Entry(2, 7, [8, 6], 5, 2), Entry(3, 7, [7, 7], 9, 9), Entry(4, 8, [8, 8])];
        var places = Ranking.Rank(entries, [new(TieBreak.Criterion) { Criterion = "idea" }, new(TieBreak.EarlierSubmission)]);
        Assert.Equal([(Id(4), null), (Id(3), null), (Id(2), (TieBreak?)TieBreak.Criterion), (Id(1), TieBreak.EarlierSubmission)], places.Select(place => (place.Id, place.DecidedBy)));
        Assert.Equal([1, 2, 3, 4], places.Select(place => place.Rank!.Value));
    }

    [Fact]
    public void A_lot_can_be_drawn_again_and_depends_on_the_seed()
    {
        var entries = Enumerable.Range(1, 20).Select(number => Entry(number, 1, [])).ToList();
        List<Guid> Draw(string seed) => [.. Ranking.Rank(entries, [new(TieBreak.Lot) { Seed = seed }]).Select(place => place.Id)];
        Assert.Equal(Draw("2026"), Draw("2026"));
        Assert.NotEqual(Draw("2026"), Draw("2027"));
        // as docs/judging-methods.md says: the smaller digest first
        Assert.Equal(entries.Select(entry => entry.Id).OrderBy(id => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"2026:{id:D}"))), StringComparer.Ordinal), Draw("2026"));
    }

    [Fact]
    public void Medals_go_by_places_shares_or_scores_and_the_last_place_is_shared_by_all_in_it()
    {
        var entries = new decimal[] { 90, 80, 80, 70, 60, 50 }.Select((score, index) => Entry(index + 1, score, [])).ToList();
        var (places, scores) = (Ranking.Rank(entries, []), entries.ToDictionary(entry => entry.Id, entry => entry.Score));
        string Medal(int number, params MedalRule[] rules) => Medals.Give(places, scores, rules).GetValueOrDefault(Id(number), "-");
        MedalRule[] byPlaces = [new("gold", MedalBy.Places, 1), new("silver", MedalBy.Places, 1), new("bronze", MedalBy.Places, 1)];
        Assert.Equal(["gold", "silver", "silver", "-", "-", "-"], Enumerable.Range(1, 6).Select(number => Medal(number, byPlaces)));
        MedalRule[] byPercent = [new("gold", MedalBy.Percent, 10), new("silver", MedalBy.Percent, 30)];
        Assert.Equal(["gold", "silver", "silver", "-", "-", "-"], Enumerable.Range(1, 6).Select(number => Medal(number, byPercent)));
        MedalRule[] byScore = [new("gold", MedalBy.Score, 80), new("bronze", MedalBy.Score, 60)];
        Assert.Equal(["gold", "gold", "gold", "bronze", "bronze", "-"], Enumerable.Range(1, 6).Select(number => Medal(number, byScore)));
    }
}
