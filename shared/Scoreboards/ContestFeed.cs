using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Podium.Scoreboards;

/// <summary>
/// The event feed: what has become visible to an audience, in the order in which it did. The same contest, facts and audience always give the
/// same lines up to an instant, so that a token (the instant and the place among what became visible then) finds its place again.
/// </summary>
public static class ContestFeed
{
    public sealed record Notification(
        string Type,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Id,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] object? Data,
        string Token);

    /// <summary>
    /// Everything since a token; what became visible at the token's own instant comes again, since more may have come at that instant afterwards.
    /// Null for a token that this feed never gave out.
    /// </summary>
    public static IReadOnlyList<Notification>? Since(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience, string? token)
    {
        var all = Of(contest, facts, instant, audience);
        if (token is null) return all;
        if (all.All(line => line.Token != token)) return null;
        var from = InstantOf(token);
        return [.. all.SkipWhile(line => InstantOf(line.Token) != from).Where(line => line.Token != token)];
    }

    public static IReadOnlyList<Notification> Of(ProblemContest contest, ContestFacts facts, DateTimeOffset instant, Audience audience)
    {
        var dated = new List<(DateTimeOffset At, int Kind, string Type, string? Id, object Data)>();
        void Add(DateTimeOffset at, int kind, string type, string? id, object data) => dated.Add((at, kind, type, id, data));
        AddConfiguration(contest, instant, audience, Add);
        AddStates(contest, instant, Add);
        var visible = ContestApi.Visible(contest, facts, instant, audience).ToDictionary(submission => submission.Id);
        foreach (var submission in visible.Values) Add(submission.At, 3, "submissions", submission.Id, ContestApi.SubmissionOf(contest, submission));
        foreach (var group in facts.Judgements.GroupBy(judgement => judgement.SubmissionId))
        {
            if (!visible.TryGetValue(group.Key, out var submission) || ProblemBoard.IsHidden(contest, submission, instant, audience)) continue;
            AddJudgements(contest, submission, [.. group], instant, audience, Add);
        }
        var ended = ContestState.At(contest, instant);
        if (ended.Finalized is { } final && (ended.EndOfUpdates is not null || audience == Audience.Jury))
        {
            var board = ProblemBoard.Of(contest, facts, instant, audience);
            foreach (var award in ContestApi.Awards(contest, board)) Add(ended.EndOfUpdates ?? final, 5, "awards", award.Id, award);
        }
        var notifications = new List<Notification>(dated.Count);
        var (last, place) = (DateTimeOffset.MinValue, 0);
        foreach (var (at, _, type, id, data) in dated.OrderBy(entry => entry.At).ThenBy(entry => entry.Kind).ThenBy(entry => entry.Type, StringComparer.Ordinal).ThenBy(entry => entry.Id, StringComparer.Ordinal))
        {
            place = at == last ? place + 1 : 0;
            last = at;
            notifications.Add(new Notification(type, id, data, string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}-{place}")));
        }
        return notifications;
    }

    private static string InstantOf(string token) => token[..token.IndexOf('-', StringComparison.Ordinal)];

    public static string Line(Notification notification) => JsonSerializer.Serialize(notification, ContestApi.Json);

    private delegate void Adding(DateTimeOffset at, int kind, string type, string? id, object data);

    private static void AddConfiguration(ProblemContest contest, DateTimeOffset instant, Audience audience, Adding add)
    {
        var before = DateTimeOffset.MinValue;
        add(before, 0, "contest", null, ContestApi.ContestOf(contest));
        add(before, 1, "judgement-types", null, ContestApi.JudgementTypes(contest));
        add(before, 1, "languages", null, ContestApi.Languages(contest));
        add(before, 1, "groups", null, ContestApi.Groups(contest));
        add(before, 1, "organizations", null, ContestApi.Organizations(contest));
        add(before, 2, "teams", null, ContestApi.Teams(contest, audience));
        var problems = ContestApi.Problems(contest, instant, audience);
        if (problems.Count > 0) add(audience == Audience.Public ? contest.StartsAt!.Value : before, 1, "problems", null, problems);
    }

    /// <summary>The state at the instant of each of its changes; the last of all is the end of updates.</summary>
    private static void AddStates(ProblemContest contest, DateTimeOffset instant, Adding add)
    {
        var now = ContestState.At(contest, instant);
        foreach (var at in new[] { now.Started, now.Frozen, now.Ended, now.Thawed, now.Finalized }.OfType<DateTimeOffset>().Distinct().Order())
        {
            var then = ContestState.At(contest, at);
            var isLast = then.EndOfUpdates is not null;
            add(at, isLast ? 6 : 0, "state", null, ContestApi.StateOf(then));
        }
    }

    /// <summary>Each judgement's beginning and end, and its being replaced; at the thaw what was hidden comes as it then stands.</summary>
    private static void AddJudgements(ProblemContest contest, ContestSubmission submission, IReadOnlyList<ContestJudgement> judgements, DateTimeOffset instant, Audience audience, Adding add)
    {
        var frozen = audience == Audience.Public && contest.FreezesAt is { } freezes && contest.ContestTime(submission.At) >= freezes;
        var from = frozen ? ContestState.At(contest, instant).Thawed : null;
        var instants = judgements.SelectMany(judgement => judgement.AppliedAt is { } applied ? [applied] : new[] { judgement.StartedAt, judgement.EndedAt }).OfType<DateTimeOffset>()
            .Where(at => at <= instant).Select(at => at < from ? from.Value : at).Distinct().Order();
        var told = new Dictionary<string, ContestApi.Judgement>();
        foreach (var at in instants)
        {
            foreach (var judgement in ContestApi.JudgementsOf(contest, judgements, at))
            {
                if (told.TryGetValue(judgement.Id, out var before) && before == judgement) continue;
                told[judgement.Id] = judgement;
                add(at, 4, "judgements", judgement.Id, judgement);
            }
        }
    }
}
