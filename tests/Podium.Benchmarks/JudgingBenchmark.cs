using System.Diagnostics;
using Podium.Judging;
using Podium.Scoreboards;

namespace Podium.Benchmarks;

/// <summary>The pure rules of judging at size: an assignment of 2,000 entries, the board of 1,000 teams.</summary>
internal static class JudgingBenchmark
{
    public static void Run()
    {
        Measure("assignment, 2,000 entries x 200 judges x 3, teams of their own", 5, AssignmentOf(entries: 2000, teams: 2000), task => JudgeAssignment.Solve(task).Proof.IsOptimal);
        Measure("assignment, the same, 700 teams and a cap of 2", 5, AssignmentOf(entries: 2000, teams: 700), task => JudgeAssignment.Solve(task).Proof.IsOptimal);
        var (contest, facts, end) = Contest();
        Measure("board, 1,000 teams x 10 problems, 10,000 submissions", 30, contest, one => ProblemBoard.Of(one, facts, end, Audience.Public).Rows.Count == 1000);
    }

    private static void Measure<T>(string what, int times, T on, Func<T, bool> run)
    {
        run(on);
        var taken = new List<double>();
        for (var round = 0; round < times; round++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            if (!run(on)) throw new InvalidOperationException($"{what}: wrong");
            taken.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds);
        }
        Console.WriteLine($"{what}: {taken.Order().ElementAt(times / 2):0} ms of processor time (median of {times})");
    }

    private static AssignmentTask AssignmentOf(int entries, int teams)
    {
        var random = new Random(1);
        static Guid Id(int kind, int number) => new(number, (short)kind, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        string[] Some(int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => $"topic {random.Next(12)}")];
        return new AssignmentTask(
            [.. Enumerable.Range(1, entries).Select(e => new PanelEntry(Id(2, e), $"Entry {e}", Id(3, teams < entries ? random.Next(teams) : e), 3) { Topics = Some(4), InstitutionIds = [Id(4, random.Next(40))] })],
            [.. Enumerable.Range(1, 200).Select(j => new PanelJudge(Id(1, j), $"Judge {j}", 35) { Topics = Some(6), InstitutionId = Id(4, random.Next(40)) })]);
    }

    private static (ProblemContest, ContestFacts, DateTimeOffset) Contest()
    {
        var (random, start) = (new Random(6), new DateTimeOffset(2026, 6, 25, 9, 0, 0, TimeSpan.Zero));
        var contest = new ProblemContest("c", "C", start, TimeSpan.FromHours(5))
        {
            FreezeBefore = TimeSpan.FromHours(1),
            Teams = [.. Enumerable.Range(0, 1000).Select(team => new ContestTeam($"t{team}", $"Team {team}"))],
            Problems = [.. Enumerable.Range(0, 10).Select(problem => new ContestProblem($"p{problem}", $"{(char)('A' + problem)}", "P", problem))],
        };
        var submissions = Enumerable.Range(0, 10_000).Select(number => new ContestSubmission($"s{number}", $"t{random.Next(1000)}", $"p{random.Next(10)}", "cpp", start.AddMinutes(random.NextDouble() * 300))).ToList();
        var facts = new ContestFacts(submissions, [.. submissions.Select(one => new ContestJudgement($"j{one.Id}", one.Id, random.Next(3) == 0 ? "AC" : "WA", one.At, one.At.AddMinutes(1)))]);
        return (contest, facts, start.AddHours(6));
    }
}
