using System.ComponentModel.DataAnnotations;
using Podium.Identity;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Scoreboards;

/// <summary>Says what a solution is worth. A later judgement takes the place of an earlier one.</summary>
public sealed class JudgeSolution(Database database, Cache cache, TimeProvider clock)
{
    public sealed record Request
    {
        /// <summary>Chosen by the client, so that a repeated request judges once.</summary>
        public Guid? Id { get; init; }

        public required Guid SubmissionId { get; init; }

        [AllowedValues("AC", "WA", "TLE", "RTE", "CE", "JE")]
        public required string Verdict { get; init; }

        /// <summary>When judging began; absent, now.</summary>
        [Example(null!)]
        public DateTimeOffset? StartedAt { get; init; }
    }

    public sealed record View(Guid Id, Guid SubmissionId, string Verdict, DateTimeOffset StartedAt, DateTimeOffset EndedAt);

    private const string Columns = "id, submission_id, verdict, started_at, ended_at";

    public Task<Outcome<View>> Run(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var args = new { caller.TenantId, caller.Person, competitionId, id = request.Id ?? Guid.CreateVersion7(now), request.SubmissionId, request.Verdict, started = request.StartedAt ?? now, now };
            var final = await session.FirstAsync<bool?>("SELECT finalized_at IS NOT NULL FROM problem_contests WHERE tenant_id = @TenantId AND competition_id = @competitionId FOR SHARE", args, cancellationToken);
            if (final is null) return Problem.NotFound("contest");
            if (request.Id is not null && await session.FirstAsync<View>($"SELECT {Columns} FROM contest_judgements WHERE tenant_id = @TenantId AND id = @id", args, cancellationToken) is { } before)
                return before.SubmissionId == request.SubmissionId && before.Verdict == request.Verdict ? before : IdentityProblems.IdTaken;
            if (final.Value) return ContestProblems.Finalized;
            var came = await session.FirstAsync<DateTimeOffset?>("SELECT submitted_at FROM contest_submissions WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @SubmissionId", args, cancellationToken);
            if (came is null) return Problem.Invalid("/submissionId", "unknown", "There is no such submission.");
            if (args.started > now || args.started < came) return Problem.Invalid("/startedAt", "order", "Judging begins after the submission came, and not in the future.");
            await ContestMemory.ForgetAsync(cache, session, caller.TenantId, competitionId);
            return await session.SingleAsync<View>(
                $"""
                INSERT INTO contest_judgements (tenant_id, id, competition_id, submission_id, verdict, started_at, ended_at, judged_by)
                VALUES (@TenantId, @id, @competitionId, @SubmissionId, @Verdict, @started, @now, @Person)
                RETURNING {Columns}
                """,
                args,
                cancellationToken);
        },
        cancellationToken);
}
