using System.CommandLine;
using System.Globalization;
using Podium.Platform.Partitions;

namespace Podium.Cli.Verbs;

/// <summary>Partitions whose time is over, and their archives.</summary>
internal static class Archives
{
    public static Verb Verb() => new("archive", "Look at partitions and their archives, rotate, verify archives, and bring one back.", "archive list", "archive run --table audit_log") { List(), Run(), Verify(), Restore(), Discard() };

    private static Option<string?> Table() => new("--table", "-t") { Description = "Only this table; all without it." };

    private static Argument<Guid> Id() => new("id") { Description = "The archive's id; 'archive list' shows it." };

    private static Verb List()
    {
        var table = Table();
        return new Verb("list", "List partitions, archives and legal holds.", "archive list --table audit_log") { table }.Does(async call =>
        {
            var all = await call.Get<ListPartitions>().Run(call.Stop);
            var tables = all.Tables.Where(one => call.Value(table) is not { } name || one.Policy.TableName == name).ToList();
            if (tables.Count == 0) throw NoTable(call.Value(table));
            call.Answer(new { tables, all.Holds }, screen =>
            {
                foreach (var one in tables)
                {
                    screen.Line($"{one.Policy.TableName} on {one.Shard}: by {one.Policy.Step}, {one.Policy.Ahead} ahead, {Months(one.Policy.KeepActiveMonths)} here, {Months(one.Policy.ArchiveKeepMonths)} archived{(one.Policy.Enabled ? "" : ", switched off")}");
                    screen.Table(
                        one.Partitions,
                        ("partition", part => part.Name),
                        ("from", part => Day(part.From)),
                        ("until", part => Day(part.Until)),
                        ("state", part => part.State),
                        ("rows", part => $"{part.Rows}"),
                        ("bytes", part => $"{part.Bytes}"),
                        ("hold", part => part.Hold));
                    if (one.Archives.Count == 0) continue;
                    screen.Table(
                        one.Archives,
                        ("archive", part => $"{part.Id}"),
                        ("partition", part => part.Partition),
                        ("state", part => part.State),
                        ("rows", part => $"{part.Rows}"),
                        ("bytes", part => $"{part.Bytes}"),
                        ("restored as", part => part.RestoredAs),
                        ("hold", part => part.Hold));
                }
            });
        });
    }

    private static Verb Run()
    {
        var table = Table();
        return new Verb("run", "Make partitions ahead, archive those whose time is over, delete archives whose time is over. Safe to repeat.", "archive run", "archive run --table audit_log") { table }.Does(async call =>
        {
            var rotate = call.Get<RotatePartitions>();
            var result = await call.ProgressAsync("Rotating", null, async _ => call.Value(table) is { } name ? Call.Check(await rotate.Run(name, call.Stop)) : await rotate.Run(call.Stop));
            call.Answer(result, screen =>
            {
                screen.Facts(
                    ("made", string.Join(", ", result.Created)),
                    ("archived", string.Join(", ", result.Archived)),
                    ("held", string.Join(", ", result.Held.Select(held => $"{held.Partition} ({held.Reason})"))),
                    ("failed", string.Join(", ", result.Failed.Select(failed => $"{failed.Partition} ({failed.Error})"))),
                    ("deleted", string.Join(", ", result.Expired)));
                if (result.Busy) screen.Line("Somebody else is archiving just now, and goes on doing it.");
                else if (result.Created.Count + result.Archived.Count + result.Held.Count + result.Failed.Count + result.Expired.Count == 0) screen.Line("There was nothing to do.");
            });
            return result.Failed.Count == 0 ? ExitCode.Ok : throw new CommandException($"{result.Failed.Count} partitions could not be archived; run this again when the reason is gone.");
        });
    }

    private static Verb Verify()
    {
        var table = Table();
        var archive = new Option<Guid?>("--archive") { Description = "Only the archive of this id." };
        return new Verb("verify", "Read archives back from storage and compare them with what was written down of them.", "archive verify", "archive verify --table audit_log") { table, archive }.Does(async call =>
        {
            var results = await call.ProgressAsync("Reading archives", null, _ => call.Get<VerifyArchive>().RunAsync(call.Value(table), call.Value(archive), call.Stop));
            if (results.Count == 0 && call.Value(archive) is { } id) throw new CommandException($"There is no archive {id} in storage; 'podium archive list' names them.");
            call.Answer(results, screen =>
            {
                foreach (var one in results) screen.Marked(one.Fault is null ? "✓" : "✗", $"{one.Partition} ({one.Id}, {one.Shard}) {one.Fault ?? $"has its {one.Rows} rows."}");
                if (results.Count == 0) screen.Line("There are none.");
            });
            return results.Any(one => one.Fault is not null) ? ExitCode.FoundProblems : ExitCode.Ok;
        });
    }

    private static Verb Restore()
    {
        var id = Id();
        return new Verb("restore", "Bring an archive back as a table beside the living one.", "archive restore 0197c5a0-5c00-7000-8000-000000000001") { id }.Does(async call =>
        {
            var result = Call.Check(await call.ProgressAsync("Restoring", null, _ => call.Get<RestoreArchive>().Run(call.Value(id), call.Stop)));
            call.Answer(result, screen => screen.Line($"{result.Rows} rows are in the table {result.Table} on {result.Shard}."));
        });
    }

    private static Verb Discard()
    {
        var id = Id();
        return new Verb("discard", "Throw a restored table away; the archive stays.", "archive discard 0197c5a0-5c00-7000-8000-000000000001") { id }.Does(async call =>
        {
            call.Confirm($"The table that archive {call.Value(id)} was restored as is thrown away.");
            if (await call.Get<RestoreArchive>().DiscardAsync(call.Value(id), call.Stop) is { } problem) throw Failure.Of(problem);
            call.Answer(new { id = call.Value(id) }, screen => screen.Line("It is gone; the archive stays."));
        });
    }

    private static CommandException NoTable(string? name) => new($"There is no partitioned table '{name}'; 'podium archive list' names them.");

    private static string Months(int? months) => months is null ? "for ever" : $"{months} months";

    private static string Day(DateTimeOffset instant) => instant.Year is <= 1 or 9999 ? "" : instant.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
