using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Analytics;

/// <summary>
/// Takes what front-ends tell, a batch in one statement. An event is known by its id and its instant, so a batch that comes again adds nothing.
/// Who has not agreed to analytics is counted, but neither named nor described.
/// </summary>
public sealed class TakeEvents(Database database, EventDefinitions definitions, TimeProvider clock)
{
    public const int AtOnce = 500;

    private const int MostFaults = 100;

    public sealed record Request
    {
        /// <summary>The events, in any order.</summary>
        [MinLength(1), MaxLength(AtOnce)]
        public required IReadOnlyList<Event> Events { get; init; }
    }

    public sealed record Event
    {
        /// <summary>Made by the client, and the same in every try.</summary>
        public required Guid Id { get; init; }

        /// <summary>One of the tenant's definitions.</summary>
        [StringLength(64, MinimumLength = 1), Example("page.viewed")]
        public required string Name { get; init; }

        public Guid? CompetitionId { get; init; }

        /// <summary>When it happened, at most a week ago.</summary>
        public required DateTimeOffset At { get; init; }

        /// <summary>What the definition allows.</summary>
        [MaxLength(8000)]
        public JsonElement? Properties { get; init; }
    }

    /// <summary>How many are new, how many were there already, and whether they are kept with the person.</summary>
    public sealed record Result(int Accepted, int Repeated, bool WithPerson);

    private sealed record Row(int Accepted, bool Agreed, Guid[] Missing);

    // who withdraws the consent, or is forgotten, waits for this statement or this one for them: neither overtakes the other
    private const string Insert =
        """
        WITH given AS (
            SELECT id, event_type, nullif(competition_id, @nowhere) AS competition_id, created_at, properties
            FROM unnest(@ids, @types, @places, @times, @properties) AS event (id, event_type, competition_id, created_at, properties)
        ), missing AS (
            SELECT place.competition_id
            FROM (SELECT DISTINCT competition_id FROM given WHERE competition_id IS NOT NULL) AS place
            LEFT JOIN competitions ON competitions.tenant_id = @TenantId AND competitions.id = place.competition_id AND deleted_at IS NULL AND status <> 'draft'
            WHERE competitions.id IS NULL
        ), agreed AS MATERIALIZED (
            SELECT users.id
            FROM consents JOIN users ON users.tenant_id = @TenantId AND users.id = consents.user_id AND users.deleted_at IS NULL
            WHERE consents.tenant_id = @TenantId AND consents.user_id = @UserId AND purpose = 'analytics' AND ended_at IS NULL
            FOR KEY SHARE OF users FOR SHARE OF consents
        ), written AS (
            INSERT INTO analytics_events (tenant_id, id, event_type, user_id, competition_id, created_at, received_at, properties)
            SELECT @TenantId, id, event_type, (SELECT id FROM agreed), competition_id, created_at, @now,
                   CASE WHEN @UserId::uuid IS NULL OR EXISTS (SELECT FROM agreed) THEN properties::jsonb ELSE '{}' END
            FROM given
            WHERE NOT EXISTS (SELECT FROM missing)
            -- in one order, so that the same batch twice at once does not stand in its own way
            ORDER BY given.created_at, given.id
            ON CONFLICT (tenant_id, created_at, id) DO NOTHING
            RETURNING event_type, created_at
        ), noted AS (
            INSERT INTO analytics_changes (tenant_id, event_type, bucket)
            SELECT DISTINCT @TenantId, event_type, analytics_bucket(created_at) FROM written
        )
        SELECT (SELECT count(*)::int FROM written) AS accepted, EXISTS (SELECT FROM agreed) AS agreed, ARRAY(SELECT competition_id FROM missing) AS missing
        """;

    public async Task<Outcome<Result>> RunAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var known = await definitions.KnownAsync(caller, cancellationToken);
        var faults = request.Events.SelectMany((one, index) => EventRules.FaultsOf(one, index, known, now)).Take(MostFaults).ToList();
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        var row = await database.As(caller).SingleAsync<Row>(
            Insert,
            new
            {
                caller.TenantId,
                caller.UserId,
                now,
                nowhere = Guid.Empty,
                ids = request.Events.Select(one => one.Id).ToArray(),
                types = request.Events.Select(one => one.Name).ToArray(),
                places = request.Events.Select(one => one.CompetitionId ?? Guid.Empty).ToArray(),
                times = request.Events.Select(one => InstantOf(one.At)).ToArray(),
                properties = request.Events.Select(one => one.Properties is { ValueKind: JsonValueKind.Object } given ? given.GetRawText() : "{}").ToArray(),
            },
            cancellationToken);
        if (row.Missing.Length == 0) return new Result(row.Accepted, request.Events.Count - row.Accepted, row.Agreed);
        return new Problem(CommonProblems.Invalid)
        {
            Faults =
            [
                .. request.Events.Index().Where(one => one.Item.CompetitionId is { } place && row.Missing.Contains(place)).Take(MostFaults)
                    .Select(one => new Fault($"/events/{one.Index}/competitionId", "unknown", $"Line {one.Index + 1}: there is no such competition.")),
            ],
        };
    }

    // PostgreSQL keeps microseconds: what is finer would be another event the second time
    private static DateTime InstantOf(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
}
