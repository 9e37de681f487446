namespace Podium.Judging;

/// <summary>
/// Gives each entry its judges so that, in this order, as many reviews as possible are given, what is missing is spread evenly, and the sum of
/// mismatch, imbalance and change is smallest. The answer carries its own proof. docs/judging-methods.md says how it is put as a flow.
/// </summary>
public static class JudgeAssignment
{
    public static AssignmentPlan Solve(AssignmentTask task)
    {
        var standing = AssignmentStanding.Of(task);
        var network = new AssignmentNetwork(task, standing);
        var explain = new AssignmentExplanation(task, standing, network);
        var planned = network.Chosen.Select(pair => (task.Entries[pair.Entry].Id, task.Judges[pair.Judge].Id)).ToHashSet();
        return new AssignmentPlan(
            [.. network.Chosen.Select(explain.Choice)],
            [.. task.Given.Where(given => given.Progress is ReviewProgress.Assigned or ReviewProgress.Started && !standing.IsFixed(given) && !planned.Contains((given.EntryId, given.JudgeId)))],
            explain.Shortages(),
            explain.Loads(),
            explain.MostFrequentPairs(10),
            new AssignmentProof(network.Cost, network.ProvenBound, network.Steps));
    }
}

/// <summary>What is settled before anything is decided: reviews that stay, room that is left, and who may judge what.</summary>
internal sealed class AssignmentStanding
{
    private readonly HashSet<GivenReview> _fixed = [];
    private readonly HashSet<(Guid Entry, Guid Judge)> _assigned = [];

    public required AssignmentTask Task { get; init; }

    public required ConflictsOfInterest Conflicts { get; init; }

    /// <summary>Reviews still to be given out, by entry.</summary>
    public required int[] Open { get; init; }

    /// <summary>Reviews that stay, by entry.</summary>
    public required List<Guid>[] Settled { get; init; }

    /// <summary>Reviews that stay, by judge.</summary>
    public required int[] Load { get; init; }

    public required int[] Room { get; init; }

    /// <summary>Why a judge may not get an entry, or null: [entry][judge].</summary>
    public required string?[][] Barred { get; init; }

    /// <summary>How many entries of a team a judge may still get; absent where there is no cap or the cap cannot be reached.</summary>
    public required Dictionary<(Guid Team, int Judge), int> TeamRoom { get; init; }

    public bool IsFixed(GivenReview given) => _fixed.Contains(given);

    public bool IsKept(int entry, int judge) => _assigned.Contains((Task.Entries[entry].Id, Task.Judges[judge].Id));

    public static AssignmentStanding Of(AssignmentTask task)
    {
        var conflicts = new ConflictsOfInterest(task);
        var judges = task.Judges.Select((judge, index) => (judge, index)).ToDictionary(pair => pair.judge.Id);
        var given = task.Given.ToLookup(review => review.EntryId);
        var standing = new AssignmentStanding
        {
            Task = task,
            Conflicts = conflicts,
            Open = new int[task.Entries.Count],
            Settled = [.. task.Entries.Select(_ => new List<Guid>())],
            Load = new int[task.Judges.Count],
            Room = new int[task.Judges.Count],
            Barred = [.. task.Entries.Select(_ => new string?[task.Judges.Count])],
            TeamRoom = [],
        };
        var met = task.Earlier.GroupBy(meeting => (meeting.TeamId, meeting.JudgeId)).ToDictionary(group => group.Key, group => group.Sum(meeting => meeting.Count));
        for (var e = 0; e < task.Entries.Count; e++) standing.Settle(e, given[task.Entries[e].Id], judges, met);
        for (var j = 0; j < task.Judges.Count; j++) standing.Room[j] = task.Judges[j].IsAvailable ? Math.Max(0, task.Judges[j].Capacity - standing.Load[j]) : 0;
        standing.CapTeams(met);
        return standing;
    }

    private void Settle(int e, IEnumerable<GivenReview> given, Dictionary<Guid, (PanelJudge judge, int index)> judges, Dictionary<(Guid, Guid), int> met)
    {
        var (entry, barred) = (Task.Entries[e], Barred[e]);
        for (var j = 0; j < Task.Judges.Count; j++)
        {
            var judge = Task.Judges[j];
            barred[j] = Conflicts.Between(judge, entry)?.Detail ?? (judge.IsAvailable ? null : "has dropped out");
        }
        foreach (var review in given)
        {
            var known = judges.TryGetValue(review.JudgeId, out var found);
            var stays = review.Progress == ReviewProgress.Finished || (review.Progress == ReviewProgress.Started && known && barred[found.index] is null);
            if (stays && _fixed.Add(review))
            {
                Settled[e].Add(review.JudgeId);
                met[(entry.TeamId, review.JudgeId)] = met.GetValueOrDefault((entry.TeamId, review.JudgeId)) + 1;
                if (known) (Load[found.index], barred[found.index]) = (Load[found.index] + 1, "judges it already");
            }
            else if (review.Progress == ReviewProgress.Recused && known) barred[found.index] ??= "recused from it";
            else if (review.Progress == ReviewProgress.Assigned && known) _assigned.Add((review.EntryId, review.JudgeId));
        }
        Open[e] = Math.Max(0, entry.Needed - Settled[e].Count);
    }

    private void CapTeams(Dictionary<(Guid Team, Guid Judge), int> met)
    {
        if (Task.Rules.MostPerTeam is not { } cap) return;
        foreach (var team in Task.Entries.Select((entry, index) => (entry, index)).GroupBy(pair => pair.entry.TeamId))
        {
            for (var j = 0; j < Task.Judges.Count; j++)
            {
                var left = cap - met.GetValueOrDefault((team.Key, Task.Judges[j].Id));
                if (left <= 0)
                {
                    foreach (var (_, e) in team) Barred[e][j] ??= $"has judged this team as often as the cap of {cap} allows";
                }
                else if (left < team.Count(pair => Open[pair.index] > 0)) TeamRoom[(team.Key, j)] = left;
            }
        }
    }
}
