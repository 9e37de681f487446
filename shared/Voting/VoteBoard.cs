using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Live;
using Podium.Platform.Problems;

namespace Podium.Voting;

public enum BoardBy
{
    Country,
    Genre,
    Day,
    Group,
}

/// <summary>
/// Public boards: the counts to the last vote. However many look at once, one reading at a time is under way for each board and instance,
/// and who comes meanwhile shares the next.
/// </summary>
public sealed class VoteBoard(Database database, VotingSessions sessions)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly SharedReadings<(Guid Tenant, Guid Voting), IReadOnlyList<Row>> _readings = new();

    public sealed record Query
    {
        /// <summary>Splits each option's votes: by the voters' country, day or group; by the options' genre it makes a board for each.</summary>
        public BoardBy? By { get; init; }
    }

    public sealed record Board
    {
        public required Guid VotingId { get; init; }

        public required VotingStatus Status { get; init; }

        /// <summary>Ballots that count, or votes where options are voted for on their own; and their weight.</summary>
        public required long Votes { get; init; }

        public required decimal Weight { get; init; }

        /// <summary>The most weight first. For rankings these are first preferences, for scores the sums of what was given; results are counted by the method's own rule.</summary>
        public required IReadOnlyList<Line> Lines { get; init; }
    }

    /// <summary>An option, or a part of its votes. Ranks are shared by equals; each part has ranks of its own.</summary>
    public sealed record Line(string? Part, int Rank, int Option, Guid OptionId, string Title, string? Genre, long Votes, decimal Weight);

    private sealed record Row(short OptionNo, short GroupNo, string CountryCode, DateOnly Day, long Votes, decimal Weight);

    public async Task<Outcome<Board>> ReadAsync(Caller caller, Guid id, Query query, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, id, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        if (!MaySee(caller, voting)) return VotingProblems.Sealed;
        var rows = await SharedAsync(caller, id).WaitAsync(cancellationToken);
        return BoardOf(voting, rows, query.By);
    }

    /// <summary>
    /// The board as a live topic. Casts signal nothing: while anybody watches, it is read once a second, and told where it is another than before.
    /// </summary>
    public async Task<Outcome<LiveTopic>> TopicAsync(Caller caller, Guid id, Query query, CancellationToken cancellationToken)
    {
        var voting = await sessions.KnownAsync(caller, id, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        if (!MaySee(caller, voting)) return VotingProblems.Sealed;
        var actor = new Actor { TenantId = caller.TenantId, Shard = caller.Shard };
        // who runs it sees a closed voting's counts before others do, and so watches another topic than they
        var organiser = voting is { Visibility: VotingVisibility.Sealed, Status: not VotingStatus.Published };
        return new LiveTopic
        {
            Name = $"voting-board:{caller.TenantId:N}:{id:N}:{query.By?.Word() ?? "all"}{(organiser ? ":organisers" : "")}",
            Shard = caller.Shard,
            Every = Pace,
            AtMostEvery = Pace,
            Read = async (_, stop) => await sessions.KnownAsync(actor, id, stop) is { Status: not VotingStatus.Draft } known && (known.Visibility == VotingVisibility.Live || known.Status == VotingStatus.Published || (organiser && known.Status == VotingStatus.Closed))
                ? [LiveEvent.State("board", BoardOf(known, await SharedAsync(actor, id).WaitAsync(stop), query.By))]
                : [],
        };
    }

    private static bool MaySee(Caller caller, VotingSessions.Details voting) => voting.Status switch
    {
        VotingStatus.Published => true,
        VotingStatus.Closed => voting.Visibility == VotingVisibility.Live || VotingSessions.MayManage(caller, voting.CompetitionId),
        _ => voting.Visibility == VotingVisibility.Live,
    };

    private Task<IReadOnlyList<Row>> SharedAsync(Actor caller, Guid id) =>
        _readings.GetAsync((caller.TenantId, id), () => LoadAsync(new Actor { TenantId = caller.TenantId, Shard = caller.Shard }, id));

    private Task<IReadOnlyList<Row>> LoadAsync(Actor actor, Guid id) => database.Reading(actor).QueryAsync<Row>(
        "SELECT option_no, group_no, country_code, day, votes, weight FROM vote_board(@TenantId, @id)", new { actor.TenantId, id });

    private static Board BoardOf(VotingSessions.Details voting, IReadOnlyList<Row> rows, BoardBy? by)
    {
        var options = voting.Options.Where(option => option.WithdrawnAt is null).ToDictionary(option => option.Number);
        var counted = rows.Where(row => options.ContainsKey(row.OptionNo)).ToLookup(row => (Part: PartOf(voting, options[row.OptionNo], row, by), (int)row.OptionNo));
        var lines = new List<Line>();
        foreach (var part in Parts(voting, options.Values, counted.Select(group => group.Key.Part), by))
        {
            var own = options.Values
                .Where(option => by != BoardBy.Genre || option.Genre == part)
                .Select(option => (Option: option, Rows: counted[(part, option.Number)]))
                .Select(line => new Line(part, 0, line.Option.Number, line.Option.Id, line.Option.Title, line.Option.Genre, line.Rows.Sum(row => row.Votes), line.Rows.Sum(row => row.Weight)))
                .OrderByDescending(line => line.Weight)
                .ThenBy(line => line.Option)
                .ToList();
            foreach (var (index, line) in own.Index())
                lines.Add(line with { Rank = index > 0 && own[index - 1].Weight == line.Weight ? lines[^1].Rank : index + 1 });
        }
        var all = rows.Where(row => row.OptionNo == 0).ToList();
        return new Board { VotingId = voting.Id, Status = voting.Status, Votes = all.Sum(row => row.Votes), Weight = all.Sum(row => row.Weight), Lines = lines };
    }

    private static IEnumerable<string?> Parts(VotingSessions.Details voting, IEnumerable<VotingSessions.Option> options, IEnumerable<string?> counted, BoardBy? by) => by switch
    {
        null => [null],
        BoardBy.Genre => options.Select(option => option.Genre).Distinct().Order(StringComparer.Ordinal),
        BoardBy.Group => voting.Groups.Select(group => (string?)group.Name).Prepend(null).Intersect(counted),
        _ => counted.Distinct().Order(StringComparer.Ordinal),
    };

    private static string? PartOf(VotingSessions.Details voting, VotingSessions.Option option, Row row, BoardBy? by) => by switch
    {
        BoardBy.Country => row.CountryCode.Length > 0 ? row.CountryCode : null,
        BoardBy.Genre => option.Genre,
        BoardBy.Day => row.Day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        BoardBy.Group => row.GroupNo > 0 ? voting.Groups[row.GroupNo - 1].Name : null,
        _ => null,
    };
}
