using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Problems;
using Podium.Scoreboards;
using Podium.Submissions;
using Podium.Voting;

namespace Podium.Emergencies;

public enum ExtensionScope
{
    /// <summary>The closing of all rounds that are open, and personal extensions of them.</summary>
    OpenRounds,

    /// <summary>Every instant of the competition that is to come: registration, rounds, reviews, personal extensions, votings, the problem-solving contest, its end.</summary>
    All,
}

public sealed record ExtensionRequest : EmergencyRequest
{
    /// <summary>How much later; ninety days at most.</summary>
    [Range(1, 129600), Example(120)]
    public required int Minutes { get; init; }

    [Example("openRounds")]
    public ExtensionScope Scope { get; init; }
}

/// <summary>Moves deadlines of a competition later, all at once and by the same time.</summary>
internal sealed class ExtendDeadlines(VotingSessions votings, CompetitionNotices notices, WakeRun wake, Cache cache) : EmergencyMeasure
{
    /// <summary>An instant that was moved, as it stood and as it stands.</summary>
    public sealed record Moved(string What, Guid Id, string Name, DateTimeOffset From, DateTimeOffset To);

    /// <param name="ContestSeconds">By how much the problem-solving contest is longer.</param>
    /// <param name="FreezeKept">Whether its board was frozen, so that the freeze keeps its instant.</param>
    internal sealed record Undo(IReadOnlyList<Moved> Moved, int ContestSeconds, bool FreezeKept);

    private sealed record Row(Guid Id, string Name, DateTimeOffset At);

    /// <param name="Changed">What is written beside it where a row has a version.</param>
    private sealed record Instant(string What, string Table, string Column, string Key, string Name, string Which, bool OfOpenRounds = false, bool Personal = false, string Changed = "");

    private const string Version = ", version = version + 1, updated_at = @Now";
    private const string OfCompetition = "competition_id = @competitionId";
    private const string Counts = "deleted_at IS NULL AND NOT EXISTS (SELECT FROM round_runs WHERE round_runs.tenant_id = moved.tenant_id AND round_runs.round_id = moved.id AND phase IN ('finished', 'cancelled'))";
    private const string RoundName = "(SELECT name FROM competition_rounds WHERE competition_rounds.tenant_id = moved.tenant_id AND competition_rounds.id = moved.round_id)";
    private const string EntryName =
        "(SELECT coalesce(teams.name, users.first_name || ' ' || users.last_name) FROM registrations LEFT JOIN teams ON teams.tenant_id = @TenantId AND teams.id = team_id LEFT JOIN users ON users.tenant_id = @TenantId AND users.id = user_id WHERE registrations.tenant_id = @TenantId AND registrations.id = moved.registration_id)";

    // the latest first, so that no row stands against its own order in between; taken back in the other order
    private static readonly Instant[] Instants =
    [
        new("competition ends", "competitions", "competition_end", "id", "name", "id = @competitionId", Changed: Version),
        new("competition begins", "competitions", "competition_start", "id", "name", "id = @competitionId", Changed: Version),
        new("registration ends", "competitions", "registration_end", "id", "name", "id = @competitionId", Changed: Version),
        new("registration begins", "competitions", "registration_start", "id", "name", "id = @competitionId", Changed: Version),
        new("round closes", "competition_rounds", "closes_at", "id", "name", $"{OfCompetition} AND {Counts} AND (@all OR opens_at <= @Now)", OfOpenRounds: true, Changed: Version),
        new("round opens", "competition_rounds", "opens_at", "id", "name", $"{OfCompetition} AND {Counts}", Changed: Version),
        new("reviews due", "round_runs", "reviews_due_at", "round_id", RoundName, $"{OfCompetition} AND phase = 'judging'"),
        new("review due", "judge_assignments", "due_at", "id", RoundName, $"{OfCompetition} AND status IN ('assigned', 'started')"),
        new("appeals until", "round_runs", "appeals_until", "round_id", RoundName, $"{OfCompetition} AND phase = 'appealing'"),
        new("appeal due", "competition_appeals", "due_at", "id", RoundName, $"{OfCompetition} AND state = 'rescoring'", Changed: ", version = version + 1"),
        new("personal extension", "submission_extensions", "until", "id", EntryName,
            $"{OfCompetition} AND revoked_at IS NULL AND (@all OR EXISTS (SELECT FROM competition_rounds AS round WHERE round.tenant_id = @TenantId AND round.id = moved.round_id AND round.opens_at <= @Now))", OfOpenRounds: true, Personal: true),
        new("voting closes", "voting_sessions", "closes_at", "id", "title", $"{OfCompetition} AND deleted_at IS NULL AND status IN ('draft', 'open')", Changed: Version),
        new("voting opens", "voting_sessions", "opens_at", "id", "title", $"{OfCompetition} AND deleted_at IS NULL AND status = 'draft'", Changed: Version),
        new("contest begins", "problem_contests", "starts_at", "competition_id", "''", OfCompetition, Changed: Version),
    ];

    internal override EmergencyKind Kind => EmergencyKind.Extension;

    internal override async Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken)
    {
        var (session, caller, request) = (acting.Session, acting.Caller, acting.Read<ExtensionRequest>());
        if (LifeCycle.IsOver(acting.Locked.Status)) return CompetitionProblems.Ended;
        var (all, by) = (request.Scope == ExtensionScope.All, TimeSpan.FromMinutes(request.Minutes));
        var moved = new List<(Instant Instant, Moved Moved)>();
        foreach (var instant in Instants.Where(instant => all || instant.OfOpenRounds))
        {
            var rows = await session.QueryAsync<Row>(
                $"SELECT {instant.Key} AS id, {instant.Name} AS name, {instant.Column} AS at FROM {instant.Table} AS moved WHERE tenant_id = @TenantId AND {instant.Column} > @Now AND {instant.Which} ORDER BY 1",
                new { caller.TenantId, competitionId = acting.Locked.Id, acting.Now, all },
                cancellationToken);
            moved.AddRange(rows.Select(row => (instant, new Moved(instant.What, row.Id, row.Name, row.At, row.At + by))));
        }
        // a competition lasts as long as its rounds
        var last = moved.Where(one => one.Instant.Column == "closes_at" && one.Instant.Table == "competition_rounds").Select(one => (DateTimeOffset?)one.Moved.To).Max();
        if (!all && acting.Locked.CompetitionEnd is { } end && last > end) moved.Insert(0, (Instants[0], new Moved(Instants[0].What, acting.Locked.Id, acting.Locked.Name, end, last.Value)));
        var contest = all ? await LengthenAsync(acting, request.Minutes * 60, cancellationToken) : default;
        if (moved.Count == 0 && contest.Seconds == 0) return new Problem(EmergencyProblems.SoAlready, "Nothing of it is to come.");
        foreach (var group in moved.GroupBy(one => one.Instant)) await SetAsync(acting, group.Key, [.. group.Select(one => one.Moved)], cancellationToken);
        await ForgetAsync(acting, moved.Select(one => one.Moved), cancellationToken);
        var told = await TellAsync(acting, [.. moved.Select(one => one.Moved)], moved => moved.To, cancellationToken);
        var items = moved.Select(one => ItemOf(one.Instant, one.Moved));
        if (contest.Item is not null) items = items.Append(contest.Item);
        return new Done(EmergencyPlan.Of(items, told), new Undo([.. moved.Select(one => one.Moved with { Name = "" })], contest.Seconds, contest.FreezeKept));
    }

    internal override async Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken)
    {
        var known = undo.Deserialize<Undo>(Json.Options)!;
        if (known.Moved.FirstOrDefault(moved => moved.From <= acting.Now) is { } over) return new Problem(EmergencyProblems.ReliedOn, $"The earlier instant is over: {over.What}, {over.From:u}.");
        var back = new List<Moved>();
        foreach (var instant in Instants.Reverse())
        {
            var own = known.Moved.Where(moved => moved.What == instant.What).Select(moved => moved with { From = moved.To, To = moved.From }).ToList();
            if (own.Count == 0) continue;
            if (await SetAsync(acting, instant, own, cancellationToken) != own.Count) return new Problem(EmergencyProblems.ReliedOn, $"It was changed since: {instant.What}.");
            back.AddRange(own);
        }
        if (known.ContestSeconds > 0 && await ShortenAsync(acting, known, cancellationToken) is { } relied) return relied;
        await ForgetAsync(acting, back, cancellationToken);
        var named = await NamedAsync(acting, back, cancellationToken);
        var told = await TellAsync(acting, named, moved => moved.To, cancellationToken);
        return EmergencyPlan.Of(named.Select(moved => ItemOf(Instants.First(instant => instant.What == moved.What), moved)), told);
    }

    private static Touched ItemOf(Instant instant, Moved moved) => new(moved.What, moved.Id, moved.Name, $"{moved.From.UtcDateTime:u}", $"{moved.To.UtcDateTime:u}") { IsPersonal = instant.Personal };

    // how many stood as they should and were set
    private static Task<int> SetAsync(Acting acting, Instant instant, IReadOnlyList<Moved> moved, CancellationToken cancellationToken) => acting.Session.ExecuteAsync(
        $"""
        UPDATE {instant.Table} AS moved SET {instant.Column} = given.later{instant.Changed}
        FROM unnest(@ids, @froms, @tos) AS given (id, earlier, later)
        WHERE moved.tenant_id = @TenantId AND moved.{instant.Key} = given.id AND moved.{instant.Column} = given.earlier
        """,
        new
        {
            acting.Caller.TenantId,
            acting.Now,
            ids = moved.Select(one => one.Id).ToArray(),
            froms = moved.Select(one => one.From.UtcDateTime).ToArray(),
            tos = moved.Select(one => one.To.UtcDateTime).ToArray(),
        },
        cancellationToken);

    // a contest that runs is longer; a board that is frozen stays frozen from where it was, or it would tell what has been handed in since
    private static async Task<(int Seconds, bool FreezeKept, Touched? Item)> LengthenAsync(Acting acting, int seconds, CancellationToken cancellationToken)
    {
        var found = await ContestStore.ReadAsync(acting.Session, acting.Caller, acting.Locked.Id, null, null, cancellationToken);
        if (found.Value is not { Contest: { StartsAt: { } starts, EndsAt: { } ends } contest } || starts > acting.Now || ends <= acting.Now) return default;
        var frozen = contest.FreezesAt is { } freezes && contest.ContestTime(acting.Now) >= freezes;
        await acting.Session.ExecuteAsync(
            "UPDATE problem_contests SET duration_seconds = duration_seconds + @seconds, freeze_before_seconds = freeze_before_seconds + @kept, version = version + 1, updated_at = @Now WHERE tenant_id = @TenantId AND competition_id = @Id",
            new { acting.Caller.TenantId, acting.Locked.Id, seconds, kept = frozen ? seconds : 0, acting.Now },
            cancellationToken);
        return (seconds, frozen, new Touched("contest ends", acting.Locked.Id, acting.Locked.Name, $"{ends.UtcDateTime:u}", $"{ends.AddSeconds(seconds).UtcDateTime:u}"));
    }

    private static async Task<Problem?> ShortenAsync(Acting acting, Undo known, CancellationToken cancellationToken)
    {
        var found = await ContestStore.ReadAsync(acting.Session, acting.Caller, acting.Locked.Id, null, null, cancellationToken);
        if (found.Value?.Contest.EndsAt is not { } ends || ends.AddSeconds(-known.ContestSeconds) <= acting.Now) return new Problem(EmergencyProblems.ReliedOn, "The contest's earlier end is over.");
        await acting.Session.ExecuteAsync(
            "UPDATE problem_contests SET duration_seconds = duration_seconds - @seconds, freeze_before_seconds = freeze_before_seconds - @kept, version = version + 1, updated_at = @Now WHERE tenant_id = @TenantId AND competition_id = @Id",
            new { acting.Caller.TenantId, acting.Locked.Id, seconds = known.ContestSeconds, kept = known.FreezeKept ? known.ContestSeconds : 0, acting.Now },
            cancellationToken);
        return null;
    }

    private async Task ForgetAsync(Acting acting, IEnumerable<Moved> moved, CancellationToken cancellationToken)
    {
        var tenantId = acting.Caller.TenantId;
        await CompetitionDirectory.ForgetAsync(cache, acting.Session, tenantId, acting.Locked.Id);
        foreach (var voting in moved.Where(one => one.What.StartsWith("voting", StringComparison.Ordinal)).Select(one => one.Id).Distinct()) await votings.ForgetAsync(acting.Session, tenantId, voting);
        await wake.RunAsync(acting.Session, tenantId, acting.Locked.Id, cancellationToken);
    }

    // those that everybody has in common, in the tenant's own time
    private async Task<int> TellAsync(Acting acting, IReadOnlyList<Moved> moved, Func<Moved, DateTimeOffset> at, CancellationToken cancellationToken)
    {
        var lines = moved.Where(one => one.What is "round opens" or "round closes" or "registration ends" or "voting closes" or "competition ends").Select(one => $"{one.Name}: {ExtendDeadline.InZoneOf(acting.Caller.Tenant, at(one))}").Distinct().Take(40);
        var people = await Concerned.PeopleAsync(acting, cancellationToken);
        await notices.TellAsync(
            acting.Session, acting.Caller.Tenant, "deadlines-changed", people, acting.Locked, new() { ["reason"] = acting.Reason, ["deadlines"] = string.Join('\n', lines) }, cancellationToken);
        return people.Count;
    }

    private static async Task<IReadOnlyList<Moved>> NamedAsync(Acting acting, IReadOnlyList<Moved> moved, CancellationToken cancellationToken)
    {
        var names = new Dictionary<(string, Guid), string>();
        foreach (var instant in Instants.Where(instant => moved.Any(one => one.What == instant.What)))
        {
            var rows = await acting.Session.QueryAsync<(Guid Id, string Name)>(
                $"SELECT {instant.Key}, {instant.Name} FROM {instant.Table} AS moved WHERE tenant_id = @TenantId AND {instant.Key} = ANY (@ids)",
                new { acting.Caller.TenantId, ids = moved.Where(one => one.What == instant.What).Select(one => one.Id).ToArray() },
                cancellationToken);
            foreach (var (id, name) in rows) names[(instant.What, id)] = name;
        }
        return [.. moved.Select(one => one with { Name = names.GetValueOrDefault((one.What, one.Id), "") })];
    }
}
