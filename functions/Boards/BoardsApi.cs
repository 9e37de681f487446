using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Boards;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Live;
using Podium.Platform.Problems;

namespace Podium.Functions.Boards;

/// <summary>Boards as pages for projectors and phones, and the streams that keep them up to date. They show what everybody may see, whoever asks.</summary>
public sealed class BoardsApi(BoardPages pages, LiveStreams streams)
{
    private static readonly TimeSpan PageLife = TimeSpan.FromSeconds(1), AssetLife = TimeSpan.FromDays(365), BrandLife = TimeSpan.FromMinutes(5);

    [Function("ShowStanding"), Anyone]
    [Operation("How a competition stands, as a page", Query = typeof(BoardPages.LanguageQuery), MediaType = "text/html", Problems = ["not-found"])]
    public Task<IResult> Standing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/competitions/{slug}")] HttpRequest request, string slug) =>
        PageAsync(request, words => pages.CompetitionAsync(request.Caller(), slug, BoardKind.Standing, words, request.HttpContext.RequestAborted), request.Query<BoardPages.LanguageQuery>());

    [Function("ShowResults"), Anyone]
    [Operation("The announced results of a competition, as a page", Query = typeof(BoardPages.LanguageQuery), MediaType = "text/html", Problems = ["not-found"])]
    public Task<IResult> Results([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/competitions/{slug}/results")] HttpRequest request, string slug) =>
        PageAsync(request, words => pages.CompetitionAsync(request.Caller(), slug, BoardKind.Results, words, request.HttpContext.RequestAborted), request.Query<BoardPages.LanguageQuery>());

    [Function("ShowVoting"), Anyone]
    [Operation("The counts of a voting, as a page", Query = typeof(BoardPages.VotingQuery), MediaType = "text/html", Problems = ["not-found"])]
    public Task<IResult> Voting([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/votings/{votingId}")] HttpRequest request, string votingId)
    {
        var query = request.Query<BoardPages.VotingQuery>();
        return PageAsync(
            request,
            async words => Guid.TryParseExact(votingId, "D", out var id) ? await pages.VotingAsync(request.Caller(), id, query.By, words, request.HttpContext.RequestAborted) : Problem.NotFound("voting"),
            query);
    }

    [Function("StreamStanding"), Anyone]
    [Operation("A competition's standing, as it changes", Description = "Server-sent events: the page's main part as a state.", Query = typeof(BoardPages.LanguageQuery), MediaType = LiveStreams.MediaType, Problems = ["not-found", "too-many-streams"])]
    public Task<IResult> StreamStanding([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/competitions/{slug}/stream")] HttpRequest request, string slug) =>
        StreamAsync(request, words => pages.CompetitionTopicAsync(request.Caller(), slug, BoardKind.Standing, words, request.HttpContext.RequestAborted), request.Query<BoardPages.LanguageQuery>());

    [Function("StreamResults"), Anyone]
    [Operation("A competition's results, as they are announced or change", Description = "Server-sent events: the page's main part as a state.", Query = typeof(BoardPages.LanguageQuery), MediaType = LiveStreams.MediaType, Problems = ["not-found", "too-many-streams"])]
    public Task<IResult> StreamResults([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/competitions/{slug}/results/stream")] HttpRequest request, string slug) =>
        StreamAsync(request, words => pages.CompetitionTopicAsync(request.Caller(), slug, BoardKind.Results, words, request.HttpContext.RequestAborted), request.Query<BoardPages.LanguageQuery>());

    [Function("StreamVoting"), Anyone]
    [Operation("A voting's counts, as they change", Description = "Server-sent events: the page's main part as a state.", Query = typeof(BoardPages.VotingQuery), MediaType = LiveStreams.MediaType, Problems = ["not-found", "too-many-streams"])]
    public Task<IResult> StreamVoting([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/votings/{votingId}/stream")] HttpRequest request, string votingId)
    {
        var query = request.Query<BoardPages.VotingQuery>();
        var id = RequestReading.Id(votingId, "voting");
        return StreamAsync(request, words => pages.VotingTopicAsync(request.Caller(), id, query.By, words, request.HttpContext.RequestAborted), query);
    }

    [Function("GetBoardScript"), Open]
    [Operation("The boards' script", MediaType = "text/javascript")]
    public static IResult Script([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/assets/board.js")] HttpRequest request) => new PageAnswer(BoardAssets.Script, "text/javascript", AssetLife);

    [Function("GetBoardStyle"), Open]
    [Operation("The boards' style sheet", MediaType = "text/css")]
    public static IResult Style([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/assets/board.css")] HttpRequest request) => new PageAnswer(BoardAssets.Style, "text/css", AssetLife);

    [Function("GetBoardColours"), Anyone]
    [Operation("The tenant's colours, where they can be read", MediaType = "text/css")]
    public static IResult Colours([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "board/assets/brand.css")] HttpRequest request) =>
        new PageAnswer(BrandColours.StyleOf(request.Caller().Tenant.Branding), "text/css", BrandLife) { Vary = "X-Tenant" };

    private static async Task<IResult> PageAsync(HttpRequest request, Func<BoardWords, Task<Outcome<BoardPages.Page>>> read, BoardPages.LanguageQuery query)
    {
        var words = WordsOf(request, query);
        var page = await read(words);
        if (page.Value is { } found) return new PageAnswer(found.Html, "text/html", PageLife) { Vary = "Accept-Language, X-Tenant" };
        if (!ProblemPages.IsPreferred(request)) return page.Problem!.ToResult();
        var content = new BoardContent { Title = request.Caller().Tenant.Name, Heading = words["notFound"], IsLive = false };
        return new PageAnswer(BoardHtml.Page(request.Caller().Tenant, words, content, request.Path, "", BoardHtml.Fragment(words, content)), "text/html", PageLife) { Status = page.Problem!.Kind.Status };
    }

    private async Task<IResult> StreamAsync(HttpRequest request, Func<BoardWords, Task<Outcome<LiveTopic>>> read, BoardPages.LanguageQuery query) =>
        (await read(WordsOf(request, query))).Answer(topic => streams.Open(request, topic));

    private static BoardWords WordsOf(HttpRequest request, BoardPages.LanguageQuery query) => BoardWords.For(
        query.Lang,
        request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language.Quality ?? 1).Select(language => language.Value.ToString()),
        request.Caller().Tenant.Languages);
}
