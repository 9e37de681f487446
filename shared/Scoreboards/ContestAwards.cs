namespace Podium.Scoreboards;

public sealed record ContestAward(string Id, string Citation, IReadOnlyList<string> TeamIds);

/// <summary>The awards that a board gives if it stays as it is.</summary>
public static class ContestAwards
{
    public static IReadOnlyList<ContestAward> Of(ProblemContest contest, ProblemBoard board)
    {
        var scored = board.Rows.Where(row => row.Solved > 0).ToList();
        List<ContestAward> awards = [new("winner", "Contest winner", [.. scored.Where(row => row.Rank == 1).Select(row => row.TeamId)])];
        var from = 1;
        foreach (var (id, citation, places) in new[] { ("gold-medal", "Gold medal", contest.GoldPlaces), ("silver-medal", "Silver medal", contest.SilverPlaces), ("bronze-medal", "Bronze medal", contest.BronzePlaces) })
        {
            if (places > 0) awards.Add(new(id, citation, [.. scored.Where(row => row.Rank >= from && row.Rank < from + places).Select(row => row.TeamId)]));
            from += places;
        }
        var teams = contest.Teams.ToDictionary(team => team.Id);
        awards.AddRange(contest.Problems.OrderBy(problem => problem.Ordinal).Select(problem => new ContestAward(
            $"first-to-solve-{problem.Id}",
            $"First to solve problem {problem.Label}",
            [.. board.Rows.Where(row => row.Cells.Any(cell => cell.ProblemId == problem.Id && cell.IsFirst)).Select(row => row.TeamId)])));
        awards.AddRange(contest.Groups.OrderBy(group => group.Id, StringComparer.Ordinal).Select(group =>
        {
            var members = scored.Where(row => teams[row.TeamId].GroupIds.Contains(group.Id)).ToList();
            return new ContestAward($"group-winner-{group.Id}", $"Winner of {group.Name}", [.. members.Where(row => row.Rank == members[0].Rank).Select(row => row.TeamId)]);
        }));
        return [.. awards.Where(award => award.Id.Length <= 36)];
    }
}
