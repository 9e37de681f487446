using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;

namespace Podium.Voting.Fraud;

/// <summary>
/// Holds a voting day against other rules: every vote of it goes through them as it was cast, after those of the time that the rules look back to. What would be
/// different is kept, and looked at; then, if somebody wants it, it is.
/// </summary>
public sealed class ReplayVotes(Database database, VotingSessions sessions, FraudRulesBook book, FraudKeys keys, Outbox outbox, TimeProvider clock)
{
    public const string Subject = "replay-votes";

    private const int Together = 2000;

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one replay.</summary>
        public Guid? Id { get; init; }

        /// <summary>The day, of the voting's time zone.</summary>
        [Example("2027-05-02")]
        public required DateOnly Day { get; init; }

        /// <summary>The rules to try; absent: those that hold now.</summary>
        [Example(null!)]
        public FraudRules? Rules { get; init; }
    }

    public sealed record Order(Guid ReplayId);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid VotingId { get; init; }

        public required DateOnly Day { get; init; }

        /// <summary>running, ready, applied.</summary>
        public required string Status { get; init; }

        /// <summary>How many votes of the day were looked at.</summary>
        public int? Votes { get; init; }

        /// <summary>How many votes were given the states below, where they still stood as they had been looked at and nobody had decided meanwhile.</summary>
        public int? Applied { get; init; }

        public required DateTimeOffset AskedAt { get; init; }

        public DateTimeOffset? AppliedAt { get; init; }

        /// <summary>What would be different, in numbers.</summary>
        public IReadOnlyList<Difference> Differences { get; init; } = [];

        /// <summary>The first hundred of the votes, the newest rules' reasons with each.</summary>
        public IReadOnlyList<Change> Changes { get; init; } = [];
    }

    public sealed record Difference(int Option, VoteState From, VoteState To, int Votes);

    public sealed record Change(long EntryId, int Option, VoteState From, VoteState To, int FromScore, int ToScore, IReadOnlyList<FraudFinding> Findings);

    private sealed record Row
    {
        public required Guid Id { get; init; }
        public required Guid VotingSessionId { get; init; }
        public required DateOnly Day { get; init; }
        public required JsonElement Rules { get; init; }
        public required string Status { get; init; }
        public int? Votes { get; init; }
        public int? Applied { get; init; }
        public required DateTimeOffset AskedAt { get; init; }
        public DateTimeOffset? AppliedAt { get; init; }
    }

    private sealed record ChangeRow(long EntryId, short OptionNo, short FromState, short ToState, short FromScore, short ToScore, int Flags, string Findings);

    private const string Columns = "id, voting_session_id, day, rules, status, votes, applied, asked_at, applied_at";

    public async Task<Outcome<View>> AskAsync(Caller caller, Guid id, Request request, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        if (request.Rules is not null && book.FaultOf(request.Rules) is { } fault) return fault with { Faults = [.. fault.Faults.Select(one => one with { Pointer = "/rules" + one.Pointer })] };
        var now = clock.GetUtcNow();
        var replay = request.Id ?? Guid.CreateVersion7(now);
        var rules = request.Rules ?? (await book.LoadAsync(caller, id, null, cancellationToken)).Rules;
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var added = await session.ExecuteAsync(
                    """
                    INSERT INTO vote_replays (tenant_id, id, voting_session_id, day, rules, asked_at, asked_by) VALUES (@TenantId, @replay, @id, @Day, @rules::jsonb, @now, @Person)
                    ON CONFLICT (tenant_id, id) DO NOTHING
                    """,
                    new { caller.TenantId, caller.Person, replay, id, request.Day, rules = JsonSerializer.Serialize(rules, Json.Options), now },
                    cancellationToken);
                if (added > 0) await outbox.AddAsync(session, caller.TenantId, Outbox.VoteChecks, Subject, new Order(replay));
                var row = await RowAsync(session, caller, id, replay, "", cancellationToken);
                return row is not null && row.Day == request.Day ? await ViewOfAsync(session, caller, row, cancellationToken) : VotingProblems.IdTaken;
            },
            cancellationToken);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, Guid replay, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        var row = await RowAsync(database.As(caller), caller, id, replay, "", cancellationToken);
        return row is null ? Problem.NotFound("replay") : await ViewOfAsync(database.As(caller), caller, row, cancellationToken);
    }

    /// <summary>The queue's message: reckons, and keeps what would be different.</summary>
    public async Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var (actor, order) = (delivery.Actor, delivery.Read<Order>());
        var row = await database.As(actor).FirstAsync<Row>($"SELECT {Columns} FROM vote_replays WHERE tenant_id = @TenantId AND id = @ReplayId", new { actor.TenantId, order.ReplayId }, cancellationToken);
        if (row is not { Status: "running" }) return;
        var (votes, changes) = await ReckonAsync(actor, row, cancellationToken);
        await database.InTransaction(
            actor,
            async session =>
            {
                await session.ExecuteAsync("DELETE FROM vote_replay_changes WHERE tenant_id = @TenantId AND replay_id = @Id", new { actor.TenantId, row.Id }, cancellationToken);
                foreach (var some in changes.Chunk(Together)) await KeepAsync(session, actor, row.Id, some, cancellationToken);
                return await session.ExecuteAsync(
                    "UPDATE vote_replays SET status = 'ready', votes = @votes, ready_at = @now, version = version + 1 WHERE tenant_id = @TenantId AND id = @Id AND status = 'running'",
                    new { actor.TenantId, row.Id, votes, now = clock.GetUtcNow() },
                    cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Makes it so: each vote that still stands as the replay saw it, and about which nobody has decided, gets the state that the rules give it.</summary>
    public async Task<Outcome<View>> ApplyAsync(Caller caller, Guid id, Guid replay, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(caller, id, cancellationToken) is { } refusal) return refusal;
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var row = await RowAsync(session, caller, id, replay, " FOR UPDATE", cancellationToken);
                if (row is null) return Problem.NotFound("replay");
                if (row.Status == "running") return VotingProblems.ReplayNotReady;
                if (row.Status == "applied") return await ViewOfAsync(session, caller, row, cancellationToken);
                var now = clock.GetUtcNow();
                var changes = await ChangesAsync(session, caller, replay, null, cancellationToken);
                var applied = 0;
                foreach (var some in changes.Chunk(Together))
                {
                    if (await ApplyAsync(session, caller, id, replay, row.Day, some, now, cancellationToken) is not { } changed) return VotingProblems.SessionFrozen;
                    applied += changed;
                }
                await session.ExecuteAsync(
                    "UPDATE vote_replays SET status = 'applied', applied_at = @now, applied_by = @Person, applied = @applied, version = version + 1 WHERE tenant_id = @TenantId AND id = @replay",
                    new { caller.TenantId, caller.Person, replay, applied, now },
                    cancellationToken);
                return await ViewOfAsync(session, caller, (await RowAsync(session, caller, id, replay, "", cancellationToken))!, cancellationToken);
            },
            cancellationToken);
    }

    private static async Task<int?> ApplyAsync(Session session, Caller caller, Guid id, Guid replay, DateOnly day, ChangeRow[] some, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var standing = (await session.QueryAsync<FraudVotes.Row>(
            FraudVotes.Select + " AND votes.entry_id = ANY (@entries) AND votes.entry_id BETWEEN @first AND @last",
            new { caller.TenantId, id, entries = some.Select(one => one.EntryId).ToArray(), first = some[0].EntryId, last = some[^1].EntryId },
            cancellationToken)).Where(vote => !vote.Decided).ToDictionary(vote => vote.EntryId);
        var held = some.Where(one => standing.TryGetValue(one.EntryId, out var vote) && vote.State == one.FromState).ToList();
        foreach (var group in held.GroupBy(one => one.ToState))
        {
            var note = string.Create(CultureInfo.InvariantCulture, $"replay of {day:yyyy-MM-dd}");
            var changed = await session.SingleAsync<int>(
                "SELECT judge_votes(@id, @entries, @state, @note, @now)", new { id, entries = group.Select(one => one.EntryId).ToArray(), state = group.Key, note, now }, cancellationToken);
            if (changed < 0) return null;
        }
        await session.ExecuteAsync(
            """
            SELECT score_votes(@id, @entries, @scores, @flags);
            INSERT INTO vote_findings AS known (tenant_id, voting_session_id, entry_id, rules_version, score, flags, findings, checked_at)
            SELECT @TenantId, @id, entry_id, 0, to_score, flags, findings, @now FROM vote_replay_changes WHERE tenant_id = @TenantId AND replay_id = @replay AND entry_id = ANY (@entries)
            ON CONFLICT (tenant_id, voting_session_id, entry_id) DO UPDATE
            SET rules_version = excluded.rules_version, score = excluded.score, flags = excluded.flags, findings = excluded.findings, checked_at = excluded.checked_at
            """,
            new
            {
                caller.TenantId,
                id,
                replay,
                entries = held.Select(one => one.EntryId).ToArray(),
                scores = held.Select(one => one.ToScore).ToArray(),
                flags = held.Select(one => one.Flags).ToArray(),
                now,
            },
            cancellationToken);
        return held.Count;
    }

    private async Task<(int Votes, List<ChangeRow> Changes)> ReckonAsync(Actor actor, Row row, CancellationToken cancellationToken)
    {
        var rules = row.Rules.Deserialize<FraudRules>(Json.Options)!;
        var zone = await database.As(actor).SingleAsync<string>("SELECT time_zone FROM voting_sessions WHERE tenant_id = @TenantId AND id = @VotingSessionId", new { actor.TenantId, row.VotingSessionId }, cancellationToken);
        var (begins, ends) = (StartOf(row.Day, zone), StartOf(row.Day.AddDays(1), zone));
        var from = begins.AddMinutes(-rules.Rules.Select(rule => rule.Minutes).DefaultIfEmpty(0).Max());
        // across tenants only in name: it may take longer than a page
        var votes = await database.AsPlatform(actor.Shard).QueryAsync<FraudVotes.Row>(
            FraudVotes.Select + " AND votes.cast_at >= @from AND votes.cast_at < @ends ORDER BY votes.entry_id", new { actor.TenantId, id = row.VotingSessionId, from, ends }, cancellationToken);
        var memory = new FraudMemory();
        await CheckVotes.PlaceAsync(database.As(actor), actor, memory, [.. votes.Select(vote => vote.PlaceId).OfType<int>().Distinct()], cancellationToken);
        var found = new Dictionary<long, (FraudVotes.Row Row, List<FraudFinding> Findings)>();
        foreach (var vote in votes)
        {
            var findings = memory.Observe(FraudVotes.Of(actor, row.VotingSessionId, vote, rules, keys), rules);
            if (vote.CastAt >= begins) found[vote.EntryId] = (vote, findings);
        }
        foreach (var (entry, finding) in memory.Late)
        {
            if (found.TryGetValue(entry, out var vote)) CheckVotes.Add(vote.Findings, finding);
        }
        var changes = found.Values
            .Select(vote => CheckVotes.Judge(vote.Row, vote.Findings, rules))
            .Where(one => (short)one.Wanted != one.Row.State && !one.Row.Decided)
            .OrderBy(one => one.Row.EntryId)
            .Select(one => new ChangeRow(
                one.Row.EntryId, (short)one.Row.Option, one.Row.State, (short)one.Wanted, one.Row.FraudScore ?? 0, (short)one.Score, FraudRules.FlagsOf(one.Findings), JsonSerializer.Serialize(one.Findings, Json.Options)))
            .ToList();
        return (found.Count, changes);
    }

    private static DateTimeOffset StartOf(DateOnly day, string zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        var place = TimeZoneInfo.FindSystemTimeZoneById(zone);
        // where a day begins at one o'clock
        while (place.IsInvalidTime(local)) local = local.AddMinutes(30);
        return new DateTimeOffset(local, place.GetUtcOffset(local)).ToUniversalTime();
    }

    private static Task<int> KeepAsync(Session session, Actor actor, Guid replay, ChangeRow[] some, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO vote_replay_changes (tenant_id, replay_id, entry_id, option_no, from_state, to_state, from_score, to_score, flags, findings)
        SELECT @TenantId, @replay, entry, option, from_state, to_state, from_score, to_score, flags, findings::jsonb
        FROM unnest(@entries, @options, @fromStates, @toStates, @fromScores, @toScores, @flags, @findings) AS given (entry, option, from_state, to_state, from_score, to_score, flags, findings)
        """,
        new
        {
            actor.TenantId,
            replay,
            entries = some.Select(one => one.EntryId).ToArray(),
            options = some.Select(one => one.OptionNo).ToArray(),
            fromStates = some.Select(one => one.FromState).ToArray(),
            toStates = some.Select(one => one.ToState).ToArray(),
            fromScores = some.Select(one => one.FromScore).ToArray(),
            toScores = some.Select(one => one.ToScore).ToArray(),
            flags = some.Select(one => one.Flags).ToArray(),
            findings = some.Select(one => one.Findings).ToArray(),
        },
        cancellationToken);

    private static Task<Row?> RowAsync(Session session, Caller caller, Guid id, Guid replay, string how, CancellationToken cancellationToken) => session.FirstAsync<Row>(
        $"SELECT {Columns} FROM vote_replays WHERE tenant_id = @TenantId AND id = @replay AND voting_session_id = @id{how}", new { caller.TenantId, id, replay }, cancellationToken);

    private static Task<IReadOnlyList<ChangeRow>> ChangesAsync(Session session, Caller caller, Guid replay, int? most, CancellationToken cancellationToken) => session.QueryAsync<ChangeRow>(
        "SELECT entry_id, option_no, from_state, to_state, from_score, to_score, flags, findings::text FROM vote_replay_changes WHERE tenant_id = @TenantId AND replay_id = @replay ORDER BY entry_id LIMIT @most",
        new { caller.TenantId, replay, most },
        cancellationToken);

    private static async Task<View> ViewOfAsync(Session session, Caller caller, Row row, CancellationToken cancellationToken)
    {
        var parts = await session.QueryAsync<(int Option, int From, int To, int Votes)>(
            """
            SELECT option_no::integer, from_state::integer, to_state::integer, count(*)::integer FROM vote_replay_changes WHERE tenant_id = @TenantId AND replay_id = @Id
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            new { caller.TenantId, row.Id },
            cancellationToken);
        var changes = await ChangesAsync(session, caller, row.Id, 100, cancellationToken);
        return new View
        {
            Id = row.Id,
            VotingId = row.VotingSessionId,
            Day = row.Day,
            Status = row.Status,
            Votes = row.Votes,
            Applied = row.Applied,
            AskedAt = row.AskedAt,
            AppliedAt = row.AppliedAt,
            Differences = [.. parts.Select(part => new Difference(part.Option, (VoteState)part.From, (VoteState)part.To, part.Votes))],
            Changes = [.. changes.Select(one => new Change(
                one.EntryId, one.OptionNo, (VoteState)one.FromState, (VoteState)one.ToState, one.FromScore, one.ToScore, JsonSerializer.Deserialize<IReadOnlyList<FraudFinding>>(one.Findings, Json.Options)!))],
        };
    }

    private async Task<Problem?> RefusalAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        return VotingSessions.MayManage(caller, voting.Value!.CompetitionId) ? null : new Problem(CommonProblems.Forbidden);
    }
}
