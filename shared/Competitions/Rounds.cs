using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>The rounds of a competition: when each opens and closes.</summary>
public sealed class Rounds(Database database, Cache cache, WakeRun wake, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required int Number { get; init; }

        public required string Name { get; init; }

        /// <summary>The name in other languages.</summary>
        public required JsonElement Names { get; init; }

        public required string Description { get; init; }

        public required DateTimeOffset OpensAt { get; init; }

        public required DateTimeOffset ClosesAt { get; init; }

        public required JsonElement Configuration { get; init; }

        public required int Version { get; init; }
    }

    /// <summary>What a round wants different from the competition.</summary>
    public sealed record RoundConfiguration
    {
        /// <summary>How many hours before it closes those who take part are reminded; 0 is never.</summary>
        [Range(0, 720), Example(24)]
        public int ReminderHours { get; init; } = 24;

        /// <summary>How it is judged; absent where nobody judges.</summary>
        public JudgingRules? Judging { get; init; }

        public AdvancingRules Advancing { get; init; } = new();

        /// <summary>Whether the organisers look at the places before anybody else does.</summary>
        [Example(true)]
        public bool Confirm { get; init; } = true;

        /// <summary>What only the front-end understands.</summary>
        public JsonElement? Custom { get; init; }

        public static RoundConfiguration Of(JsonElement stored) => stored.Deserialize<RoundConfiguration>(Json.Options)!;

        public string Text() => JsonSerializer.Serialize(this, Json.Options);
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one round.</summary>
        public Guid? Id { get; init; }

        [Range(1, 100)]
        public required int Number { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Qualification")]
        public required string Name { get; init; }

        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, string>? Names { get; init; }

        [StringLength(10000)]
        public string Description { get; init; } = "";

        [Example("2026-12-01T09:00:00Z")]
        public required DateTimeOffset OpensAt { get; init; }

        public required DateTimeOffset ClosesAt { get; init; }

        public RoundConfiguration Configuration { get; init; } = new();
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [Range(1, 100)]
        public int? Number { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Qualification")]
        public string? Name { get; init; }

        [MaxLength(20), Example(null!)]
        public IReadOnlyDictionary<string, string>? Names { get; init; }

        [StringLength(10000)]
        public string? Description { get; init; }

        [Example("2026-12-01T09:00:00Z")]
        public DateTimeOffset? OpensAt { get; init; }

        public DateTimeOffset? ClosesAt { get; init; }

        public RoundConfiguration? Configuration { get; init; }
    }

    private sealed record Frame(DateTimeOffset? CompetitionStart, DateTimeOffset? CompetitionEnd, int Number, DateTimeOffset OpensAt, DateTimeOffset ClosesAt);

    internal const string Columns = "id, competition_id, number, name, names, description, opens_at, closes_at, configuration, version";

    public async Task<Outcome<View>> AddAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        var faults = Translations.FaultsOf(caller.Tenant, request.Names?.Keys, "/names").ToList();
        faults.AddRange(new[] { EditCompetition.FaultOf(request.OpensAt, "/opensAt"), EditCompetition.FaultOf(request.ClosesAt, "/closesAt") }.OfType<Fault>());
        if (request.OpensAt >= request.ClosesAt) faults.Add(new Fault("/closesAt", "order", "A round closes after it has opened."));
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
                var added = await InsertAsync(session, caller, competitionId, request, clock.GetUtcNow(), cancellationToken);
                if (added.Problem is not null) return added;
                if (await FaultAsync(session, caller, competitionId, cancellationToken) is { } fault) return fault;
                await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
                await wake.RunAsync(session, caller.TenantId, competitionId, cancellationToken);
                return added;
            },
            cancellationToken);
    }

    internal static async Task<Outcome<View>> InsertAsync(Session session, Caller caller, Guid competitionId, Request request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wanted = new
        {
            caller.TenantId,
            caller.UserId,
            competitionId,
            id = request.Id ?? Guid.CreateVersion7(now),
            request.Number,
            name = request.Name.Trim(),
            names = NamesOf(request.Names) ?? "{}",
            request.Description,
            request.OpensAt,
            request.ClosesAt,
            configuration = request.Configuration.Text(),
            now,
        };
        var added = await session.FirstAsync<View>(
            $"""
            INSERT INTO competition_rounds (tenant_id, id, competition_id, number, name, names, description, opens_at, closes_at, configuration, created_at, created_by, updated_at, updated_by)
            VALUES (@TenantId, @id, @competitionId, @Number, @name, @names::jsonb, @Description, @OpensAt, @ClosesAt, @configuration::jsonb, @now, @UserId, @now, @UserId)
            ON CONFLICT (tenant_id, id) DO NOTHING
            RETURNING {Columns}
            """,
            wanted,
            cancellationToken);
        added ??= await session.FirstAsync<View>(
            $"""
            SELECT {Columns} FROM competition_rounds
            WHERE tenant_id = @TenantId AND id = @id AND competition_id = @competitionId AND deleted_at IS NULL AND number = @Number AND name = @name AND names = @names::jsonb
              AND description = @Description AND opens_at = @OpensAt AND closes_at = @ClosesAt AND configuration = @configuration::jsonb
            """,
            wanted,
            cancellationToken);
        return added is null ? IdentityProblems.IdTaken : added;
    }

    public async Task<Outcome<View>> ChangeAsync(Caller caller, Guid competitionId, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken)
    {
        var faults = Translations.FaultsOf(caller.Tenant, change.Names?.Keys, "/names").ToList();
        faults.AddRange(new[] { EditCompetition.FaultOf(change.OpensAt, "/opensAt"), EditCompetition.FaultOf(change.ClosesAt, "/closesAt") }.OfType<Fault>());
        if (change.OpensAt >= change.ClosesAt) faults.Add(new Fault("/closesAt", "order", "A round closes after it has opened."));
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
                if (await LockAsync(session, caller, competitionId, id, ifMatch, cancellationToken) is { } problem) return problem;
                var changed = await session.SingleAsync<View>(
                    $"""
                    UPDATE competition_rounds
                    SET number = coalesce(@Number, number), name = coalesce(@name, name), names = coalesce(@names::jsonb, names), description = coalesce(@Description, description),
                        opens_at = coalesce(@OpensAt, opens_at), closes_at = coalesce(@ClosesAt, closes_at), configuration = coalesce(@configuration::jsonb, configuration),
                        updated_at = @now, updated_by = @Person, version = version + 1
                    WHERE tenant_id = @TenantId AND id = @id
                    RETURNING {Columns}
                    """,
                    new
                    {
                        caller.TenantId,
                        caller.Person,
                        id,
                        change.Number,
                        name = change.Name?.Trim(),
                        names = NamesOf(change.Names),
                        change.Description,
                        change.OpensAt,
                        change.ClosesAt,
                        configuration = change.Configuration?.Text(),
                        now = clock.GetUtcNow(),
                    },
                    cancellationToken);
                if (await FaultAsync(session, caller, competitionId, cancellationToken) is { } fault) return fault;
                await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
                await wake.RunAsync(session, caller.TenantId, competitionId, cancellationToken);
                return changed;
            },
            cancellationToken);
    }

    public Task<Outcome<bool>> RemoveAsync(Caller caller, Guid competitionId, Guid id, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<bool>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            if (await LockAsync(session, caller, competitionId, id, ifMatch, cancellationToken) is { } problem) return problem;
            await session.ExecuteAsync(
                "UPDATE competition_rounds SET deleted_at = @now, updated_at = @now, updated_by = @Person, version = version + 1 WHERE tenant_id = @TenantId AND id = @id",
                new { caller.TenantId, caller.Person, id, now = clock.GetUtcNow() },
                cancellationToken);
            await CompetitionDirectory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            await wake.RunAsync(session, caller.TenantId, competitionId, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Whether the rounds stand in the order of their numbers and within the competition; the competition is locked.</summary>
    internal static async Task<Problem?> FaultAsync(Session session, Caller caller, Guid competitionId, CancellationToken cancellationToken)
    {
        var rounds = await session.QueryAsync<Frame>(
            """
            SELECT competition_start, competition_end, number, opens_at, closes_at
            FROM competitions
            JOIN competition_rounds ON competition_rounds.tenant_id = @TenantId AND competition_id = competitions.id AND competition_rounds.deleted_at IS NULL
            WHERE competitions.tenant_id = @TenantId AND competitions.id = @competitionId
            ORDER BY number
            """,
            new { caller.TenantId, competitionId },
            cancellationToken);
        Frame? before = null;
        foreach (var round in rounds)
        {
            if (round.OpensAt < round.CompetitionStart || round.ClosesAt > round.CompetitionEnd)
                return Problem.Invalid("/opensAt", "outside", $"Round {round.Number} does not lie within the competition, {round.CompetitionStart:u} to {round.CompetitionEnd:u}.");
            if (round.OpensAt < before?.OpensAt) return Problem.Invalid("/opensAt", "order", $"Round {round.Number} would open before round {before.Number}.");
            before = round;
        }
        return null;
    }

    private static async Task<Problem?> LockAsync(Session session, Caller caller, Guid competitionId, Guid id, int? ifMatch, CancellationToken cancellationToken)
    {
        var version = await session.FirstAsync<int?>(
            "SELECT version FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id AND deleted_at IS NULL FOR NO KEY UPDATE",
            new { caller.TenantId, competitionId, id },
            cancellationToken);
        if (version is null) return Problem.NotFound("round");
        return ifMatch is null || ifMatch == version ? null : new Problem(CommonProblems.Stale);
    }

    private static string? NamesOf(IReadOnlyDictionary<string, string>? names) => names is null ? null : JsonSerializer.Serialize(names, Json.Options);
}
