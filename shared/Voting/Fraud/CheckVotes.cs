using System.Globalization;
using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;

namespace Podium.Voting.Fraud;

/// <summary>
/// Looks at votes again once they are cast, in the order of the log: what is seen together only shows with time. One look at a time is under way for a voting;
/// it keeps the features that it needs, so a cast writes none. What it finds is explained beside the vote, and the vote held or void where the rules say so.
/// </summary>
public sealed class CheckVotes(Database database, FraudRulesBook book, FraudKeys keys, GeoIp geo, Outbox outbox, Sweep sweep, TimeProvider clock)
{
    public const string Subject = "check-votes";

    private const int Batch = 2000;
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(2);

    public sealed record Order(Guid VotingId);

    private sealed record Waiting(Guid TenantId, Guid Id);

    private sealed record SeenRow
    {
        public required short Kind { get; init; }
        public required long Key { get; init; }
        public required long Member { get; init; }
        public required DateTimeOffset SeenAt { get; init; }
        public required long EntryId { get; init; }
    }

    private sealed record TrafficRow
    {
        public required int AgentId { get; init; }
        public required short OptionNo { get; init; }
        public required DateTimeOffset Slot { get; init; }
        public required long Votes { get; init; }
    }

    private sealed record PlaceRow(int Id, double Latitude, double Longitude);

    internal sealed record Judged(FraudVotes.Row Row, IReadOnlyList<FraudFinding> Findings, int Score, VoteState Wanted);

    /// <summary>Asks for a look at every voting with votes that nobody has looked at.</summary>
    public async Task OrderAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in database.Shards)
        {
            var now = clock.GetUtcNow();
            var waiting = await database.AsPlatform(shard).QueryAsync<Waiting>(
                """
                SELECT voting.tenant_id, voting.id FROM voting_sessions AS voting
                LEFT JOIN vote_checks AS known ON known.tenant_id = voting.tenant_id AND known.voting_session_id = voting.id
                WHERE voting.status IN ('open', 'closed') AND voting.deleted_at IS NULL AND (known.asked_at IS NULL OR known.asked_at <= @before)
                  AND EXISTS (SELECT FROM vote_audit_log AS log WHERE log.tenant_id = voting.tenant_id AND log.voting_session_id = voting.id AND log.id > coalesce(known.checked_id, 0))
                ORDER BY voting.tenant_id, voting.id
                """,
                new { before = now - AskAgain },
                cancellationToken);
            foreach (var one in waiting)
            {
                await database.InTransaction(
                    new Actor { TenantId = one.TenantId, Shard = shard },
                    async session =>
                    {
                        var asked = await session.ExecuteAsync(
                            """
                            INSERT INTO vote_checks AS known (tenant_id, voting_session_id, checked_id, checked_at, asked_at) VALUES (@TenantId, @Id, 0, @now, @now)
                            ON CONFLICT (tenant_id, voting_session_id) DO UPDATE SET asked_at = @now WHERE known.asked_at IS NULL OR known.asked_at <= @before
                            """,
                            new { one.TenantId, one.Id, now, before = now - AskAgain },
                            cancellationToken);
                        if (asked > 0) await outbox.AddAsync(session, one.TenantId, Outbox.VoteChecks, Subject, new Order(one.Id));
                        return asked;
                    },
                    cancellationToken);
            }
        }
    }

    /// <summary>The queue's message. Twice is harmless: each vote is looked at once.</summary>
    public Task RunAsync(Delivery delivery, CancellationToken cancellationToken) => RunAsync(delivery.Actor, delivery.Read<Order>().VotingId, cancellationToken);

    public async Task RunAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        // casts under way are let through, so that no entry comes later with a lower number
        var end = await database.AsPlatform(actor.Shard).SingleAsync<long>("SELECT vote_log_end(@TenantId, @id)", new { actor.TenantId, id }, cancellationToken);
        while (await database.InTransaction(actor, session => StepAsync(session, actor, id, end, cancellationToken), cancellationToken))
        {
        }
    }

    /// <summary>Forgets what was seen together in votings that were published a month ago; what was found stays with the votes.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var table in new[] { "vote_sightings", "vote_traffic", "vote_hot_keys" })
        {
            removed += await sweep.Run(
                table,
                $"EXISTS (SELECT FROM voting_sessions AS voting WHERE voting.tenant_id = {table}.tenant_id AND voting.id = {table}.voting_session_id AND voting.published_at < @before)",
                new { before = clock.GetUtcNow() - TimeSpan.FromDays(30) },
                cancellationToken);
        }
        return removed;
    }

    // whether there is more
    private async Task<bool> StepAsync(Session session, Actor actor, Guid id, long end, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var known = await session.QueryAsync<long>(
            """
            INSERT INTO vote_checks (tenant_id, voting_session_id, checked_id, checked_at) VALUES (@TenantId, @id, 0, @now) ON CONFLICT DO NOTHING;
            SELECT checked_id FROM vote_checks WHERE tenant_id = @TenantId AND voting_session_id = @id FOR UPDATE SKIP LOCKED
            """,
            new { actor.TenantId, id, now },
            cancellationToken);
        // somebody else is at it
        if (known is not [var after] || after >= end) return false;
        var until = await session.SingleAsync<long>(
            "SELECT coalesce((SELECT id FROM vote_audit_log WHERE tenant_id = @TenantId AND voting_session_id = @id AND id > @after AND id <= @end ORDER BY id LIMIT 1 OFFSET @skipped), @end)",
            new { actor.TenantId, id, after, end, skipped = Batch - 1 },
            cancellationToken);
        var rows = await session.QueryAsync<FraudVotes.Row>(
            FraudVotes.Select + " AND votes.entry_id > @after AND votes.entry_id <= @until ORDER BY votes.entry_id", new { actor.TenantId, id, after, until }, cancellationToken);
        if (rows.Count > 0)
        {
            var (version, rules) = await book.LoadAsync(actor, id, session, cancellationToken);
            var memory = new FraudMemory();
            var votes = rows.Select(row => FraudVotes.Of(actor, id, row, rules, keys)).ToList();
            await LocateAsync(session, actor, rows, cancellationToken);
            await RecallAsync(session, actor, id, memory, votes, rules, cancellationToken);
            var found = votes.Zip(rows, (vote, row) => (row, memory.Observe(vote, rules))).ToDictionary(one => one.row.EntryId);
            await AddLateAsync(session, actor, id, memory, found, cancellationToken);
            var judged = found.Values.Select(one => Judge(one.row, one.Item2, rules)).OrderBy(one => one.Row.EntryId).ToList();
            await KeepAsync(session, actor, id, memory, cancellationToken);
            await KeepHotAsync(session, actor, id, memory, votes, rules, cancellationToken);
            await WriteAsync(session, actor, id, judged.Where(one => !one.Row.Decided), version, $"rules {version}", now, cancellationToken);
        }
        await session.ExecuteAsync(
            "UPDATE vote_checks SET checked_id = @until, checked_at = @now, asked_at = CASE WHEN @until = @end THEN NULL ELSE asked_at END WHERE tenant_id = @TenantId AND voting_session_id = @id",
            new { actor.TenantId, id, until, end, now },
            cancellationToken);
        return until < end;
    }

    /// <summary>Explains, scores, and holds or voids. Nothing that stands already is judged milder here.</summary>
    internal static async Task WriteAsync(Session session, Actor actor, Guid id, IEnumerable<Judged> judged, int version, string note, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var doubtful = judged.Where(one => one.Findings.Count > 0 || one.Row.FraudScore > 0).ToList();
        if (doubtful.Count == 0) return;
        var entries = doubtful.Select(one => one.Row.EntryId).ToArray();
        await session.ExecuteAsync(
            """
            SELECT score_votes(@id, @entries, @scores, @flags);
            INSERT INTO vote_findings AS known (tenant_id, voting_session_id, entry_id, rules_version, score, flags, findings, checked_at)
            SELECT @TenantId, @id, entry, @version, score, flags, findings::jsonb, @now FROM unnest(@entries, @scores, @flags, @findings) AS given (entry, score, flags, findings)
            ON CONFLICT (tenant_id, voting_session_id, entry_id) DO UPDATE
            SET rules_version = excluded.rules_version, score = excluded.score, flags = excluded.flags, findings = excluded.findings, checked_at = excluded.checked_at
            WHERE known.decision_id IS NULL
            """,
            new
            {
                actor.TenantId,
                id,
                entries,
                version,
                now,
                scores = doubtful.Select(one => (short)one.Score).ToArray(),
                flags = doubtful.Select(one => FraudRules.FlagsOf(one.Findings)).ToArray(),
                findings = doubtful.Select(one => JsonSerializer.Serialize(one.Findings, Json.Options)).ToArray(),
            },
            cancellationToken);
        foreach (var group in doubtful.Where(one => (short)one.Wanted > one.Row.State).GroupBy(one => (one.Wanted, one.Score)))
        {
            await session.ExecuteAsync(
                "SELECT judge_votes(@id, @judged, @state, @note, @now)",
                new { id, judged = group.Select(one => one.Row.EntryId).ToArray(), state = (short)group.Key.Wanted, note = $"{note}: score {group.Key.Score}", now },
                cancellationToken);
        }
    }

    internal static Judged Judge(FraudVotes.Row row, IReadOnlyList<FraudFinding> findings, FraudRules rules)
    {
        var score = FraudRules.ScoreOf(findings);
        return new Judged(row, findings, score, rules.StateOf(score));
    }

    // votes of earlier looks against which something speaks only now; what was found then stays
    private static async Task AddLateAsync(
        Session session, Actor actor, Guid id, FraudMemory memory, Dictionary<long, (FraudVotes.Row Row, List<FraudFinding> Findings)> found, CancellationToken cancellationToken)
    {
        var earlier = memory.Late.Select(late => late.Entry).Where(entry => !found.ContainsKey(entry)).Distinct().Order().ToArray();
        if (earlier.Length > 0)
        {
            var rows = await session.QueryAsync<FraudVotes.Row>(
                FraudVotes.Select + " AND votes.entry_id = ANY (@earlier) AND votes.entry_id BETWEEN @first AND @last", new { actor.TenantId, id, earlier, first = earlier[0], last = earlier[^1] }, cancellationToken);
            foreach (var row in rows) found[row.EntryId] = (row, row.Findings is { } known ? JsonSerializer.Deserialize<List<FraudFinding>>(known, Json.Options)! : []);
        }
        foreach (var (entry, finding) in memory.Late)
        {
            if (found.TryGetValue(entry, out var vote)) Add(vote.Findings, finding);
        }
    }

    internal static void Add(List<FraudFinding> findings, FraudFinding late)
    {
        if (!findings.Any(known => known.Signal == late.Signal && known.Threshold == late.Threshold && known.Minutes == late.Minutes)) findings.Add(late);
    }

    // what addresses tell of coordinates, kept with the place the first time
    private async Task LocateAsync(Session session, Actor actor, IReadOnlyList<FraudVotes.Row> rows, CancellationToken cancellationToken)
    {
        var found = rows
            .Where(row => row is { PlaceId: not null, Latitude: null, IpAddress: not null })
            .DistinctBy(row => row.PlaceId)
            .Select(row => (Id: row.PlaceId!.Value, geo.Find(row.IpAddress)?.At))
            .Where(place => place.At is not null)
            .ToList();
        if (found.Count == 0) return;
        await session.ExecuteAsync(
            """
            UPDATE vote_places SET latitude = given.latitude::real, longitude = given.longitude::real FROM unnest(@ids, @latitudes, @longitudes) AS given (id, latitude, longitude)
            WHERE vote_places.tenant_id = @TenantId AND vote_places.id = given.id AND vote_places.latitude IS NULL
            """,
            new
            {
                actor.TenantId,
                ids = found.Select(place => place.Id).ToArray(),
                latitudes = found.Select(place => place.At!.Value.Latitude.ToString(CultureInfo.InvariantCulture)).ToArray(),
                longitudes = found.Select(place => place.At!.Value.Longitude.ToString(CultureInfo.InvariantCulture)).ToArray(),
            },
            cancellationToken);
    }

    // what the votes' keys were seen with before
    private static async Task RecallAsync(Session session, Actor actor, Guid id, FraudMemory memory, List<FraudVote> votes, FraudRules rules, CancellationToken cancellationToken)
    {
        var wanted = votes.SelectMany(vote => new (SightingKind Kind, long? Key)[]
        {
            (SightingKind.Address, vote.Address), (SightingKind.Network, vote.Network), (SightingKind.Device, vote.Device),
            (SightingKind.VoterPlaces, vote.Place is null ? null : vote.Voter), (SightingKind.DevicePlaces, vote.Place is null ? null : vote.Device),
        }).Where(key => key.Key is not null).Distinct().ToList();
        var longest = rules.Rules.Select(rule => rule.Minutes).DefaultIfEmpty(0).Max();
        var (seen, traffic) = await session.QueryManyAsync(
            """
            SELECT wanted.kind, wanted.key, known.member, known.seen_at, known.entry_id
            FROM unnest(@kinds, @keys) AS wanted (kind, key)
            CROSS JOIN LATERAL (
                SELECT member, seen_at, entry_id FROM vote_sightings
                WHERE tenant_id = @TenantId AND voting_session_id = @id AND kind = wanted.kind AND key = wanted.key
                ORDER BY seen_at DESC LIMIT @MostSeen
            ) AS known;

            SELECT agent_id, option_no, slot, votes FROM vote_traffic
            WHERE tenant_id = @TenantId AND voting_session_id = @id AND agent_id = ANY (@agents) AND slot > @from
            """,
            new
            {
                actor.TenantId,
                id,
                FraudMemory.MostSeen,
                kinds = wanted.Select(key => (short)key.Kind).ToArray(),
                keys = wanted.Select(key => key.Key!.Value).ToArray(),
                agents = votes.Select(vote => vote.Agent ?? 0).Append(0).Append(-1).Distinct().ToArray(),
                from = votes[0].CastAt.AddMinutes(-longest) - TimeSpan.FromDays(1),
            },
            async results => ((await results.ReadAsync<SeenRow>()).ToList(), (await results.ReadAsync<TrafficRow>()).ToList()),
            cancellationToken);
        foreach (var row in seen) memory.Remember(new FraudMemory.Sighting((SightingKind)row.Kind, row.Key, row.Member, row.SeenAt, row.EntryId));
        foreach (var row in traffic) memory.Remember(new FraudMemory.Traffic(row.AgentId, row.OptionNo, row.Slot, row.Votes));
        var places = votes.Where(vote => vote.Place is not null).Select(vote => vote.Place!.Value)
            .Concat(seen.Where(row => (SightingKind)row.Kind is SightingKind.VoterPlaces or SightingKind.DevicePlaces).Select(row => (int)row.Member)).Distinct().ToArray();
        if (places.Length > 0) await PlaceAsync(session, actor, memory, places, cancellationToken);
    }

    internal static async Task PlaceAsync(Session session, Actor actor, FraudMemory memory, int[] places, CancellationToken cancellationToken)
    {
        var located = await session.QueryAsync<PlaceRow>(
            "SELECT id, latitude::float8 AS latitude, longitude::float8 AS longitude FROM vote_places WHERE tenant_id = @TenantId AND id = ANY (@places) AND latitude IS NOT NULL AND longitude IS NOT NULL",
            new { actor.TenantId, places },
            cancellationToken);
        foreach (var place in located) memory.Locate(place.Id, place.Latitude, place.Longitude);
    }

    private static Task<int> KeepAsync(Session session, Actor actor, Guid id, FraudMemory memory, CancellationToken cancellationToken)
    {
        var (seen, added) = (memory.Changed.ToList(), memory.Added.ToList());
        return session.ExecuteAsync(
            """
            INSERT INTO vote_sightings AS known (tenant_id, voting_session_id, kind, key, member, seen_at, entry_id)
            SELECT @TenantId, @id, kind, key, member, seen, entry FROM unnest(@kinds, @keys, @members, @instants, @entries) AS given (kind, key, member, seen, entry)
            ON CONFLICT (tenant_id, voting_session_id, kind, key, member) DO UPDATE SET seen_at = excluded.seen_at, entry_id = excluded.entry_id WHERE known.entry_id < excluded.entry_id;

            INSERT INTO vote_traffic AS known (tenant_id, voting_session_id, agent_id, slot, option_no, votes)
            SELECT @TenantId, @id, agent, slot, option, votes FROM unnest(@agents, @slots, @options, @votes) AS given (agent, slot, option, votes)
            ON CONFLICT (tenant_id, voting_session_id, agent_id, slot, option_no) DO UPDATE SET votes = known.votes + excluded.votes
            """,
            new
            {
                actor.TenantId,
                id,
                kinds = seen.Select(one => (short)one.Kind).ToArray(),
                keys = seen.Select(one => one.Key).ToArray(),
                members = seen.Select(one => one.Member).ToArray(),
                instants = seen.Select(one => one.At.UtcDateTime).ToArray(),
                entries = seen.Select(one => one.Entry).ToArray(),
                agents = added.Select(one => one.Agent).ToArray(),
                slots = added.Select(one => one.Slot.UtcDateTime).ToArray(),
                options = added.Select(one => (short)one.Option).ToArray(),
                votes = added.Select(one => one.Votes).ToArray(),
            },
            cancellationToken);
    }

    // the next vote from there is held before it counts
    private async Task KeepHotAsync(Session session, Actor actor, Guid id, FraudMemory memory, List<FraudVote> votes, FraudRules rules, CancellationToken cancellationToken)
    {
        var hot = HotKeysOf(memory, votes, rules).ToList();
        var changed = await session.ExecuteAsync(
            """
            DELETE FROM vote_hot_keys WHERE tenant_id = @TenantId AND voting_session_id = @id AND until_at <= @last;
            INSERT INTO vote_hot_keys AS known (tenant_id, voting_session_id, kind, key, minutes, voters, until_at)
            SELECT @TenantId, @id, kind, key, minutes, voters, until FROM unnest(@kinds, @keys, @minutes, @voters, @untils) AS given (kind, key, minutes, voters, until)
            ON CONFLICT (tenant_id, voting_session_id, kind, key, minutes, voters) DO UPDATE SET until_at = excluded.until_at WHERE known.until_at < excluded.until_at
            """,
            new
            {
                actor.TenantId,
                id,
                last = votes[^1].CastAt,
                kinds = hot.Select(one => (short)one.Kind).ToArray(),
                keys = hot.Select(one => one.Key).ToArray(),
                minutes = hot.Select(one => one.Minutes).ToArray(),
                voters = hot.Select(one => one.Voters).ToArray(),
                untils = hot.Select(one => one.Until.UtcDateTime).ToArray(),
            },
            cancellationToken);
        if (changed > 0) await book.ForgetHotAsync(session, actor.TenantId, id);
    }

    private static IEnumerable<(SightingKind Kind, long Key, int Minutes, int Voters, DateTimeOffset Until)> HotKeysOf(FraudMemory memory, List<FraudVote> votes, FraudRules rules)
    {
        var last = votes[^1].CastAt;
        foreach (var rule in rules.Rules)
        {
            var (kind, of) = rule.Signal switch
            {
                FraudSignal.AddressVoters => (SightingKind.Address, (Func<FraudVote, long?>)(vote => vote.Address)),
                FraudSignal.NetworkVoters => (SightingKind.Network, vote => vote.Network),
                FraudSignal.DeviceVoters => (SightingKind.Device, vote => vote.Device),
                _ => (default, _ => null),
            };
            var least = (int)Math.Ceiling(rule.Threshold);
            foreach (var key in votes.Select(of).OfType<long>().Distinct())
            {
                if (memory.HotUntil(kind, key, last, rule.Minutes, least) is { } until) yield return (kind, key, rule.Minutes, least, until);
            }
        }
    }
}
