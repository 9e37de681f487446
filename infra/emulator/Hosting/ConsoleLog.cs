using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Podium.Emulator.Hosting;

/// <summary>Prints the app's log as <c>func start</c> does: one time-stamped line a message, off the callers' threads.</summary>
internal sealed class ConsoleLog : ILoggerProvider
{
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(10_000) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly TimeProvider _clock;
    private readonly Task _writer;
    private readonly bool _colour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;

    public ConsoleLog(TimeProvider clock)
    {
        _clock = clock;
        _writer = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this);

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writer.Wait(TimeSpan.FromSeconds(2));
    }

    private void Write(LogLevel level, string message, Exception? error)
    {
        var text = $"[{_clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}] {message}";
        if (error is not null) text = $"{text}{Environment.NewLine}{error}";
        if (_colour && level >= LogLevel.Warning) text = level == LogLevel.Warning ? $"\e[33m{text}\e[0m" : $"\e[31m{text}\e[0m";
        if (!_lines.Writer.TryWrite(text)) _lines.Writer.WriteAsync(text).AsTask().Wait(TimeSpan.FromSeconds(1));
    }

    private async Task WriteAsync()
    {
        var output = Console.Out;
        await foreach (var line in _lines.Reader.ReadAllAsync()) await output.WriteLineAsync(line);
    }

    private sealed class CategoryLogger(ConsoleLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, formatter(state, exception), exception);
        }
    }
}
