using Podium.Competitions;
using Podium.Judging;
using Podium.Platform.Databases;

namespace Podium.Running;

/// <summary>Gives the entries of a judged round their places and says who goes on.</summary>
internal static class RoundPlaces
{
    private sealed record Entry(Guid RegistrationId, string GroupName);

    private sealed record Outcome(Guid Id, int? Place, bool Shared, string? DecidedBy, decimal? Score, decimal? Raw, decimal? Normalised, int Reviews, bool? Advances, string Reason);

    /// <summary>What judges have not finished does not count any more.</summary>
    public static async Task WriteAsync(Session session, Guid tenantId, Guid competitionId, RoundStanding round, bool isLast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var args = new { tenantId, competitionId, roundId = round.Id, now };
        await session.ExecuteAsync(
            """
            -- judges who begin, finish or recuse share the round's lock
            SELECT FROM competition_rounds WHERE tenant_id = @tenantId AND id = @roundId FOR NO KEY UPDATE;
            UPDATE judge_assignments SET status = 'withdrawn', reason = 'Judging was closed.', changed_at = @now
            WHERE tenant_id = @tenantId AND competition_id = @competitionId AND round_id = @roundId AND status IN ('assigned', 'started')
            """,
            args,
            cancellationToken);
        await Comparisons.CloseAsync(session, tenantId, round.Id, now, cancellationToken);
        // who has withdrawn or was disqualified meanwhile has no place
        await ClearAsync(session, tenantId, round.Id, cancellationToken);
        var entries = await session.QueryAsync<Entry>(
            """
            SELECT registration_id, group_name
            FROM round_entries JOIN registrations ON registrations.tenant_id = round_entries.tenant_id AND registrations.id = registration_id AND registrations.status = 'approved'
            WHERE round_entries.tenant_id = @tenantId AND round_id = @roundId
            ORDER BY registration_id
            """,
            args,
            cancellationToken);
        var lines = round.Rules.Judging is { } judging ? await LinesAsync(session, tenantId, competitionId, round.Id, judging.Normalisation, cancellationToken) : [];
        var placed = entries.Select(entry => new PlacedEntry(entry.RegistrationId, entry.GroupName, lines.GetValueOrDefault(entry.RegistrationId)?.Rank, lines.GetValueOrDefault(entry.RegistrationId)?.Score)).ToList();
        var decided = isLast ? placed.Select(entry => (entry.Id, Advances: (bool?)null, Why: ""))
            : round.Rules.Judging is null ? placed.Select(entry => (entry.Id, Advances: (bool?)true, Why: "The round is not judged."))
            : Advancing.Decide(placed, round.Rules.Advancing).Select(one => (one.Id, Advances: (bool?)one.Advances, one.Why));
        var outcomes = decided.Select(one =>
        {
            var line = lines.GetValueOrDefault(one.Id);
            return new Outcome(one.Id, line?.Rank, line?.Shared ?? false, line?.DecidedBy?.Text(), line?.Score, line?.Raw, line?.Normalised, line?.Reviews ?? 0, one.Advances, one.Why);
        }).ToList();
        await session.ExecuteAsync(
            """
            UPDATE round_entries
            SET place = given.place, shared = given.shared, decided_by = given.decided_by, score = given.score, raw_score = given.raw, normalised_score = given.normalised,
                review_count = given.reviews, advances = given.advances, reason = given.reason
            FROM unnest(@ids, @places, @shareds, @deciders, @scores, @raws, @normaliseds, @reviews, @advances, @reasons)
                AS given (registration_id, place, shared, decided_by, score, raw, normalised, reviews, advances, reason)
            WHERE round_entries.tenant_id = @tenantId AND round_id = @roundId AND round_entries.registration_id = given.registration_id
            """,
            new
            {
                tenantId,
                roundId = round.Id,
                ids = outcomes.Select(one => one.Id).ToArray(),
                places = outcomes.Select(one => one.Place).ToArray(),
                shareds = outcomes.Select(one => one.Shared).ToArray(),
                deciders = outcomes.Select(one => one.DecidedBy).ToArray(),
                scores = outcomes.Select(one => one.Score).ToArray(),
                raws = outcomes.Select(one => one.Raw).ToArray(),
                normaliseds = outcomes.Select(one => one.Normalised).ToArray(),
                reviews = outcomes.Select(one => one.Reviews).ToArray(),
                advances = outcomes.Select(one => one.Advances).ToArray(),
                reasons = outcomes.Select(one => one.Reason).ToArray(),
            },
            cancellationToken);
    }

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
        Session session, Guid tenantId, Guid competitionId, Guid roundId, NormalisationMethod normalisation, CancellationToken cancellationToken)
    {
        var scores = await RoundScores.ComputeAsync(session, tenantId, competitionId, roundId, normalisation, cancellationToken);
        return scores.Value?.Lines.ToDictionary(line => line.RegistrationId) ?? [];
    }
}
