using System.CommandLine;

namespace Podium.Cli.Verbs;

/// <summary>Proves that what PostgreSQL has promised comes back after everything is lost, and how long that takes.</summary>
internal static class Drill
{
    public static Verb Verb()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long people write, before and after the moment to go back to.", DefaultValueFactory = _ => 60, HelpName = "n" };
        var writers = new Option<int>("--writers") { Description = "How many write at once.", DefaultValueFactory = _ => 8, HelpName = "n" };
        var archive = new Option<int>("--archive-every") { Description = "The most seconds between two files of the archive: about what is lost at worst.", DefaultValueFactory = _ => 60, HelpName = "seconds" };
        var folder = new Option<string?>("--folder") { Description = "An empty or new folder for the drill's servers, backup and archive; else one that is removed afterwards.", HelpName = "folder" };
        var loseSegment = new Option<bool>("--lose-segment") { Description = "Take a file out of the archive before restoring: the drill must notice." };
        var verb = new Verb(
            "drill",
            "Back up a PostgreSQL of its own while people write, destroy it, restore it to a moment, and look whether anything promised is lost. Prints RTO and RPO; exits with 3 where a goal (15 min, 5 min) is missed or anything is not as promised.",
            "drill", "drill --seconds 600 --writers 32 --archive-every 300", "drill --seconds 10 --lose-segment") { seconds, writers, archive, folder, loseSegment };
        return verb.Does(async call =>
        {
            var plan = new RecoveryDrill.Plan
            {
                Duration = TimeSpan.FromSeconds(Between(call.Value(seconds), 1, 86_400, "--seconds")),
                Writers = Between(call.Value(writers), 1, 100, "--writers"),
                ArchiveEvery = Between(call.Value(archive), 1, 3600, "--archive-every"),
                LoseSegment = call.Value(loseSegment),
            };
            var own = call.Value(folder) is null;
            var place = own ? Directory.CreateTempSubdirectory("podium-drill-").FullName : Path.GetFullPath(call.Value(folder)!, call.Around.Folder);
            Directory.CreateDirectory(place);
            // never on what somebody keeps there
            if (Directory.EnumerateFileSystemEntries(place).Any()) throw new CommandException($"The folder '{place}' is not empty: a drill destroys what is in its folder.", ExitCode.Usage);
            try
            {
                var report = await new RecoveryDrill(plan, place, step => call.Around.Error.WriteLine(step)).RunAsync(call.Stop);
                call.Answer(report, screen => Show(screen, report));
                return report.Passed ? ExitCode.Ok : ExitCode.FoundProblems;
            }
            finally
            {
                if (own) Directory.Delete(place, recursive: true);
            }
        });
    }

    private static int Between(int value, int least, int most, string name) =>
        value >= least && value <= most ? value : throw new CommandException($"{name} is between {least} and {most}.", ExitCode.Usage);

    private static void Show(Screen screen, RecoveryDrill.Report report)
    {
        screen.Line($"{report.Promised} writes were promised; the base backup of {report.BackupBytes / 1_000_000} MB took {report.BackupSeconds:0.0} s beside them, and {report.Segments} files of WAL were archived.");
        if (report.PointInTime is { } exact)
            screen.Marked(exact is { Missing: 0, Extra: 0, Damaged: 0 } ? "✓" : "✗", $"Restored to {report.Target:O}: of {exact.Expected} writes promised before it {exact.Missing} are missing, {exact.Extra} from after it are there, {exact.Damaged} are damaged.");
        if (report.Latest is { } latest)
            screen.Marked(latest.Damaged == 0 ? "✓" : "✗", $"Restored to the archive's end: {latest.Missing} of {latest.Expected} promised writes were lost with the server.");
        if (report.RtoSeconds is { } rto) screen.Marked(rto <= report.RtoGoalSeconds ? "✓" : "✗", $"RTO {rto:0.0} s, of {report.RtoGoalSeconds:0} s.");
        if (report.RpoSeconds is { } rpo) screen.Marked(rpo <= report.RpoGoalSeconds ? "✓" : "✗", $"RPO {rpo:0.0} s, of {report.RpoGoalSeconds:0} s.");
        foreach (var fault in report.Faults) screen.Marked("✗", fault);
        screen.Line(report.Passed ? "The drill has passed." : "The drill has FAILED.");
    }
}
