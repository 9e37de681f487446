using System.ComponentModel.DataAnnotations;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Judges submissions anew: first on paper, with everything that it would change, then all at once.</summary>
public sealed class Rejudge(Database database, Cache cache, TimeProvider clock)
{
    public sealed record NewVerdict
    {
        public required Guid SubmissionId { get; init; }

        [AllowedValues("AC", "WA", "TLE", "RTE", "CE", "JE")]
        public required string Verdict { get; init; }
    }

    public sealed record Request
    {
        [StringLength(1000, MinimumLength = 1)]
        public required string Reason { get; init; }

        [MinLength(1), MaxLength(5000)]
        public required IReadOnlyList<NewVerdict> Verdicts { get; init; }
    }

    /// <summary>A team's line before and after.</summary>
    public sealed record Change(string TeamId, string Team, int RankBefore, int RankAfter, int SolvedBefore, int SolvedAfter, double PenaltySecondsBefore, double PenaltySecondsAfter);

    /// <summary>Who gains and who loses an award.</summary>
    public sealed record AwardChange(string Award, IReadOnlyList<string> Gains, IReadOnlyList<string> Loses);

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required string Reason { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? AppliedAt { get; init; }

        public DateTimeOffset? CancelledAt { get; init; }

        /// <summary>What it changes on the jury's board, or would; empty once it was applied or cancelled.</summary>
        public IReadOnlyList<Change> Changes { get; init; } = [];

        public IReadOnlyList<AwardChange> Awards { get; init; } = [];
    }

    private const string Columns = "id, reason, created_at, applied_at, cancelled_at";

    public Task<Outcome<View>> PrepareAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var id = Guid.CreateVersion7(now);
            var final = await FinalAsync(session, caller, competitionId, cancellationToken);
            if (final is null) return Problem.NotFound("contest");
            if (final.Value) return ContestProblems.Finalized;
            var wanted = request.Verdicts.DistinctBy(verdict => verdict.SubmissionId).ToList();
            if (wanted.Count < request.Verdicts.Count) return Problem.Invalid("/verdicts", "repeated", "A submission stands here twice.");
            await session.ExecuteAsync(
                "INSERT INTO contest_rejudgings (tenant_id, id, competition_id, reason, created_at, created_by) VALUES (@TenantId, @id, @competitionId, @reason, @now, @Person)",
                new { caller.TenantId, caller.Person, id, competitionId, reason = request.Reason.Trim(), now },
                cancellationToken);
            var added = await session.ExecuteAsync(
                """
                INSERT INTO contest_judgements (tenant_id, id, competition_id, submission_id, rejudging_id, verdict, started_at, ended_at, judged_by)
                SELECT @TenantId, new.id, @competitionId, submission.id, @rejudging, new.verdict, @now, @now, @Person
                FROM unnest(@ids, @submissions, @verdicts) AS new (id, submission_id, verdict)
                JOIN contest_submissions AS submission ON submission.tenant_id = @TenantId AND submission.competition_id = @competitionId AND submission.id = new.submission_id
                """,
                new
                {
                    caller.TenantId,
                    caller.Person,
                    competitionId,
                    rejudging = id,
                    ids = wanted.Select(_ => Guid.CreateVersion7(now)).ToArray(),
                    submissions = wanted.Select(verdict => verdict.SubmissionId).ToArray(),
                    verdicts = wanted.Select(verdict => verdict.Verdict).ToArray(),
                    now,
                },
                cancellationToken);
            if (added < wanted.Count) return Problem.Invalid("/verdicts", "unknown", "Some of these submissions are not there.");
            return await ViewAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) =>
        database.InTransaction<View>(caller, session => ViewAsync(session, caller, competitionId, id, cancellationToken), cancellationToken);

    /// <summary>Lets it count from now on, board and awards with it.</summary>
    public Task<Outcome<View>> ApplyAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) => EndAsync(caller, competitionId, id, "applied_at = @now, applied_by = @Person", cancellationToken);

    public Task<Outcome<View>> CancelAsync(Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken) => EndAsync(caller, competitionId, id, "cancelled_at = @now", cancellationToken);

    private Task<Outcome<View>> EndAsync(Caller caller, Guid competitionId, Guid id, string change, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var final = await FinalAsync(session, caller, competitionId, cancellationToken);
            if (final is null) return Problem.NotFound("re-judging");
            if (final.Value) return ContestProblems.Finalized;
            var before = await ViewAsync(session, caller, competitionId, id, cancellationToken);
            if (before.Value is not { } known) return before.Problem!;
            if (known.AppliedAt is not null || known.CancelledAt is not null) return ContestProblems.RejudgingOver;
            var ended = await session.ExecuteAsync(
                $"UPDATE contest_rejudgings SET {change} WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id AND applied_at IS NULL AND cancelled_at IS NULL",
                new { caller.TenantId, caller.Person, competitionId, id, now = clock.GetUtcNow() },
                cancellationToken);
            if (ended == 0) return ContestProblems.RejudgingOver;
            await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            return await ViewAsync(session, caller, competitionId, id, cancellationToken);
        },
        cancellationToken);

    private static Task<bool?> FinalAsync(Session session, Caller caller, Guid competitionId, CancellationToken cancellationToken) => session.FirstAsync<bool?>(
        "SELECT finalized_at IS NOT NULL FROM problem_contests WHERE tenant_id = @TenantId AND competition_id = @competitionId FOR SHARE", new { caller.TenantId, competitionId }, cancellationToken);

    private async Task<Outcome<View>> ViewAsync(Session session, Caller caller, Guid competitionId, Guid id, CancellationToken cancellationToken)
    {
        var view = await session.FirstAsync<View>($"SELECT {Columns} FROM contest_rejudgings WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @id", new { caller.TenantId, competitionId, id }, cancellationToken);
        if (view is null) return Problem.NotFound("re-judging");
        if (view.AppliedAt is not null || view.CancelledAt is not null) return view;
        var now = clock.GetUtcNow();
        var before = (await ContestStore.ReadAsync(session, caller, competitionId, null, null, cancellationToken)).Value!;
        var after = (await ContestStore.ReadAsync(session, caller, competitionId, id, now, cancellationToken)).Value!;
        return Compare(view, before.Contest, ProblemBoard.Of(before.Contest, before.Facts, now, Audience.Jury), ProblemBoard.Of(after.Contest, after.Facts, now, Audience.Jury));
    }

    private static View Compare(View view, ProblemContest contest, ProblemBoard before, ProblemBoard after)
    {
        var (rows, names) = (after.Rows.ToDictionary(row => row.TeamId), contest.Teams.ToDictionary(team => team.Id, team => team.Name));
        var awards = ContestAwards.Of(contest, after).ToDictionary(award => award.Id, award => award.TeamIds);
        return view with
        {
            Changes =
            [
                .. before.Rows.Select(row => (row, now: rows[row.TeamId])).Where(pair => (pair.row.Rank, pair.row.Solved, pair.row.Penalty) != (pair.now.Rank, pair.now.Solved, pair.now.Penalty))
                    .Select(pair => new Change(pair.row.TeamId, names[pair.row.TeamId], pair.row.Rank, pair.now.Rank, pair.row.Solved, pair.now.Solved, pair.row.Penalty.TotalSeconds, pair.now.Penalty.TotalSeconds)),
            ],
            Awards =
            [
                .. ContestAwards.Of(contest, before).Select(award => new AwardChange(award.Id, [.. awards[award.Id].Except(award.TeamIds)], [.. award.TeamIds.Except(awards[award.Id])]))
                    .Where(change => change.Gains.Count + change.Loses.Count > 0),
            ],
        };
    }
}
