using System.Globalization;
using System.Reflection;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Hosting;

/// <summary>The emulator's command line: few options, each explained by --help.</summary>
internal static class CommandLine
{
    private const string Help = """
        Runs this Functions app on one machine, with PostgreSQL and Azurite beside it. For development and tests, never for production.

        Usage: dotnet run --project functions [-- options]

          --port N       the port of the HTTP endpoints and the status page (default 7071; 0 takes a free one)
          --data FOLDER  where PostgreSQL and Azurite keep their files (default .podium beside host.json)
          --fresh        empty that folder first
          --quiet        print warnings and errors only
          --help         print this
        {0}
        Settings come from the environment and from Values in local.settings.json. Where Postgres or AzureWebJobsStorage is set,
        that server is used and none is started. Ctrl+C stops everything in order.
        """;

    /// <summary>What --help prints: the emulator's options and the app's own, which the app takes away before it gives the others on.</summary>
    public static string HelpOf(Assembly? app) => Help.Replace(
        "{0}",
        string.Concat((app?.GetCustomAttributes<AssemblyMetadataAttribute>() ?? []).Where(data => data.Key == "Option").Select(data => $"  {data.Value}{Environment.NewLine}")),
        StringComparison.Ordinal);

    /// <summary>Reads the options; null where help was asked for.</summary>
    public static EmulatorOptions? Parse(IReadOnlyList<string> args)
    {
        var options = new EmulatorOptions();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, inline) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            string Value() => inline ?? (++i < args.Count ? args[i] : throw new EmulatorException($"{name} needs a value: see --help."));
            switch (name)
            {
                case "--help" or "-h" or "-?":
                    return null;
                case "--port" or "-p":
                    options = options with { Port = Port(Value()) };
                    break;
                case "--data":
                    options = options with { DataFolder = Path.GetFullPath(Value()) };
                    break;
                case "--fresh":
                    options = options with { Fresh = true };
                    break;
                case "--quiet" or "-q":
                    options = options with { Quiet = true };
                    break;
                default:
                    throw new EmulatorException($"There is no option '{args[i]}': see --help.");
            }
        }
        return options;
    }

    private static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new EmulatorException($"--port is '{text}', which is not a port number from 0 to 65535.");
}
