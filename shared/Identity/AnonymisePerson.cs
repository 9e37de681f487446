using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Identity;

/// <summary>Forgets who a person was. What they did stays, done by nobody; it cannot be undone.</summary>
public sealed class AnonymisePerson(Database database, People people, TimeProvider clock)
{
    /// <summary>What was done to how many rows.</summary>
    public sealed record Step(string What, long Rows);

    public sealed record Result(IReadOnlyList<Step> Steps);

    public Task<Outcome<Result>> Run(Actor actor, Guid userId, CancellationToken cancellationToken) => database.InTransaction<Result>(
        actor,
        async session =>
        {
            var steps = await session.QueryAsync<Step>(
                "SELECT what, affected AS rows FROM anonymize_user(@TenantId, @userId, @now)", new { actor.TenantId, userId, now = clock.GetUtcNow() }, cancellationToken);
            if (steps.Count == 0) return Problem.NotFound("person");
            var logged = await session.SingleAsync<long>("SELECT forget_audited(@TenantId, @userId)", new { actor.TenantId, userId }, cancellationToken);
            await people.ForgetAsync(session, actor.TenantId, userId);
            return new Result([.. steps, new Step("audit_log", logged)]);
        },
        cancellationToken);
}
