using System.Collections.Frozen;
using System.Reflection;
using Podium.Platform.Problems;

namespace Podium.Functions.Api;

/// <summary>All kinds of problems there are, and which functions answer with which.</summary>
public sealed class ProblemCatalogue
{
    private readonly FrozenDictionary<string, ProblemKind> _kinds;
    private readonly FrozenDictionary<string, IReadOnlyList<ProblemKind>> _byFunction;

    public ProblemCatalogue(ApiCatalogue api)
    {
        Kinds = [.. typeof(ProblemKind).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(ProblemKind))
            .Select(field => (ProblemKind)field.GetValue(null)!)
            .OrderBy(kind => kind.Code, StringComparer.Ordinal)];
        _kinds = Kinds.ToFrozenDictionary(kind => kind.Code);
        _byFunction = api.Functions.ToFrozenDictionary(function => function.Name, Read);
    }

    /// <summary>Every kind, by code.</summary>
    public IReadOnlyList<ProblemKind> Kinds { get; }

    public ProblemKind? Find(string code) => _kinds.GetValueOrDefault(code);

    /// <summary>What a function may answer instead of its result: what it declares, and what every function of its kind may.</summary>
    public IReadOnlyList<ProblemKind> Of(ApiFunction function) => _byFunction[function.Name];

    /// <summary>The names of the functions that may answer with a kind.</summary>
    public IReadOnlyList<string> FunctionsWith(ProblemKind kind) =>
        [.. _byFunction.Where(function => function.Value.Contains(kind)).Select(function => function.Key).Order(StringComparer.Ordinal)];

    private IReadOnlyList<ProblemKind> Read(ApiFunction function) =>
        [.. Common(function)
            .Concat(function.Operation.Problems.Select(code => Find(code) ?? throw new InvalidOperationException($"The function {function.Name} declares the problem '{code}', which does not exist.")))
            .Distinct()
            .OrderBy(kind => kind.Status)
            .ThenBy(kind => kind.Code, StringComparer.Ordinal)];

    private static IEnumerable<ProblemKind> Common(ApiFunction function)
    {
        yield return CommonProblems.Unexpected;
        yield return CommonProblems.Unavailable;
        if (function.HasTenant)
        {
            yield return CommonProblems.UnknownTenant;
            yield return CommonProblems.TenantSuspended;
            yield return CommonProblems.OtherTenant;
            yield return CommonProblems.TokenRefused;
            yield return CommonProblems.RateLimited;
        }
        if (function.Access is SignedInAttribute or RequiresAttribute) yield return CommonProblems.SignInRequired;
        if (function.Access is RequiresAttribute) yield return CommonProblems.Forbidden;
        if (function.RouteValues.Any(ApiFunction.IsId)) yield return CommonProblems.NotFound;
        if (function.Operation.Body is not null)
        {
            yield return CommonProblems.Malformed;
            yield return CommonProblems.TooLarge;
            yield return CommonProblems.UnsupportedMediaType;
            yield return CommonProblems.Invalid;
        }
        if (function.Operation.Query is not null) yield return CommonProblems.Invalid;
        if (function.TakesIdempotencyKey)
        {
            yield return CommonProblems.Malformed;
            yield return CommonProblems.TooLarge;
            yield return CommonProblems.IdempotencyBusy;
            yield return CommonProblems.IdempotencyReused;
        }
    }
}
