using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>What a form is for.</summary>
public enum FormPurpose
{
    Registration,
    Submission,
}

/// <summary>The forms of a competition. The newest number counts; those before stay, for what was filled in with them.</summary>
public sealed class EntryForms(Database database, TimeProvider clock)
{
    public sealed record View
    {
        public required Guid Id { get; init; }

        public required Guid CompetitionId { get; init; }

        /// <summary>The round it is for; null for the whole competition.</summary>
        public Guid? RoundId { get; init; }

        public required FormPurpose Purpose { get; init; }

        /// <summary>The first is 1; a change makes the next.</summary>
        public required int Number { get; init; }

        public required IReadOnlyList<FormField> Fields { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }
    }

    public sealed record Listing(IReadOnlyList<View> Items);

    public sealed record Request
    {
        [Example("registration")]
        public required FormPurpose Purpose { get; init; }

        /// <summary>The round it is for; absent for the whole competition. Only submissions have forms of rounds.</summary>
        public Guid? RoundId { get; init; }

        [MaxLength(EntryForm.MostFields)]
        public required IReadOnlyList<FormField> Fields { get; init; }
    }

    public sealed record Filter
    {
        public FormPurpose? Purpose { get; init; }

        /// <summary>Earlier numbers too.</summary>
        public bool All { get; init; }
    }

    private sealed record Row(Guid Id, Guid CompetitionId, Guid? RoundId, string Purpose, int Number, JsonElement Fields, DateTimeOffset CreatedAt)
    {
        public View Read() => new()
        {
            Id = Id,
            CompetitionId = CompetitionId,
            RoundId = RoundId,
            Purpose = Enum.Parse<FormPurpose>(Purpose, ignoreCase: true),
            Number = Number,
            Fields = Fields.Deserialize<IReadOnlyList<FormField>>(Json.Options)!,
            CreatedAt = CreatedAt,
        };
    }

    private const string Columns = "id, competition_id, round_id, purpose, number, fields, created_at";

    /// <summary>Makes the next number of a form. The same fields again make none.</summary>
    public async Task<Outcome<View>> PublishAsync(Caller caller, Guid competitionId, Request request, CancellationToken cancellationToken)
    {
        var faults = EntryForm.FaultsOf(request.Fields, caller.Tenant.Languages, "/fields").ToList();
        if (request is { Purpose: FormPurpose.Registration, RoundId: not null }) faults.Add(new Fault("/roundId", "not-here", "One registers for the whole competition."));
        if (faults.Count > 0) return new Problem(CommonProblems.Invalid) { Faults = faults };
        return await database.InTransaction<View>(
            caller,
            async session =>
            {
                if (await LockedCompetition.ForChangeAsync(session, caller, competitionId, cancellationToken) is { Problem: { } gone }) return gone;
                if (request.RoundId is { } round && await session.FirstAsync<Guid?>(
                    "SELECT id FROM competition_rounds WHERE tenant_id = @TenantId AND competition_id = @competitionId AND id = @round AND deleted_at IS NULL",
                    new { caller.TenantId, competitionId, round },
                    cancellationToken) is null) return Problem.Invalid("/roundId", "unknown", "There is no such round.");
                return await InsertAsync(session, caller, competitionId, request, clock.GetUtcNow(), cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>The competition is locked.</summary>
    internal static async Task<View> InsertAsync(Session session, Caller caller, Guid competitionId, Request request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wanted = new
        {
            caller.TenantId,
            caller.UserId,
            id = Guid.CreateVersion7(now),
            competitionId,
            request.RoundId,
            purpose = request.Purpose.Text(),
            fields = JsonSerializer.Serialize(request.Fields, Json.Options),
            now,
        };
        var row = await session.SingleAsync<Row>(
            $"""
            WITH latest AS (
                SELECT {Columns} FROM entry_forms
                WHERE tenant_id = @TenantId AND competition_id = @competitionId AND purpose = @purpose AND round_id IS NOT DISTINCT FROM @RoundId
                ORDER BY number DESC LIMIT 1
            ), added AS (
                INSERT INTO entry_forms (tenant_id, id, competition_id, round_id, purpose, number, fields, created_at, created_by)
                SELECT @TenantId, @id, @competitionId, @RoundId, @purpose, coalesce((SELECT number FROM latest), 0) + 1, @fields::jsonb, @now, @UserId
                WHERE (SELECT fields FROM latest) IS DISTINCT FROM @fields::jsonb
                RETURNING {Columns}
            )
            SELECT * FROM added UNION ALL SELECT * FROM latest WHERE NOT EXISTS (SELECT FROM added)
            """,
            wanted,
            cancellationToken);
        return row.Read();
    }

    public async Task<Outcome<Listing>> ListAsync(Caller caller, Guid competitionId, Filter filter, CancellationToken cancellationToken)
    {
        var found = await database.As(caller).QueryManyAsync(
            $"""
            SELECT status FROM competitions WHERE tenant_id = @TenantId AND id = @competitionId AND deleted_at IS NULL;
            SELECT {Columns} FROM entry_forms AS form
            WHERE tenant_id = @TenantId AND competition_id = @competitionId AND (@purpose::text IS NULL OR purpose = @purpose)
              AND (@All OR number = (SELECT max(number) FROM entry_forms AS other
                                     WHERE other.tenant_id = @TenantId AND other.competition_id = @competitionId AND other.purpose = form.purpose AND other.round_id IS NOT DISTINCT FROM form.round_id))
            ORDER BY purpose, round_id NULLS FIRST, number DESC
            LIMIT 200
            """,
            new { caller.TenantId, competitionId, purpose = filter.Purpose?.Text(), filter.All },
            async results => (Status: await results.ReadFirstOrDefaultAsync<string>(), Rows: (await results.ReadAsync<Row>()).AsList()),
            cancellationToken);
        return found.Status is null || (found.Status == "draft" && !CompetitionDirectory.Manages(caller, competitionId)) ? Problem.NotFound("competition") : new Listing([.. found.Rows.Select(row => row.Read())]);
    }

    public async Task<Outcome<View>> ReadAsync(Caller caller, Guid competitionId, Guid formId, CancellationToken cancellationToken)
    {
        var all = await ListAsync(caller, competitionId, new Filter { All = true }, cancellationToken);
        if (all.Problem is { } problem) return problem;
        return all.Value!.Items.FirstOrDefault(form => form.Id == formId) is { } found ? found : Problem.NotFound("form");
    }

    /// <summary>The form that counts now: a round's own, else the competition's; null where nothing is asked.</summary>
    public static async Task<View?> CurrentAsync(Session session, Guid tenantId, Guid competitionId, FormPurpose purpose, Guid? roundId, CancellationToken cancellationToken)
    {
        var row = await session.FirstAsync<Row>(
            $"""
            SELECT {Columns} FROM entry_forms
            WHERE tenant_id = @tenantId AND competition_id = @competitionId AND purpose = @purpose AND (round_id IS NULL OR round_id = @roundId)
            ORDER BY round_id NULLS LAST, number DESC
            LIMIT 1
            """,
            new { tenantId, competitionId, purpose = purpose.Text(), roundId },
            cancellationToken);
        return row?.Read();
    }
}
