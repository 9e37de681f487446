using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>The people who judge: what they know and how much they take on.</summary>
public sealed class Judges(Database database, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid UserId { get; init; }

        public required string Name { get; init; }

        public required string[] Topics { get; init; }

        /// <summary>How many reviews at once, where a competition does not say otherwise.</summary>
        public required int Capacity { get; init; }

        public required int Version { get; init; }
    }

    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request makes one judge.</summary>
        public Guid? Id { get; init; }

        public required Guid UserId { get; init; }

        [MaxLength(50), Topics]
        public IReadOnlyList<string> Topics { get; init; } = [];

        [Range(0, 10000)]
        public int Capacity { get; init; } = 10;
    }

    /// <summary>Fields that are absent stay as they are.</summary>
    public sealed record Change
    {
        [MaxLength(50), Topics]
        public IReadOnlyList<string>? Topics { get; init; }

        [Range(0, 10000)]
        public int? Capacity { get; init; }
    }

    private const string Select =
        """
        SELECT judges.id, judges.user_id, first_name || ' ' || last_name AS name, topics, capacity, judges.version
        FROM judges JOIN users ON users.tenant_id = judges.tenant_id AND users.id = judges.user_id
        WHERE judges.tenant_id = @TenantId AND judges.deleted_at IS NULL
        """;

    public Task<Outcome<View>> AddAsync(Caller caller, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var wanted = new { caller.TenantId, caller.Person, id = request.Id ?? Guid.CreateVersion7(now), request.UserId, topics = TopicsOf(request.Topics), request.Capacity, now };
            if (await session.FirstAsync<Guid?>("SELECT id FROM users WHERE tenant_id = @TenantId AND id = @UserId AND deleted_at IS NULL", wanted, cancellationToken) is null)
                return Problem.Invalid("/userId", "unknown", "There is no such person.");
            await session.ExecuteAsync(
                """
                INSERT INTO judges (tenant_id, id, user_id, topics, capacity, created_at, created_by, updated_at, updated_by)
                VALUES (@TenantId, @id, @UserId, @topics, @Capacity, @now, @Person, @now, @Person)
                ON CONFLICT (tenant_id, id) DO NOTHING
                """,
                wanted,
                cancellationToken);
            var kept = await session.FirstAsync<View>(Select + " AND judges.id = @id AND judges.user_id = @UserId AND topics = @topics AND capacity = @Capacity", wanted, cancellationToken);
            return kept is null ? Podium.Identity.IdentityProblems.IdTaken : kept;
        },
        cancellationToken);

    public Task<Outcome<View>> ChangeAsync(Caller caller, Guid id, Change change, int? ifMatch, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var version = await session.FirstAsync<int?>("SELECT version FROM judges WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL FOR UPDATE", new { caller.TenantId, id }, cancellationToken);
            if (version is null) return Problem.NotFound("judge");
            if (ifMatch is not null && ifMatch != version) return CommonProblems.Stale;
            await session.ExecuteAsync(
                """
                UPDATE judges SET topics = coalesce(@topics, topics), capacity = coalesce(@Capacity, capacity), version = version + 1, updated_at = @now, updated_by = @Person
                WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, caller.Person, id, topics = change.Topics is null ? null : TopicsOf(change.Topics), change.Capacity, now = clock.GetUtcNow() },
                cancellationToken);
            return await session.SingleAsync<View>(Select + " AND judges.id = @id", new { caller.TenantId, id }, cancellationToken);
        },
        cancellationToken);

    public async Task<Page<View>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken) => page.Of(
        await database.As(caller).QueryAsync<View>(
            Select + " AND (@After::uuid IS NULL OR judges.id < @After) ORDER BY judges.id DESC LIMIT @limit", new { caller.TenantId, page.After, limit = page.Fetch() }, cancellationToken),
        view => view.Id);

    private static string[] TopicsOf(IReadOnlyList<string> topics) => [.. topics.Select(topic => topic.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)];
}

/// <summary>Words for what somebody knows.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TopicsAttribute : ValidationAttribute
{
    public TopicsAttribute() => ErrorMessage = "Each has 1 to 100 characters.";

    public override bool IsValid(object? value) => value is not IEnumerable<string> topics || topics.All(topic => topic is not null && topic.Trim().Length is >= 1 and <= 100);
}
