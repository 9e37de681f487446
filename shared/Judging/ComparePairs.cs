using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Files;
using Podium.Platform.Problems;
using Podium.Submissions;

namespace Podium.Judging;

/// <summary>A judge asks for two entries, says which is the better, and may take the last answer back.</summary>
public sealed class ComparePairs(Database database, JudgedSubmissions submissions, WakeRun wake, TimeProvider clock)
{
    public sealed record AnswerRequest
    {
        [Example("left")]
        public required PairAnswer Choice { get; init; }
    }

    public sealed record Side
    {
        /// <summary>Whose work it is; a code where judging is blind.</summary>
        public required string Entry { get; init; }

        /// <summary>Absent where judging is blind.</summary>
        public Guid? RegistrationId { get; init; }

        /// <summary>What was handed in; null where nothing is.</summary>
        public JudgedSubmissions.View? Submission { get; init; }
    }

    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        public required Guid RoundId { get; init; }

        public required Side Left { get; init; }

        public required Side Right { get; init; }

        /// <summary>Whether one may say that neither is better.</summary>
        public required bool Ties { get; init; }

        /// <summary>Null while it waits for the answer.</summary>
        public PairAnswer? Choice { get; init; }

        public DateTimeOffset? AnsweredAt { get; init; }
    }

    /// <summary>The next pair; null when there is none left for this judge.</summary>
    public sealed record Next(View? Comparison, int Answered);

    private sealed record Own(Guid Id, Guid CompetitionId, Guid RoundId, Guid JudgeId, Guid LeftId, Guid RightId, PairAnswer? Choice, DateTimeOffset? AnsweredAt);

    private sealed record Name(Guid Id, string Participant);

    private const string OwnSql =
        """
        SELECT shown.id, shown.competition_id, shown.round_id, shown.judge_id, left_id, right_id, choice, answered_at
        FROM judge_comparisons AS shown JOIN judges ON judges.tenant_id = shown.tenant_id AND judges.id = shown.judge_id
        WHERE shown.tenant_id = @TenantId AND shown.id = @id AND judges.user_id = @Person
        """;

    /// <summary>The pair that the judge has not answered yet, or another.</summary>
    public Task<Outcome<Next>> NextAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.InTransaction<Next>(
        caller,
        async session =>
        {
            if (await Comparisons.RoundAsync(session, caller.TenantId, competitionId, roundId, locked: true, cancellationToken) is not { } round) return Problem.NotFound("round that is judged by comparison");
            if (!round.Open) return JudgingProblems.ComparisonsClosed;
            // the same judge at two screens gets the same pair
            var judge = await session.FirstAsync<Guid?>(
                """
                SELECT judges.id FROM competition_judges JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = competition_judges.judge_id
                WHERE competition_judges.tenant_id = @TenantId AND competition_id = @competitionId AND judges.user_id = @Person AND dropped_out_at IS NULL AND judges.deleted_at IS NULL
                FOR NO KEY UPDATE OF competition_judges
                """,
                new { caller.TenantId, caller.Person, competitionId },
                cancellationToken);
            if (judge is not { } me) return JudgingProblems.NotOfPanel;
            var task = await MakeAssignment.PanelAsync(session, caller.TenantId, competitionId, roundId, round.RegistrationIds, cancellationToken);
            var conflicts = new ConflictsOfInterest(task);
            var panelist = task.Judges.Single(one => one.Id == me);
            var mine = task.Entries.Where(entry => conflicts.Between(panelist, entry) is null).Select(entry => entry.Id).ToHashSet();
            var open = await session.FirstAsync<Own>(
                "SELECT id, competition_id, round_id, judge_id, left_id, right_id, choice, answered_at FROM judge_comparisons WHERE tenant_id = @TenantId AND round_id = @roundId AND judge_id = @me AND choice IS NULL",
                new { caller.TenantId, roundId, me },
                cancellationToken);
            if (open is not null && !(mine.Contains(open.LeftId) && mine.Contains(open.RightId)))
            {
                // somebody has left the competition, or a conflict of interest was declared
                await session.ExecuteAsync("DELETE FROM judge_comparisons WHERE tenant_id = @TenantId AND id = @Id", new { caller.TenantId, open.Id }, cancellationToken);
                open = null;
            }
            var rows = await Comparisons.RowsAsync(session, caller.TenantId, roundId, cancellationToken);
            if (open is null && PairChoice.Next([.. task.Entries.Select(entry => entry.Id)], [.. rows.Select(row => row.Shown)], me, mine.Contains) is { } pair)
            {
                var now = clock.GetUtcNow();
                open = await session.SingleAsync<Own>(
                    """
                    INSERT INTO judge_comparisons (tenant_id, id, competition_id, round_id, judge_id, left_id, right_id, asked_at) VALUES (@TenantId, @id, @competitionId, @roundId, @me, @Left, @Right, @now)
                    RETURNING id, competition_id, round_id, judge_id, left_id, right_id, choice, answered_at
                    """,
                    new { caller.TenantId, id = Guid.CreateVersion7(now), competitionId, roundId, me, pair.Left, pair.Right, now },
                    cancellationToken);
            }
            var answered = rows.Count(row => row.JudgeId == me && row.Choice is not (null or PairAnswer.Skip));
            return new Next(open is null ? null : await ViewAsync(session, caller, open, cancellationToken), answered);
        },
        cancellationToken);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid id, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session => await session.FirstAsync<Own>(OwnSql, new { caller.TenantId, caller.Person, id }, cancellationToken) is { } own ? await ViewAsync(session, caller, own, cancellationToken) : Problem.NotFound("comparison"),
        cancellationToken);

    /// <summary>Says which is better. A second time the same changes nothing.</summary>
    public Task<Outcome<View>> AnswerAsync(Caller caller, Guid id, AnswerRequest request, CancellationToken cancellationToken) => OnOwnAsync(
        caller,
        id,
        async (session, own) =>
        {
            if (own.Choice is not null) return own.Choice == request.Choice ? null : new Problem(JudgingProblems.ComparisonAnswered);
            var rule = await RuleAsync(session, caller, own, cancellationToken);
            if (request.Choice == PairAnswer.Tie && !rule.Ties) return Problem.Invalid("/choice", "not-here", "One of the two must be chosen here, or none by skipping.");
            await session.ExecuteAsync(
                "UPDATE judge_comparisons SET choice = @choice, answered_at = @now WHERE tenant_id = @TenantId AND id = @Id",
                new { caller.TenantId, own.Id, choice = request.Choice switch { PairAnswer.Left => "left", PairAnswer.Right => "right", PairAnswer.Tie => "tie", _ => "skip" }, now = clock.GetUtcNow() },
                cancellationToken);
            // the last answer that was needed lets the round go on
            if ((await Comparisons.ProgressAsync(session, caller.TenantId, own.CompetitionId, own.RoundId, rule, cancellationToken)).Enough) await wake.RunAsync(session, caller.TenantId, own.CompetitionId, cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Takes the judge's last answer back: the same two wait again. What was asked since goes back unanswered.</summary>
    public Task<Outcome<View>> UndoAsync(Caller caller, Guid id, CancellationToken cancellationToken) => OnOwnAsync(
        caller,
        id,
        async (session, own) =>
        {
            if (own.Choice is null) return null;
            var last = await session.SingleAsync<Guid>(
                "SELECT id FROM judge_comparisons WHERE tenant_id = @TenantId AND round_id = @RoundId AND judge_id = @JudgeId AND choice IS NOT NULL ORDER BY position DESC LIMIT 1",
                new { caller.TenantId, own.RoundId, own.JudgeId },
                cancellationToken);
            if (last != id) return JudgingProblems.NotTheLast;
            await session.ExecuteAsync(
                """
                DELETE FROM judge_comparisons WHERE tenant_id = @TenantId AND round_id = @RoundId AND judge_id = @JudgeId AND choice IS NULL;
                UPDATE judge_comparisons SET choice = NULL, answered_at = NULL WHERE tenant_id = @TenantId AND id = @id
                """,
                new { caller.TenantId, own.RoundId, own.JudgeId, id },
                cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>A URL by which the judge reads a file of one of the two.</summary>
    public async Task<Outcome<DownloadFile.Link>> DownloadAsync(Caller caller, Guid id, Guid fileId, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(caller, id, cancellationToken);
        if (found.Value is not { } view) return found.Problem!;
        var own = (await database.As(caller).FirstAsync<Own>(OwnSql, new { caller.TenantId, caller.Person, id }, cancellationToken))!;
        foreach (var (side, entry) in new[] { (view.Left, own.LeftId), (view.Right, own.RightId) })
        {
            if (side.Submission?.Files.Any(file => file.Id == fileId) == true)
                return await submissions.DownloadAsync(caller, own.CompetitionId, own.RoundId, entry, side.RegistrationId is null ? side.Entry : null, fileId, cancellationToken);
        }
        return Problem.NotFound("file");
    }

    /// <summary>Runs work on a comparison of the caller's own while the round is open: two who answer it at once come one after the other.</summary>
    private Task<Outcome<View>> OnOwnAsync(Caller caller, Guid id, Func<Session, Own, Task<Problem?>> work, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await session.FirstAsync<Own>(OwnSql, new { caller.TenantId, caller.Person, id }, cancellationToken) is not { } known) return Problem.NotFound("comparison");
            if (!caller.Allows(Permissions.CompetitionJudge, Scope.Competition(known.CompetitionId))) return CommonProblems.Forbidden;
            // in the order in which asking locks them
            var round = await Comparisons.RoundAsync(session, caller.TenantId, known.CompetitionId, known.RoundId, locked: true, cancellationToken);
            await session.ExecuteAsync(
                "SELECT FROM competition_judges WHERE tenant_id = @TenantId AND competition_id = @CompetitionId AND judge_id = @JudgeId FOR NO KEY UPDATE", new { caller.TenantId, known.CompetitionId, known.JudgeId }, cancellationToken);
            if (await session.FirstAsync<Own>(OwnSql + " FOR NO KEY UPDATE OF shown", new { caller.TenantId, caller.Person, id }, cancellationToken) is not { } own) return Problem.NotFound("comparison");
            if (!round!.Open) return JudgingProblems.ComparisonsClosed;
            if (await work(session, own) is { } problem) return problem;
            return await ViewAsync(session, caller, (await session.FirstAsync<Own>(OwnSql, new { caller.TenantId, caller.Person, id }, cancellationToken))!, cancellationToken);
        },
        cancellationToken);

    private static async Task<ComparisonRule> RuleAsync(Session session, Caller caller, Own own, CancellationToken cancellationToken) =>
        (await Rubrics.ForRoundAsync(session, caller.TenantId, own.CompetitionId, own.RoundId, cancellationToken))?.Rule.Comparison ?? new ComparisonRule();

    private static async Task<View> ViewAsync(Session session, Caller caller, Own own, CancellationToken cancellationToken)
    {
        var rubric = await Rubrics.ForRoundAsync(session, caller.TenantId, own.CompetitionId, own.RoundId, cancellationToken);
        var names = (await session.QueryAsync<Name>(
            """
            SELECT registrations.id,
                   CASE WHEN @blind THEN 'Entry ' || upper(left(encode(sha256((@RoundId::uuid::text || registrations.id::text)::bytea), 'hex'), 8))
                        ELSE coalesce(teams.name, users.first_name || ' ' || users.last_name) END AS participant
            FROM registrations
            LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
            LEFT JOIN users ON users.tenant_id = registrations.tenant_id AND users.id = registrations.user_id
            WHERE registrations.tenant_id = @TenantId AND registrations.id = ANY (@ids)
            """,
            new { caller.TenantId, own.RoundId, blind = rubric?.Blind ?? true, ids = new[] { own.LeftId, own.RightId } },
            cancellationToken)).ToDictionary(name => name.Id, name => name.Participant);
        return new View
        {
            Id = own.Id,
            CompetitionId = own.CompetitionId,
            RoundId = own.RoundId,
            Left = await SideAsync(own.LeftId),
            Right = await SideAsync(own.RightId),
            Ties = rubric?.Rule.Comparison?.Ties ?? false,
            Choice = own.Choice,
            AnsweredAt = own.AnsweredAt,
        };

        async Task<Side> SideAsync(Guid entry)
        {
            var blind = rubric?.Blind ?? true;
            return new Side
            {
                Entry = names[entry],
                RegistrationId = blind ? null : entry,
                Submission = await JudgedSubmissions.OfAsync(session, caller.TenantId, own.CompetitionId, own.RoundId, entry, blind ? names[entry] : null, cancellationToken),
            };
        }
    }
}
