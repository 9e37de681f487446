using System.Collections;
using System.CommandLine;

namespace Podium.Cli;

/// <summary>Where a command runs: its streams, folder, environment and clock. A test brings its own.</summary>
internal sealed class Surroundings : InvocationConfiguration
{
    public required TextReader In { get; init; }

    /// <summary>Whether somebody looks at the output as it comes.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether somebody looks at the errors as they come: there progress is shown.</summary>
    public bool ErrorIsTerminal { get; init; }

    public required string Folder { get; init; }

    public required IReadOnlyDictionary<string, string?> Environment { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static Surroundings OfThisProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        In = Console.In,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Folder = Directory.GetCurrentDirectory(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value, StringComparer.OrdinalIgnoreCase),
    };
}
