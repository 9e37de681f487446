using System.Text.Json;

namespace Podium.Emulator.Runtime;

/// <summary>How the worker reads JSON into a function's parameters: property names without regard to case.</summary>
internal static class WorkerJson
{
    public static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };
}
