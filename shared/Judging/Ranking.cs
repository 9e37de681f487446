using System.Security.Cryptography;
using System.Text;

namespace Podium.Judging;

/// <summary>What may part entries of the same score, one after the other.</summary>
public enum TieBreak
{
    /// <summary>The score of one criterion; the higher first.</summary>
    Criterion,

    /// <summary>The median of the judges' totals; the higher first.</summary>
    Median,

    /// <summary>The highest total that any judge gave; the higher first.</summary>
    HighestTotal,

    /// <summary>The lowest total that any judge gave; the higher first.</summary>
    LowestTotal,

    /// <summary>How far the judges' totals are apart; the closer first.</summary>
    Spread,

    /// <summary>How many judges had it first among the entries they judged; the more first.</summary>
    FirstPlaces,

    /// <summary>By how many judges who judged both each of the tied was preferred to the others; the more first.</summary>
    HeadToHead,

    /// <summary>How many judges marked it; the more first.</summary>
    Reviews,

    /// <summary>When it was handed in; the earlier first.</summary>
    EarlierSubmission,

    /// <summary>By lot: SHA-256 of the seed and the entry's id, the smaller first. Anybody who knows the seed can draw again.</summary>
    Lot,
}

/// <summary>One link of the chain.</summary>
public sealed record TieBreakRule(TieBreak By)
{
    /// <summary>Which criterion, where one is compared.</summary>
    public string? Criterion { get; init; }

    /// <summary>The other way round: the lower, the later, the fewer first.</summary>
    public bool Reversed { get; init; }

    /// <summary>What the lot is drawn from; published beforehand.</summary>
    public string? Seed { get; init; }
}

/// <summary>How places are counted after shared ones.</summary>
public enum RankStyle
{
    /// <summary>1, 2, 2, 4.</summary>
    Competition,

    /// <summary>1, 2, 2, 3.</summary>
    Dense,
}

/// <summary>What is to be ranked. Nothing without a score gets a rank.</summary>
public sealed record RankedEntry(Guid Id, decimal? Score)
{
    public IReadOnlyDictionary<string, decimal?> Criteria { get; init; } = new Dictionary<string, decimal?>();

    public IReadOnlyDictionary<Guid, decimal> Totals { get; init; } = new Dictionary<Guid, decimal>();

    /// <summary>How often it was chosen over each other, where entries were compared two at a time.</summary>
    public IReadOnlyDictionary<Guid, int> Beaten { get; init; } = new Dictionary<Guid, int>();

    public DateTimeOffset? SubmittedAt { get; init; }
}

/// <param name="DecidedBy">The link of the chain that parted it from the entry above of the same score, if one had to.</param>
/// <param name="Shared">Whether others stand in the same place.</param>
public sealed record Place(Guid Id, int? Rank, bool Shared, TieBreak? DecidedBy);

/// <summary>From scores to places: the chain of tie-breaks as data, shared places where the chain ends undecided.</summary>
public static class Ranking
{
    public static IReadOnlyList<Place> Rank(IReadOnlyList<RankedEntry> entries, IReadOnlyList<TieBreakRule> chain, RankStyle style = RankStyle.Competition)
    {
        var groups = new List<(List<RankedEntry> Members, TieBreak? By)>();
        foreach (var tied in entries.Where(entry => entry.Score is not null).GroupBy(entry => entry.Score!.Value).OrderByDescending(group => group.Key))
            groups.AddRange(Part([.. tied], chain, entries, null));
        var (places, above) = (new List<Place>(), 0);
        for (var position = 0; position < groups.Count; position++)
        {
            var (members, by) = groups[position];
            var rank = style == RankStyle.Dense ? position + 1 : above + 1;
            places.AddRange(members.OrderBy(member => member.Id).Select(member => new Place(member.Id, rank, members.Count > 1, by)));
            above += members.Count;
        }
        places.AddRange(entries.Where(entry => entry.Score is null).OrderBy(entry => entry.Id).Select(entry => new Place(entry.Id, null, false, null)));
        return places;
    }

    /// <summary>Parts a group of equals by the first link, and each part that is still tied by the rest of the chain.</summary>
    private static IEnumerable<(List<RankedEntry>, TieBreak?)> Part(List<RankedEntry> tied, IReadOnlyList<TieBreakRule> chain, IReadOnlyList<RankedEntry> all, TieBreak? by)
    {
        if (tied.Count == 1 || chain.Count == 0) return [(tied, by)];
        var rule = chain[0];
        var keyed = tied.Select(entry => (entry, key: Key(rule, entry, tied, all))).ToList();
        var parts = keyed.GroupBy(pair => pair.key)
            .OrderByDescending(group => group.Key is not null)
            .ThenByDescending(group => group.Key, Comparer<IComparable?>.Create((a, b) => Comparer<IComparable>.Default.Compare(a, b) * (rule.Reversed ? -1 : 1)))
            .Select(group => group.Select(pair => pair.entry).ToList()).ToList();
        IReadOnlyList<TieBreakRule> rest = [.. chain.Skip(1)];
        return parts.SelectMany((part, position) => Part(part, rest, all, position == 0 ? by : rule.By));
    }

    /// <summary>What is compared, the greater the better; null for what is not known, which comes last.</summary>
    private static IComparable? Key(TieBreakRule rule, RankedEntry entry, List<RankedEntry> tied, IReadOnlyList<RankedEntry> all)
    {
        var totals = entry.Totals.Values.Order().ToList();
        return rule.By switch
        {
            TieBreak.Criterion => entry.Criteria.TryGetValue(rule.Criterion ?? "", out var points) ? points : null,
            TieBreak.Reviews => totals.Count,
            TieBreak.EarlierSubmission => entry.SubmittedAt is { } at ? -at.UtcTicks : null,
            TieBreak.FirstPlaces => FirstPlaces(entry, all),
            TieBreak.HeadToHead when all.Any(other => other.Beaten.Count > 0) => tied.Sum(other => entry.Beaten.GetValueOrDefault(other.Id) - other.Beaten.GetValueOrDefault(entry.Id)),
            TieBreak.HeadToHead => tied.Where(other => other.Id != entry.Id).Sum(other => entry.Totals.Count(total => other.Totals.TryGetValue(total.Key, out var theirs) && total.Value > theirs)),
            TieBreak.Lot => Lot(rule.Seed ?? "", entry.Id),
            _ when totals.Count == 0 => null,
            TieBreak.Median => (totals[(totals.Count - 1) / 2] + totals[totals.Count / 2]) / 2,
            TieBreak.HighestTotal => totals[^1],
            TieBreak.LowestTotal => totals[0],
            TieBreak.Spread => totals[0] - totals[^1],
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.By, "There is no such tie-break."),
        };
    }

    private static int FirstPlaces(RankedEntry entry, IReadOnlyList<RankedEntry> all) =>
        entry.Totals.Count(total => all.All(other => !other.Totals.TryGetValue(total.Key, out var theirs) || theirs <= total.Value));

    /// <summary>The first eight bytes of the digest, turned so that the smaller comes first.</summary>
    private static IComparable Lot(string seed, Guid id) =>
        ~System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}:{id:D}")));
}
