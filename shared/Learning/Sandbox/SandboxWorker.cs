using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Podium.Learning.Sandbox;

/// <summary>A child process that runs one attempt after the other. What it cannot stop itself is stopped from here, by ending it.</summary>
internal sealed class SandboxWorker : IAsyncDisposable
{
    private const int MostRuns = 200;
    private const int MostAnswer = 1 << 20;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private static readonly JsonSerializerOptions Json = new(Platform.Api.Json.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    private readonly Process _process;
    private int _runs;

    private SandboxWorker(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
    }

    public bool IsSpent { get; private set; }

    public static async Task<SandboxWorker> StartAsync(CancellationToken cancellationToken)
    {
        var (folder, permission) = await SandboxPackages.EnsureAsync(cancellationToken);
        List<string> node = [
            "node", "--no-warnings", permission, $"--allow-fs-read={folder}{Path.DirectorySeparatorChar}*", "--no-addons", "--disable-proto=delete", "--disallow-code-generation-from-strings",
            "--max-old-space-size=128", "--stack-size=3900", Path.Combine(folder, "worker.mjs")];
        // where this process is killed while the child loops, the system ends the child
        List<string> command = OperatingSystem.IsWindows() ? node : ["/bin/sh", "-c", "ulimit -c 0; ulimit -t 900; exec \"$@\"", "sh", .. node];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder,
        };
        var path = Environment.GetEnvironmentVariable("PATH");
        var root = Environment.GetEnvironmentVariable("SystemRoot");
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        if (root is not null) start.Environment["SystemRoot"] = root;
        var worker = new SandboxWorker(Process.Start(start)!);
        try
        {
            if (await worker._process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(StartPatience, cancellationToken) is null)
                throw new InvalidOperationException("The sandbox's worker ended as soon as it was started.");
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    public async Task<CodeReport> RunAsync(PageCode page, IReadOnlyList<ChallengeTest> tests, CodeLimits limits, CancellationToken cancellationToken)
    {
        if (++_runs >= MostRuns) IsSpent = true;
        try
        {
            var used = _process.TotalProcessorTime;
            var started = Stopwatch.GetTimestamp();
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { page.Html, page.Css, page.Js, tests, limits.CpuMs, limits.MemoryBytes }, Json));
            await _process.StandardInput.FlushAsync(cancellationToken);
            var reading = ReadAsync();
            // the engine watches its own time, but a single native operation may outlast that
            var most = used + TimeSpan.FromMilliseconds(limits.CpuMs * 1.5 + 500);
            while (await Task.WhenAny(reading, Task.Delay(Look, cancellationToken)) != reading)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_process.HasExited) break;
                _process.Refresh();
                if (_process.TotalProcessorTime > most || Stopwatch.GetElapsedTime(started) > limits.Wall) return Stopped(CodeVerdict.Time, tests);
            }
            var line = await reading;
            if (line is null) return Stopped(CodeVerdict.Engine, tests);
            var report = JsonSerializer.Deserialize<Answer>(line, Json)!;
            if (report.Verdict == CodeVerdict.Engine) IsSpent = true;
            return new CodeReport
            {
                Verdict = report.Verdict,
                Tests = [.. tests.Select((_, i) => report.Tests.ElementAtOrDefault(i) ?? NotReached)],
                Console = report.Console,
                Faults = report.Faults,
                CpuMs = report.CpuMs,
            };
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException)
        {
            return Stopped(CodeVerdict.Engine, tests);
        }
        catch (OperationCanceledException)
        {
            IsSpent = true;
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync();
        }
        catch (InvalidOperationException)
        {
            // it is gone
        }
        _process.Dispose();
    }

    private static readonly TestReport NotReached = new(false, "The attempt ended before this test.");

    private CodeReport Stopped(CodeVerdict verdict, IReadOnlyList<ChallengeTest> tests)
    {
        IsSpent = true;
        return new CodeReport { Verdict = verdict, Tests = [.. tests.Select(_ => NotReached)] };
    }

    // whatever an escaped program might print, it is not kept without end
    private async Task<string?> ReadAsync()
    {
        var line = new StringBuilder();
        var buffer = new char[8192];
        while (true)
        {
            var read = await _process.StandardOutput.ReadAsync(buffer);
            if (read == 0) return null;
            line.Append(buffer, 0, read);
            if (line[^1] == '\n') return line.ToString();
            if (line.Length > MostAnswer) throw new IOException("The worker's answer is too long.");
        }
    }

    private sealed record Answer
    {
        public required CodeVerdict Verdict { get; init; }

        public IReadOnlyList<TestReport?> Tests { get; init; } = [];

        public IReadOnlyList<ConsoleLine> Console { get; init; } = [];

        public IReadOnlyList<string> Faults { get; init; } = [];

        public int CpuMs { get; init; }
    }
}
