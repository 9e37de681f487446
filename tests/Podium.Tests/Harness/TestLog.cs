using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Podium.Tests.Harness;

/// <summary>Keeps an app's last log lines for the message of a test that fails.</summary>
internal sealed class TestLog : ILoggerProvider
{
    private const int Keep = 2000;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _secrets = new();

    // what tests sign in with, and how tokens, keys, signed addresses and stored passwords begin
    private static readonly SearchValues<string> Secrets = SearchValues.Create(
        [TestTenant.Password, "a seat for everybody", "eyJhbGciOi", "AccountKey=", "&sig=", "$pbkdf2-", "PRIVATE KEY"], StringComparison.Ordinal);

    /// <summary>The last exception any app of this run logged; a hint beside a 5xx that a test did not expect.</summary>
    public static string? Last { get; private set; }

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Lines that hold a password, a token, a signed address or a key, none of which belongs into a log.</summary>
    public IReadOnlyCollection<string> WithSecrets => _secrets;

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
            var line = $"{logLevel,-11} {category}: {formatter(state, exception)}{(exception is null ? "" : Environment.NewLine + exception)}";
            log._lines.Enqueue(line);
            if (line.AsSpan().ContainsAny(Secrets)) log._secrets.Enqueue(line);
            if (exception is not null && logLevel >= LogLevel.Error) Last = $"{Environment.NewLine}{formatter(state, exception)}{Environment.NewLine}{exception}";
            while (log._lines.Count > Keep) log._lines.TryDequeue(out _);
        }
    }
}
