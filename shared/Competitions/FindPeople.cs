using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>People by what they are called, written as one remembers it; and what each shows to others.</summary>
public sealed class FindPeople(Database database, Cache cache)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>What a person shows to others.</summary>
    public sealed record Card
    {
        public required Guid Id { get; init; }

        public required string FirstName { get; init; }

        public required string LastName { get; init; }

        public string? Username { get; init; }

        public string? Country { get; init; }

        public Guid? InstitutionId { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        /// <summary>Words of the name or the username, the most similar first; they may be cut short, without accents, or with a slip of the pen.</summary>
        [StringLength(100, MinimumLength = 1), Example("ada")]
        public required string Search { get; init; }

        public Guid? InstitutionId { get; init; }
    }

    private const string Columns = "users.id, first_name, last_name, username, country, institution_id";

    internal const string Sql =
        $"""
        SELECT {Columns}
        FROM find_people(@Search, @InstitutionId, @After, @limit) AS found
        JOIN users ON users.tenant_id = @TenantId AND users.id = found.id
        ORDER BY found.rank DESC, found.id DESC
        """;

    public async Task<Page<Card>> Run(Caller caller, Filter filter, CancellationToken cancellationToken) => filter.Of(
        await database.Reading(caller).QueryAsync<Card>(
            Sql,
            new { caller.TenantId, filter.Search, filter.InstitutionId, filter.After, limit = filter.Fetch() },
            cancellationToken),
        card => card.Id);

    public async Task<Outcome<Card>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await cache.GetAsync(
            People.ProfileKeyOf(caller.TenantId, id),
            Life,
            stop => database.As(caller).FirstAsync<Card>($"SELECT {Columns} FROM users WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL", new { caller.TenantId, id }, stop),
            cancellationToken);
        return found is null ? Problem.NotFound("person") : found;
    }
}
