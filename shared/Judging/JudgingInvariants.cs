using Podium.Operations;

namespace Podium.Judging;

/// <summary>What must hold between assignments and reviews.</summary>
public static class JudgingInvariants
{
    public static readonly Invariant Finished = new()
    {
        Name = "finished reviews",
        Holds = "An assignment is finished exactly when its review is final.",
        Sql =
            """
            SELECT given.tenant_id, 'review ' || given.id || ' is ' || given.status || ' and ' || coalesce(reviews.status, 'not begun')
            FROM judge_assignments AS given LEFT JOIN reviews ON reviews.tenant_id = given.tenant_id AND reviews.id = given.id
            WHERE given.status <> 'withdrawn' AND (given.status = 'finished') <> (coalesce(reviews.status, '') = 'final')
            """,
    };
}
