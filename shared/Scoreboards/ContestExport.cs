using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Answers the Contest API's questions for whoever asks: the public, or a competition's jury.</summary>
public sealed class ContestExport(Database database, ContestMemory contests, TimeProvider clock)
{
    /// <summary>All contests that the caller may know of, the newest first.</summary>
    public async Task<JsonNode> ContestsAsync(Caller caller, CancellationToken cancellationToken)
    {
        var ids = await database.As(caller).QueryAsync<Guid>(
            """
            SELECT competition_id FROM problem_contests JOIN competitions ON competitions.tenant_id = problem_contests.tenant_id AND competitions.id = competition_id
            WHERE problem_contests.tenant_id = @TenantId AND deleted_at IS NULL AND status <> 'draft'
            ORDER BY competition_id DESC LIMIT 100
            """,
            new { caller.TenantId },
            cancellationToken);
        var all = new JsonArray();
        foreach (var id in ids)
        {
            if ((await contests.OfAsync(caller, id, cancellationToken)).Value is { Loaded: var loaded }) all.Add(Node(ContestApi.ContestOf(loaded.Contest)));
        }
        return all;
    }

    /// <summary>What a collection says, ready to be sent. The scoreboard, which many look at, is kept so.</summary>
    public async Task<Outcome<JsonAnswer>> AnswerAsync(Caller caller, Guid id, string? collection, IReadOnlyDictionary<string, string> filters, CancellationToken cancellationToken)
    {
        if (collection != "scoreboard")
        {
            var answer = await CollectionAsync(caller, id, collection, filters, cancellationToken);
            return answer.Value is { } node ? Sent(node) : answer.Problem!;
        }
        var found = await contests.OfAsync(caller, id, cancellationToken);
        if (found.Value is not { } contest) return found.Problem!;
        var now = clock.GetUtcNow();
        return contest.Board(ContestStore.AudienceOf(caller, id), now, now, ContestApi.ScoreboardOf, ContestApi.Json);
    }

    public static JsonAnswer Sent(JsonNode node) => new(200, JsonSerializer.SerializeToUtf8Bytes(node, ContestApi.Json));

    /// <summary>A collection of a contest, or the contest itself where no collection is named; filtered by what the query says of ids.</summary>
    public async Task<Outcome<JsonNode>> CollectionAsync(Caller caller, Guid id, string? collection, IReadOnlyDictionary<string, string> filters, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller, id, cancellationToken);
        if (found.Value is not { Loaded: var loaded }) return found.Problem!;
        var answer = Of(loaded, collection, ContestStore.AudienceOf(caller, id));
        if (answer is null) return Problem.NotFound("collection");
        if (answer is not JsonArray list) return answer;
        foreach (var (name, value) in filters.Where(filter => filter.Key.EndsWith("_id", StringComparison.Ordinal)))
        {
            foreach (var other in list.Where(item => (item![name]?.ToString() ?? "") != value).ToList()) list.Remove(other);
        }
        return list;
    }

    public async Task<Outcome<JsonNode>> ObjectAsync(Caller caller, Guid id, string collection, string objectId, CancellationToken cancellationToken)
    {
        var found = await CollectionAsync(caller, id, collection, new Dictionary<string, string>(), cancellationToken);
        if (found.Value is not JsonArray list) return found.Problem ?? Problem.NotFound("collection");
        return list.FirstOrDefault(item => item!["id"]!.ToString() == objectId) is { } one ? one.DeepClone() : Problem.NotFound("object");
    }

    /// <summary>The feed's lines since a token; null for a token that was never given out.</summary>
    public async Task<Outcome<string>> FeedAsync(Caller caller, Guid id, string? token, CancellationToken cancellationToken)
    {
        var found = await contests.OfAsync(caller, id, cancellationToken);
        if (found.Value is not { Loaded: var loaded }) return found.Problem!;
        if (ContestFeed.Since(loaded.Contest, loaded.Facts, clock.GetUtcNow(), ContestStore.AudienceOf(caller, id), token) is not { } lines) return Problem.Malformed("This feed never gave out this since_token.");
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(ContestFeed.Line(line)).Append('\n');
        return text.ToString();
    }

    private JsonNode? Of(ContestStore.Loaded loaded, string? collection, Audience audience)
    {
        var (contest, facts, now) = (loaded.Contest, loaded.Facts, clock.GetUtcNow());
        return collection switch
        {
            null => Node(ContestApi.ContestOf(contest)),
            "access" => Node(ContestApi.AccessOf(contest)),
            "state" => Node(ContestApi.StateOf(ContestState.At(contest, now))),
            "judgement-types" => Node(ContestApi.JudgementTypes(contest)),
            "languages" => Node(ContestApi.Languages(contest)),
            "problems" => Node(ContestApi.Problems(contest, now, audience)),
            "groups" => Node(ContestApi.Groups(contest)),
            "organizations" => Node(ContestApi.Organizations(contest)),
            "teams" => Node(ContestApi.Teams(contest, audience)),
            "submissions" => Node(ContestApi.Submissions(contest, facts, now, audience)),
            "judgements" => Node(ContestApi.Judgements(contest, facts, now, audience)),
            "awards" => Node(ContestApi.Awards(contest, ProblemBoard.Of(contest, facts, now, audience))),
            _ => null,
        };
    }

    private static JsonNode Node<T>(T value) => JsonSerializer.SerializeToNode(value, ContestApi.Json)!;
}
