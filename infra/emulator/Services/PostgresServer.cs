using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>The embedded PostgreSQL: initialised once, started under the supervisor, known to be ready.</summary>
internal static class PostgresServer
{
    private const string Database = "podium";
    private const string Nobody = "65534";

    // PostgreSQL refuses to run as root; then it runs as nobody, who may look (not write) wherever the data folder lies.
    private static bool AsNobody => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    public static async Task<(string ConnectionString, ServiceInfo Info)> StartAsync(
        ServicePackages packages, Supervisor supervisor, DataFolder folder, EmbeddedServicesOptions options, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var data = folder.Combine("postgres");
        CheckVersion(data, packages.PostgresVersion.Split('.')[0]);
        var password = await InitialiseAsync(packages, folder, data, cancellationToken);
        await StopLeftoverAsync(data, cancellationToken);

        return await Ports.TryAsync(options.PostgresPort, async port =>
        {
            var log = new StreamWriter(new FileStream(folder.Combine("postgres.log"), FileMode.Create, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
            var (command, arguments) = Command(packages.PostgresProgram("postgres"), Arguments(data, port, options), endWithParent: true);
            var child = await supervisor.StartAsync(
                new Supervisor.ChildProgram("postgres", command, arguments, new Dictionary<string, string> { ["LC_ALL"] = "C" }, ["SIGINT", "SIGQUIT", "SIGKILL"]),
                log.WriteLine);
            var closed = child.Exited.ContinueWith(_ => log.Dispose(), TaskScheduler.Default);

            var connection = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = "postgres",
                Password = password,
                Database = Database,
                IncludeErrorDetail = true,
            };
            try
            {
                await UntilReadyAsync(child, connection, options.PostgresPatience, cancellationToken);
            }
            catch (PortTakenException)
            {
                await closed;
                throw;
            }
            return (connection.ConnectionString, new ServiceInfo("PostgreSQL", packages.PostgresVersion, $"127.0.0.1:{port}", await child.Started, watch.Elapsed));
        });
    }

    private static void CheckVersion(string data, string ours)
    {
        var file = Path.Combine(data, "PG_VERSION");
        if (File.Exists(file) && File.ReadAllText(file).Trim() is var theirs && theirs != ours)
            throw new EmulatorException($"The data in {data} belongs to PostgreSQL {theirs}, but this emulator runs {ours}: start with --fresh to empty it, or name another folder with --data.");
    }

    // Made beside its place and moved there when whole, so that a kill leaves no half a cluster.
    private static async Task<string> InitialiseAsync(ServicePackages packages, DataFolder folder, string data, CancellationToken cancellationToken)
    {
        var secret = folder.Combine("password");
        if (Directory.Exists(data))
        {
            return File.Exists(secret)
                ? await File.ReadAllTextAsync(secret, cancellationToken)
                : throw new EmulatorException($"The data in {data} cannot be opened without its password, and {secret} is gone: put it back, or start with --fresh to empty the data.");
        }

        var making = folder.Combine("postgres-making");
        if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        Directory.CreateDirectory(making);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await File.WriteAllTextAsync(secret, password, cancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (AsNobody) await GiveToNobodyAsync(making, cancellationToken);

        var (command, arguments) = Command(
            packages.PostgresProgram("initdb"),
            ["-D", making, "-U", "postgres", "--auth-host=scram-sha-256", "--auth-local=reject", "--pwfile=/dev/stdin", "--no-sync", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
            endWithParent: false);
        var (exit, output) = await RunWithInputAsync(command, arguments, password, cancellationToken);
        if (exit != 0) throw new EmulatorException($"PostgreSQL could not initialise its data in {making}: {output.Trim().ReplaceLineEndings(" ")}");
        Directory.Move(making, data);
        return password;
    }

    private static async Task<(int, string)> RunWithInputAsync(string command, IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using var process = NodeTools.Start(start);
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, process.ExitCode == 0 ? await output : await errors);
    }

    /// <summary>Lets the server read and write a folder, as whom it runs.</summary>
    public static Task GiveToServerAsync(string folder, CancellationToken cancellationToken) => AsNobody ? GiveToNobodyAsync(folder, cancellationToken) : Task.CompletedTask;

    private static async Task GiveToNobodyAsync(string folder, CancellationToken cancellationToken)
    {
        var (exit, output) = await NodeTools.RunAsync("chown", ["-R", $"{Nobody}:{Nobody}", folder], null, null, cancellationToken);
        if (exit != 0) throw new EmulatorException($"PostgreSQL cannot run as root, and its data folder could not be given to user nobody: {output.Trim()} Start as an ordinary user, or name another folder with --data.");
    }

    private static List<string> Arguments(string data, int port, EmbeddedServicesOptions options)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "",
            ["max_connections"] = options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["shared_buffers"] = "128MB",
            ["max_wal_size"] = "1GB",
            ["shared_preload_libraries"] = "pg_stat_statements",
            ["log_min_messages"] = "warning",
            ["timezone"] = "UTC",
            ["jit"] = "off",
        };
        if (!options.Durable)
        {
            settings["fsync"] = "off";
            settings["synchronous_commit"] = "off";
            settings["full_page_writes"] = "off";
            settings["autovacuum"] = "off";
            // hundreds of databases would push each other's statements out of one table of a fixed size
            settings["pg_stat_statements.track"] = "none";
        }
        foreach (var (name, value) in options.PostgresSettings) settings[name] = value;
        return ["-D", data, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })];
    }

    private static (string Command, List<string> Arguments) Command(string program, IReadOnlyList<string> arguments, bool endWithParent)
    {
        if (!OperatingSystem.IsLinux()) return (program, [.. arguments]);
        var setpriv = SystemTools.Find("setpriv");
        if (AsNobody)
        {
            if (setpriv is null)
                throw new EmulatorException("PostgreSQL cannot run as root, and there is no setpriv (package util-linux) to run it as another user: install it, or start as an ordinary user.");
            return (setpriv, [
                $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
                .. endWithParent ? ["--pdeathsig", "INT"] : Array.Empty<string>(), program, .. arguments]);
        }
        return setpriv is not null && endWithParent ? (setpriv, ["--pdeathsig", "INT", program, .. arguments]) : (program, [.. arguments]);
    }

    // A server that outlived a supervisor killed by force still holds the data; it is asked to end before another starts.
    private static async Task StopLeftoverAsync(string data, CancellationToken cancellationToken)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return;
        try
        {
            using var leftover = Process.GetProcessById(id);
            if (!leftover.ProcessName.StartsWith("postgres", StringComparison.Ordinal)) return;
            if (!OperatingSystem.IsWindows()) await NodeTools.RunAsync("kill", ["-INT", $"{id}"], null, null, cancellationToken);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            try
            {
                await leftover.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                leftover.Kill();
                await leftover.WaitForExitAsync(cancellationToken);
            }
        }
        catch (ArgumentException)
        {
            // no such process: the file is stale, and PostgreSQL knows what to do with it
        }
    }

    private static async Task UntilReadyAsync(Supervisor.Child child, NpgsqlConnectionStringBuilder target, TimeSpan patience, CancellationToken cancellationToken)
    {
        var first = new NpgsqlConnectionStringBuilder(target.ConnectionString) { Database = "postgres", Pooling = false, Timeout = 5 };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(first.ConnectionString);
                await connection.OpenAsync(cancellationToken);
                await MakeDatabaseAsync(connection, cancellationToken);
                return;
            }
            // a wrong password is another server's, which was quicker to take the port: ours is about to say so
            catch (NpgsqlException error) when (error is not PostgresException { SqlState: not (PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.InvalidPassword) })
            {
                if (child.Exited.IsCompleted && child.Tail.Contains("Address already in use", StringComparison.Ordinal)) throw new PortTakenException();
                if (child.Exited.IsCompleted || watch.Elapsed > patience)
                    throw new EmulatorException($"PostgreSQL did not start: {(child.Tail.Length > 0 ? child.Tail : error.Message)} | If its data is beyond repair, start with --fresh to empty it.", error);
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    private static async Task MakeDatabaseAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        look.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Database });
        if (await look.ExecuteScalarAsync(cancellationToken) is not null) return;
        await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }
}
