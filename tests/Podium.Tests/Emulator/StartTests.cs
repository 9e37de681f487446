using System.Net;
using System.Net.Sockets;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

/// <summary>The program as a developer starts it: what goes wrong ends in one sentence, exit code 1, and nothing left running.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("podium-start-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_starts_everything_by_itself_says_so_and_Ctrl_C_stops_it_in_order()
    {
        await using var app = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data);
        await app.ReadyAsync();
        Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync("api/health/ready")).StatusCode);
        Assert.Matches(@"PostgreSQL 18\.\d+\.\d+ on 127\.0\.0\.1:\d+", app.Output);
        Assert.Matches(@"HealthReady: \[GET\] http://localhost:\d+/api/health/ready", app.Output);
        Assert.Matches(@"Mailbox: http://localhost:\d+/admin/emulator/mail", app.Output);
        Assert.NotEmpty(RunningOn(Data));

        app.Interrupt();
        Assert.Equal(0, await app.ExitAsync());
        Assert.Empty(RunningOn(Data));
        Assert.Contains("database system is shut down", await File.ReadAllTextAsync(Path.Combine(Data, "postgres.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_leaves_nothing_running_and_the_next_start_finds_the_state()
    {
        string keys;
        await using (var app = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data))
        {
            await app.ReadyAsync();
            keys = await KeysAsync(app);
            app.Kill();
        }
        await UntilNothingRunsAsync();

        await using var again = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data);
        await again.ReadyAsync();
        Assert.Equal(keys, await KeysAsync(again));
        again.Interrupt();
        await again.ExitAsync();

        await using var fresh = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data, "--fresh");
        await fresh.ReadyAsync();
        Assert.NotEqual(keys, await KeysAsync(fresh));
        fresh.Interrupt();
        await fresh.ExitAsync();
    }

    [Fact]
    public async Task Data_in_ones_home_folder_works_for_root_too()
    {
        // PostgreSQL does not run as root, and who it runs as may not enter root's home
        var data = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), $"podium-test-{Guid.NewGuid():N}");
        try
        {
            await using var app = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", data);
            await app.ReadyAsync();
            Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync("api/health/ready")).StatusCode);
            app.Interrupt();
            Assert.Equal(0, await app.ExitAsync());
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task A_second_start_on_the_same_data_says_which_process_has_it()
    {
        await using var first = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data);
        await first.ReadyAsync();
        await FailsAsync(["--port", "0", "--data", Data], $"in use by process {first.Id}");
        Assert.Equal(HttpStatusCode.OK, (await first.Http.GetAsync("api/health/ready")).StatusCode);
        first.Interrupt();
        await first.ExitAsync();
    }

    [Fact]
    public async Task A_port_in_use_is_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync(["--port", $"{port}", "--data", Data], $"Port {port} is in use", "--port");
    }

    [Fact]
    public async Task No_Node_on_the_path_is_said() =>
        await FailsAsync(["--data", Data], new Dictionary<string, string?> { ["PATH"] = _folder }, "Node.js is not on the PATH", "https://nodejs.org");

    [Fact]
    public async Task An_old_Node_is_said()
    {
        Script("node", "echo v16.20.0");
        await FailsAsync(["--data", Data], new Dictionary<string, string?> { ["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}" }, "Node.js here is 16.20.0", "20 or newer");
    }

    [Fact]
    public async Task Npm_that_fails_is_said_with_its_last_words()
    {
        Script("npm", "echo 'npm error code E403' >&2; echo 'npm error the registry said no' >&2; exit 1");
        await FailsAsync(
            ["--data", Data],
            new Dictionary<string, string?> { ["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}", ["PODIUM_CACHE"] = Path.Combine(_folder, "cache") },
            "npm could not install", "the registry said no", "npm.log");
    }

    [Fact]
    public async Task Data_of_another_PostgreSQL_another_layout_or_another_owner_is_left_alone()
    {
        await StartOnceAsync();
        var version = Path.Combine(Data, "postgres", "PG_VERSION");
        await File.WriteAllTextAsync(version, "15\n");
        await FailsAsync(["--data", Data], "belongs to PostgreSQL 15", "--fresh");
        await File.WriteAllTextAsync(version, "18\n");

        var password = Path.Combine(Data, "password");
        File.Move(password, password + ".away");
        await FailsAsync(["--data", Data], "cannot be opened without its password", "--fresh");
        File.Move(password + ".away", password);

        var layout = Path.Combine(Data, "podium-emulator");
        await File.WriteAllTextAsync(layout, "99");
        await FailsAsync(["--data", Data], "layout 99", "--fresh");

        File.Delete(layout);
        await FailsAsync(["--data", Data, "--fresh"], "files that are not the emulator's");
        Assert.True(File.Exists(version));
    }

    [Fact]
    public async Task A_PostgreSQL_that_does_not_start_is_said_with_its_last_words()
    {
        await StartOnceAsync();
        await File.WriteAllBytesAsync(Path.Combine(Data, "postgres", "global", "pg_control"), new byte[8192]);
        await FailsAsync(["--data", Data], "PostgreSQL did not start", "PG_CONTROL_VERSION", "--fresh");
    }

    [Fact]
    public async Task A_server_of_ones_own_that_does_not_answer_is_said() =>
        await FailsAsync(["--data", Data], new Dictionary<string, string?> { ["Postgres"] = "Host=127.0.0.1;Port=1;Username=x;Password=secret-word;Database=y;Timeout=3" }, "PostgreSQL cannot be used with the setting Postgres");

    [Theory]
    [InlineData("{", "local.settings.json is not valid JSON")]
    [InlineData("""{"IsEncrypted":true,"Values":{}}""", "is encrypted")]
    [InlineData("""{"Values":{"Nested":{"A":1}}}""", "Values.Nested must be text")]
    [InlineData("""{"Host":{"LocalHttpPort":"many"}}""", "LocalHttpPort is 'many'")]
    public async Task A_broken_local_settings_json_is_said(string content, string says)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "host.json"), """{"version":"2.0"}""");
        await File.WriteAllTextAsync(Path.Combine(_folder, "local.settings.json"), content);
        await FailsAsync(["--data", Data], says);
    }

    [Theory]
    [InlineData("{", "host.json is not valid JSON")]
    [InlineData("{}", "\"version\": \"2.0\"")]
    [InlineData("""{"version":"2.0","functionTimeout":"soon"}""", "functionTimeout is 'soon'")]
    [InlineData("""{"version":"2.0","logging":{"logLevel":{"default":"Loud"}}}""", "'Loud'")]
    [InlineData("""{"version":"2.0","extensions":{"blobs":{"maxDegreeOfParallelism":0}}}""", "maxDegreeOfParallelism is 0, but must be 1 or more")]
    [InlineData("""{"version":"2.0","extensions":{"blobs":{"poisonBlobThreshold":-1}}}""", "poisonBlobThreshold is -1, but must be 1 or more")]
    public async Task A_broken_host_json_is_said(string content, string says)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "host.json"), content);
        await FailsAsync(["--data", Data], says);
    }

    [Fact]
    public async Task A_wrong_schedule_is_said()
    {
        await using var app = ProcessApp.Launch(BuiltApp.CrashApp, new Dictionary<string, string?> { ["Schedule"] = "now and then" }, "--port", "0", "--data", Data);
        await AssertFailedAsync(app, "'now and then'", "'Never'", "NCRONTAB");
    }

    [Theory]
    [InlineData("--port", "'x'", "--port", "x")]
    [InlineData("--port needs a value", "--help", "--port")]
    [InlineData("no option '--colour'", "--help", "--colour")]
    public async Task A_wrong_option_is_said(string says, string too, params string[] arguments) => await FailsAsync(arguments, says, too);

    [Fact]
    public async Task Help_explains_every_option()
    {
        await using var app = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--help");
        Assert.Equal(0, await app.ExitAsync());
        Assert.All(["--port", "--data", "--fresh", "--quiet", "--help"], option => Assert.Contains(option, app.Output, StringComparison.Ordinal));
    }

    private static Dictionary<string, string?> NoSettings => [];

    private async Task StartOnceAsync()
    {
        await using var app = ProcessApp.Launch(BuiltApp.Functions, NoSettings, "--port", "0", "--data", Data);
        await app.ReadyAsync();
        app.Interrupt();
        await app.ExitAsync();
    }

    private Task FailsAsync(string[] arguments, params string[] says) => FailsAsync(arguments, NoSettings, says);

    private async Task FailsAsync(string[] arguments, Dictionary<string, string?> settings, params string[] says)
    {
        var folder = File.Exists(Path.Combine(_folder, "host.json")) ? _folder : Path.GetDirectoryName(BuiltApp.Functions.Path)!;
        await using var app = ProcessApp.LaunchIn(folder, BuiltApp.Functions, settings, arguments);
        await AssertFailedAsync(app, says);
    }

    private async Task AssertFailedAsync(ProcessApp app, params string[] says)
    {
        Assert.Equal(1, await app.ExitAsync());
        // one sentence says it all; the two streams may arrive in either order
        Assert.True(
            app.Output.Split(Environment.NewLine).Any(line => says.All(part => line.Contains(part, StringComparison.Ordinal))),
            $"No line has all of [{string.Join("], [", says)}] in:{Environment.NewLine}{app.Output}");
        Assert.DoesNotContain("   at ", app.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", app.Output, StringComparison.Ordinal);
        if (!says.Any(part => part.StartsWith("in use by process", StringComparison.Ordinal))) await UntilNothingRunsAsync();
    }

    private async Task UntilNothingRunsAsync()
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        while (RunningOn(Data) is { Count: > 0 } running)
        {
            if (started.Elapsed > TimeSpan.FromSeconds(15)) Assert.Fail($"Still running after 15 s: {string.Join("; ", running)}");
            await Task.Delay(50);
        }
    }

    // the servers and their supervisor carry the data folder on their command lines
    private static List<string> RunningOn(string data) =>
        [.. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])).Select(folder =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                return ""; // it has just ended
            }
        }).Where(command => command.Contains(data, StringComparison.Ordinal) && !command.Contains("Podium.Functions.dll", StringComparison.Ordinal) && !command.Contains("Podium.CrashApp.dll", StringComparison.Ordinal))];

    private static async Task<string> KeysAsync(ProcessApp app) =>
        System.Text.Json.JsonDocument.Parse(await app.Http.GetStringAsync("admin/emulator/status")).RootElement.GetProperty("keys").GetRawText();

    private void Script(string name, string body)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
