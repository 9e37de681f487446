using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Emergencies;

public enum EmergencyState
{
    /// <summary>A dry run: nothing was done.</summary>
    Planned,

    /// <summary>A second person has to approve it.</summary>
    Asked,

    /// <summary>Nobody approved it in time.</summary>
    Expired,
    Done,
    Refused,
    Reversed,
}

/// <summary>What was done in emergencies, and what waits for a second person.</summary>
public sealed class EmergencyBook(Database database, TimeProvider clock)
{
    public sealed record View
    {
        /// <summary>Absent for a dry run.</summary>
        public Guid? Id { get; init; }

        public required EmergencyKind Kind { get; init; }

        /// <summary>Absent where it concerns the whole tenant.</summary>
        public Guid? CompetitionId { get; init; }

        public required EmergencyState State { get; init; }

        public required string Reason { get; init; }

        /// <summary>What it touches; what was done names things by their ids where their names are people's.</summary>
        public required EmergencyPlan Plan { get; init; }

        /// <summary>Of the plan as it is now, for who approves it; absent once it is decided.</summary>
        public string? Digest { get; init; }

        public required Guid AskedBy { get; init; }

        public required DateTimeOffset AskedAt { get; init; }

        /// <summary>Until when a second person may approve it.</summary>
        public DateTimeOffset? ExpiresAt { get; init; }

        public Guid? ApprovedBy { get; init; }

        public DateTimeOffset? DecidedAt { get; init; }

        public Guid? ReversedBy { get; init; }

        public DateTimeOffset? ReversedAt { get; init; }

        public string? ReversedReason { get; init; }
    }

    public sealed record Filter : PageQuery
    {
        public Guid? CompetitionId { get; init; }
    }

    internal sealed record Row
    {
        public required Guid Id { get; init; }

        public required EmergencyKind Kind { get; init; }

        public Guid? CompetitionId { get; init; }

        public required JsonElement Request { get; init; }

        public required string Reason { get; init; }

        public required EmergencyState State { get; init; }

        public required bool Reversible { get; init; }

        public required JsonElement Plan { get; init; }

        public JsonElement? Undo { get; init; }

        public required Guid AskedBy { get; init; }

        public required DateTimeOffset AskedAt { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public Guid? ApprovedBy { get; init; }

        public DateTimeOffset? DecidedAt { get; init; }

        public Guid? ReversedBy { get; init; }

        public DateTimeOffset? ReversedAt { get; init; }

        public string? ReversedReason { get; init; }

        public View ToView() => new()
        {
            Id = Id,
            Kind = Kind,
            CompetitionId = CompetitionId,
            State = State,
            Reason = Reason,
            Plan = Plan.Deserialize<EmergencyPlan>(Json.Options)!,
            AskedBy = AskedBy,
            AskedAt = AskedAt,
            ExpiresAt = ExpiresAt,
            ApprovedBy = ApprovedBy,
            DecidedAt = DecidedAt,
            ReversedBy = ReversedBy,
            ReversedAt = ReversedAt,
            ReversedReason = ReversedReason,
        };
    }

    private const string Select =
        """
        SELECT id, kind, competition_id, request, reason, CASE WHEN state = 'asked' AND expires_at <= @now THEN 'expired' ELSE state END AS state, reversible, plan, undo, asked_by, asked_at, expires_at, approved_by,
               decided_at, reversed_by, reversed_at, reversed_reason
        FROM emergencies
        WHERE tenant_id = @TenantId
        """;

    public async Task<Page<View>> ListAsync(Caller caller, Filter filter, CancellationToken cancellationToken)
    {
        var rows = await database.As(caller).QueryAsync<Row>(
            $"{Select} AND (@After::uuid IS NULL OR id < @After) AND (@CompetitionId::uuid IS NULL OR competition_id = @CompetitionId) AND (@all OR competition_id = ANY (@own)) ORDER BY id DESC LIMIT @limit",
            new
            {
                caller.TenantId,
                filter.After,
                filter.CompetitionId,
                all = caller.Allows(Permissions.EmergencyAct),
                own = caller.Grants.Where(grant => grant.Gives(Permissions.EmergencyAct) && grant.Scope is { Type: ScopeType.Competition, Id: not null }).Select(grant => grant.Scope.Id!.Value).ToArray(),
                now = clock.GetUtcNow(),
                limit = filter.Fetch(),
            },
            cancellationToken);
        return filter.Of([.. rows.Select(row => row.ToView())], view => view.Id!.Value);
    }

    internal static bool MayAct(Caller caller, Guid? competitionId) =>
        caller.Allows(Permissions.EmergencyAct, competitionId is { } competition ? Scope.Competition(competition) : Scope.Tenant);

    /// <summary>One that the caller may know of, perhaps locked.</summary>
    internal static async Task<Row?> FindAsync(Session session, Caller caller, Guid id, DateTimeOffset now, CancellationToken cancellationToken, string suffix = "") =>
        await session.FirstAsync<Row>($"{Select} AND id = @id {suffix}", new { caller.TenantId, id, now }, cancellationToken) is { } row && MayAct(caller, row.CompetitionId) ? row : null;

    internal static string Word(EmergencyKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    internal static JsonElement Text<T>(T value) => JsonSerializer.SerializeToElement(value, value!.GetType(), Json.Options);
}

/// <summary>A second person's yes.</summary>
public sealed record EmergencyApproval
{
    /// <summary>The digest of the plan that the approver has looked at.</summary>
    [RegularExpression("[0-9a-f]{64}", ErrorMessage = "64 lower-case hexadecimal digits."), StringLength(64, MinimumLength = 64), Example("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public required string Digest { get; init; }
}

public sealed record EmergencyReversal
{
    [StringLength(1000, MinimumLength = 1), Example("The hall has power again.")]
    public required string Reason { get; init; }

    /// <summary>Say exactly what it would touch, and do nothing.</summary>
    public bool DryRun { get; init; }
}
