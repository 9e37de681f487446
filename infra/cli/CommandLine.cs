using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Podium.Cli.Verbs;

namespace Podium.Cli;

/// <summary>The whole command line: verbs, help, and what an operator reads when something is wrong.</summary>
internal static partial class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Surroundings around, CancellationToken cancellationToken)
    {
        var parse = Root().Parse(args);
        if (parse.Action is ParseErrorAction or null && parse.Errors.Count > 0)
        {
            var name = string.Join(' ', Path(parse.CommandResult.Command));
            await around.Error.WriteLineAsync($"{string.Join(" ", parse.Errors.Select(error => error.Message.ReplaceLineEndings(" ").Trim()))} See '{name} --help'.");
            return ExitCode.Usage;
        }
        around.EnableDefaultExceptionHandler = false;
        return await parse.InvokeAsync(around, cancellationToken);
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("podium: the operators' command line of Podium.")
        {
            Migrate.Verb(),
            Tenants.Verb(),
            Users.Verb(),
            Keys.Verb(),
            Rotate.Verb(),
            DeadLetterVerbs.Verb(),
            Archives.Verb(),
            Rehearse.Verb(),
            Anonymise.Verb(),
            Seed.Verb(),
            TrackVerbs.Verb(),
            Doctor.Verb(),
            Verify.Verb(),
        };
        AddEmulatorVerbs(root);
        foreach (var option in new Option[] { Common.Connection, Common.Data, Common.Json, Common.Yes }) root.Options.Add(option);
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new HelpWithExamples((HelpAction)option.Action!);
        return root;
    }

    // what needs the emulator's PostgreSQL
    static partial void AddEmulatorVerbs(RootCommand root);

    private static IEnumerable<string> Path(Command command)
    {
        foreach (var parent in command.Parents.OfType<Command>().Take(1))
        {
            foreach (var name in Path(parent)) yield return name;
        }
        yield return command is RootCommand ? "podium" : command.Name;
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = inner.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var examples = (parseResult.CommandResult.Command as Verb)?.Examples ?? [];
            if (parseResult.CommandResult.Command is RootCommand) examples = ["migrate up", "tenant create --slug demo --name Demo --administrator ada@example.org", "doctor"];
            if (examples.Count == 0) return result;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine($"  podium {example}");
            output.WriteLine();
            return result;
        }
    }
}
