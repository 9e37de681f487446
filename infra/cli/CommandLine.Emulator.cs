using System.CommandLine;
using Podium.Cli.Verbs;

namespace Podium.Cli;

internal static partial class CommandLine
{
    static partial void AddEmulatorVerbs(RootCommand root) => root.Subcommands.Add(Drill.Verb());
}
