using System.CommandLine;

namespace Podium.Cli;

/// <summary>The options that every verb has.</summary>
internal static class Common
{
    public static readonly Option<string?> Connection = new("--connection")
    {
        Description = "Npgsql connection string of the one database to work on, instead of the settings'.",
        HelpName = "string",
        Recursive = true,
    };

    public static readonly Option<string?> Data = new("--data")
    {
        Description = "The data folder of an app that was started with --data.",
        HelpName = "folder",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Answer in JSON on standard output, and nothing else there.", Recursive = true };

    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask before something is destroyed.", Recursive = true };

    /// <summary>Which tenant; in those verbs that work in one.</summary>
    public static Option<string> Tenant() => new("--tenant", "-t") { Description = "The tenant, by its slug or id.", HelpName = "slug", Required = true };
}
