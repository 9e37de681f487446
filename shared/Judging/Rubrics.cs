using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>What judges mark and how marks become scores. The newest number counts; reviews keep the one they began with.</summary>
public sealed class Rubrics(Database database, TimeProvider clock)
{
    public sealed record CriterionRequest
    {
        [StringLength(50, MinimumLength = 1), RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "Small letters, digits and dashes."), Example("idea")]
        public required string Key { get; init; }

        [StringLength(200, MinimumLength = 1), Example("Idea")]
        public required string Name { get; init; }

        [Range(0.01, 1000000), Example(10)]
        public required decimal MaxPoints { get; init; }

        [Range(0.0001, 1000), Example(1)]
        public decimal Weight { get; init; } = 1;

        public bool Required { get; init; } = true;

        /// <summary>The smallest difference between marks.</summary>
        [Range(0.0001, 1000), Example(0.5)]
        public decimal? Step { get; init; }
    }

    public sealed record TieBreakRequest
    {
        [Example("median")]
        public required TieBreak By { get; init; }

        /// <summary>Which criterion, where one is compared.</summary>
        [StringLength(50), Example(null!)]
        public string? Criterion { get; init; }

        public bool Reversed { get; init; }

        /// <summary>What a lot is drawn from.</summary>
        [StringLength(100), Example(null!)]
        public string? Seed { get; init; }
    }

    public sealed record ComparisonRequest
    {
        /// <summary>Whether judges may say that neither is better.</summary>
        public bool Ties { get; init; }

        /// <summary>How often each entry should be compared.</summary>
        [Range(1, 1000)]
        public int PerEntry { get; init; } = 10;

        /// <summary>How many wins and as many losses against an average opponent each entry is given beforehand.</summary>
        [Range(0.05, 10), Example(0.5)]
        public decimal Prior { get; init; } = 0.5m;
    }

    public sealed record Request
    {
        /// <summary>The round it is for; absent for all rounds that have none of their own.</summary>
        public Guid? RoundId { get; init; }

        [StringLength(200, MinimumLength = 1)]
        public required string Name { get; init; }

        [MinLength(1), MaxLength(50)]
        public required IReadOnlyList<CriterionRequest> Criteria { get; init; }

        [Example("factored")]
        public Combination Combination { get; init; } = Combination.Factored;

        /// <summary>The highest total; only for shares, where it is free to choose.</summary>
        [Range(1, 1000000), Example(null!)]
        public decimal? TotalPoints { get; init; }

        public PanelOrder Order { get; init; } = PanelOrder.TotalsFirst;

        public PanelMethod Panel { get; init; } = PanelMethod.Mean;

        [Range(0, 10)]
        public int DropLowest { get; init; } = 1;

        [Range(0, 10)]
        public int DropHighest { get; init; } = 1;

        [Range(0, 100)]
        public int DropFrom { get; init; }

        public MissingMarks Missing { get; init; } = MissingMarks.Wait;

        public RoundingMode Rounding { get; init; } = RoundingMode.HalfAwayFromZero;

        [Range(0, 4)]
        public int CriterionPlaces { get; init; } = 4;

        [Range(0, 4)]
        public int ReviewPlaces { get; init; } = 4;

        [Range(0, 4)]
        public int ScorePlaces { get; init; } = 4;

        [MaxLength(10)]
        public IReadOnlyList<TieBreakRequest> TieBreaks { get; init; } = [];

        /// <summary>Judges do not learn whose work it is.</summary>
        public bool Blind { get; init; }

        /// <summary>Entries are compared two at a time instead of being marked; the criteria only say what to look at.</summary>
        [Example(null!)]
        public ComparisonRequest? Comparison { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public Guid? RoundId { get; init; }

        /// <summary>The first is 1; a change makes the next.</summary>
        public required int Number { get; init; }

        public required string Name { get; init; }

        public required IReadOnlyList<Criterion> Criteria { get; init; }

        public required ScoringRule Rule { get; init; }

        public required IReadOnlyList<TieBreakRule> TieBreaks { get; init; }

        /// <summary>The highest total that a review can have.</summary>
        public required decimal TotalPoints { get; init; }

        public required bool Blind { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    public sealed record Listing(IReadOnlyList<View> Items);

    private sealed record Row(Guid Id, Guid? RoundId, int Number, string Name, JsonElement Criteria, JsonElement Rule, JsonElement TieBreaks, decimal TotalPoints, bool Blind, DateTimeOffset CreatedAt)
    {
        public View Read() => new()
        {
            Id = Id,
            RoundId = RoundId,
            Number = Number,
            Name = Name,
            Criteria = Criteria.Deserialize<IReadOnlyList<Criterion>>(Json.Options)!,
            Rule = Rule.Deserialize<ScoringRule>(Json.Options)!,
            TieBreaks = TieBreaks.Deserialize<IReadOnlyList<TieBreakRule>>(Json.Options)!,
            TotalPoints = TotalPoints,
            Blind = Blind,
            CreatedAt = CreatedAt,
        };
    }

    private const string Columns = "id, round_id, number, name, criteria, rule, tie_breaks, total_points, blind, created_at";

    public async Task<Outcome<View>> PublishAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        var faults = FaultsOf(request, "");
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
                if (request.RoundId is { } round && await session.FirstAsync<Guid?>(
                    "SELECT id FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @round AND deleted_at IS NULL",
                    new { caller.TenantId, competitionId, round },
                    cancellationToken) is null) return Problem.Invalid("/roundId", "unknown", "There is no such round.");
                return await InsertAsync(session, caller, competitionId, request, clock.GetUtcNow(), cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Adds the next number of a rubric that has no faults, of a competition whose lock is held.</summary>
    internal static async Task<View> InsertAsync(Session session, Caller caller, Guid competitionId, Request request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<Criterion> criteria =
        [
            .. request.Criteria.Select(one => new Criterion(one.Key, one.Name.Trim(), one.MaxPoints) { Weight = one.Weight, IsRequired = one.Required, Step = one.Step }),
        ];
        var rule = RuleOf(request);
        var row = await session.SingleAsync<Row>(
            $"""
            INSERT INTO scoring_rubrics (tenant_id, id, competition_id, round_id, number, name, criteria, rule, tie_breaks, total_points, blind, created_at, created_by)
            SELECT @TenantId, @id, @competitionId, @RoundId,
                   coalesce((SELECT max(number) FROM scoring_rubrics WHERE tenant_id = @TenantId AND competition_id = @competitionId AND round_id IS NOT DISTINCT FROM @RoundId), 0) + 1,
                   @name, @criteria::jsonb, @rule::jsonb, @tieBreaks::jsonb, @total, @Blind, @now, @UserId
            RETURNING {Columns}
            """,
            new
            {
                caller.TenantId,
                caller.UserId,
                id = Guid.CreateVersion7(now),
                competitionId,
                request.RoundId,
                name = request.Name.Trim(),
                criteria = JsonSerializer.Serialize(criteria, Json.Options),
                rule = JsonSerializer.Serialize(rule, Json.Options),
                tieBreaks = JsonSerializer.Serialize(request.TieBreaks.Select(one => new TieBreakRule(one.By) { Criterion = one.Criterion, Reversed = one.Reversed, Seed = one.Seed }), Json.Options),
                total = Scoring.HighestTotal(criteria, rule),
                request.Blind,
                now,
            },
            cancellationToken);
        return row.Read();
    }

    /// <summary>The newest rubric of the competition and of each of its rounds, as they would be asked for.</summary>
    internal static async Task<IReadOnlyList<Request>> NewestAsync(Session session, Guid tenantId, Guid competitionId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<Row>(
            $"SELECT DISTINCT ON (round_id) {Columns} FROM scoring_rubrics WHERE tenant_id = @tenantId AND competition_id = @competitionId ORDER BY round_id NULLS FIRST, number DESC",
            new { tenantId, competitionId },
            cancellationToken)).Select(row => RequestOf(row.Read())),
    ];

    public Task<Outcome<Listing>> ListAsync(Caller caller, Guid competitionId, CancellationToken cancellationToken) => database.InTransaction<Listing>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ReadAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            var rows = await session.QueryAsync<Row>(
                $"SELECT {Columns} FROM scoring_rubrics WHERE tenant_id = @TenantId AND competition_id = @competitionId ORDER BY round_id NULLS FIRST, number DESC LIMIT 200",
                new { caller.TenantId, competitionId },
                cancellationToken);
            return new Listing([.. rows.Select(row => row.Read())]);
        },
        cancellationToken);

    /// <summary>The rubric that counts for a round: its own newest, else the competition's.</summary>
    internal static async Task<View?> ForRoundAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => (await session.FirstAsync<Row>(
        $"""
        SELECT {Columns} FROM scoring_rubrics
        WHERE tenant_id = @tenantId AND competition_id = @competitionId AND (round_id = @roundId OR round_id IS NULL)
        ORDER BY round_id NULLS LAST, number DESC LIMIT 1
        """,
        new { tenantId, competitionId, roundId },
        cancellationToken))?.Read();

    internal static async Task<View> ReadAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) =>
        (await session.SingleAsync<Row>($"SELECT {Columns} FROM scoring_rubrics WHERE tenant_id = @tenantId AND id = @id", new { tenantId, id }, cancellationToken)).Read();

    private static ScoringRule RuleOf(Request request) => new()
    {
        Combination = request.Combination,
        TotalPoints = request.TotalPoints,
        Order = request.Order,
        Panel = request.Panel,
        DropLowest = request.DropLowest,
        DropHighest = request.DropHighest,
        DropFrom = request.DropFrom,
        Missing = request.Missing,
        CriterionRounding = new Rounding(request.CriterionPlaces, request.Rounding),
        ReviewRounding = new Rounding(request.ReviewPlaces, request.Rounding),
        ScoreRounding = new Rounding(request.ScorePlaces, request.Rounding),
        Comparison = request.Comparison is { } comparison ? new ComparisonRule { Ties = comparison.Ties, PerEntry = comparison.PerEntry, Prior = comparison.Prior } : null,
    };

    // what makes the same rubric again
    private static Request RequestOf(View view) => new()
    {
        RoundId = view.RoundId,
        Name = view.Name,
        Criteria = [.. view.Criteria.Select(one => new CriterionRequest { Key = one.Key, Name = one.Name, MaxPoints = one.MaxPoints, Weight = one.Weight, Required = one.IsRequired, Step = one.Step })],
        Combination = view.Rule.Combination,
        TotalPoints = view.Rule.TotalPoints,
        Order = view.Rule.Order,
        Panel = view.Rule.Panel,
        DropLowest = view.Rule.DropLowest,
        DropHighest = view.Rule.DropHighest,
        DropFrom = view.Rule.DropFrom,
        Missing = view.Rule.Missing,
        Rounding = view.Rule.ScoreRounding.Mode,
        CriterionPlaces = view.Rule.CriterionRounding.Places,
        ReviewPlaces = view.Rule.ReviewRounding.Places,
        ScorePlaces = view.Rule.ScoreRounding.Places,
        TieBreaks = [.. view.TieBreaks.Select(one => new TieBreakRequest { By = one.By, Criterion = one.Criterion, Reversed = one.Reversed, Seed = one.Seed })],
        Blind = view.Blind,
        Comparison = view.Rule.Comparison is { } comparison ? new ComparisonRequest { Ties = comparison.Ties, PerEntry = comparison.PerEntry, Prior = comparison.Prior } : null,
    };

    internal static List<Fault> FaultsOf(Request request, string pointer)
    {
        var faults = new List<Fault>();
        for (var i = 0; i < request.Criteria.Count; i++)
        {
            if (request.Criteria.Take(i).Any(other => other.Key == request.Criteria[i].Key)) faults.Add(new Fault($"{pointer}/criteria/{i}/key", "repeated", "Another criterion has this key."));
        }
        if (request is { TotalPoints: not null, Combination: Combination.Factored }) faults.Add(new Fault(pointer + "/totalPoints", "not-here", "The highest total of factored criteria is the sum of their highest marks times weights."));
        for (var i = 0; i < request.TieBreaks.Count; i++)
        {
            var link = request.TieBreaks[i];
            if (link.By == TieBreak.Criterion && request.Comparison is not null) faults.Add(new Fault($"{pointer}/tieBreaks/{i}/by", "not-here", "Where entries are compared nobody marks criteria."));
            else if (link.By == TieBreak.Criterion && request.Criteria.All(criterion => criterion.Key != link.Criterion)) faults.Add(new Fault($"{pointer}/tieBreaks/{i}/criterion", "unknown", "The rubric has no such criterion."));
        }
        return faults;
    }
}
