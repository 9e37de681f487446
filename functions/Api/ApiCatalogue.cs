using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Functions.Api;

/// <summary>One HTTP function as it declares itself.</summary>
public sealed partial record ApiFunction(string Name, Type Home, string Method, string Route, AuthorizationLevel Level, OperationAttribute Operation, AccessAttribute Access)
{
    /// <summary>What it is about: functions of one class belong together.</summary>
    public string Tag => Home.Name.Replace("Api", "", StringComparison.Ordinal);

    public bool HasTenant => Access is not (OpenAttribute or OperatorAttribute);

    public bool Changes => Method is not ("GET" or "HEAD");

    /// <summary>Whether it may be repeated safely under one key.</summary>
    public bool TakesIdempotencyKey => Changes && HasTenant;

    /// <summary>Whether it can be told which version it changes.</summary>
    public bool TakesIfMatch => Operation.Problems.Contains("stale") || Operation.Problems.Contains("precondition-required");

    /// <summary>Whether it answers 304 to who has it already.</summary>
    public bool TakesIfNoneMatch => Method == "GET" && Operation is { Answer: not null, MediaType: "application/json", AlsoStatus: [] };

    /// <summary>The route's values.</summary>
    public IReadOnlyList<string> RouteValues => [.. RouteValue().Matches(Route).Select(match => match.Groups[1].Value)];

    /// <summary>The route without what its values must look like.</summary>
    public string Path => "/" + RouteValue().Replace(Route, "{$1}");

    /// <summary>Whether a route value is read as an id.</summary>
    public static bool IsId(string routeValue) => routeValue.EndsWith("Id", StringComparison.Ordinal);

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex RouteValue();
}

/// <summary>All HTTP functions of the app. One that does not say what it is for and who may call it keeps the app from starting.</summary>
public sealed class ApiCatalogue
{
    private readonly FrozenDictionary<string, ApiFunction> _byName;

    public ApiCatalogue()
        : this(typeof(ApiCatalogue).Assembly)
    {
    }

    internal ApiCatalogue(Assembly assembly)
    {
        Functions = [.. assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(Read)
            .OfType<ApiFunction>()
            .OrderBy(endpoint => endpoint.Route, StringComparer.Ordinal)
            .ThenBy(endpoint => endpoint.Method, StringComparer.Ordinal)];
        _byName = Functions.ToFrozenDictionary(endpoint => endpoint.Name);
    }

    public IReadOnlyList<ApiFunction> Functions { get; }

    public ApiFunction? Find(string function) => _byName.GetValueOrDefault(function);

    private static ApiFunction? Read(MethodInfo method)
    {
        if (method.GetCustomAttribute<FunctionAttribute>() is not { } function) return null;
        if (method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(found => found is not null) is not { } trigger) return null;
        var operation = method.GetCustomAttribute<OperationAttribute>() ?? throw new InvalidOperationException($"The function {function.Name} has no [Operation].");
        var access = method.GetCustomAttributes<AccessAttribute>().ToList();
        if (access.Count != 1) throw new InvalidOperationException($"The function {function.Name} must say who may call it: one of [Open], [Operator], [Anyone], [SignedIn], [Requires].");
        if (trigger.Methods is not [var verb] || trigger.Route is null) throw new InvalidOperationException($"The function {function.Name} must have one method and a route.");
        if (access[0] is OperatorAttribute != (trigger.AuthLevel != AuthorizationLevel.Anonymous))
            throw new InvalidOperationException($"The function {function.Name}: [Operator] and a function key belong together.");
        return new ApiFunction(function.Name, method.DeclaringType!, verb.ToUpperInvariant(), trigger.Route, trigger.AuthLevel, operation, access[0]);
    }
}
