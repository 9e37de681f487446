using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Databases;

namespace Podium.Running;

/// <summary>Gives the entries of a judged round their places and says who goes on.</summary>
internal static class RoundPlaces
{
    /// <summary>Why an entry goes on that the rule would not send.</summary>
    public const string ByWildcard = "The organisers let it go on.";

    private sealed record Entry(Guid RegistrationId, string GroupName, bool Wildcard);

    /// <summary>What an entry gets.</summary>
    internal sealed record Outcome(Guid Id, int? Place, bool Shared, string? DecidedBy, decimal? Score, decimal? Raw, decimal? Normalised, int Reviews, bool? Advances, bool Wildcard, string Reason);

    /// <summary>What judges have not finished does not count any more.</summary>
    public static async Task MakeAsync(Session session, Guid tenantId, Guid competitionId, RoundStanding round, bool isLast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            """
            -- judges who begin, finish or recuse share the round's lock
            SELECT FROM competition_rounds WHERE tenant_id = @tenantId AND id = @Id FOR NO KEY UPDATE;
            UPDATE judge_assignments SET status = 'withdrawn', reason = 'Judging was closed.', changed_at = @now
            WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @Id AND status IN ('assigned', 'started')
            """,
            new { tenantId, competitionId, round.Id, now },
            cancellationToken);
        await Comparisons.CloseAsync(session, tenantId, round.Id, now, cancellationToken);
        await ClearAsync(session, tenantId, round.Id, cancellationToken);
        await WriteAsync(session, tenantId, round.Id, await OutcomesAsync(session, tenantId, competitionId, round, isLast, cancellationToken), cancellationToken);
    }

    /// <summary>Once more, because of an appeal.</summary>
    public static async Task MakeAgainAsync(
        Session session, Guid tenantId, Guid competitionId, RoundStanding round, IReadOnlyList<Outcome> outcomes, Guid appealId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await ClearAsync(session, tenantId, round.Id, cancellationToken);
        await WriteAsync(session, tenantId, round.Id, outcomes, cancellationToken);
        await KeepAsync(session, tenantId, competitionId, round.Id, appealId, now, cancellationToken);
    }

    /// <summary>
    /// What the entries would get now. Whom the organisers let go on still does. Reviews that are written once more count as they were until they are final again, where places have been made already.
    /// </summary>
    public static async Task<IReadOnlyList<Outcome>> OutcomesAsync(Session session, Guid tenantId, Guid competitionId, RoundStanding round, bool isLast, CancellationToken cancellationToken)
    {
        // who has withdrawn or was disqualified meanwhile has no place
        var entries = await session.QueryAsync<Entry>(
            """
            SELECT registration_id, group_name, wildcard
            FROM round_entries JOIN registrations ON registrations.tenant_id = round_entries.tenant_id AND registrations.id = registration_id AND registrations.status = 'approved'
            WHERE round_entries.tenant_id = @tenantId AND round_id = @Id
            ORDER BY registration_id
            """,
            new { tenantId, round.Id },
            cancellationToken);
        var lines = round.Rules.Judging is { } judging ? await LinesAsync(session, tenantId, competitionId, round, judging.Normalisation, cancellationToken) : [];
        var placed = entries.Select(entry => new PlacedEntry(entry.RegistrationId, entry.GroupName, lines.GetValueOrDefault(entry.RegistrationId)?.Rank, lines.GetValueOrDefault(entry.RegistrationId)?.Score)).ToList();
        var decided = isLast ? placed.Select(entry => (entry.Id, Advances: (bool?)null, Why: ""))
            : round.Rules.Judging is null ? placed.Select(entry => (entry.Id, Advances: (bool?)true, Why: "The round is not judged."))
            : Advancing.Decide(placed, round.Rules.Advancing).Select(one => (one.Id, Advances: (bool?)one.Advances, one.Why));
        var wildcards = entries.Where(entry => entry.Wildcard).Select(entry => entry.RegistrationId).ToHashSet();
        return
        [
            .. decided.Select(one =>
            {
                var line = lines.GetValueOrDefault(one.Id);
                var wildcard = one.Advances == false && wildcards.Contains(one.Id);
                return new Outcome(
                    one.Id, line?.Rank, line?.Shared ?? false, line?.DecidedBy?.Text(), line?.Score, line?.Raw, line?.Normalised, line?.Reviews ?? 0, wildcard ? true : one.Advances, wildcard, wildcard ? ByWildcard : one.Why);
            }),
        ];
    }

    /// <summary>Keeps the places as they are told now, and because of which appeal.</summary>
    public static Task KeepAsync(Session session, Guid tenantId, Guid competitionId, Guid roundId, Guid? appealId, DateTimeOffset now, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        WITH made AS (
            INSERT INTO round_standings (tenant_id, round_id, number, competition_id, appeal_id, made_at)
            SELECT @tenantId, @roundId, 1 + count(*), @competitionId, @appealId, @now FROM round_standings WHERE tenant_id = @tenantId AND round_id = @roundId
            RETURNING number
        )
        INSERT INTO round_standing_lines (tenant_id, round_id, number, registration_id, place, shared, score, advances)
        SELECT @tenantId, @roundId, number, registration_id, place, shared, score, advances FROM made CROSS JOIN round_entries WHERE tenant_id = @tenantId AND round_id = @roundId
        """,
        new { tenantId, competitionId, roundId, appealId, now },
        cancellationToken);

    private static Task WriteAsync(Session session, Guid tenantId, Guid roundId, IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE round_entries
        SET place = given.place, shared = given.shared, decided_by = given.decided_by, score = given.score, raw_score = given.raw, normalised_score = given.normalised,
            review_count = given.reviews, advances = given.advances, wildcard = given.wildcard, reason = given.reason
        FROM unnest(@ids, @places, @shareds, @deciders, @scores, @raws, @normaliseds, @reviews, @advances, @wildcards, @reasons)
            AS given (registration_id, place, shared, decided_by, score, raw, normalised, reviews, advances, wildcard, reason)
        WHERE round_entries.tenant_id = @tenantId AND round_id = @roundId AND round_entries.registration_id = given.registration_id
        """,
        new
        {
            tenantId,
            roundId,
            ids = outcomes.Select(one => one.Id).ToArray(),
            places = outcomes.Select(one => one.Place).ToArray(),
            shareds = outcomes.Select(one => one.Shared).ToArray(),
            deciders = outcomes.Select(one => one.DecidedBy).ToArray(),
            scores = outcomes.Select(one => one.Score).ToArray(),
            raws = outcomes.Select(one => one.Raw).ToArray(),
            normaliseds = outcomes.Select(one => one.Normalised).ToArray(),
            reviews = outcomes.Select(one => one.Reviews).ToArray(),
            advances = outcomes.Select(one => one.Advances).ToArray(),
            wildcards = outcomes.Select(one => one.Wildcard).ToArray(),
            reasons = outcomes.Select(one => one.Reason).ToArray(),
        },
        cancellationToken);

    /// <summary>Takes all places of a round back.</summary>
    public static Task ClearAsync(Session session, Guid tenantId, Guid roundId, CancellationToken cancellationToken) => session.ExecuteAsync(
        """
        UPDATE round_entries SET place = NULL, shared = false, decided_by = NULL, score = NULL, raw_score = NULL, normalised_score = NULL, review_count = 0, advances = NULL, wildcard = false, reason = ''
        WHERE tenant_id = @tenantId AND round_id = @roundId
        """,
        new { tenantId, roundId },
        cancellationToken);

    // by the entry; nobody could judge by a rubric that is not there
    private static async Task<Dictionary<Guid, RoundScores.Line>> LinesAsync(
        Session session, Guid tenantId, Guid competitionId, RoundStanding round, NormalisationMethod normalisation, CancellationToken cancellationToken)
    {
        var scores = await RoundScores.ComputeAsync(session, tenantId, competitionId, round.Id, normalisation, cancellationToken, asBefore: round.Phase == RoundPhase.Appealing);
        return scores.Value?.Lines.ToDictionary(line => line.RegistrationId) ?? [];
    }
}
