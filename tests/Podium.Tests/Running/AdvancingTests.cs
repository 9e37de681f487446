using Podium.Competitions;
using Podium.Running;

namespace Podium.Tests.Running;

public sealed class AdvancingTests
{
    // places and scores of a to f; e and f have none
    private static readonly PlacedEntry[] Six = [Entry('a', 1, 90), Entry('b', 2, 80), Entry('c', 2, 80), Entry('d', 4, 50), Entry('e', null, null), Entry('f', null, null)];

    [Theory]
    [InlineData(AdvanceBy.All, 0, "abcd")]
    [InlineData(AdvanceBy.Top, 0, "")]
    [InlineData(AdvanceBy.Top, 1, "a")]
    [InlineData(AdvanceBy.Top, 2, "abc")] // who shares the last place goes on too
    [InlineData(AdvanceBy.Top, 3, "abc")]
    [InlineData(AdvanceBy.Top, 4, "abcd")]
    [InlineData(AdvanceBy.Top, 100, "abcd")]
    [InlineData(AdvanceBy.Percent, 25, "a")]
    [InlineData(AdvanceBy.Percent, 26, "abc")] // rounded up to two, and the second place is shared
    [InlineData(AdvanceBy.Percent, 100, "abcd")]
    [InlineData(AdvanceBy.Threshold, 80, "abc")]
    [InlineData(AdvanceBy.Threshold, 80.01, "a")]
    [InlineData(AdvanceBy.Threshold, 0, "abcd")]
    public void Who_goes_on(AdvanceBy by, double value, string expected) =>
        Assert.Equal(expected, Names(Advancing.Decide(Six, new AdvancingRules { By = by, Value = (decimal)value })));

    [Fact]
    public void Each_part_sends_its_own()
    {
        PlacedEntry[] entries = [Entry('a', 1, 90, "x"), Entry('b', 2, 80, "x"), Entry('c', 3, 70, "y"), Entry('d', 4, 60, "y"), Entry('e', 5, 50, "z")];
        Assert.Equal("ace", Names(Advancing.Decide(entries, new AdvancingRules { By = AdvanceBy.Top, Value = 1, PerField = "track" })));
        Assert.Equal("a", Names(Advancing.Decide(entries, new AdvancingRules { By = AdvanceBy.Top, Value = 1 })));
    }

    [Fact]
    public void Whoever_goes_on_stands_no_lower_than_who_does_not()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var scores = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (decimal)random.Next(0, 6)).ToList();
            var entries = scores.Select((score, at) => Entry((char)('a' + at), 1 + scores.Count(other => other > score), score)).ToList();
            var rules = new AdvancingRules { By = (AdvanceBy)random.Next(4), Value = random.Next(0, 8) };
            var decided = Advancing.Decide(entries, rules).ToDictionary(one => one.Id, one => one.Advances);
            var (on, off) = (entries.Where(entry => decided[entry.Id]), entries.Where(entry => !decided[entry.Id]));
            Assert.True(!on.Any() || !off.Any() || on.Max(entry => entry.Place) < off.Min(entry => entry.Place));
        }
    }

    private static PlacedEntry Entry(char name, int? place, decimal? score, string group = "") => new(Guid.Parse($"00000000-0000-0000-0000-0000000000{(int)name:x2}"), group, place, score);

    private static string Names(IEnumerable<Advance> decided) => string.Concat(decided.Where(one => one.Advances).Select(one => (char)one.Id.ToByteArray()[15]).Order());
}
