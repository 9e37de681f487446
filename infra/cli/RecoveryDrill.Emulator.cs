using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Podium.Emulator.Runtime;
using Podium.Emulator.Services;

namespace Podium.Cli;

/// <summary>
/// Takes a base backup and an archive of WAL from a PostgreSQL under load, destroys the server with all it has, and restores it twice from those two alone: to a moment, where nothing promised before it
/// may be missing and nothing begun after it may be there, and to the archive's end, which says how much is lost at worst. The server is the drill's own.
/// </summary>
internal sealed class RecoveryDrill(RecoveryDrill.Plan plan, string folder, Action<string> progress)
{
    private static readonly TimeSpan RtoGoal = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan RpoGoal = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<Promise> _promises = new();
    private readonly List<string> _faults = [];

    public sealed record Plan
    {
        public required TimeSpan Duration { get; init; }

        public required int Writers { get; init; }

        /// <summary>In seconds.</summary>
        public required int ArchiveEvery { get; init; }

        public bool LoseSegment { get; init; }
    }

    /// <summary>How a restored database compares with what was promised.</summary>
    public sealed record Comparison(int Expected, int Missing, int Extra, long Damaged);

    public sealed record Report
    {
        public required bool Passed { get; init; }

        public required int Promised { get; init; }

        public required long BackupBytes { get; init; }

        public required double BackupSeconds { get; init; }

        public required int Segments { get; init; }

        public required DateTimeOffset Target { get; init; }

        public Comparison? PointInTime { get; init; }

        public Comparison? Latest { get; init; }

        /// <summary>From the loss to the first answer of the restored server.</summary>
        public double? RtoSeconds { get; init; }

        /// <summary>How old the oldest promise is that was lost when the server was.</summary>
        public double? RpoSeconds { get; init; }

        public double RtoGoalSeconds { get; init; } = RtoGoal.TotalSeconds;

        public double RpoGoalSeconds { get; init; } = RpoGoal.TotalSeconds;

        public required IReadOnlyList<string> Faults { get; init; }
    }

    // a write, when it was sent and when the server had promised to keep it
    private sealed record Promise(int Writer, int Number, long Begun, long Kept);

    private sealed record Moment(DateTimeOffset At, string Segment, long Before, long After);

    public async Task<Report> RunAsync(CancellationToken cancellationToken)
    {
        var archive = Path.Combine(folder, "archive");
        Directory.CreateDirectory(archive);
        await EmbeddedServices.GiveToPostgresAsync(archive, cancellationToken);
        progress("Starting a server of the drill's own");
        var living = await EmbeddedServices.StartAsync(Options("living", Archiving(archive)), _ => { }, cancellationToken);
        var backup = Path.Combine(folder, "backup");
        (Moment moment, double backupSeconds, long lost, string password) = (null!, 0, 0, "");
        try
        {
            await ExecuteAsync(living.PostgresConnectionString!, "CREATE TABLE promises (writer integer, number integer, content text, PRIMARY KEY (writer, number))", cancellationToken);
            using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var writers = Enumerable.Range(1, plan.Writers).Select(writer => WriteAsync(living.PostgresConnectionString!, writer, writing.Token)).ToArray();
            try
            {
                progress($"Backing it up while {plan.Writers} write");
                var watch = Stopwatch.StartNew();
                await BackUpAsync(living.PostgresConnectionString!, Path.Combine(folder, "living", "postgres"), backup, cancellationToken);
                backupSeconds = watch.Elapsed.TotalSeconds;
                await Task.Delay(plan.Duration / 2, cancellationToken);
                await UntilPromisedAsync(_ => true, "before the moment", cancellationToken);
                moment = await MomentAsync(living.PostgresConnectionString!, cancellationToken);
                await Task.Delay(plan.Duration / 2, cancellationToken);
                await UntilPromisedAsync(promise => promise.Begun > moment.After, "after the moment", cancellationToken);
                // recovery knows by a later commit that it has come to the moment, and that may be in another segment
                await UntilArchivedAsync(living.PostgresConnectionString!, (await MomentAsync(living.PostgresConnectionString!, cancellationToken)).Segment, cancellationToken);
                password = await File.ReadAllTextAsync(Path.Combine(folder, "living", "password"), cancellationToken);
                progress("Destroying it");
                // at once and whole, as a machine is lost: nobody is told, nothing is written out
                Process.GetProcessById(living.Running[0].ProcessId).Kill();
                lost = Stopwatch.GetTimestamp();
            }
            finally
            {
                await writing.CancelAsync();
                await Task.WhenAll(writers);
            }
        }
        finally
        {
            await living.DisposeAsync();
        }
        await RemoveAsync(Path.Combine(folder, "living"), cancellationToken);
        if (plan.LoseSegment) File.Delete(Path.Combine(archive, moment.Segment));

        progress($"Restoring it to {moment.At:O}");
        var exact = await RestoreAsync("restored", backup, archive, password, $"{moment.At:yyyy-MM-dd HH:mm:ss.ffffff}+00", promise => promise.Kept < moment.Before, promise => promise.Begun > moment.After, cancellationToken);
        var rto = exact is null ? (double?)null : Stopwatch.GetElapsedTime(lost, exact.Value.Ready).TotalSeconds;
        if (exact is { Found: { } found } && found is not { Missing: 0, Extra: 0, Damaged: 0 }) _faults.Add("What was restored is not what was promised at that moment.");
        progress("Restoring it to the archive's end");
        var latest = await RestoreAsync("latest", backup, archive, password, null, promise => promise.Kept <= lost, _ => false, cancellationToken);
        if (latest is { Found.Damaged: > 0 }) _faults.Add("What was restored last is damaged.");
        var rpo = latest is null ? (double?)null : latest.Value.Oldest is { } oldest ? Stopwatch.GetElapsedTime(oldest, lost).TotalSeconds : 0;
        if (rto > RtoGoal.TotalSeconds) _faults.Add("It took longer than the goal.");
        if (rpo > RpoGoal.TotalSeconds) _faults.Add("More was lost than the goal allows.");
        return new Report
        {
            Passed = _faults.Count == 0,
            Promised = _promises.Count,
            BackupBytes = Directory.EnumerateFiles(backup, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length),
            BackupSeconds = backupSeconds,
            Segments = Directory.EnumerateFiles(archive).Count(file => Path.GetFileName(file).Length == 24),
            Target = moment.At,
            PointInTime = exact?.Found,
            Latest = latest?.Found,
            RtoSeconds = rto,
            RpoSeconds = rpo,
            Faults = _faults,
        };
    }

    private EmbeddedServicesOptions Options(string name, Dictionary<string, string> settings) => new()
    {
        DataFolder = Path.Combine(folder, name),
        NeedStorage = false,
        PostgresPort = 0,
        MaxConnections = plan.Writers + 20,
        PostgresPatience = RtoGoal,
        PostgresSettings = settings,
    };

    // a file is complete under its name or not there at all, and none is written over
    private Dictionary<string, string> Archiving(string archive) => new()
    {
        ["wal_level"] = "replica",
        ["archive_mode"] = "on",
        ["archive_timeout"] = plan.ArchiveEvery.ToString(CultureInfo.InvariantCulture),
        ["archive_command"] = $"test ! -f \"{archive}/%f\" && cp \"%p\" \"{archive}/%f.part\" && mv \"{archive}/%f.part\" \"{archive}/%f\"",
    };

    private async Task WriteAsync(string database, int writer, CancellationToken stop)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
            await using var connection = await source.OpenConnectionAsync(stop);
            await using var command = new NpgsqlCommand("INSERT INTO promises VALUES ($1, $2, repeat(md5($1 || '/' || $2), 8))", connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = writer });
            var number = new NpgsqlParameter<int>();
            command.Parameters.Add(number);
            for (number.TypedValue = 1; !stop.IsCancellationRequested; number.TypedValue++)
            {
                var begun = Stopwatch.GetTimestamp();
                await command.ExecuteNonQueryAsync(stop);
                _promises.Enqueue(new Promise(writer, number.TypedValue, begun, Stopwatch.GetTimestamp()));
            }
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException or IOException)
        {
            // the server is gone: what it had not answered was not promised
        }
    }

    private static async Task BackUpAsync(string database, string data, string backup, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using (var start = new NpgsqlCommand("SELECT pg_backup_start('drill', true)", connection)) await start.ExecuteNonQueryAsync(cancellationToken);
        Copy(data, backup, "");
        await using var end = new NpgsqlCommand("SELECT labelfile FROM pg_backup_stop(true)", connection) { CommandTimeout = 0 };
        await File.WriteAllTextAsync(Path.Combine(backup, "backup_label"), (string)(await end.ExecuteScalarAsync(cancellationToken))!, cancellationToken);
    }

    // what a server makes anew stays behind, and what vanishes meanwhile is in the WAL
    private static void Copy(string from, string to, string inside)
    {
        MakePrivate(Path.Combine(to, inside));
        foreach (var entry in new DirectoryInfo(Path.Combine(from, inside)).EnumerateFileSystemInfos())
        {
            var place = Path.Combine(inside, entry.Name);
            if (entry is DirectoryInfo)
            {
                if (place is "pg_wal" or "pg_replslot" or "pg_stat_tmp" or "pg_notify" or "pg_serial" or "pg_snapshots" or "pg_subtrans" or "pg_dynshmem") MakePrivate(Path.Combine(to, place));
                else Copy(from, to, place);
                continue;
            }
            if (entry.Name is "postmaster.pid" or "postmaster.opts" || entry.Name.StartsWith("pgsql_tmp", StringComparison.Ordinal)) continue;
            try
            {
                File.Copy(entry.FullName, Path.Combine(to, place));
            }
            catch (FileNotFoundException)
            {
                File.Delete(Path.Combine(to, place));
            }
        }
    }

    private static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // by the server's clock, which stamps what is committed; what is under way while it is read may be on either side
    private static async Task<Moment> MomentAsync(string database, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT clock_timestamp(), pg_walfile_name(pg_current_wal_lsn())", connection);
        await command.PrepareAsync(cancellationToken);
        var before = Stopwatch.GetTimestamp();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Moment(new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero), reader.GetString(1), before, Stopwatch.GetTimestamp());
    }

    // a drill in which nobody wrote would prove nothing
    private async Task UntilPromisedAsync(Func<Promise, bool> such, string when, CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); !_promises.Any(such); await Task.Delay(20, cancellationToken))
        {
            if (watch.Elapsed > TimeSpan.FromMinutes(1)) throw new CommandException($"Nobody could write {when}, for a minute.");
        }
    }

    // what the killed server's last processes still write may come between
    private static async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
                return;
            }
            catch (IOException) when (tries < 100)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    // only what has left the server can come back: a disaster is asked to wait for that, once
    private async Task UntilArchivedAsync(string database, string segment, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds((2 * plan.ArchiveEvery) + 60))
        {
            await using var command = source.CreateCommand("SELECT coalesce(last_archived_wal >= $1, false) FROM pg_stat_archiver");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = segment });
            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!) return;
            await Task.Delay(50, cancellationToken);
        }
        _faults.Add($"The archive had not got {segment} in time.");
    }

    private async Task<(Comparison Found, long Ready, long? Oldest)?> RestoreAsync(
        string name, string backup, string archive, string password, string? target, Func<Promise, bool> expected, Func<Promise, bool> unwanted, CancellationToken cancellationToken)
    {
        var options = Options(name, new Dictionary<string, string>
        {
            ["restore_command"] = $"cp \"{archive}/%f\" \"%p\"",
            // nobody is let in before it is there
            ["hot_standby"] = "off",
            ["recovery_target_action"] = "promote",
            ["recovery_target_timeline"] = "latest",
        });
        if (target is not null) options = options with { PostgresSettings = new Dictionary<string, string>(options.PostgresSettings) { ["recovery_target_time"] = target } };
        // an empty folder becomes the emulator's own, and then gets what is restored
        await using (await EmbeddedServices.StartAsync(options with { NeedPostgres = false }, _ => { }, cancellationToken)) { }
        var data = Path.Combine(options.DataFolder, "postgres");
        Copy(backup, data, "");
        await File.WriteAllTextAsync(Path.Combine(data, "recovery.signal"), "", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(options.DataFolder, "password"), password, cancellationToken);
        await EmbeddedServices.GiveToPostgresAsync(data, cancellationToken);
        try
        {
            await using var restored = await EmbeddedServices.StartAsync(options, _ => { }, cancellationToken);
            var ready = Stopwatch.GetTimestamp();
            await using var source = NpgsqlDataSource.Create(restored.PostgresConnectionString!);
            var there = new HashSet<(int, int)>();
            await using (var command = source.CreateCommand("SELECT writer, number FROM promises"))
            {
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken)) there.Add((reader.GetInt32(0), reader.GetInt32(1)));
            }
            await using var look = source.CreateCommand("SELECT count(*) FROM promises WHERE content IS DISTINCT FROM repeat(md5(writer || '/' || number), 8)");
            var damaged = (long)(await look.ExecuteScalarAsync(cancellationToken))!;
            // it serves: what is restored can be written to
            await ExecuteAsync(restored.PostgresConnectionString!, "INSERT INTO promises VALUES (0, 0, '')", cancellationToken);
            var wanted = _promises.Where(expected).ToList();
            var missing = wanted.Where(promise => !there.Contains((promise.Writer, promise.Number))).ToList();
            var extra = _promises.Count(promise => unwanted(promise) && there.Contains((promise.Writer, promise.Number)));
            return (new Comparison(wanted.Count, missing.Count, extra, damaged), ready, missing.Count == 0 ? null : missing.Min(promise => promise.Kept));
        }
        catch (Exception error) when (error is EmulatorException or NpgsqlException)
        {
            _faults.Add($"The server could not be restored {(target is null ? "to the archive's end" : "to that moment")}: {error.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private static async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
