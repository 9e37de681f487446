using System.Diagnostics.CodeAnalysis;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Durable;

/// <summary>The app's orchestrators and activities by name, without regard to case.</summary>
internal sealed class DurableFunctions
{
    private readonly SortedDictionary<string, FunctionDescriptor> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<string, FunctionDescriptor> _activities = new(StringComparer.OrdinalIgnoreCase);

    public void AddOrchestrator(string name, FunctionDescriptor function) => Add(_orchestrators, name, function, "orchestrator");

    public void AddActivity(string name, FunctionDescriptor function) => Add(_activities, name, function, "activity");

    public bool TryFindOrchestrator(string name, [NotNullWhen(true)] out FunctionDescriptor? function) => TryFind(_orchestrators, name, out function);

    public bool TryFindActivity(string name, [NotNullWhen(true)] out FunctionDescriptor? function) => TryFind(_activities, name, out function);

    public string NoOrchestrator(string name) => Missing(_orchestrators, name, "an orchestrator", "orchestrator");

    public string NoActivity(string name) => Missing(_activities, name, "an activity", "activity");

    private static void Add(SortedDictionary<string, FunctionDescriptor> all, string name, FunctionDescriptor function, string what)
    {
        if (!all.TryAdd(name, function))
            throw new EmulatorException($"Functions '{all[name].Name}' and '{function.Name}' are both the {what} '{name}': give one of them another name.");
    }

    private static bool TryFind(SortedDictionary<string, FunctionDescriptor> all, string name, [NotNullWhen(true)] out FunctionDescriptor? function) =>
        all.TryGetValue(name, out function) && !function.Disabled;

    private static string Missing(SortedDictionary<string, FunctionDescriptor> all, string name, string aKind, string kind) =>
        $"The function '{name}' doesn't exist, is disabled, or is not {aKind} function. Additional info: " +
        (all.Count > 0
            ? $"The following are the known {kind} functions: '{string.Join("', '", all.Keys)}'."
            : $"No {kind} functions are currently registered!");
}
