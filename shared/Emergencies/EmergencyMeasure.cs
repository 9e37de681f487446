using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Emergencies;

/// <summary>What all that is done in an emergency is asked with.</summary>
public abstract record EmergencyRequest
{
    /// <summary>Chosen by the client, so that a repeated request does it once.</summary>
    public Guid? Id { get; init; }

    /// <summary>Why; it stands in the audit log, and those whom it concerns read it.</summary>
    [StringLength(1000, MinimumLength = 1), Example("The hall is without power.")]
    public required string Reason { get; init; }

    /// <summary>Say exactly what it would touch, and do nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>One kind of thing that can be done in an emergency. It changes the database only, within the given transaction: a dry run is the same, rolled back.</summary>
public abstract class EmergencyMeasure
{
    internal abstract EmergencyKind Kind { get; }

    internal abstract Task<Outcome<Done>> DoAsync(Acting acting, CancellationToken cancellationToken);

    /// <summary>Takes back what was done, as far as nobody relies on it.</summary>
    internal virtual Task<Outcome<EmergencyPlan>> UndoAsync(Acting acting, JsonElement undo, DateTimeOffset doneAt, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<EmergencyPlan>>(EmergencyProblems.Irreversible);
}

/// <summary>Of a kind that needs to know nothing more.</summary>
public sealed record PlainEmergencyRequest : EmergencyRequest;
