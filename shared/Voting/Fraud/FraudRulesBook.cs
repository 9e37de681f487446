using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting.Fraud;

/// <summary>Each voting's rules for doubtful votes, in versions; and what runs hot by them, as every instance knows it.</summary>
public sealed class FraudRulesBook(Database database, Cache cache, VotingSessions sessions, CaptchaVerifier captcha, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>Version 0 are the usual rules, which hold where nobody made others.</summary>
    public sealed record View(int Version, FraudRules Rules);

    /// <summary>What a front-end needs to show a captcha.</summary>
    public sealed record CaptchaView(CaptchaMode Mode, string? Provider, string? SiteKey);

    private sealed record Row(int Version, JsonElement Rules);

    private sealed record HotRow
    {
        public required short Kind { get; init; }

        public required long Key { get; init; }

        public required int Minutes { get; init; }

        public required int Voters { get; init; }

        public required DateTimeOffset UntilAt { get; init; }
    }

    /// <summary>Which keys more voters came from than a rule lets pass, and until when that is so if nobody else comes.</summary>
    public sealed class HotKeys
    {
        private readonly Dictionary<(SightingKind Kind, long Key, int Minutes), List<(int Voters, DateTimeOffset Until)>> _known = [];

        internal void Add(SightingKind kind, long key, int minutes, int voters, DateTimeOffset until)
        {
            if (!_known.TryGetValue((kind, key, minutes), out var known)) _known[(kind, key, minutes)] = known = [];
            known.Add((voters, until));
        }

        public int VotersOf(SightingKind kind, long? key, int minutes, DateTimeOffset now) =>
            key is { } one && _known.TryGetValue((kind, one, minutes), out var known) ? known.Where(hot => hot.Until > now).Select(hot => hot.Voters).DefaultIfEmpty().Max() : 0;
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        if (!VotingSessions.MayManage(caller, voting.Value!.CompetitionId)) return CommonProblems.Forbidden;
        return await LoadAsync(caller, id, null, cancellationToken);
    }

    /// <summary>Makes other rules; votes from now on are held against them. Those before are looked at again by a replay.</summary>
    public async Task<Outcome<View>> ReplaceAsync(Caller caller, Guid id, FraudRules rules, int? ifMatch, CancellationToken cancellationToken)
    {
        if (FaultOf(rules) is { } fault) return fault;
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var (known, problem) = await VotingSessions.LockAsync(session, caller, id, null, cancellationToken);
                if (known is null) return problem!;
                if (known.Status == VotingStatus.Published) return VotingProblems.SessionFrozen;
                var version = await session.SingleAsync<int>("SELECT coalesce(max(version), 0) FROM vote_fraud_rules WHERE tenant_id = @TenantId AND voting_session_id = @id", new { caller.TenantId, id }, cancellationToken);
                if (ifMatch is not null && ifMatch != version) return CommonProblems.Stale;
                await session.ExecuteAsync(
                    "INSERT INTO vote_fraud_rules (tenant_id, voting_session_id, version, rules, made_at, made_by) VALUES (@TenantId, @id, @version, @rules::jsonb, @now, @Person)",
                    new { caller.TenantId, caller.Person, id, version = version + 1, rules = JsonSerializer.Serialize(rules, Json.Options), now = clock.GetUtcNow() },
                    cancellationToken);
                await cache.InvalidateAsync(session, RulesKey(caller.TenantId, id), HotKey(caller.TenantId, id));
                return new View(version + 1, rules);
            },
            cancellationToken);
    }

    public async Task<Outcome<CaptchaView>> CaptchaAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var voting = await sessions.ReadAsync(caller, id, cancellationToken);
        if (voting.Problem is { } problem) return problem;
        var mode = (await KnownAsync(caller, id, cancellationToken)).Rules.Captcha;
        return mode == CaptchaMode.Off ? new CaptchaView(mode, null, null) : new CaptchaView(mode, captcha.Provider, captcha.SiteKey);
    }

    /// <summary>What is wrong with rules beside their shape.</summary>
    internal Problem? FaultOf(FraudRules rules)
    {
        if (rules.VoidAt <= rules.HoldAt) return Problem.Invalid("/voidAt", "order", "Votes are void from a higher score on than they are held.");
        if (rules.Captcha != CaptchaMode.Off && captcha.Provider is null) return Problem.Invalid("/captcha", "not-configured", "This installation has no captcha service.");
        for (var i = 0; i < rules.DisposableDomains.Count; i++)
        {
            if (rules.DisposableDomains[i].Length is 0 or > 253) return Problem.Invalid($"/disposableDomains/{i}", "length", "A domain has 253 characters at most.");
        }
        return null;
    }

    internal ValueTask<View> KnownAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        cache.GetAsync(RulesKey(actor.TenantId, id), Life, stop => LoadAsync(new Actor { TenantId = actor.TenantId, Shard = actor.Shard }, id, null, stop), cancellationToken);

    internal ValueTask<HotKeys> HotAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        cache.GetAsync(HotKey(actor.TenantId, id), Life, stop => LoadHotAsync(new Actor { TenantId = actor.TenantId, Shard = actor.Shard }, id, stop), cancellationToken);

    internal Task<View> LoadAsync(Actor actor, Guid id, Session? session, CancellationToken cancellationToken) => Load(session ?? database.As(actor), actor, id, cancellationToken);

    internal Task ForgetHotAsync(Session session, Guid tenantId, Guid id) => cache.InvalidateAsync(session, HotKey(tenantId, id));

    private static async Task<View> Load(Session session, Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var row = await session.FirstAsync<Row>(
            "SELECT version, rules FROM vote_fraud_rules WHERE tenant_id = @TenantId AND voting_session_id = @id ORDER BY version DESC LIMIT 1", new { actor.TenantId, id }, cancellationToken);
        return row is null ? new View(0, new FraudRules()) : new View(row.Version, row.Rules.Deserialize<FraudRules>(Json.Options)!);
    }

    private async Task<HotKeys> LoadHotAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var rows = await database.As(actor).QueryAsync<HotRow>(
            "SELECT kind, key, minutes, voters, until_at FROM vote_hot_keys WHERE tenant_id = @TenantId AND voting_session_id = @id AND until_at > @now",
            new { actor.TenantId, id, now = clock.GetUtcNow() },
            cancellationToken);
        var hot = new HotKeys();
        foreach (var row in rows) hot.Add((SightingKind)row.Kind, row.Key, row.Minutes, row.Voters, row.UntilAt);
        return hot;
    }

    private static string RulesKey(Guid tenantId, Guid id) => $"voting-rules:{tenantId}:{id}";

    private static string HotKey(Guid tenantId, Guid id) => $"voting-hot:{tenantId}:{id}";
}
