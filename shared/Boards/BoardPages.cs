using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Live;
using Podium.Platform.Problems;
using Podium.Running;
using Podium.Scoreboards;
using Podium.Tenancy;
using Podium.Voting;

namespace Podium.Boards;

public enum BoardKind
{
    Standing,
    Results,
    Voting,
}

/// <summary>
/// Boards as pages for projectors and phones. Whoever asks, they show what everybody may see: they are read as nobody, so that an organiser's screen on the wall tells nothing of a frozen board.
/// </summary>
public sealed class BoardPages(PublicPages competitions, CompetitionDirectory directory, ContestBoards contests, Leaderboard leaderboard, FinalStanding results, VotingSessions votings, VoteBoard votes)
{
    /// <summary>How many lines of a leaderboard or a standing are shown.</summary>
    public const int MostLines = 200;

    private static readonly TimeSpan ContestPace = TimeSpan.FromSeconds(2), CountedPace = TimeSpan.FromSeconds(1), SlowPace = TimeSpan.FromSeconds(5);

    private readonly SharedReadings<(Guid Tenant, Guid Competition, BoardKind Kind), Outcome<object>> _readings = new();

    public record LanguageQuery
    {
        /// <summary>en, fr, kk or ru; absent, the first of these that the browser asks for.</summary>
        [StringLength(35, MinimumLength = 2)]
        public string? Lang { get; init; }
    }

    public sealed record VotingQuery : LanguageQuery
    {
        /// <summary>By the voters' country or the options' genre; absent, all in one.</summary>
        public BoardBy? By { get; init; }
    }

    /// <summary>A page, ready to be sent.</summary>
    public sealed record Page(string Html, string Language);

    /// <summary>What a stream tells.</summary>
    public sealed record Update(string Html, string Version, string Said);

    public async Task<Outcome<Page>> CompetitionAsync(Caller caller, string slug, BoardKind kind, BoardWords words, CancellationToken cancellationToken)
    {
        var found = await competitions.ReadAsync(caller, slug, new PublicPages.Query { Language = words.Language }, cancellationToken);
        if (found.Value is not { } competition) return found.Problem!;
        var content = await ContentAsync(caller.AsAnybody(), competition, kind, words, cancellationToken);
        return content.Value is null ? content.Problem! : PageOf(caller.Tenant, words, content.Value, PathOf(slug, kind), "");
    }

    public async Task<Outcome<LiveTopic>> CompetitionTopicAsync(Caller caller, string slug, BoardKind kind, BoardWords words, CancellationToken cancellationToken)
    {
        var found = await competitions.ReadAsync(caller, slug, new PublicPages.Query { Language = words.Language }, cancellationToken);
        if (found.Value is not { } competition) return found.Problem!;
        var anybody = caller.AsAnybody();
        var content = await ContentAsync(anybody, competition, kind, words, cancellationToken);
        if (content.Problem is not null) return content.Problem;
        return Topic(
            anybody, $"{kind}:{competition.Id:N}:{words.Language}", kind == BoardKind.Results ? SlowPace : ContestPace, words,
            // whatever was changed meanwhile, its slug among it
            async stop => await competitions.ReadAsync(anybody, slug, new PublicPages.Query { Language = words.Language }, stop) is { Value: { } now } ? (await ContentAsync(anybody, now, kind, words, stop)).Value : null);
    }

    public async Task<Outcome<Page>> VotingAsync(Caller caller, Guid id, BoardBy? by, BoardWords words, CancellationToken cancellationToken)
    {
        var content = await VotingContentAsync(caller.AsAnybody(), id, by, words, cancellationToken);
        return content.Value is null ? content.Problem! : PageOf(caller.Tenant, words, content.Value, VotingPath(id), by is null ? "" : $"by={by.Value.Word()}");
    }

    public async Task<Outcome<LiveTopic>> VotingTopicAsync(Caller caller, Guid id, BoardBy? by, BoardWords words, CancellationToken cancellationToken)
    {
        var anybody = caller.AsAnybody();
        var content = await VotingContentAsync(anybody, id, by, words, cancellationToken);
        return content.Problem is not null
            ? content.Problem
            : Topic(anybody, $"{BoardKind.Voting}:{id:N}:{words.Language}:{by?.Word() ?? "all"}", CountedPace, words, async stop => (await VotingContentAsync(anybody, id, by, words, stop)).Value);
    }

    private static LiveTopic Topic(Caller anybody, string name, TimeSpan pace, BoardWords words, Func<CancellationToken, Task<BoardContent?>> read) => new()
    {
        Name = $"board-page:{anybody.TenantId:N}:{name}",
        Shard = anybody.Shard,
        Every = pace,
        AtMostEvery = pace,
        Read = async (_, stop) =>
        {
            if (await read(stop) is not { } content) return [];
            var html = BoardHtml.Fragment(words, content);
            var version = BoardAssets.VersionOf(html);
            return [LiveEvent.State("board", new Update(html, version, content.Said), version)];
        },
    };

    private static Page PageOf(Tenant tenant, BoardWords words, BoardContent content, string path, string query) =>
        new(BoardHtml.Page(tenant, words, content, path, query, BoardHtml.Fragment(words, content)), words.Language);

    private static string PathOf(string slug, BoardKind kind) => $"/board/competitions/{slug}{(kind == BoardKind.Results ? "/results" : "")}";

    private static string VotingPath(Guid id) => $"/board/votings/{id}";

    private async Task<Outcome<BoardContent>> ContentAsync(Caller anybody, PublicPages.Page competition, BoardKind kind, BoardWords words, CancellationToken cancellationToken)
    {
        var read = await _readings.GetAsync((anybody.TenantId, competition.Id, kind), () => LoadAsync(anybody, competition.Id, kind)).WaitAsync(cancellationToken);
        if (read.Problem is { } problem && problem.Kind != RunningProblems.Unpublished) return problem;
        var clock = new Times(anybody.Tenant);
        var content = read.Value switch
        {
            ContestBoards.Shown shown => ContestContent(words, clock, shown),
            Page<Leaderboard.Line> page => LeaderboardContent(words, page),
            FinalStanding.View standing => ResultsContent(words, standing),
            _ => new BoardContent
            {
                Title = "",
                Heading = words[kind == BoardKind.Results ? "results" : "standing"],
                Notes = [new BoardNote(words[kind == BoardKind.Results ? "notAnnounced" : "notPublic"])],
            },
        };
        var known = await directory.ReadAsync(anybody, competition.Id, cancellationToken);
        return content with
        {
            Title = competition.Name,
            Notes = known.Value?.FrozenAt is null ? content.Notes : [new BoardNote(words["competitionFrozen"], "halted"), .. content.Notes],
            Links =
            [
                new BoardLink(words["standing"], PathOf(competition.Slug, BoardKind.Standing), kind == BoardKind.Standing),
                new BoardLink(words["results"], PathOf(competition.Slug, BoardKind.Results), kind == BoardKind.Results),
            ],
        };
    }

    // the same for every language and every reader
    private async Task<Outcome<object>> LoadAsync(Caller anybody, Guid competitionId, BoardKind kind)
    {
        if (kind == BoardKind.Results) return As(await results.ReadAsync(anybody, competitionId, CancellationToken.None));
        var contest = await contests.ShownAsync(anybody, competitionId, CancellationToken.None);
        return contest.Value is not null ? contest.Value : As(await leaderboard.ReadAsync(anybody, competitionId, new Leaderboard.Query { Limit = MostLines }, CancellationToken.None));
    }

    private static Outcome<object> As<T>(Outcome<T> outcome)
        where T : class => outcome.Value is null ? outcome.Problem! : (Outcome<object>)outcome.Value;

    private static BoardContent ContestContent(BoardWords words, Times clock, ContestBoards.Shown shown)
    {
        var (contest, state, lines) = (shown.Contest, shown.Contest.State, shown.Board.Lines);
        var problems = contest.Problems;
        var notes = new List<BoardNote>();
        if (state.Finalized is not null) notes.Add(new BoardNote(words["final"]));
        else if (state.Ended is not null) notes.Add(new BoardNote(words["over"]));
        else if (state.Started is not null && contest.EndsAt is { } ends) notes.Add(new BoardNote(words.Say("running", clock.Text(ends))));
        else if (contest.StartsAt is { } starts) notes.Add(new BoardNote(words.Say("notStarted", clock.Text(starts))));
        if (state.IsFrozen) notes.Add(new BoardNote(words.Say("frozen", clock.Text(state.Frozen!.Value)), "frozen"));
        return new BoardContent
        {
            Title = "",
            Heading = words["standing"],
            Notes = notes,
            Tables =
            [
                new BoardTable(
                    words["standing"],
                    [
                        new("#", "rank", words["rank"]), new(words["team"], "name"), new(words["solved"], "number"), new(words["penalty"], "number"),
                        .. problems.Select(problem => new BoardColumn(problem.Label, "cell", problem.Name)),
                    ],
                    [
                        .. lines.Select(line => new BoardRow(
                            line.TeamId,
                            [
                                new(Number(words, line.Rank)), new(line.Team), new(Number(words, line.Solved)), new(Number(words, Math.Floor(line.PenaltySeconds / 60))),
                                .. problems.Select(problem => CellOf(words, line.Cells.FirstOrDefault(cell => cell.ProblemId == problem.Id))),
                            ])),
                    ]),
            ],
            Said = Said(lines.Where(line => line.Solved > 0).Take(3).Select(line => $"{line.Rank}. {line.Team}")),
        };
    }

    private static BoardCell CellOf(BoardWords words, ContestBoards.Cell? cell)
    {
        if (cell is null or { Judged: 0, Pending: 0 }) return new BoardCell("·", "", words["cellNone"]);
        if (cell is { Solved: true })
        {
            var minute = Math.Floor((cell.SolvedSeconds ?? 0) / 60);
            return new BoardCell(cell.Judged > 1 ? $"+{cell.Judged - 1}" : "+", cell.First ? "first" : "solved", words.Say(cell.First ? "cellFirst" : "cellSolved", minute, cell.Judged - 1));
        }
        return cell.Pending > 0
            ? new BoardCell(cell.Judged > 0 ? $"−{cell.Judged} ?{cell.Pending}" : $"?{cell.Pending}", "pending", words.Say("cellPending", cell.Judged, cell.Pending))
            : new BoardCell($"−{cell.Judged}", "failed", words.Say("cellFailed", cell.Judged));
    }

    private static BoardContent LeaderboardContent(BoardWords words, Page<Leaderboard.Line> page) => new()
    {
        Title = "",
        Heading = words["standing"],
        Notes = page.Next is null ? [] : [new BoardNote(words.Say("more", MostLines))],
        Tables =
        [
            new BoardTable(
                words["standing"],
                [new("#", "rank", words["rank"]), new(words["participant"], "name"), new(words["score"], "number"), new(words["reviews"], "number")],
                [.. page.Items.Select(line => new BoardRow($"{line.RegistrationId}", [new(Number(words, line.Rank)), new(line.Participant), new(Number(words, line.AvgScore)), new(Number(words, line.ReviewCount))]))]),
        ],
        Said = Said(page.Items.Take(3).Select(line => $"{line.Rank}. {line.Participant}")),
    };

    private static BoardContent ResultsContent(BoardWords words, FinalStanding.View standing) => new()
    {
        Title = "",
        Heading = words["results"],
        Notes = standing.Items.Count > MostLines ? [new BoardNote(words.Say("more", MostLines))] : [],
        Tables =
        [
            new BoardTable(
                words["results"],
                [new("#", "rank", words["rank"]), new(words["participant"], "name"), new(words["score"], "number"), new(words["award"])],
                [.. standing.Items.Take(MostLines).Select(line => new BoardRow($"{line.RegistrationId}", [new(Number(words, line.Place)), new(line.Participant), new(line.Score is { } score ? Number(words, score) : ""), new(line.Award ?? "")]))]),
        ],
        Said = Said(standing.Items.Take(3).Select(line => $"{line.Place}. {line.Participant}")),
    };

    private async Task<Outcome<BoardContent>> VotingContentAsync(Caller anybody, Guid id, BoardBy? by, BoardWords words, CancellationToken cancellationToken)
    {
        var voting = await votings.KnownAsync(anybody, id, cancellationToken);
        if (voting is null || voting.Status == VotingStatus.Draft) return Problem.NotFound("voting");
        var notes = new List<BoardNote>();
        if (voting.HaltedAt is not null && voting.Status == VotingStatus.Open) notes.Add(new BoardNote(words["halted"], "halted"));
        else notes.Add(new BoardNote(words[voting.Status switch { VotingStatus.Open => "votingOpen", VotingStatus.Closed => "votingClosed", _ => "votingPublished" }]));
        var content = new BoardContent
        {
            Title = voting.Title,
            Heading = words[voting.Status == VotingStatus.Published ? "results" : "voting"],
            Notes = notes,
            Links = [.. new BoardBy?[] { null, BoardBy.Country, BoardBy.Genre }.Select(one => new BoardLink(words[one switch { null => "byNone", BoardBy.Country => "byCountry", _ => "byGenre" }], one is null ? VotingPath(id) : $"{VotingPath(id)}?by={one.Value.Word()}", one == by))],
        };
        var board = await votes.ReadAsync(anybody, id, new VoteBoard.Query { By = by }, cancellationToken);
        if (board.Problem is { } problem) return problem.Kind == VotingProblems.Sealed ? content with { Notes = [.. notes, new BoardNote(words["votingSealed"])] } : problem;
        var lines = board.Value!.Lines;
        return content with
        {
            Notes = [.. notes, new BoardNote(words.Say("allVotes", Number(words, board.Value.Votes)))],
            Tables = [.. lines.GroupBy(line => line.Part).Select(part => VotesTable(words, by is null ? words["votes"] : part.Key ?? words["unknownPart"], [.. part])).DefaultIfEmpty(VotesTable(words, words["votes"], []))],
            Said = by is null ? Said(lines.Where(line => line.Votes > 0).Take(3).Select(line => $"{line.Rank}. {line.Title}")) : "",
        };
    }

    private static BoardTable VotesTable(BoardWords words, string caption, IReadOnlyList<VoteBoard.Line> lines)
    {
        var all = lines.Sum(line => line.Weight);
        return new BoardTable(
            caption,
            [new("#", "rank", words["rank"]), new(words["option"], "name"), new(words["votes"], "number"), new(words["share"], "bar")],
            [
                .. lines.Select(line =>
                {
                    var part = all > 0 ? (double)(line.Weight / all) : 0;
                    return new BoardRow($"{caption}-{line.Option}", [new(Number(words, line.Rank)), new(line.Title), new(Number(words, line.Votes)), new(part.ToString("P1", words.Culture), "", null, part)]);
                }),
            ]);
    }

    private static string Number(BoardWords words, IFormattable number) => number.ToString("#,0.###", words.Culture);

    private static string Said(IEnumerable<string> leaders) => string.Join(", ", leaders);

    /// <summary>Instants in the tenant's own time.</summary>
    private sealed class Times(Tenant tenant)
    {
        private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone);

        public string Text(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, _zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}
