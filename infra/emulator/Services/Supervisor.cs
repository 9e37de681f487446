using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Podium.Emulator.Services;

/// <summary>The Node process that holds the servers. It ends them when told to, and when this process is gone.</summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _process;
    private readonly ConcurrentDictionary<string, Child> _children = new();
    private readonly Task _reading;

    private Supervisor(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Starts the supervisor; the folder is there to tell it from others in a list of processes.</summary>
    public static Supervisor Start(string script, string folder)
    {
        var start = new ProcessStartInfo("node", [script, folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Supervisor(NodeTools.Start(start));
    }

    /// <summary>Starts a server; its lines go to the listener.</summary>
    public async Task<Child> StartAsync(ChildProgram program, Action<string> onLine)
    {
        var child = new Child(onLine);
        _children[program.Name] = child;
        var command = JsonSerializer.Serialize(new { children = new[] { program } }, JsonSerializerOptions.Web);
        lock (_process)
        {
            _process.StandardInput.WriteLine(command);
            _process.StandardInput.Flush();
        }
        await child.Started.WaitAsync(Patience);
        return child;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _process.StandardInput.WriteLineAsync("stop");
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(limit.Token);
            await _reading.WaitAsync(limit.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or InvalidOperationException)
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var message = json.RootElement;
            if (!_children.TryGetValue(message.GetProperty("name").GetString()!, out var child)) continue;
            if (message.TryGetProperty("line", out var text)) child.OnLine(text.GetString()!);
            else if (message.TryGetProperty("pid", out var pid)) child.OnStarted(pid.GetInt32());
            else child.OnExited();
        }
        foreach (var child in _children.Values) child.OnExited();
    }

    /// <summary>What is run, and with which signals it is ended, one after the other.</summary>
    public sealed record ChildProgram(string Name, string Command, IReadOnlyList<string> Args, IReadOnlyDictionary<string, string> Env, IReadOnlyList<string> Stop);

    /// <summary>A server that was started.</summary>
    public sealed class Child(Action<string> onLine)
    {
        private readonly ConcurrentQueue<string> _tail = new();
        private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> Started => _started.Task;

        public Task Exited => _exited.Task;

        public string Tail => string.Join(" | ", _tail.TakeLast(5));

        internal void OnLine(string line)
        {
            _tail.Enqueue(line);
            while (_tail.Count > 20) _tail.TryDequeue(out _);
            onLine(line);
        }

        internal void OnStarted(int processId) => _started.TrySetResult(processId);

        internal void OnExited()
        {
            _started.TrySetResult(0);
            _exited.TrySetResult();
        }
    }
}
