using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Podium.Tests.Harness;

namespace Podium.Tests.Api;

/// <summary>
/// Walks through the served description and sends every operation what nobody should. What is bad is refused with a problem that the operation
/// declares, and changes nothing; what is merely odd is taken or refused; nothing is ever a 5xx or an exception in the log.
/// </summary>
public sealed class BadInputTests(ITestOutputHelper output)
{
    private const int Seed = 20260105;

    [Fact]
    public async Task Bad_input_is_refused_with_a_known_problem_and_changes_nothing()
    {
        var errors = new ErrorLog();
        await using var app = await PodiumApp.StartAsync(new AppOptions
        {
            Settings = new Dictionary<string, string?> { ["RateLimits:anyone"] = "10000000/60", ["RateLimits:person"] = "10000000/60", ["RateLimits:credentials"] = "10000000/60" },
            Services = services => services.AddSingleton<ILoggerProvider>(errors),
        });
        var started = Stopwatch.StartNew();
        var api = await ServedApi.OfAsync(app.Http);
        await using var siege = await Siege.LayAsync(app, api);
        foreach (var operation in api.Operations) await siege.OnAsync(operation, new Random(Seed));

        output.WriteLine($"{siege.Sent} requests to {api.Operations.Count} operations in {started.Elapsed.TotalSeconds:0.0} s");
        var faults = siege.Faults.Concat(errors.Entries.Select(entry => $"logged: {entry}")).ToList();
        Assert.True(faults.Count == 0, $"{faults.Count} faults:{Environment.NewLine}{string.Join(Environment.NewLine, faults.Take(80))}");
    }

    private sealed class ErrorLog : ILoggerProvider
    {
        public ConcurrentQueue<string> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(Entries, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(ConcurrentQueue<string> entries, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (logLevel >= LogLevel.Error || exception is not null) entries.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
