using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Judging;

/// <summary>The scores of a round from its final reviews: raw and normalised, ranked by the rubric's chain, with agreement and outliers.</summary>
public sealed class RoundScores(Database database)
{
    public sealed record Query
    {
        public NormalisationMethod Normalisation { get; init; }
    }

    public sealed record Line
    {
        public required Guid RegistrationId { get; init; }

        public required string Participant { get; init; }

        public int? Rank { get; init; }

        public required bool Shared { get; init; }

        public TieBreak? DecidedBy { get; init; }

        /// <summary>What it is ranked by.</summary>
        public decimal? Score { get; init; }

        /// <summary>What was taken off for lateness, in per cent.</summary>
        public required decimal Penalty { get; init; }

        /// <summary>From the judges' totals as they gave them.</summary>
        public decimal? Raw { get; init; }

        /// <summary>From the judges' totals made comparable.</summary>
        public decimal? Normalised { get; init; }

        public required int Reviews { get; init; }

        /// <summary>Why there is no score yet.</summary>
        public string? Waits { get; init; }
    }

    public sealed record View
    {
        public required IReadOnlyList<Line> Lines { get; init; }

        /// <summary>Reviews given out and not final.</summary>
        public required int Waiting { get; init; }

        /// <summary>Krippendorff's alpha of the judges' totals, as interval data.</summary>
        public double? Alpha { get; init; }

        public required OutlierReport Outliers { get; init; }

        public required IReadOnlyList<NormalisedScore> Normalised { get; init; }
    }

    private sealed record Entry(Guid Id, string Participant, int Waiting, decimal Penalty);

    private sealed record Review(Guid RegistrationId, Guid JudgeId, JsonElement Marks, decimal OverallScore);

    public Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, Guid roundId, Query query, CancellationToken cancellationToken) => database.InTransaction<View>(
        caller,
        async session =>
        {
            if (!await AssignRound.HasRoundAsync(session, caller.TenantId, competitionId, roundId, cancellationToken)) return Problem.NotFound("round");
            return await ComputeAsync(session, caller.TenantId, competitionId, roundId, query.Normalisation, cancellationToken);
        },
        cancellationToken);

    /// <summary>The same within a transaction. Reviews that were opened again may count as they were before.</summary>
    internal static async Task<Outcome<View>> ComputeAsync(
        Session session, Guid tenantId, Guid competitionId, Guid roundId, NormalisationMethod normalisation, CancellationToken cancellationToken, bool asBefore = false)
    {
        var rubric = await Rubrics.ForRoundAsync(session, tenantId, competitionId, roundId, cancellationToken);
        if (rubric is null) return JudgingProblems.NoRubric;
        if (rubric.Rule.Comparison is not null) return await Comparisons.ScoresAsync(session, tenantId, competitionId, roundId, rubric, cancellationToken);
        var args = new { tenantId, competitionId, roundId, asBefore };
        var entries = await session.QueryAsync<Entry>(
            """
            SELECT registrations.id, coalesce(teams.name, users.first_name || ' ' || users.last_name) AS participant, (count(*) FILTER (WHERE given.status IN ('assigned', 'started') AND NOT @asBefore))::int AS waiting,
                   coalesce((
                       SELECT penalty FROM submissions
                       WHERE submissions.tenant_id = @tenantId AND submissions.competition_id = @competitionId AND submissions.registration_id = registrations.id
                         AND (submissions.round_id = @roundId OR submissions.round_id IS NULL) AND submissions.status = 'submitted' AND review_status = 'APPROVED' AND submissions.deleted_at IS NULL
                       ORDER BY submissions.round_id NULLS LAST LIMIT 1), 0) AS penalty
            FROM judge_assignments AS given
            JOIN registrations ON registrations.tenant_id = given.tenant_id AND registrations.id = given.registration_id
            LEFT JOIN teams ON teams.tenant_id = given.tenant_id AND teams.id = registrations.team_id
            LEFT JOIN users ON users.tenant_id = given.tenant_id AND users.id = registrations.user_id
            WHERE given.tenant_id = @tenantId AND given.competition_id = @competitionId AND given.round_id = @roundId AND given.status <> 'withdrawn' AND registrations.status = 'approved'
            GROUP BY registrations.id, participant
            ORDER BY registrations.id
            """,
            args,
            cancellationToken);
        var reviews = await session.QueryAsync<Review>(
            """
            SELECT registration_id, reviews.judge_id, coalesce(before.marks, reviews.marks) AS marks, coalesce(before.overall_score, reviews.overall_score) AS overall_score
            FROM reviews JOIN judge_assignments AS given ON given.tenant_id = reviews.tenant_id AND given.id = reviews.id
            LEFT JOIN LATERAL (
                SELECT marks, overall_score FROM review_versions WHERE tenant_id = reviews.tenant_id AND review_id = reviews.id ORDER BY number DESC LIMIT 1
            ) AS before ON reviews.status = 'reopened'
            WHERE reviews.tenant_id = @tenantId AND reviews.competition_id = @competitionId AND reviews.round_id = @roundId
              AND (reviews.status = 'final' AND given.status = 'finished' OR @asBefore AND reviews.status = 'reopened' AND given.status = 'started')
            ORDER BY registration_id, reviews.judge_id
            """,
            args,
            cancellationToken);
        return Of(rubric, entries, reviews, normalisation);
    }

    private static View Of(Rubrics.View rubric, IReadOnlyList<Entry> entries, IReadOnlyList<Review> reviews, NormalisationMethod method)
    {
        IReadOnlyList<JudgedScore> raw = [.. reviews.Select(review => new JudgedScore(review.RegistrationId, review.JudgeId, review.OverallScore))];
        var normalised = method switch
        {
            NormalisationMethod.Deviation => Normalisation.ByDeviation(raw),
            NormalisationMethod.JudgeEffect when raw.Count > 0 => Normalisation.ByJudgeEffect(raw),
            _ => [],
        };
        var byEntry = reviews.ToLookup(review => review.RegistrationId);
        var normalisedOf = normalised.ToLookup(score => score.EntryId);
        var scores = entries.ToDictionary(entry => entry.Id, entry => Scoring.Score(rubric.Criteria, rubric.Rule, [.. byEntry[entry.Id].Select(review => new Marks(review.JudgeId, WriteReview.MarksOf(review.Marks)))]));
        // Totals are those that the reviews were finished with, whatever rubric counts now; criteria first starts from the marks themselves.
        decimal? Panel(IEnumerable<(Guid, decimal, decimal)> totals) => Scoring.Panel(rubric.Rule, [.. totals])?.Number.Round(rubric.Rule.ScoreRounding);
        var rawOf = entries.ToDictionary(
            entry => entry.Id,
            entry => rubric.Rule.Order == PanelOrder.CriteriaFirst ? scores[entry.Id].Score : Panel(byEntry[entry.Id].Select(review => (review.JudgeId, review.OverallScore, 1m))));
        var fairOf = entries.ToDictionary(entry => entry.Id, entry => method == NormalisationMethod.None ? null : Panel(normalisedOf[entry.Id].Select(score => (score.JudgeId, score.Normalised, 1m))));
        // what came late loses its part of the score, whatever the judges thought of it
        var known = entries.ToDictionary(entry => entry.Id);
        decimal? Counts(Guid id) => (method == NormalisationMethod.None ? rawOf[id] : fairOf[id]) is not { } score ? null
            : known[id].Penalty == 0 ? score
            : ((Fraction)score * (100 - known[id].Penalty) / 100m).Round(rubric.Rule.ScoreRounding);
        var places = Ranking.Rank(
            [
                .. entries.Select(entry => new RankedEntry(entry.Id, entry.Waiting > 0 ? null : Counts(entry.Id))
                {
                    Criteria = scores[entry.Id].Criteria,
                    Totals = byEntry[entry.Id].ToDictionary(review => review.JudgeId, review => review.OverallScore),
                }),
            ],
            rubric.TieBreaks);
        return new View
        {
            Lines =
            [
                .. places.Select(place => new Line
                {
                    RegistrationId = place.Id,
                    Participant = known[place.Id].Participant,
                    Rank = place.Rank,
                    Shared = place.Shared,
                    DecidedBy = place.DecidedBy,
                    Score = place.Rank is null ? null : Counts(place.Id),
                    Penalty = known[place.Id].Penalty,
                    Raw = rawOf[place.Id],
                    Normalised = fairOf[place.Id],
                    Reviews = byEntry[place.Id].Count(),
                    Waits = known[place.Id].Waiting > 0 ? $"{known[place.Id].Waiting} reviews are not final." : place.Rank is null ? scores[place.Id].Waits ?? "There is no review yet." : null,
                }),
            ],
            Waiting = entries.Sum(entry => entry.Waiting),
            Alpha = Agreement.KrippendorffAlpha(entries.Select(entry => byEntry[entry.Id].Select(review => (double?)review.OverallScore).ToArray()), MeasurementLevel.Interval),
            Outliers = raw.Count == 0 ? new OutlierReport([], [], 0, 0) : OutlierReport.Of(raw),
            Normalised = normalised,
        };
    }
}
