using System.CommandLine;
using System.IO.Compression;
using Podium.Voting.Log;

namespace Podium.Cli.Verbs;

/// <summary>Checks an exported voting by itself: no database, no settings, no app.</summary>
internal static class Verify
{
    public static Verb Verb()
    {
        var file = new Argument<string>("file") { Description = "The export of a voting (lines of JSON; .gz is unpacked)." };
        var head = new Option<string?>("--head") { Description = "The last seal as it was published, or as a voter noted it.", HelpName = "hash" };
        var jury = new Option<string?>("--jury") { Description = "The export of the jury's voting, where points were counted.", HelpName = "file" };
        var verb = new Verb(
            "verify", "Check a voting's export offline: hashes, seals, and the results by counting again. Exits with 3 where something is wrong.",
            "verify votes.ndjson", "verify votes.ndjson --head 5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9", "verify public.ndjson --jury jury.ndjson");
        verb.Arguments.Add(file);
        verb.Options.Add(head);
        verb.Options.Add(jury);
        return verb.Does(async call =>
        {
            using var text = Open(call, call.Value(file));
            using var juryText = call.Value(jury) is { } other ? Open(call, other) : null;
            var report = await ExportCheck.RunAsync(text, call.Value(head), juryText, call.Stop);
            call.Answer(
                new { sound = report.IsSound, report.SessionId, report.Entries, report.Seals, report.Head, report.ResultsAgree, report.Faults },
                screen => Show(screen, report));
            return report.IsSound ? ExitCode.Ok : ExitCode.FoundProblems;
        });
    }

    private static void Show(Screen screen, ExportCheck.Report report)
    {
        foreach (var fault in report.Faults) screen.Marked("✗", fault);
        if (!report.IsSound) return;
        screen.Marked("✓", $"All {report.Entries} entries are as they were sealed, by {report.Seals} seals of voting {report.SessionId}.");
        screen.Marked(
            report.ResultsAgree is null ? "!" : "✓",
            report.ResultsAgree is null ? "The results were not counted again: the file has none, or needs the jury's with it." : "Counted again, the results are the same.");
        screen.Line($"The last seal is {report.Head}; hold it against the published one.");
    }

    private static StreamReader Open(Call call, string path)
    {
        var whole = Path.GetFullPath(path, call.Around.Folder);
        if (!File.Exists(whole)) throw new CommandException($"There is no file '{path}'.", ExitCode.Usage);
        Stream file = File.OpenRead(whole);
        return new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
    }
}
