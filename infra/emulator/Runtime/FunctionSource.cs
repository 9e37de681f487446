using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Emulator.Runtime;

/// <summary>Where functions are looked for.</summary>
public sealed class FunctionSource(IReadOnlyList<Assembly> assemblies, IReadOnlyList<Type>? types)
{
    /// <summary>Every method that carries [Function], in a stable order.</summary>
    public IEnumerable<MethodInfo> Methods() =>
        (types ?? assemblies.SelectMany(assembly => assembly.GetTypes()))
            .SelectMany(type => type.GetMethods(
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute), inherit: false))
            .OrderBy(method => method.DeclaringType!.FullName, StringComparer.Ordinal)
            .ThenBy(method => method.MetadataToken);

    /// <summary>The program's assembly and those of its references that were built against the worker's API.</summary>
    public static IReadOnlyList<Assembly> AssembliesOf(Assembly program)
    {
        var emulator = Assembly.GetExecutingAssembly().GetName().Name;
        bool SeesWorker(Assembly assembly) => assembly.GetReferencedAssemblies().Any(name => name.Name == emulator);
        return [program, .. program.GetReferencedAssemblies()
            .Where(name => name.Name is { } text && text != emulator && !text.StartsWith("System", StringComparison.Ordinal) && !text.StartsWith("Microsoft.", StringComparison.Ordinal))
            .Select(Assembly.Load)
            .Where(SeesWorker)];
    }
}
