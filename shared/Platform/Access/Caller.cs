using Podium.Platform.Databases;
using Podium.Tenancy;

namespace Podium.Platform.Access;

/// <summary>Where a role counts.</summary>
public enum ScopeType
{
    Tenant,
    Institution,
    Competition,
}

/// <summary>A place where a role counts: the whole tenant, or one institution or competition of it.</summary>
public readonly record struct Scope(ScopeType Type, Guid? Id)
{
    public static readonly Scope Tenant = new(ScopeType.Tenant, null);

    public static Scope Institution(Guid id) => new(ScopeType.Institution, id);

    public static Scope Competition(Guid id) => new(ScopeType.Competition, id);
}

/// <summary>Permissions that hold in one place until a time.</summary>
public sealed record Grant(Scope Scope, string Role, IReadOnlyList<string> Permissions, DateTimeOffset? ExpiresAt)
{
    /// <summary>Whether it gives a permission: by its name, by its subject (competition.*) or by all (*).</summary>
    public bool Gives(string permission) => Permissions.Any(given =>
        given == permission || given == "*" || (given.EndsWith(".*", StringComparison.Ordinal) && permission.StartsWith(given[..^1], StringComparison.Ordinal)));
}

/// <summary>Who calls: a tenant's front-end on behalf of nobody yet, or of a signed-in person.</summary>
public sealed record Caller : Actor
{
    public required Tenant Tenant { get; init; }

    public Guid? SessionId { get; init; }

    /// <summary>The grants that count now.</summary>
    public IReadOnlyList<Grant> Grants { get; init; } = [];

    public string? UserAgent { get; init; }

    /// <summary>The language to answer in: one that the tenant speaks.</summary>
    public required string Language { get; init; }

    /// <summary>The same door, and nobody signed in: for what is the same for everybody.</summary>
    public Caller AsAnybody() => new() { TenantId = TenantId, Shard = Shard, Tenant = Tenant, Language = Language };

    public bool IsSignedIn => UserId is not null;

    /// <summary>The person's id, in functions that only signed-in people reach.</summary>
    public Guid Person => UserId ?? throw new InvalidOperationException("Nobody is signed in.");

    public bool Allows(string permission) => Allows(permission, Scope.Tenant);

    /// <summary>Whether the caller may do something in a place; what holds for the tenant holds everywhere in it.</summary>
    public bool Allows(string permission, Scope scope) =>
        Grants.Any(grant => (grant.Scope == Scope.Tenant || grant.Scope == scope) && grant.Gives(permission));

    /// <summary>The same of several permissions, such as all that a role gives.</summary>
    public bool AllowsAll(IEnumerable<string> permissions, Scope scope) => permissions.All(permission => Allows(permission, scope));

    /// <summary>Whether the caller may do something in one place at least.</summary>
    public bool AllowsSomewhere(string permission) => Grants.Any(grant => grant.Gives(permission));
}
