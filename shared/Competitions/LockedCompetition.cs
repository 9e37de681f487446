using System.Text.Json;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Problems;

namespace Podium.Competitions;

/// <summary>A competition that nobody else changes or registers for until the transaction ends.</summary>
internal sealed record LockedCompetition
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required JsonElement Translations { get; init; }

    public required CompetitionType Type { get; init; }

    public required CompetitionStatus Status { get; init; }

    public DateTimeOffset? RegistrationStart { get; init; }

    public DateTimeOffset? RegistrationEnd { get; init; }

    public DateTimeOffset? CompetitionStart { get; init; }

    public DateTimeOffset? CompetitionEnd { get; init; }

    public required int MinTeamSize { get; init; }

    public int? MaxTeamSize { get; init; }

    public int? MaxParticipants { get; init; }

    public required int SeatsTaken { get; init; }

    public required bool RequiresApproval { get; init; }

    public required JsonElement Configuration { get; init; }

    public DateTimeOffset? FrozenAt { get; init; }

    public required int Version { get; init; }

    public CompetitionConfiguration Rules => field ??= CompetitionConfiguration.Of(Configuration);

    /// <summary>Seats that nobody has; null is any number.</summary>
    public int? Free => MaxParticipants - SeatsTaken;

    private const string Select =
        """
        SELECT id, name, translations, type, status, registration_start, registration_end, competition_start, competition_end, min_team_size, max_team_size,
               max_participants, seats_taken, requires_approval, configuration, frozen_at, version
        FROM competitions
        WHERE tenant_id = @TenantId AND id = @id AND deleted_at IS NULL
        """;

    /// <summary>Locks it; a draft is not there for those who do not manage it.</summary>
    public static async Task<Outcome<LockedCompetition>> LockAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(session, caller, id, " FOR NO KEY UPDATE", cancellationToken);

    /// <summary>Reads it without keeping others away.</summary>
    public static async Task<Outcome<LockedCompetition>> ReadAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(session, caller, id, "", cancellationToken);

    /// <summary>Locks one that can still be changed.</summary>
    public static async Task<Outcome<LockedCompetition>> ForChangeAsync(Session session, Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await LockAsync(session, caller, id, cancellationToken);
        return found.Value is { } competition && LifeCycle.IsOver(competition.Status) ? CompetitionProblems.Ended : found;
    }

    /// <summary>The same for the system, which sees everything of the tenant.</summary>
    public static Task<LockedCompetition?> LockAsync(Session session, Guid tenantId, Guid id, CancellationToken cancellationToken) =>
        session.FirstAsync<LockedCompetition>(Select + " FOR NO KEY UPDATE", new { TenantId = tenantId, id }, cancellationToken);

    private static async Task<Outcome<LockedCompetition>> FindAsync(Session session, Caller caller, Guid id, string how, CancellationToken cancellationToken)
    {
        var found = await session.FirstAsync<LockedCompetition>(Select + how, new { caller.TenantId, id }, cancellationToken);
        return found is null || (found.Status == CompetitionStatus.Draft && !CompetitionDirectory.Manages(caller, id)) ? Problem.NotFound("competition") : found;
    }
}
