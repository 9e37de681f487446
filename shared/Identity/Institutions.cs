using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>The universities, schools and centres that people belong to.</summary>
public sealed class Institutions(Database database)
{
    public record View
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        /// <summary>Two letters (ISO 3166).</summary>
        public string? Country { get; init; }

        /// <summary>The domains of its people's e-mail addresses.</summary>
        public required string[] EmailDomains { get; init; }

        public string? Website { get; init; }

        /// <summary>When somebody declared that it is what it says it is; null where nobody has.</summary>
        public DateTimeOffset? VerifiedAt { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Details : View
    {
        public IReadOnlyList<Program> Programs { get; init; } = [];
    }

    public sealed record Program
    {
        public required Guid Id { get; init; }

        public required Guid InstitutionId { get; init; }

        public required string Name { get; init; }

        public string? Level { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>Part of the name.</summary>
        [StringLength(100, MinimumLength = 1)]
        public string? Search { get; init; }

        public bool? Verified { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
        public string? Country { get; init; }
    }

    internal const string Columns = "id, name, country, email_domains, website, verified_at, version";

    internal const string ProgramColumns = "id, institution_id, name, level, version";

    public async Task<Page<View>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var rows = await database.Reading(caller).QueryAsync<View>(
            $"SELECT {Columns} FROM find_institutions(@pattern, @Verified, @Country, @After, @limit) ORDER BY id DESC",
            new { pattern = filter.Search is null ? null : PatternOf(filter.Search), filter.Verified, filter.Country, filter.After, limit = filter.Fetch() },
            cancellationToken);
        return filter.Of(rows, row => row.Id);
    }

    public async Task<Outcome<Details>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT {Columns} FROM institutions WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL;
            SELECT {ProgramColumns} FROM programs WHERE tenant_id = @TenantId AND institution_id = @id AND deleted_at IS NULL ORDER BY lower(name)
            """,
            new { caller.TenantId, id },
            async results => (Institution: await results.ReadFirstOrDefaultAsync<Details>(), Programs: await results.ReadAsync<Program>()),
            cancellationToken);
        return found.Institution is null ? Problem.NotFound("institution") : found.Institution with { Programs = [.. found.Programs] };
    }

    private static string PatternOf(string search) =>
        $"%{search.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
}
