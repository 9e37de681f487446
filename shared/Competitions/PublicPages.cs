using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What anybody may read of a competition, in one language and in one answer: for its page on the web.</summary>
public sealed class PublicPages(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public sealed record Query
    {
        /// <summary>One of the tenant's languages; its default where it is absent. Texts that are not translated come in their own.</summary>
        [StringLength(35, MinimumLength = 2)]
        public string? Language { get; init; }
    }

    public sealed record Page
    {
        public required Guid Id { get; init; }

        public required string Slug { get; init; }

        public required string Name { get; init; }

        public required string Description { get; init; }

        public required string Language { get; init; }

        /// <summary>The languages that name and description are there in.</summary>
        public required IReadOnlyList<string> Languages { get; init; }

        /// <summary>The category's name, and those above it, from the top.</summary>
        public required IReadOnlyList<string> Categories { get; init; }

        public required CompetitionType Type { get; init; }

        public required CompetitionStatus Status { get; init; }

        public DateTimeOffset? RegistrationStart { get; init; }

        public DateTimeOffset? RegistrationEnd { get; init; }

        public DateTimeOffset? CompetitionStart { get; init; }

        public DateTimeOffset? CompetitionEnd { get; init; }

        public required int MinTeamSize { get; init; }

        public int? MaxTeamSize { get; init; }

        public int? MaxParticipants { get; init; }

        public required int SeatsTaken { get; init; }

        public required IReadOnlyList<PageRound> Rounds { get; init; }

        /// <summary>The names of the teams that take part, five hundred at most.</summary>
        public required IReadOnlyList<string> Teams { get; init; }

        public string? Winner { get; init; }
    }

    public sealed record PageRound(int Number, string Name, string Description, DateTimeOffset OpensAt, DateTimeOffset ClosesAt);

    private sealed record CategoryRow(string Name, JsonElement Names);

    /// <summary>The page of a slug. A draft has none, whoever asks.</summary>
    public async Task<Outcome<Page>> ReadAsync(Caller caller, string slug, Query query, CancellationToken cancellationToken)
    {
        // not the caller's language: what lies between may keep the answer for others
        var language = query.Language is { } wanted && caller.Tenant.Languages.Contains(wanted) ? wanted : caller.Tenant.Languages[0];
        if (slug.Length is < 2 or > 100 || slug.Any(character => !char.IsAsciiLetterOrDigit(character) && character != '-')) return Problem.NotFound("competition");
        var page = await cache.GetAsync($"competitions:active:{caller.TenantId}:page:{slug}:{language}", Life, stop => LoadAsync(caller, slug, language, stop), cancellationToken);
        return page is null ? Problem.NotFound("competition") : page;
    }

    private async Task<Page?> LoadAsync(Caller caller, string slug, string language, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT {CompetitionDirectory.Columns} FROM competitions WHERE tenant_id = @TenantId AND slug = @slug AND deleted_at IS NULL AND status <> 'draft';

            WITH RECURSIVE above AS (
                SELECT category_id AS id, 0 AS height FROM competitions WHERE tenant_id = @TenantId AND slug = @slug AND deleted_at IS NULL
                UNION ALL
                SELECT categories.parent_id, height + 1 FROM above JOIN categories ON categories.tenant_id = @TenantId AND categories.id = above.id WHERE height < 20
            )
            SELECT categories.name, categories.names FROM above JOIN categories ON categories.tenant_id = @TenantId AND categories.id = above.id ORDER BY height DESC;

            SELECT {Rounds.Columns} FROM competition_rounds
            WHERE tenant_id = @TenantId AND competition_id = (SELECT id FROM competitions WHERE tenant_id = @TenantId AND slug = @slug AND deleted_at IS NULL) AND deleted_at IS NULL ORDER BY number;

            SELECT teams.name FROM registrations
            JOIN teams ON teams.tenant_id = @TenantId AND teams.id = registrations.team_id
            WHERE registrations.tenant_id = @TenantId AND registrations.competition_id = (SELECT id FROM competitions WHERE tenant_id = @TenantId AND slug = @slug AND deleted_at IS NULL) AND status = 'approved'
            ORDER BY lower(teams.name)
            LIMIT 500;

            SELECT teams.name FROM competitions JOIN teams ON teams.tenant_id = @TenantId AND teams.id = winner_team_id
            WHERE competitions.tenant_id = @TenantId AND slug = @slug AND competitions.deleted_at IS NULL AND status IN ('completed', 'archived')
            """,
            new { caller.TenantId, slug },
            async results => (
                Competition: await results.ReadFirstOrDefaultAsync<CompetitionDirectory.View>(),
                Categories: (await results.ReadAsync<CategoryRow>()).AsList(),
                Rounds: (await results.ReadAsync<Rounds.View>()).AsList(),
                Teams: (await results.ReadAsync<string>()).AsList(),
                Winner: await results.ReadFirstOrDefaultAsync<string>()),
            cancellationToken);
        if (found.Competition is not { } competition) return null;
        var translation = Translations.Of(competition.Translations, language);
        return new Page
        {
            Id = competition.Id,
            Slug = competition.Slug,
            Name = translation?.Name ?? competition.Name,
            Description = translation is { Description.Length: > 0 } ? translation.Description : competition.Description,
            Language = translation is null ? competition.Language : language,
            Languages = [competition.Language, .. competition.Translations.EnumerateObject().Select(known => known.Name).Where(known => known != competition.Language).Order(StringComparer.Ordinal)],
            Categories = [.. found.Categories.Select(category => Translations.In(category.Names, language, category.Name))],
            Type = competition.Type,
            Status = competition.Status,
            RegistrationStart = competition.RegistrationStart,
            RegistrationEnd = competition.RegistrationEnd,
            CompetitionStart = competition.CompetitionStart,
            CompetitionEnd = competition.CompetitionEnd,
            MinTeamSize = competition.MinTeamSize,
            MaxTeamSize = competition.MaxTeamSize,
            MaxParticipants = competition.MaxParticipants,
            SeatsTaken = competition.SeatsTaken,
            Rounds = [.. found.Rounds.Select(round => new PageRound(round.Number, Translations.In(round.Names, language, round.Name), round.Description, round.OpensAt, round.ClosesAt))],
            Teams = found.Teams,
            Winner = found.Winner,
        };
    }
}
