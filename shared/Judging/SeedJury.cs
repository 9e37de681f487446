using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Gives a demo competition its judges; what they mark its blueprint says. One that has them is left as it is.</summary>
public sealed class SeedJury(Database database, Judges judges, JudgePanel panel)
{
    /// <summary>How many judge afterwards.</summary>
    public async Task<Outcome<int>> Run(Caller organiser, Guid competitionId, IReadOnlyList<Guid> people, CancellationToken cancellationToken)
    {
        var members = await database.As(organiser).SingleAsync<int>(
            "SELECT count(*)::int FROM competition_judges WHERE tenant_id = @TenantId AND competition_id = @competitionId", new { organiser.TenantId, competitionId }, cancellationToken);
        foreach (var (number, person) in members >= people.Count ? [] : people.Index())
        {
            var id = SeedDemo.IdOf(organiser.TenantId, "jury", "judge", number);
            if ((await judges.AddAsync(organiser, new Judges.Request { Id = id, UserId = person, Capacity = 40 }, cancellationToken)).Problem is { } refused) return refused;
            if ((await panel.JoinAsync(organiser, competitionId, id, new JudgePanel.Joining(), cancellationToken)).Problem is { } kept) return kept;
        }
        return people.Count;
    }
}
