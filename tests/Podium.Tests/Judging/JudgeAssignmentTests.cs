using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class JudgeAssignmentTests
{
    private static Guid Id(int kind, int number) => new(number, (short)kind, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static PanelJudge Judge(int number, int capacity = 10, params string[] topics) => new(Id(1, number), $"Judge {number}", capacity) { Topics = topics };

    private static PanelEntry Entry(int number, int needed = 3, params string[] topics) => new(Id(2, number), $"Submission {number}", Id(3, number), needed) { Topics = topics };

    [Fact]
    public void Small_assignments_are_as_cheap_as_the_best_of_all_that_there_are()
    {
        var random = new Random(5);
        string[] topics = ["robotics", "vision", "law"];
        for (var round = 0; round < 150; round++)
        {
            var judges = Enumerable.Range(1, 3).Select(j => Judge(j, random.Next(0, 4), [.. topics.Where(_ => random.Next(2) == 0)])).ToList();
            var entries = Enumerable.Range(1, 4).Select(e => Entry(e, random.Next(1, 3), [.. topics.Where(_ => random.Next(2) == 0)]) with { TeamId = Id(3, random.Next(1, 4)) }).ToList();
            var conflicts = (from judge in judges from entry in entries where random.Next(5) == 0 select new DeclaredConflict(judge.Id, entry.Id, null)).ToList();
            var task = new AssignmentTask(entries, judges) { Conflicts = conflicts, Rules = new AssignmentRules { MostPerTeam = 1, Balance = random.Next(0, 3) * 100 } };
            var plan = JudgeAssignment.Solve(task);
            Assert.True(plan.Proof.IsOptimal);
            AssertAllowed(task, plan);
            Assert.Equal(BestOfAll(task), Value(task, [.. plan.Choices.Select(choice => (choice.EntryId, choice.JudgeId))]));
        }
    }

    /// <summary>Missing reviews first, then how uneven they are (the sum of squares), then mismatch and squared loads.</summary>
    private static (int Missing, int Uneven, long Cost) Value(AssignmentTask task, IReadOnlyCollection<(Guid Entry, Guid Judge)> pairs)
    {
        var know = new ConflictsOfInterest(task);
        var missing = task.Entries.Select(entry => entry.Needed - pairs.Count(pair => pair.Entry == entry.Id)).ToList();
        return (
            missing.Sum(),
            missing.Sum(count => count * (count + 1) / 2),
            pairs.Sum(pair => task.Rules.Expertise * (1000 - know.Match(task.Judges.First(judge => judge.Id == pair.Judge), task.Entries.First(entry => entry.Id == pair.Entry))) / 1000)
                + task.Judges.Sum(judge => (long)Math.Pow(pairs.Count(pair => pair.Judge == judge.Id), 2)) * task.Rules.Balance);
    }

    private static (int, int, long) BestOfAll(AssignmentTask task)
    {
        var know = new ConflictsOfInterest(task);
        var pairs = (from entry in task.Entries from judge in task.Judges where know.Between(judge, entry) is null select (entry, judge)).ToList();
        (int, int, long)? best = null;
        var chosen = new List<(Guid, Guid)>();
        void Try(int position)
        {
            if (position == pairs.Count)
            {
                var value = Value(task, chosen);
                if (best is null || value.CompareTo(best.Value) < 0) best = value;
                return;
            }
            Try(position + 1);
            var (entry, judge) = pairs[position];
            var mine = chosen.Where(pair => pair.Item2 == judge.Id).Select(pair => task.Entries.First(other => other.Id == pair.Item1)).ToList();
            if (mine.Count >= judge.Capacity || mine.Any(other => other.TeamId == entry.TeamId) || chosen.Count(pair => pair.Item1 == entry.Id) >= entry.Needed) return;
            chosen.Add((entry.Id, judge.Id));
            Try(position + 1);
            chosen.RemoveAt(chosen.Count - 1);
        }
        Try(0);
        return best!.Value;
    }

    private static void AssertAllowed(AssignmentTask task, AssignmentPlan plan)
    {
        var know = new ConflictsOfInterest(task);
        var (judges, entries) = (task.Judges.ToDictionary(judge => judge.Id), task.Entries.ToDictionary(entry => entry.Id));
        Assert.Equal(plan.Choices.Count, plan.Choices.Select(choice => (choice.EntryId, choice.JudgeId)).Distinct().Count());
        Assert.All(plan.Choices, choice =>
        {
            Assert.Null(know.Between(judges[choice.JudgeId], entries[choice.EntryId]));
            Assert.True(judges[choice.JudgeId].IsAvailable);
        });
        Assert.All(plan.Loads, load => Assert.True(load.Load <= Math.Max(load.Capacity, task.Given.Count(given => given.JudgeId == load.JudgeId && given.Progress is ReviewProgress.Finished or ReviewProgress.Started))));
    }

    /// <summary>The time is measured by the benchmark; the steps taken are the same on every machine, and are what the time is made of.</summary>
    [Fact]
    public void Two_thousand_submissions_and_two_hundred_judges_are_assigned_in_few_steps_and_proven()
    {
        var random = new Random(1);
        var topics = Enumerable.Range(0, 12).Select(topic => $"topic {topic}").ToArray();
        string[] Some(int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => topics[random.Next(topics.Length)])];
        var judges = Enumerable.Range(1, 200).Select(j => Judge(j, 35, Some(6)) with { InstitutionId = Id(4, random.Next(40)), Email = $"j{j}@uni{random.Next(40)}.example" }).ToList();
        var entries = Enumerable.Range(1, 2000).Select(e => Entry(e, 3, Some(4)) with { TeamId = Id(3, random.Next(700)), InstitutionIds = [Id(4, random.Next(40))], Emails = [$"s{e}@uni{random.Next(40)}.example"] }).ToList();
        var task = new AssignmentTask(entries, judges) { Conflicts = [.. Enumerable.Range(0, 500).Select(_ => new DeclaredConflict(judges[random.Next(200)].Id, null, entries[random.Next(2000)].TeamId))] };
        var plan = JudgeAssignment.Solve(task);
        Assert.Empty(plan.Shortages);
        Assert.Equal(6000, plan.Choices.Count);
        Assert.True(plan.Proof.IsOptimal);
        AssertAllowed(task, plan);
        Assert.InRange(plan.Proof.Steps, 1, 400_000);
    }

    [Fact]
    public void Every_kind_of_conflict_keeps_a_judge_away_and_the_gap_names_them()
    {
        var team = Id(3, 17);
        var entry = Entry(17) with { InstitutionIds = [Id(4, 1)], Emails = ["ada@student.kaznu.kz", "bob@gmail.com"] };
        PanelJudge[] judges =
        [
            Judge(1) with { InstitutionId = Id(4, 1) }, Judge(2) with { TeamIds = [team] }, Judge(3) with { Email = "prof@KazNU.kz" }, Judge(4), Judge(5) with { IsAvailable = false },
            Judge(6) with { Email = "someone@gmail.com" }, Judge(7),
        ];
        var plan = JudgeAssignment.Solve(new AssignmentTask([entry], judges) { Conflicts = [new(Id(1, 4), null, team, "taught the captain")] });
        Assert.Equal([Id(1, 6), Id(1, 7)], plan.Choices.Select(choice => choice.JudgeId).Order());
        var gap = Assert.Single(plan.Shortages);
        Assert.Equal((3, 2, 2), (gap.Needed, gap.Found, gap.Eligible));
        Assert.Equal(
            "Submission 17 has 2 eligible judges, 3 needed: Judge 1 is of the same institution; Judge 2 belongs to the team; Judge 3 has a mail address at kaznu.kz, as somebody of the team; Judge 4 declared a conflict of interest (taught the captain); Judge 5 has dropped out.",
            gap.Why);
    }

    [Fact]
    public void What_is_missing_is_spread_and_the_full_judges_are_named()
    {
        var plan = JudgeAssignment.Solve(new AssignmentTask([.. Enumerable.Range(1, 6).Select(e => Entry(e))], [.. Enumerable.Range(1, 4).Select(j => Judge(j, 3))]));
        Assert.Equal(12, plan.Choices.Count);
        Assert.All(plan.Shortages, gap => Assert.Equal((2, 4), (gap.Found, gap.Eligible)));
        Assert.Equal(6, plan.Shortages.Count);
        Assert.Equal("Submission 1 gets 2 of 3 judges: the 4 judges who could be freed for it have room for 12 reviews, and 6 entries wait for 18 of them.", plan.Shortages[0].Why);
    }

    [Fact]
    public void Loads_differ_by_one_at_most_where_judges_are_alike()
    {
        var plan = JudgeAssignment.Solve(new AssignmentTask([.. Enumerable.Range(1, 10).Select(e => Entry(e))], [.. Enumerable.Range(1, 7).Select(j => Judge(j, 30))]));
        Assert.Equal(30, plan.Loads.Sum(load => load.Load));
        Assert.InRange(plan.Loads.Max(load => load.Load) - plan.Loads.Min(load => load.Load), 0, 1);
    }

    [Fact]
    public void A_judge_meets_a_team_no_more_often_than_the_cap_earlier_rounds_included()
    {
        var entries = Enumerable.Range(1, 3).Select(e => Entry(e, 1) with { TeamId = Id(3, 1) }).ToList();
        var task = new AssignmentTask(entries, [Judge(1), Judge(2)]) { Earlier = [new(Id(1, 1), Id(3, 1), 1)] };
        var plan = JudgeAssignment.Solve(task);
        Assert.Equal(3, plan.Choices.Count);
        Assert.Equal(1, plan.Choices.Count(choice => choice.JudgeId == Id(1, 1)));
        var tighter = JudgeAssignment.Solve(task with { Rules = new AssignmentRules { MostPerTeam = 1 } });
        Assert.Equal(Id(1, 2), Assert.Single(tighter.Choices).JudgeId);
        Assert.Contains(tighter.Shortages, gap => gap.Why.Contains("cap of 1", StringComparison.Ordinal));
        Assert.Equal(3, JudgeAssignment.Solve(task with { Rules = new AssignmentRules { MostPerTeam = null, Balance = 0 } }).Choices.Count);
    }

    [Fact]
    public void Choices_say_why()
    {
        var plan = JudgeAssignment.Solve(new AssignmentTask([Entry(1, 1, "vision", "law")], [Judge(1, 4, "law"), Judge(2, 4, "LAW", "vision")]));
        var choice = Assert.Single(plan.Choices);
        Assert.Equal(Id(1, 2), choice.JudgeId);
        Assert.Equal(
            ["No conflict of interest is known.", "Knows 2 of 2 topics: vision, law.", "Has 1 of at most 4 reviews.", "Judge 1, the next best, would make the whole 500 dearer."],
            choice.Why);
    }

    [Fact]
    public void In_the_middle_of_a_round_finished_work_stays_and_as_little_as_can_be_changes()
    {
        var entries = Enumerable.Range(1, 6).Select(e => Entry(e, 2)).ToList();
        var judges = Enumerable.Range(1, 4).Select(j => Judge(j, 5)).ToList();
        var first = JudgeAssignment.Solve(new AssignmentTask(entries, judges));
        var given = first.Choices.Select((choice, position) => new GivenReview(choice.EntryId, choice.JudgeId, (ReviewProgress)(position % 3))).ToList();

        // nothing has happened: nothing changes
        var same = JudgeAssignment.Solve(new AssignmentTask(entries, judges) { Given = given });
        Assert.Empty(same.Withdrawn);
        Assert.All(same.Choices, choice => Assert.True(choice.Kept));

        // a judge drops out: what they finished stays, what they did not goes to others, and nobody else loses anything
        var without = judges.Select(judge => judge.Id == Id(1, 1) ? judge with { IsAvailable = false } : judge).ToList();
        var after = JudgeAssignment.Solve(new AssignmentTask(entries, without) { Given = given });
        Assert.Equal(given.Where(review => review.JudgeId == Id(1, 1) && review.Progress != ReviewProgress.Finished), after.Withdrawn);
        Assert.Empty(after.Shortages);
        Assert.DoesNotContain(after.Choices, choice => choice.JudgeId == Id(1, 1));
        Assert.Equal(12, after.Choices.Count + given.Count(review => review.Progress is ReviewProgress.Finished || (review.Progress is ReviewProgress.Started && review.JudgeId != Id(1, 1))));

        // one comes late: they get what is new, nobody is moved
        var late = JudgeAssignment.Solve(new AssignmentTask([.. entries.Select(entry => entry with { Needed = 3 })], [.. judges, Judge(5, 5)]) { Given = given });
        Assert.Empty(late.Withdrawn);
        Assert.True(late.Choices.Count(choice => choice.JudgeId == Id(1, 5)) >= 3);

        // the quorum goes down: only what was not begun is taken back
        var fewer = JudgeAssignment.Solve(new AssignmentTask([.. entries.Select(entry => entry with { Needed = 1 })], judges) { Given = given });
        Assert.All(fewer.Withdrawn, review => Assert.Equal(ReviewProgress.Assigned, review.Progress));
        Assert.NotEmpty(fewer.Withdrawn);
        Assert.Empty(fewer.Shortages);

        // who recused does not get it again
        var recused = given.Select(review => review with { Progress = ReviewProgress.Recused }).ToList();
        var again = JudgeAssignment.Solve(new AssignmentTask(entries, judges) { Given = recused });
        Assert.Empty(again.Choices.Select(choice => (choice.EntryId, choice.JudgeId)).Intersect(recused.Select(review => (review.EntryId, review.JudgeId))));
    }
}
