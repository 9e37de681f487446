using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Voting;

/// <summary>Says what can be voted for: all options at once while the voting is a draft; later an option can only be withdrawn, and come back, and a contest's late songs join.</summary>
public sealed class EditVoteOptions(Database database, VotingSessions sessions, TimeProvider clock)
{
    internal const int MostOptions = 1000;

    public sealed record Request
    {
        /// <summary>In their order: the first has number 1.</summary>
        [MaxLength(MostOptions)]
        public required IReadOnlyList<OptionRequest> Options { get; init; }
    }

    public sealed record OptionRequest
    {
        public required Guid Id { get; init; }

        [StringLength(200, MinimumLength = 1)]
        public required string Title { get; init; }

        [StringLength(2000)]
        public string Description { get; init; } = "";

        [StringLength(100, MinimumLength = 1)]
        public string? Genre { get; init; }

        [RegularExpression("[A-Z]{2}", ErrorMessage = "Two capital letters (ISO 3166)."), StringLength(2, MinimumLength = 2)]
        public string? Country { get; init; }

        /// <summary>Whose it is; nobody votes for their own.</summary>
        public Guid? OwnerId { get; init; }
    }

    public sealed record Result(IReadOnlyList<VotingSessions.Option> Options);

    public async Task<Outcome<Result>> ReplaceAsync(Caller caller, Guid sessionId, Request request, CancellationToken cancellationToken)
    {
        var twice = request.Options.Index().FirstOrDefault(option => request.Options.Take(option.Index).Any(other => other.Id == option.Item.Id));
        if (twice.Item is not null) return Problem.Invalid($"/options/{twice.Index}/id", "repeated", "An option before has this id.");
        return await database.InTransaction<Result>(
            caller,
            async session =>
            {
                var (known, problem) = await VotingSessions.LockAsync(session, caller, sessionId, null, cancellationToken);
                if (known is null) return problem!;
                if (known.Status != VotingStatus.Draft) return VotingProblems.SessionFrozen;
                var options = await WriteAsync(session, caller.TenantId, sessionId, request.Options, cancellationToken);
                return new Result([.. options.OrderBy(option => option.Number)]);
            },
            cancellationToken);
    }

    /// <summary>Replaces a draft's options, within the caller's transaction and lock.</summary>
    internal async Task<IReadOnlyList<VotingSessions.Option>> WriteAsync(Session session, Guid tenantId, Guid sessionId, IReadOnlyList<OptionRequest> wanted, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("DELETE FROM vote_options WHERE tenant_id = @tenantId AND voting_session_id = @sessionId", new { tenantId, sessionId }, cancellationToken);
        var options = await AddMissingAsync(session, tenantId, sessionId, wanted, cancellationToken);
        await sessions.ForgetAsync(session, tenantId, sessionId);
        return options;
    }

    /// <summary>Those that are not there yet come after the others, as far as there are numbers.</summary>
    internal static Task<IReadOnlyList<VotingSessions.Option>> AddMissingAsync(Session session, Guid tenantId, Guid sessionId, IReadOnlyList<OptionRequest> wanted, CancellationToken cancellationToken) =>
        session.QueryAsync<VotingSessions.Option>(
            $"""
            INSERT INTO vote_options (tenant_id, voting_session_id, id, number, title, description, genre, country, owner_id)
            SELECT @tenantId, @sessionId, id, number, trim(title), description, nullif(genre, ''), nullif(country, ''), nullif(owner, '')::uuid
            FROM (
                SELECT given.*, (SELECT coalesce(max(number), 0) FROM vote_options WHERE tenant_id = @tenantId AND voting_session_id = @sessionId) + row_number() OVER (ORDER BY place) AS number
                FROM unnest(@ids, @titles, @descriptions, @genres, @countries, @owners) WITH ORDINALITY AS given (id, title, description, genre, country, owner, place)
                WHERE NOT EXISTS (SELECT FROM vote_options AS known WHERE known.tenant_id = @tenantId AND known.voting_session_id = @sessionId AND known.id = given.id)
            ) AS added
            WHERE number <= {MostOptions}
            RETURNING {VotingSessions.OptionColumns}
            """,
            new
            {
                tenantId,
                sessionId,
                ids = wanted.Select(option => option.Id).ToArray(),
                titles = wanted.Select(option => option.Title).ToArray(),
                descriptions = wanted.Select(option => option.Description).ToArray(),
                genres = wanted.Select(option => option.Genre?.Trim() ?? "").ToArray(),
                countries = wanted.Select(option => option.Country ?? "").ToArray(),
                owners = wanted.Select(option => option.OwnerId?.ToString() ?? "").ToArray(),
            },
            cancellationToken);

    /// <summary>Nobody can vote for it any more; votes that it has stay in the log, and do not elect it.</summary>
    public Task<Outcome<VotingSessions.Option>> WithdrawAsync(Caller caller, Guid sessionId, Guid optionId, CancellationToken cancellationToken) =>
        SetAsync(caller, sessionId, optionId, "coalesce(withdrawn_at, @now)", cancellationToken);

    public Task<Outcome<VotingSessions.Option>> RestoreAsync(Caller caller, Guid sessionId, Guid optionId, CancellationToken cancellationToken) =>
        SetAsync(caller, sessionId, optionId, "NULL", cancellationToken);

    private Task<Outcome<VotingSessions.Option>> SetAsync(Caller caller, Guid sessionId, Guid optionId, string withdrawn, CancellationToken cancellationToken) => database.InTransaction<VotingSessions.Option>(
        caller,
        async session =>
        {
            var (known, problem) = await VotingSessions.LockAsync(session, caller, sessionId, null, cancellationToken);
            if (known is null) return problem!;
            if (known.Status == VotingStatus.Published) return VotingProblems.SessionFrozen;
            var option = await session.FirstAsync<VotingSessions.Option>(
                $"UPDATE vote_options SET withdrawn_at = {withdrawn} WHERE tenant_id = @TenantId AND voting_session_id = @sessionId AND id = @optionId RETURNING {VotingSessions.OptionColumns}",
                new { caller.TenantId, sessionId, optionId, now = clock.GetUtcNow() },
                cancellationToken);
            if (option is null) return Problem.NotFound("option");
            await sessions.ForgetAsync(session, caller.TenantId, sessionId);
            return option;
        },
        cancellationToken);
}
