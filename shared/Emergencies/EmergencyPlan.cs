using System.Security.Cryptography;
using System.Text.Json;
using Podium.Competitions;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Databases;

namespace Podium.Emergencies;

/// <summary>What can be done in an emergency.</summary>
public enum EmergencyKind
{
    Freeze,
    Extension,
    VoidRound,
    HaltVotings,
    Broadcast,
    FileRevocation,
}

/// <summary>One thing that is touched, and how.</summary>
/// <param name="What">Such as <c>round closes</c>, <c>voting halted</c>, <c>file revoked</c>, <c>place</c>.</param>
public sealed record Touched(string What, Guid Id, string? Name, string? From = null, string? To = null)
{
    // what is kept of it names nobody, who may want to be forgotten
    internal bool IsPersonal { get; init; }
}

/// <summary>How many of something are touched.</summary>
public sealed record TouchedCount(string What, long Number);

/// <summary>Exactly what an emergency touches. It says nothing of the instant, so that the same plan has the same digest.</summary>
public sealed record EmergencyPlan
{
    /// <summary>How many names a plan lists; the counts are whole.</summary>
    public const int MostNames = 500;

    public required IReadOnlyList<TouchedCount> Counts { get; init; }

    /// <summary>By name, five hundred at most.</summary>
    public required IReadOnlyList<Touched> Items { get; init; }

    /// <summary>How many people are told.</summary>
    public required int Told { get; init; }

    /// <summary>Whether a second person has to approve it, because it cannot be taken back.</summary>
    public bool SecondPerson { get; init; }

    public bool Reversible { get; init; }

    internal static EmergencyPlan Of(IEnumerable<Touched> touched, int told, params TouchedCount[] counts)
    {
        var items = touched.ToList();
        return new EmergencyPlan
        {
            Counts = [.. items.GroupBy(item => item.What).Select(group => new TouchedCount(group.Key, group.Count())), .. counts],
            Items = [.. items.Take(MostNames)],
            Told = told,
            Reversible = true,
        };
    }

    /// <summary>What is kept of it: by id where a name is a person's.</summary>
    internal EmergencyPlan Kept() => this with { Items = [.. Items.Select(item => item.IsPersonal ? item with { Name = null } : item)] };

    /// <summary>What an approver names, so that nothing else is done than was looked at.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, Json.Options)));
}

/// <summary>Something to be done, or taken back, in the transaction that writes it down.</summary>
internal sealed record Acting(Session Session, Caller Caller, LockedCompetition? Competition, JsonElement Request, string Reason, DateTimeOffset Now)
{
    public LockedCompetition Locked => Competition ?? throw new InvalidOperationException("This is about a competition.");

    public T Read<T>() => Request.Deserialize<T>(Json.Options)!;
}

/// <summary>What was done, and what is needed to take it back.</summary>
internal sealed record Done(EmergencyPlan Plan, object Undo);
