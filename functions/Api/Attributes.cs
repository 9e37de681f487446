using Podium.Platform.Access;

namespace Podium.Functions.Api;

/// <summary>What an HTTP function is for; the API's description is made from it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string summary) : Attribute
{
    public string Summary { get; } = summary;

    public string? Description { get; init; }

    /// <summary>The record its JSON body becomes.</summary>
    public Type? Body { get; init; }

    /// <summary>The record its query becomes.</summary>
    public Type? Query { get; init; }

    /// <summary>What its body is when all goes well; null where there is none.</summary>
    public Type? Answer { get; init; }

    /// <summary>The status when all goes well.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Further statuses that carry the same answer.</summary>
    public int[] AlsoStatus { get; init; } = [];

    /// <summary>Where the answer is not JSON.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>What else it can be, for who asks by Accept.</summary>
    public string[] AlsoMediaType { get; init; } = [];

    /// <summary>The codes of the problems it may answer with, beside those that every function of its kind may.</summary>
    public string[] Problems { get; init; } = [];

    /// <summary>The rate limit that counts it, instead of the usual one.</summary>
    public string? Limit { get; init; }
}

/// <summary>Who may call an HTTP function. Every one says it, with exactly one of these.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class AccessAttribute : Attribute
{
    /// <summary>Who may call, in a sentence.</summary>
    public abstract string Who { get; }
}

/// <summary>Anybody at all, outside of any tenant.</summary>
public sealed class OpenAttribute : AccessAttribute
{
    public override string Who => "Anybody; no tenant is needed.";
}

/// <summary>Whoever holds a function key: the operators of the installation.</summary>
public sealed class OperatorAttribute : AccessAttribute
{
    public override string Who => "Operators, with a function key.";
}

/// <summary>Anybody who comes through a tenant's door.</summary>
public sealed class AnyoneAttribute : AccessAttribute
{
    public override string Who => "Anybody who names the tenant; no token is needed.";
}

/// <summary>Anybody who is signed in.</summary>
public sealed class SignedInAttribute : AccessAttribute
{
    public override string Who => "Anybody who is signed in.";
}

/// <summary>Who holds a permission: for the whole tenant, or in the institution or competition that the route names.</summary>
public sealed class RequiresAttribute(string permission) : AccessAttribute
{
    public string Permission { get; } = permission;

    /// <summary>What the route value <see cref="By"/> names.</summary>
    public ScopeType In { get; init; } = ScopeType.Tenant;

    /// <summary>The route value that names the place.</summary>
    public string? By { get; init; }

    /// <summary>To hold it in some place is enough to come in; the use case looks which.</summary>
    public bool Somewhere { get; init; }

    public override string Who => (By, Somewhere) switch
    {
        (null, false) => $"Who holds the permission `{Permission}` in the tenant.",
        (null, true) => $"Who holds the permission `{Permission}` in the tenant or somewhere in it; what can be done is what is there.",
        _ => $"Who holds the permission `{Permission}` in the tenant, or in the {In.ToString().ToLowerInvariant()} that `{By}` names.",
    };
}
