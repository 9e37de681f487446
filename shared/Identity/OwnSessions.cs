using System.Net;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>Where a person is signed in, and signing out there.</summary>
public sealed class OwnSessions(Database database, People people, TimeProvider clock)
{
    public sealed record Item
    {
        public required Guid Id { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required DateTimeOffset LastUsedAt { get; init; }

        public required string Method { get; init; }

        public required bool SecondFactor { get; init; }

        public string? Address { get; init; }

        public string? UserAgent { get; init; }

        /// <summary>Whether this request comes from it.</summary>
        public bool Current { get; init; }
    }

    public async Task<Page<Item>> ListAsync(Caller caller, PageQuery page, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Item>(
            """
            SELECT id, created_at, last_used_at, method, second_factor, host(address) AS address, user_agent, id = @SessionId AS current
            FROM user_sessions
            WHERE tenant_id = @TenantId AND user_id = @Person AND revoked_at IS NULL AND expires_at > @now AND (@After::uuid IS NULL OR id < @After)
            ORDER BY id DESC
            LIMIT @limit
            """,
            new { caller.TenantId, caller.Person, caller.SessionId, now = clock.GetUtcNow(), page.After, limit = page.Fetch() },
            cancellationToken);
        return page.Of(rows, item => item.Id);
    }

    /// <summary>Ends one session of the person.</summary>
    public async Task<Problem?> EndAsync(Caller caller, Guid sessionId, CancellationToken cancellationToken)
    {
        var ended = await EndAsync(caller, caller.Person, "id = @sessionId", sessionId, "signed-out", cancellationToken);
        return ended == 0 ? Problem.NotFound("session") : null;
    }

    /// <summary>Ends all sessions of the person but this one.</summary>
    public Task EndOthersAsync(Caller caller, CancellationToken cancellationToken) =>
        EndAsync(caller, caller.Person, "id <> @sessionId", caller.SessionId!.Value, "signed-out", cancellationToken);

    /// <summary>Ends every session of a person within a transaction.</summary>
    public async Task EndAllAsync(Session session, Guid tenantId, Guid userId, string reason, Guid? except = null)
    {
        await session.ExecuteAsync(
            """
            UPDATE user_sessions SET revoked_at = @now, revoked_for = @reason
            WHERE tenant_id = @tenantId AND user_id = @userId AND revoked_at IS NULL AND id IS DISTINCT FROM @except
            """,
            new { tenantId, userId, reason, except, now = clock.GetUtcNow() });
        await people.ForgetAsync(session, tenantId, userId);
    }

    private Task<int> EndAsync(Caller caller, Guid userId, string which, Guid sessionId, string reason, CancellationToken cancellationToken) => database.InTransaction(
        caller,
        async session =>
        {
            var ended = await session.ExecuteAsync(
                $"UPDATE user_sessions SET revoked_at = @now, revoked_for = @reason WHERE tenant_id = @TenantId AND user_id = @userId AND revoked_at IS NULL AND {which}",
                new { caller.TenantId, userId, sessionId, reason, now = clock.GetUtcNow() },
                cancellationToken);
            await people.ForgetAsync(session, caller.TenantId, userId);
            return ended;
        },
        cancellationToken);
}
