namespace Podium.Scoreboards;

/// <summary>What a contest was at each instant: its rules change, and teams go.</summary>
/// <param name="Now">As it is now.</param>
/// <param name="Versions">Its rules, the oldest first.</param>
/// <param name="Everybody">Every team that was ever in it.</param>
/// <param name="Standings">What became of each team, in the order of happening.</param>
internal sealed record ContestHistory(ProblemContest Now, IReadOnlyList<ContestHistory.Rules> Versions, IReadOnlyList<ContestTeam> Everybody, IReadOnlyList<ContestHistory.Standing> Standings)
{
    public sealed record Rules(DateTimeOffset Since, ProblemContest Contest);

    public sealed record Standing(string TeamId, string Status, DateTimeOffset Since);

    /// <summary>When it became another.</summary>
    public IEnumerable<DateTimeOffset> Instants => Versions.Select(version => version.Since).Concat(Standings.Select(standing => standing.Since));

    /// <summary>
    /// The contest by the rules that counted then; before there were any, by those of now. A team that was let in belongs to it from the beginning
    /// (a contest may be entered afterwards) until it goes: who is disqualified today stands on the board of yesterday. Names are those of now.
    /// </summary>
    public ProblemContest At(DateTimeOffset instant)
    {
        if (Instants.All(since => since <= instant)) return Now;
        var rules = Versions.LastOrDefault(version => version.Since <= instant)?.Contest ?? Now;
        var standings = Standings.ToLookup(standing => standing.TeamId);
        return rules with { Name = Now.Name, Organizations = Now.Organizations, Teams = [.. Everybody.Where(team => StatusAt(standings[team.Id], instant) is "approved" or "disqualified").Select(team => team with { IsHidden = StatusAt(standings[team.Id], instant) != "approved" })] };
    }

    private static string? StatusAt(IEnumerable<Standing> standings, DateTimeOffset instant)
    {
        string? then = null;
        foreach (var (_, status, since) in standings)
        {
            if (since <= instant) then = status;
            else if (then is null or "pending" or "waitlisted") then = status;
            else break;
        }
        return then;
    }
}
