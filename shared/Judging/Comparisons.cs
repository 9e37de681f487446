using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>Rounds that are judged by comparing two entries at a time: opened, closed, and what came of them so far.</summary>
public sealed class Comparisons(Database database, TimeProvider clock)
{
    public sealed record EntryLine
    {
        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        public required int Compared { get; init; }

        /// <summary>How many of them it won; a tie is half a win.</summary>
        public required decimal Won { get; init; }

        /// <summary>The logarithm of its strength; all add up to nothing.</summary>
        public required double Strength { get; init; }

        public required double StandardError { get; init; }

        /// <summary>The 95 % interval's lower end.</summary>
        public required double Low { get; init; }

        public required double High { get; init; }

        /// <summary>The chance of being chosen over an average entry, in per cent; absent where it was not compared yet.</summary>
        public decimal? Score { get; init; }
    }

    public sealed record JudgeLine
    {
        public required Guid JudgeId { get; init; }

        public required string Judge { get; init; }

        public required int Comparisons { get; init; }

        public required int Ties { get; init; }

        public required int Skipped { get; init; }

        /// <summary>The share of choices for what all others' choices hold stronger; absent before the first.</summary>
        public double? Agreeing { get; init; }

        /// <summary>The share that an average judge would have had on the same pairs.</summary>
        public double? Expected { get; init; }

        /// <summary>How far the first is from the second, in standard deviations: far below zero is a judge who chooses otherwise, or at random.</summary>
        public double? Deviations { get; init; }
    }

    public sealed record View
    {
        public required Guid RoundId { get; init; }

        /// <summary>Whether judges can compare now.</summary>
        public required bool Open { get; init; }

        public required DateTimeOffset OpenedAt { get; init; }

        public DateTimeOffset? ClosedAt { get; init; }

        public required ComparisonRule Rule { get; init; }

        /// <summary>How many answers count.</summary>
        public required int Answers { get; init; }

        /// <summary>Whether there would be a fit without the rule's prior: however the entries are cut in two, something of each part was chosen over something of the other.</summary>
        public required bool Connected { get; init; }

        /// <summary>The strongest first.</summary>
        public required IReadOnlyList<EntryLine> Entries { get; init; }

        public required IReadOnlyList<JudgeLine> Judges { get; init; }
    }

    internal sealed record Round(DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, Guid[]? RegistrationIds, bool Open);

    internal sealed record Row(Guid JudgeId, Guid LeftId, Guid RightId, PairAnswer? Choice)
    {
        public ShownPair Shown => new(JudgeId, LeftId, RightId, Choice);
    }

    private sealed record JudgeRow(Guid Id, string Name);

    /// <summary>An entry of a round and what its lateness costs.</summary>
    internal sealed record Entry(Guid Id, string Participant, decimal Penalty);

    /// <summary>Where a round stands: whether every entry was compared as often as it should be.</summary>
    internal sealed record Progress(bool Enough, int Least);

    /// <summary>Lets judges begin, where the rounds do not go by themselves.</summary>
    public Task<Outcome<View>> OpenAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            if (!await AssignRound.HasRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken)) return Problem.NotFound("round");
            if ((await Rubrics.ForRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken))?.Rule.Comparison is null) return JudgingProblems.NoComparisonRubric;
            await WriteOpenAsync(session, caller.TenantId, competitionId, roundId, clock.GetUtcNow(), cancellationToken);
            return await ViewAsync(session, caller, competitionId, roundId, cancellationToken);
        },
        cancellationToken);

    /// <summary>Ends it; what is not answered does not count.</summary>
    public Task<Outcome<View>> CloseAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
            await CloseAsync(session, caller.TenantId, roundId, clock.GetUtcNow(), cancellationToken);
            return await ViewAsync(session, caller, competitionId, roundId, cancellationToken);
        },
        cancellationToken);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken) =>
        database.InTransaction<View>(caller, session => ViewAsync(session, caller, competitionId, roundId, cancellationToken), cancellationToken);

    /// <summary>Where a round that is to be judged by comparison stands, opened if it was not; null for one that is judged by marks.</summary>
    internal static async Task<Progress?> OfRoundAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((await Rubrics.ForRoundAsync(session, tenantId, competitionId, roundId, cancellationToken))?.Rule.Comparison is not { } rule) return null;
        await WriteOpenAsync(session, tenantId, competitionId, roundId, now, cancellationToken);
        return await ProgressAsync(session, tenantId, competitionId, roundId, rule, cancellationToken);
    }

    internal static async Task<Progress> ProgressAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, ComparisonRule rule, CancellationToken cancellationToken)
    {
        var entries = await EntriesAsync(session, tenantId, competitionId, roundId, cancellationToken);
        var counted = Told(entries, await RowsAsync(session, tenantId, roundId, cancellationToken));
        var times = entries.ToDictionary(entry => entry.Id, _ => 0);
        foreach (var one in counted) (times[one.First], times[one.Second]) = (times[one.First] + 1, times[one.Second] + 1);
        var least = times.Count == 0 ? 0 : times.Values.Min();
        return new Progress(least >= rule.PerEntry, least);
    }

    /// <summary>Answers by lot for a rehearsal, by the judges who are in time, until every entry was compared often enough; how many.</summary>
    internal static async Task<int> RehearseAsync(Session session, Guid tenantId, Guid competitionId, IReadOnlyCollection<Guid> late, Random random, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var round = await session.FirstAsync<Guid?>(
            "SELECT round_id FROM comparison_rounds JOIN round_runs USING (tenant_id, round_id) WHERE tenant_id = @tenantId AND comparison_rounds.competition_id = @competitionId AND closed_at IS NULL AND phase = 'judging'",
            new { tenantId, competitionId },
            cancellationToken);
        if (round is not { } roundId || (await Rubrics.ForRoundAsync(session, tenantId, competitionId, roundId, cancellationToken))?.Rule.Comparison is not { } rule) return 0;
        // what was really answered does not count in it, and once is enough
        await session.ExecuteAsync("DELETE FROM judge_comparisons WHERE tenant_id = @tenantId AND round_id = @roundId AND asked_at <> @now", new { tenantId, roundId, now }, cancellationToken);
        if ((await RowsAsync(session, tenantId, roundId, cancellationToken)).Count > 0) return 0;
        var entries = await EntriesAsync(session, tenantId, competitionId, roundId, cancellationToken);
        var judges = (await session.QueryAsync<Guid>(
            "SELECT judge_id FROM competition_judges WHERE tenant_id = @tenantId AND competition_id = @competitionId AND dropped_out_at IS NULL ORDER BY judge_id", new { tenantId, competitionId }, cancellationToken)).Where(judge => !late.Contains(judge)).ToList();
        var (given, times) = (new List<(Guid Judge, Guid Left, Guid Right, string Choice)>(), entries.ToDictionary(entry => entry.Id, _ => 0));
        for (var turn = 0; turn < judges.Count; turn++)
        {
            // neighbours at every distance: each distance gives each entry two comparisons
            for (var distance = 1; distance <= entries.Count / 2; distance++)
            {
                for (var i = 0; i < entries.Count; i++)
                {
                    var (left, right) = (entries[i].Id, entries[(i + distance) % entries.Count].Id);
                    if (Math.Min(times[left], times[right]) >= rule.PerEntry || (distance * 2 == entries.Count && i >= distance)) continue;
                    given.Add((judges[(i + distance + turn) % judges.Count], left, right, random.Next(2) == 0 ? "left" : "right"));
                    (times[left], times[right]) = (times[left] + 1, times[right] + 1);
                }
            }
        }
        await session.ExecuteAsync(
            """
            INSERT INTO judge_comparisons (tenant_id, id, competition_id, round_id, judge_id, left_id, right_id, choice, asked_at, answered_at)
            SELECT @tenantId, uuidv7(), @competitionId, @roundId, *, @now, @now FROM unnest(@judges, @lefts, @rights, @choices)
            """,
            new { tenantId, competitionId, roundId, now, judges = given.Select(one => one.Judge).ToArray(), lefts = given.Select(one => one.Left).ToArray(), rights = given.Select(one => one.Right).ToArray(), choices = given.Select(one => one.Choice).ToArray() },
            cancellationToken);
        return given.Count;
    }

    /// <summary>Nobody answers any more.</summary>
    internal static Task CloseAsync(Session session, Guid tenantId, Guid roundId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE comparison_rounds SET closed_at = @now WHERE tenant_id = @tenantId AND round_id = @roundId AND closed_at IS NULL;
        DELETE FROM judge_comparisons WHERE tenant_id = @tenantId AND round_id = @roundId AND choice IS NULL
        """,
        new { tenantId, roundId, now },
        cancellationToken);

    internal static Task<Round?> RoundAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, bool locked, CancellationToken cancellationToken) => session.FirstAsync<Round>(
        $"""
        SELECT opened_at, closed_at, registration_ids,
               closed_at IS NULL AND NOT EXISTS (SELECT FROM round_runs WHERE round_runs.tenant_id = @tenantId AND round_runs.round_id = @roundId AND phase <> 'judging') AS open
        FROM comparison_rounds WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @roundId {(locked ? "FOR SHARE" : "")}
        """,
        new { tenantId, competitionId, roundId },
        cancellationToken);

    /// <summary>All pairs that were shown in a round, in the order of asking.</summary>
    internal static Task<IReadOnlyList<Row>> RowsAsync(Session session, Guid tenantId, Guid roundId, CancellationToken cancellationToken) => session.QueryAsync<Row>(
        "SELECT judge_id, left_id, right_id, choice FROM judge_comparisons WHERE tenant_id = @tenantId AND round_id = @roundId ORDER BY position", new { tenantId, roundId }, cancellationToken);

    /// <summary>What counts: answers about entries that are still in it.</summary>
    internal static List<Comparison> Told(IReadOnlyList<Entry> entries, IReadOnlyList<Row> rows)
    {
        var known = entries.Select(entry => entry.Id).ToHashSet();
        return [.. rows.Where(row => known.Contains(row.LeftId) && known.Contains(row.RightId)).Select(row => row.Shown.Told).OfType<Comparison>()];
    }

    /// <summary>Who is compared in a round and still takes part.</summary>
    internal static Task<IReadOnlyList<Entry>> EntriesAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, CancellationToken cancellationToken) => session.QueryAsync<Entry>(
        """
        SELECT registrations.id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant,
               coalesce((
                   SELECT penalty FROM submissions
                   WHERE submissions.tenant_id = @tenantId AND submissions.competition_id = @competitionId AND submissions.registration_id = registrations.id
                     AND (submissions.round_id = @roundId OR submissions.round_id IS NULL) AND submissions.status = 'submitted' AND review_status = 'APPROVED' AND submissions.deleted_at IS NULL
                   ORDER BY submissions.round_id NULLS LAST LIMIT 1), 0) AS penalty
        FROM comparison_rounds AS round
        JOIN registrations ON registrations.tenant_id = @tenantId AND registrations.competition_id = @competitionId AND registrations.status = 'approved'
            AND (round.registration_ids IS NULL OR registrations.id = ANY (round.registration_ids))
        LEFT JOIN teams ON teams.tenant_id = registrations.tenant_id AND teams.id = registrations.team_id
        LEFT JOIN users ON users.tenant_id = registrations.tenant_id AND users.id = registrations.user_id
        WHERE round.tenant_id = @tenantId AND round.round_id = @roundId
        ORDER BY registrations.id
        """,
        new { tenantId, competitionId, roundId },
        cancellationToken);

    // those whom the round before sent on, or everybody
    private static Task WriteOpenAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        INSERT INTO comparison_rounds (tenant_id, round_id, competition_id, registration_ids, opened_at)
        SELECT @tenantId, @roundId, @competitionId, (SELECT array_agg(registration_id ORDER BY registration_id) FROM round_entries WHERE tenant_id = @tenantId AND round_id = @roundId), @now
        ON CONFLICT (tenant_id, round_id) DO UPDATE SET closed_at = NULL WHERE comparison_rounds.closed_at IS NOT NULL
        """,
        new { tenantId, competitionId, roundId, now },
        cancellationToken);

    private static async Task<Outcome<View>> ViewAsync(Session session, Caller caller, Guid competitionId, Guid roundId, CancellationToken cancellationToken)
    {
        if (await RoundAsync(session, caller.TenantId, competitionId, roundId, locked: false, cancellationToken) is not { } round) return Problem.NotFound("round that is judged by comparison");
        var rule = (await Rubrics.ForRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken))?.Rule.Comparison ?? new ComparisonRule();
        var entries = await EntriesAsync(session, caller.TenantId, competitionId, roundId, cancellationToken);
        var rows = await RowsAsync(session, caller.TenantId, roundId, cancellationToken);
        var judges = await session.QueryAsync<JudgeRow>(
            """
            SELECT judges.id, first_name || ' ' || last_name AS name
            FROM competition_judges
            JOIN judges ON judges.tenant_id = competition_judges.tenant_id AND judges.id = competition_judges.judge_id
            JOIN users ON users.tenant_id = judges.tenant_id AND users.id = judges.user_id
            WHERE competition_judges.tenant_id = @TenantId AND competition_id = @competitionId
            ORDER BY name, judges.id
            """,
            new { caller.TenantId, competitionId },
            cancellationToken);
        IReadOnlyList<Guid> ids = [.. entries.Select(entry => entry.Id)];
        var told = Told(entries, rows);
        var names = entries.ToDictionary(entry => entry.Id, entry => entry.Participant);
        var reliabilities = BradleyTerry.Reliabilities(ids, told).ToDictionary(judge => judge.JudgeId);
        return new View
        {
            RoundId = roundId,
            Open = round.Open,
            OpenedAt = round.OpenedAt,
            ClosedAt = round.ClosedAt,
            Rule = rule,
            Answers = told.Count,
            Connected = BradleyTerry.IsDetermined(ids, told),
            Entries =
            [
                .. ComparedRound.Of(rule, ids, told).OrderByDescending(entry => entry.Log).ThenBy(entry => names[entry.Id], StringComparer.Ordinal).ThenBy(entry => entry.Id).Select(entry => new EntryLine
                {
                    RegistrationId = entry.Id,
                    Participant = names[entry.Id],
                    Compared = entry.Compared,
                    Won = entry.Won,
                    Strength = entry.Log,
                    StandardError = entry.StandardError,
                    Low = entry.Low,
                    High = entry.High,
                    Score = entry.Score,
                }),
            ],
            Judges =
            [
                .. judges.Select(judge => new JudgeLine
                {
                    JudgeId = judge.Id,
                    Judge = judge.Name,
                    Comparisons = told.Count(one => one.JudgeId == judge.Id),
                    Ties = told.Count(one => one.JudgeId == judge.Id && one.IsTie),
                    Skipped = rows.Count(row => row.JudgeId == judge.Id && row.Choice == PairAnswer.Skip),
                    Agreeing = reliabilities.GetValueOrDefault(judge.Id)?.Agreeing,
                    Expected = reliabilities.GetValueOrDefault(judge.Id)?.Expected,
                    Deviations = reliabilities.GetValueOrDefault(judge.Id)?.Deviations,
                }),
            ],
        };
    }

    /// <summary>The scores of such a round in the form that those of marks have.</summary>
    internal static async Task<RoundScores.View> ScoresAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, Rubrics.View rubric, CancellationToken cancellationToken)
    {
        var entries = await EntriesAsync(session, tenantId, competitionId, roundId, cancellationToken);
        var told = Told(entries, await RowsAsync(session, tenantId, roundId, cancellationToken));
        var compared = ComparedRound.Of(rubric.Rule.Comparison!, [.. entries.Select(entry => entry.Id)], told).ToDictionary(entry => entry.Id);
        var known = entries.ToDictionary(entry => entry.Id);
        return new RoundScores.View
        {
            Lines =
            [
                .. ComparedRound.Places([.. compared.Values], told, entries.ToDictionary(entry => entry.Id, entry => entry.Penalty), rubric.TieBreaks).Select(place => new RoundScores.Line
                {
                    RegistrationId = place.Id,
                    Participant = known[place.Id].Participant,
                    Rank = place.Rank,
                    Shared = place.Shared,
                    DecidedBy = place.DecidedBy,
                    Score = ComparedRound.Counts(compared[place.Id], known[place.Id].Penalty),
                    Penalty = known[place.Id].Penalty,
                    Raw = compared[place.Id].Share,
                    Normalised = compared[place.Id].Score,
                    Reviews = compared[place.Id].Compared,
                    Waits = compared[place.Id].Compared == 0 ? "It has not been compared yet." : null,
                }),
            ],
            Waiting = 0,
            Outliers = new OutlierReport([], [], 0, 0),
            Normalised = [],
        };
    }
}
