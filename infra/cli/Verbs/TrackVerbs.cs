using System.CommandLine;
using Podium.Identity;
using Podium.Learning;

namespace Podium.Cli.Verbs;

/// <summary>Tracks of coding practice as folders of files.</summary>
internal static class TrackVerbs
{
    public sealed record Imported(string Track, Guid Id, int Added, int Changed, int Unchanged);

    public static Verb Verb() => new("track", "Bring tracks of coding practice in from folders, and out into them.", "track import web-pages --tenant demo --author ada@example.org --folder web-pages") { Import(), Export() };

    public static async Task<Imported> ImportAsync(Call call, string tenant, string author, string track, IReadOnlyDictionary<string, string> files)
    {
        var caller = await call.InTenantAsync(tenant);
        var person = Call.Check(await call.Get<OperatorAccounts>().FindAsync(caller, author, call.Stop));
        var result = Call.Check(await call.Get<TrackFolder>().ImportAsync(caller with { UserId = person.Id }, track, files, call.Stop));
        return new Imported(track, result.TrackId, result.Added, result.Changed, result.Unchanged);
    }

    private static Argument<string> Slug() => new("track") { Description = "The track's slug." };

    private static Option<string> Folder() => new("--folder") { Description = "The folder that holds track.json.", Required = true };

    private static Verb Import()
    {
        var (track, tenant, folder) = (Slug(), Common.Tenant(), Folder());
        var author = new Option<string>("--author") { Description = "Whose work it is, by e-mail address or id.", Required = true };
        return new Verb("import", "Make or change a track from a folder, and publish what is new. Safe to repeat.", "track import web-pages --tenant demo --author ada@example.org --folder web-pages") { track, tenant, author, folder }.Does(async call =>
        {
            var path = call.Value(folder)!;
            if (!File.Exists(Path.Combine(path, "track.json"))) throw new CommandException($"There is no track.json in {path}.", ExitCode.Usage);
            var imported = await ImportAsync(call, call.Value(tenant)!, call.Value(author)!, call.Value(track), TrackFolder.ReadFolder(path));
            call.Answer(imported, screen => screen.Line($"Track {imported.Track}: {imported.Added} challenges added, {imported.Changed} changed, {imported.Unchanged} as they were."));
        });
    }

    private static Verb Export()
    {
        var (track, tenant, folder) = (Slug(), Common.Tenant(), Folder());
        return new Verb("export", "Write a track's drafts into a folder.", "track export web-pages --tenant demo --folder web-pages") { track, tenant, folder }.Does(async call =>
        {
            var caller = await call.InTenantAsync(call.Value(tenant)!);
            var files = Call.Check(await call.Get<TrackFolder>().ExportAsync(caller, call.Value(track), call.Stop));
            var root = Path.GetFullPath(call.Value(folder)!);
            foreach (var (name, text) in files)
            {
                var path = Path.Combine(root, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllTextAsync(path, text, call.Stop);
            }
            call.Answer(new { track = call.Value(track), files = files.Count }, screen => screen.Line($"{files.Count} files written to {root}."));
        });
    }
}
