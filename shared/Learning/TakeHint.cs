using Podium.Learning.Experiments;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Learning;

/// <summary>Gives the next hint of a challenge for points. After the challenge is completed hints cost nothing any more.</summary>
public sealed class TakeHint(Database database, AssignVersion versions)
{
    public sealed record View(int Number, string Text, int Cost, int TotalCost);

    public async Task<Outcome<View>> Run(Caller caller, Guid challenge, CancellationToken cancellationToken)
    {
        if (await versions.ForAsync(caller, challenge, cancellationToken) is not { } active) return Problem.NotFound("challenge");
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                var args = new { caller.TenantId, caller.Person, challenge };
                var row = await session.SingleAsync<(int HintsTaken, bool Completed)>(
                    """
                    INSERT INTO user_progress (tenant_id, user_id, challenge_id, status) VALUES (@TenantId, @Person, @challenge, 'in_progress') ON CONFLICT DO NOTHING;
                    SELECT hints_taken, completed_at IS NOT NULL FROM user_progress WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge FOR UPDATE
                    """,
                    args,
                    cancellationToken);
                if (row.HintsTaken >= active.Content.Hints.Count) return LearningProblems.NoMoreHints;
                var hint = active.Content.Hints[row.HintsTaken];
                var cost = row.Completed ? 0 : hint.Cost;
                var total = await session.SingleAsync<int>(
                    "UPDATE user_progress SET hints_taken = hints_taken + 1, hint_cost = hint_cost + @cost WHERE tenant_id = @TenantId AND user_id = @Person AND challenge_id = @challenge RETURNING hint_cost",
                    new { args.TenantId, args.Person, args.challenge, cost },
                    cancellationToken);
                return new View(row.HintsTaken + 1, hint.Text, cost, total);
            },
            cancellationToken);
    }
}
