using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Podium.Emulator.Hosting;

namespace Podium.Emulator.Runtime;

/// <summary>All functions of the app, found by reflection and checked before anything runs.</summary>
public sealed class FunctionCatalog
{
    private readonly Dictionary<string, FunctionDescriptor> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds the functions, hands each to its trigger kind, and binds every parameter; the first fault is thrown as one sentence.</summary>
    public FunctionCatalog(
        FunctionSource source, IEnumerable<ITriggerKind> kinds, IEnumerable<IParameterBinding> bindings, EmulatorSettings settings, FunctionInvoker invoker)
    {
        Kinds = [.. kinds];
        IParameterBinding[] others = [.. bindings];
        foreach (var method in source.Methods())
        {
            var function = Describe(method);
            if (_functions.TryGetValue(function.Name, out var twin))
                throw new EmulatorException($"Two functions are named '{function.Name}': {twin.EntryPoint} and {function.EntryPoint}. Give one of them another name.");
            function.Disabled = settings.IsDisabled(function.Name);
            _functions.Add(function.Name, function);
            var kind = KindOf(function)
                ?? throw new EmulatorException(
                    $"Function '{function.Name}' has a {function.Trigger.GetType().Name}, which the emulator does not run; it knows {string.Join(", ", Kinds.Select(k => k.AttributeType.Name))}.");
            var trigger = kind.Add(function);
            function.Binders = [.. method.GetParameters().Select(parameter =>
                parameter.Position == function.TriggerParameter.Position ? trigger : Bind(function, parameter, kind, others))];
            invoker.Prepare(function);
        }
    }

    /// <summary>The functions by name.</summary>
    public IReadOnlyCollection<FunctionDescriptor> Functions => _functions.Values;

    /// <summary>The kinds of triggers the emulator runs.</summary>
    public IReadOnlyList<ITriggerKind> Kinds { get; }

    /// <summary>One function by name, without regard to case.</summary>
    public FunctionDescriptor? Find(string name) => _functions.GetValueOrDefault(name);

    /// <summary>The kind that runs a function.</summary>
    public ITriggerKind? KindOf(FunctionDescriptor function) => Kinds.FirstOrDefault(kind => kind.AttributeType == function.Trigger.GetType());

    private static FunctionDescriptor Describe(MethodInfo method)
    {
        var name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
        var place = $"{method.DeclaringType!.FullName}.{method.Name}";
        if (string.IsNullOrWhiteSpace(name) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new EmulatorException($"The function name '{name}' of {place} must be made of letters, digits, - and _.");
        if (!method.IsPublic || !method.DeclaringType.IsVisible)
            throw new EmulatorException($"Function '{name}' ({place}) must be a public method of a public class, or the host does not see it.");
        if (method.ContainsGenericParameters)
            throw new EmulatorException($"Function '{name}' ({place}) must not be generic.");

        var triggers = method.GetParameters().Where(p => p.GetCustomAttribute<TriggerBindingAttribute>() is not null).ToArray();
        return triggers switch
        {
            [var only] => new FunctionDescriptor(name, method, only, only.GetCustomAttribute<TriggerBindingAttribute>()!),
            [] => throw new EmulatorException($"Function '{name}' ({place}) has no trigger: put a trigger attribute on one of its parameters."),
            _ => throw new EmulatorException($"Function '{name}' ({place}) has {triggers.Length} triggers; it may have one."),
        };
    }

    private static ParameterBinder Bind(FunctionDescriptor function, ParameterInfo parameter, ITriggerKind kind, IParameterBinding[] others)
    {
        if (parameter.ParameterType == typeof(FunctionContext)) return static invocation => new ValueTask<object?>(invocation);
        if (parameter.ParameterType == typeof(CancellationToken)) return static invocation => new ValueTask<object?>(invocation.CancellationToken);
        if (kind.BindOther(function, parameter) is { } known) return known;
        if (others.Select(other => other.Bind(function, parameter)).FirstOrDefault(binder => binder is not null) is { } bound) return bound;
        if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer || parameter.GetCustomAttribute<InputBindingAttribute>() is not null)
        {
            throw new EmulatorException(
                $"Parameter '{parameter.Name}' ({parameter.ParameterType.Name}) of function '{function.Name}' cannot be bound by the emulator: take a trigger value, a FunctionContext, a CancellationToken or binding data by name.");
        }
        return ByName(parameter);
    }

    private static ParameterBinder ByName(ParameterInfo parameter)
    {
        var name = parameter.Name!;
        return invocation =>
        {
            if (invocation.BindingData.TryGetValue(name, out var value) && value is not null)
                return new ValueTask<object?>(ValueConversion.Convert(value, parameter.ParameterType, name));
            if (parameter.HasDefaultValue) return new ValueTask<object?>(parameter.DefaultValue);
            if (!parameter.ParameterType.IsValueType || Nullable.GetUnderlyingType(parameter.ParameterType) is not null) return default;
            throw new FunctionInputConverterException(
                $"Error converting 1 input parameters for Function '{invocation.Function.Name}': Could not populate the value for '{name}' parameter. Consider adding a default value or making the parameter nullable.");
        };
    }
}
