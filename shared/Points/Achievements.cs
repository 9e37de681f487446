using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Points;

/// <summary>What a rule gives.</summary>
public enum AchievementKind
{
    /// <summary>A badge that people are told of and that is shown, with points or without.</summary>
    Achievement,

    /// <summary>Points alone, without a word.</summary>
    Points,
}

/// <summary>What an achievement is called in one language.</summary>
public sealed record AchievementText
{
    [StringLength(35, MinimumLength = 2), Example("en")]
    public required string Language { get; init; }

    [StringLength(200, MinimumLength = 1), Example("First steps")]
    public required string Title { get; init; }

    /// <summary>What its badge says.</summary>
    [StringLength(500), Example("Your first challenge is done.")]
    public string Badge { get; init; } = "";
}

/// <summary>What is rewarded, and with how much.</summary>
public record AchievementRule : AchievementCondition
{
    public required Guid Id { get; init; }

    public required AchievementKind Kind { get; init; }

    public required int Points { get; init; }

    public required int Version { get; init; }
}

/// <summary>The rules by which people earn points and badges.</summary>
public sealed class Achievements(Database database)
{
    public sealed record View : AchievementRule
    {
        [SetsRequiredMembers]
        internal View(AchievementRule rule, IReadOnlyList<AchievementText> texts)
            : base(rule) => Texts = texts;

        /// <summary>In the tenant's languages.</summary>
        public IReadOnlyList<AchievementText> Texts { get; }
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>Only those of one competition.</summary>
        [Example(null!)]
        public Guid? CompetitionId { get; init; }
    }

    internal sealed record Row : AchievementRule
    {
        public required JsonElement Texts { get; init; }

        internal View View() => new(this, Texts.Deserialize<List<AchievementText>>(Json.Options)!);
    }

    internal const string Columns =
        "id, kind, texts, points, event, least AS count, days, place, award, competition_id, category_id, track_id, frequency, active_from, active_until, version";

    public async Task<Page<View>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var rows = await database.Reading(caller).QueryAsync<Row>(
            $"""
            SELECT {Columns} FROM achievements
            WHERE tenant_id = @TenantId AND deleted_at IS NULL AND (@CompetitionId::uuid IS NULL OR competition_id = @CompetitionId) AND (@After::uuid IS NULL OR id < @After)
            ORDER BY id DESC LIMIT @limit
            """,
            new { caller.TenantId, filter.CompetitionId, filter.After, limit = filter.Fetch() },
            cancellationToken);
        return filter.Of([.. rows.Select(row => row.View())], view => view.Id);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(database.As(caller), caller.TenantId, id, cancellationToken) is { } found ? found : Problem.NotFound("achievement");

    internal static async Task<View?> FindAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) => (await session.FirstAsync<Row>(
        $"SELECT {Columns} FROM achievements WHERE tenant_id = @tenantId AND id = @id AND deleted_at IS NULL", new { tenantId, id }, cancellationToken))?.View();

    /// <summary>What the database calls a value of an enum.</summary>
    internal static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
