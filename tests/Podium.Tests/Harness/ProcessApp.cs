using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Podium.Tests.Harness;

/// <summary>A built program of this solution.</summary>
public sealed record BuiltApp(string Path)
{
    public static readonly BuiltApp Functions = Of("functions", "Podium.Functions");

    public static readonly BuiltApp CrashApp = Of("tests/Podium.CrashApp", "Podium.CrashApp");

    public static readonly BuiltApp Cli = Of("infra/cli", "podium");

    // …/tests/Podium.Tests/bin/Debug/net10.0/ tells the root and the configuration
    private static BuiltApp Of(string project, string name)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!.Parent!;
        return new BuiltApp(System.IO.Path.Combine(root.FullName, project, "bin", configuration.Name, framework.Name, $"{name}.dll"));
    }
}

/// <summary>A built app run as a child process, so that a test can kill it.</summary>
public sealed partial class ProcessApp : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProcessApp(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The app ended before it was ready."));
    }

    public int Id => _process.Id;

    public string Output => string.Join(Environment.NewLine, _output);

    public HttpClient Http { get; } = new();

    /// <summary>Starts an app and waits until it listens.</summary>
    public static async Task<ProcessApp> StartAsync(BuiltApp program, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var app = Launch(program, settings, ["--port", "0", .. arguments]);
        await app.ReadyAsync();
        return app;
    }

    /// <summary>Starts an app without waiting for anything.</summary>
    public static ProcessApp Launch(BuiltApp program, IReadOnlyDictionary<string, string?> settings, params string[] arguments) =>
        LaunchIn(Path.GetDirectoryName(program.Path)!, program, settings, arguments);

    /// <summary>Starts an app in a folder of the test's choice.</summary>
    public static ProcessApp LaunchIn(string folder, BuiltApp program, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(program.Path);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var app = new ProcessApp(new Process { StartInfo = start });
        app._process.Start();
        app._process.BeginOutputReadLine();
        app._process.BeginErrorReadLine();
        return app;
    }

    /// <summary>Waits until the app listens.</summary>
    public async Task ReadyAsync()
    {
        try
        {
            Http.BaseAddress = await _ready.Task.WaitAsync(TimeSpan.FromSeconds(90));
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException)
        {
            Kill();
            throw new InvalidOperationException($"The app did not start. It said:{Environment.NewLine}{Output}", error);
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // it has ended already
        }
        _process.WaitForExit();
    }

    /// <summary>kill -9, so long after <paramref name="ready"/>, or as soon as enough is done: on a fast machine there must be something left.</summary>
    public async Task KillAsync(Task ready, int milliseconds, Func<Task<bool>> enough)
    {
        var over = WaitAsync();
        while (!over.IsCompleted && !await enough()) await Task.WhenAny(over, Task.Delay(1));
        if (over.IsCompleted) await over;
        else _ = over.ContinueWith(late => late.Exception, TaskScheduler.Default); // it goes before it was ready
        Kill();

        async Task WaitAsync()
        {
            await ready;
            await Task.Delay(milliseconds);
        }
    }

    /// <summary>What Ctrl+C does.</summary>
    public void Interrupt() => Process.Start("kill", ["-INT", $"{_process.Id}"]).WaitForExit();

    /// <summary>Waits for the app's own end and answers its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await _process.WaitForExitAsync(limit.Token); // and for the last of its output
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Http.Dispose();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (StatusPage().Match(line) is { Success: true } match) _ready.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"^Status page: (http://[^/]+/)")]
    private static partial Regex StatusPage();
}
