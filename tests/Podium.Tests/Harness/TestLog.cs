using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Podium.Tests.Harness;

/// <summary>Keeps an app's last log lines for the message of a test that fails.</summary>
internal sealed class TestLog : ILoggerProvider
{
    private const int Keep = 2000;
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The last exception any app of this run logged; a hint beside a 5xx that a test did not expect.</summary>
    public static string? Last { get; private set; }

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    public string Tail(int lines = 60) => string.Join(Environment.NewLine, _lines.TakeLast(lines));

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            log._lines.Enqueue($"{logLevel,-11} {category}: {formatter(state, exception)}{(exception is null ? "" : Environment.NewLine + exception)}");
            if (exception is not null && logLevel >= LogLevel.Error) Last = $"{Environment.NewLine}{formatter(state, exception)}{Environment.NewLine}{exception}";
            while (log._lines.Count > Keep) log._lines.TryDequeue(out _);
        }
    }
}
