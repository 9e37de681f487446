namespace Podium.Judging;

/// <summary>Says of each choice and of each gap why it is so.</summary>
internal sealed class AssignmentExplanation(AssignmentTask task, AssignmentStanding standing, AssignmentNetwork network)
{
    private readonly ILookup<int, Way> _byEntry = network.Chosen.ToLookup(way => way.Entry);
    private readonly ILookup<int, Way> _byJudge = network.Chosen.ToLookup(way => way.Judge);
    private readonly HashSet<Way> _chosen = [.. network.Chosen];

    public AssignmentChoice Choice(Way way)
    {
        var (entry, judge) = (task.Entries[way.Entry], task.Judges[way.Judge]);
        var kept = standing.IsKept(way.Entry, way.Judge);
        var known = standing.Conflicts.Known(judge, entry).ToList();
        var topics = entry.Topics.Distinct(StringComparer.OrdinalIgnoreCase).Count();
        List<string> why =
        [
            "No conflict of interest is known.",
            topics == 0 ? "The entry names no topics." : known.Count == 0 ? $"Knows none of its {topics} topics." : $"Knows {known.Count} of {topics} topics: {string.Join(", ", known)}.",
            $"Has {standing.Load[way.Judge] + _byJudge[way.Judge].Count()} of at most {judge.Capacity} reviews.",
        ];
        if (kept) why.Add("Had it before.");
        if (NextBest(way.Entry) is var (other, regret)) why.Add($"{task.Judges[other].Name}, the next best, would make the whole {(regret == 0 ? "no dearer" : $"{regret} dearer")}.");
        return new AssignmentChoice(entry.Id, judge.Id, way.Cost, kept, why);
    }

    public IReadOnlyList<JudgeLoad> Loads() =>
        [.. task.Judges.Select((judge, j) => new JudgeLoad(judge.Id, standing.Load[j] + _byJudge[j].Count(), judge.Capacity))];

    /// <summary>How often the same two judges meet is told, not capped: a cap on pairs would put the optimum out of reach of any fast method.</summary>
    public IReadOnlyList<PairMeeting> MostFrequentPairs(int most)
    {
        var order = task.Judges.Select((judge, j) => (judge.Id, j)).ToDictionary(pair => pair.Id, pair => pair.j);
        var pairs = new Dictionary<(int, int), int>();
        for (var e = 0; e < task.Entries.Count; e++)
        {
            var together = standing.Settled[e].Where(order.ContainsKey).Select(id => order[id]).Concat(_byEntry[e].Select(way => way.Judge)).Order().ToList();
            for (var a = 0; a < together.Count; a++)
            {
                for (var b = a + 1; b < together.Count; b++) pairs[(together[a], together[b])] = pairs.GetValueOrDefault((together[a], together[b])) + 1;
            }
        }
        return [.. pairs.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(most).Select(pair => new PairMeeting(task.Judges[pair.Key.Item1].Id, task.Judges[pair.Key.Item2].Id, pair.Value))];
    }

    public IReadOnlyList<AssignmentShortage> Shortages()
    {
        var shortages = new List<AssignmentShortage>();
        for (var e = 0; e < task.Entries.Count; e++)
        {
            var (entry, settled) = (task.Entries[e], standing.Settled[e].Count);
            var found = settled + _byEntry[e].Count();
            if (found >= entry.Needed) continue;
            var eligible = settled + network.Ways[e].Count;
            var exclusions = task.Judges.Select((judge, j) => (judge, why: standing.Barred[e][j])).Where(pair => pair.why is not null and not "judges it already").Select(pair => $"{pair.judge.Name} {pair.why}").ToList();
            var why = eligible < entry.Needed
                ? $"{entry.Label} has {eligible} eligible {(eligible == 1 ? "judge" : "judges")}, {entry.Needed} needed: {(exclusions.Count == 0 ? "there are no more judges" : string.Join("; ", exclusions))}."
                : Tightness(e, found);
            shortages.Add(new AssignmentShortage(entry.Id, entry.Needed, found, eligible, why, exclusions));
        }
        return shortages;
    }

    private (int Judge, long Regret)? NextBest(int entry)
    {
        (int Judge, long Regret)? best = null;
        foreach (var way in network.Ways[entry])
        {
            if (_chosen.Contains(way)) continue;
            var regret = network.Regret(way);
            if (best is null || regret < best.Value.Regret) best = (way.Judge, regret);
        }
        return best;
    }

    /// <summary>
    /// The judges whom any exchange could free for the entry, and the entries that hold them: together these need more than those can give.
    /// It is the cut that proves that no assignment does better.
    /// </summary>
    private string Tightness(int start, int found)
    {
        var (entries, judges, capped, queue) = (new HashSet<int> { start }, new HashSet<int>(), false, new Queue<int>([start]));
        while (queue.TryDequeue(out var entry))
        {
            foreach (var way in network.Ways[entry].Where(way => !_chosen.Contains(way)))
            {
                var team = task.Entries[entry].TeamId;
                var full = network.IsTeamFull(team, way.Judge);
                capped |= full;
                if (!full) judges.Add(way.Judge);
                foreach (var held in _byJudge[way.Judge].Where(held => !full || task.Entries[held.Entry].TeamId == team))
                {
                    if (entries.Add(held.Entry)) queue.Enqueue(held.Entry);
                }
            }
        }
        var (room, need) = (judges.Sum(j => standing.Room[j]), entries.Sum(e => standing.Open[e]));
        var entryLabel = task.Entries[start].Label;
        var limit = judges.Count == 0 ? "" : $"the {judges.Count} {(judges.Count == 1 ? "judge" : "judges")} who could be freed for it {(judges.Count == 1 ? "has" : "have")} room for {room} reviews, and {(entries.Count == 1 ? "it" : $"{entries.Count} entries")} wait for {need} of them";
        var cap = capped ? $"the cap of {task.Rules.MostPerTeam} entries of a team per judge is reached" : "";
        return $"{entryLabel} gets {found} of {task.Entries[start].Needed} judges: {string.Join("; ", new[] { limit, cap }.Where(part => part.Length > 0))}.";
    }
}
