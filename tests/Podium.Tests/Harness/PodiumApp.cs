using System.Diagnostics;
using System.Net.Http.Headers;
using System.Reflection;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Emulator.Blobs;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;
using Podium.Emulator.Http;
using Podium.Emulator.Mail;
using Podium.Emulator.Queues;
using Podium.Operations;
using Podium.Platform.Databases;

namespace Podium.Tests.Harness;

/// <summary>How a test wants its app.</summary>
public sealed record AppOptions
{
    /// <summary>When the virtual clock starts.</summary>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Runs on the system's clock instead.</summary>
    public bool RealTime { get; init; }

    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Settings that are made from the connection string of the app's database.</summary>
    public Func<string, IReadOnlyDictionary<string, string?>> DatabaseSettings { get; init; } = _ => new Dictionary<string, string?>();

    /// <summary>The only timers that run, for a test that moves the clock by months; all of them where this is null.</summary>
    public IReadOnlyList<string>? Timers { get; init; }

    /// <summary>False for a test that takes the database away, or writes rows of its own that do not fit together.</summary>
    public bool LeavesWhole { get; init; } = true;

    public Action<IServiceCollection>? Services { get; init; }

    public HostJson? Host { get; init; }

    /// <summary>servicebus.json's content; the app's own where this is null.</summary>
    public string? Queues { get; init; }

    /// <summary>
    /// Makes it another instance of this app: it works on the same tables. Queues, orchestrations and blobs are its own, and so is its clock,
    /// which starts where the other's stands.
    /// </summary>
    public PodiumApp? Beside { get; init; }

    /// <summary>How the mailbox receives; a test may let it misbehave.</summary>
    public MailOptions Mail { get; init; } = new();
}

/// <summary>
/// A whole app in the test's process: real HTTP, PostgreSQL, blobs, queues and orchestrations on a virtual clock,
/// in a database and storage account of its own.
/// </summary>
public sealed class PodiumApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestServers.Lease _lease;
    private readonly Func<EmulatorOptions, Task<EmulatedApp>> _start;
    private readonly AppOptions _options;
    private readonly TestLog _log = new();
    private EmulatedApp? _app;
    private HttpClient? _http;
    private VirtualClock? _clock;

    private PodiumApp(TestServers.Lease lease, AppOptions options, Func<EmulatorOptions, Task<EmulatedApp>> start)
    {
        _lease = lease;
        _options = options;
        _start = start;
    }

    public HttpClient Http => _http!;

    public IServiceProvider Services => _app!.Services;

    public VirtualClock Clock => _clock ?? throw new InvalidOperationException("This app runs in real time.");

    public DurableTaskClient Durable => Services.GetRequiredService<DurableTaskClient>();

    public ServiceBusClient Bus => field ??= new ServiceBusClient(EmulatedServiceBus.ConnectionString(_lease.Postgres));

    public BlobServiceClient Storage => field ??= new BlobServiceClient(_lease.Storage);

    /// <summary>The connection string of the app's database, for looking at effects and making volume.</summary>
    public string Postgres => _lease.Postgres;

    /// <summary>The connection string of the app's storage, for another process.</summary>
    public string StorageConnection => _lease.Storage;

    public string Log => _log.Tail();

    /// <summary>Starts Podium itself.</summary>
    public static Task<PodiumApp> StartAsync(AppOptions? options = null) =>
        StartAsync(options ?? new AppOptions(), emulator => EmulatedApp.StartAsync(typeof(Podium.Functions.Middleware.Correlation).Assembly, emulator));

    /// <summary>Starts an app made of the given function classes only, to test the emulator itself.</summary>
    public static Task<PodiumApp> StartAsync(Type[] functions, AppOptions? options = null, Action<FunctionsApplicationBuilder>? compose = null) =>
        StartAsync(options ?? new AppOptions(), emulator => EmulatedApp.StartAsync(
            compose ?? (_ => { }),
            emulator with { FunctionTypes = functions, Host = emulator.Host ?? HostJson.Load(Path.Combine(AppContext.BaseDirectory, "host.json")) with { RoutePrefix = "api" } }));

    /// <summary>
    /// Moves the clock and lets all that becomes due run to quiet. Over two hours and more, timers that are due every few minutes run once an hour
    /// and close before the end, over many days more seldom still: a month would have 43,200 runs of each.
    /// </summary>
    public Task AdvanceAsync(TimeSpan by) => WithLogAsync(async () =>
    {
        Clock.Thinning = by < TimeSpan.FromHours(2) ? TimeSpan.Zero : by < TimeSpan.FromDays(2) ? TimeSpan.FromHours(1) : by / 48;
        await Clock.AdvanceAsync(by);
        Clock.Thinning = TimeSpan.Zero;
    });

    /// <summary>Lets all that is due now run to quiet.</summary>
    public Task SettleAsync() => WithLogAsync(() => Clock.SettleAsync());

    /// <summary>Waits in real time until a condition holds; for what no clock knows, such as another process.</summary>
    public async Task<T> UntilAsync<T>(string what, Func<Task<T?>> look, TimeSpan? patience = null)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            if (await look() is { } found && found is not false) return found;
            if (started.Elapsed > (patience ?? Patience))
                throw new TimeoutException($"Waited {started.Elapsed.TotalSeconds:0.0} s in vain until {what}. The app's log:{Environment.NewLine}{Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>A query straight to the app's database, to look at effects or to make volume.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_lease.Postgres);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The mails that have come, or those for one address; the newest last.</summary>
    public async Task<IReadOnlyList<ReceivedMail>> MailsAsync(string? to = null)
    {
        var mailbox = Services.GetRequiredService<Mailbox>();
        var mails = new List<ReceivedMail>();
        foreach (var summary in (await mailbox.ListAsync(to, null, 0, int.MaxValue, default)).Reverse())
        {
            if (await mailbox.FindAsync(summary.Id, default) is { } mail) mails.Add(mail);
        }
        return mails;
    }

    /// <summary>Stops the app and starts it again on the same state; the clock has moved on meanwhile.</summary>
    public async Task RestartAsync(TimeSpan downtime = default, Func<Task>? whileStopped = null)
    {
        await StopAsync();
        if (whileStopped is not null) await whileStopped();
        await StartOnceAsync(downtime);
    }

    /// <summary>A client that carries the host's key for functions of level Function.</summary>
    public HttpClient HttpWithKey()
    {
        var client = new HttpClient { BaseAddress = _app!.BaseAddress };
        client.DefaultRequestHeaders.Add("x-functions-key", Services.GetRequiredService<FunctionKeys>().Default);
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    /// <summary>Whatever a test has done, nothing may be lost, doubled or half done afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        // an app of a test's own functions has no data of ours, and logs what the test likes
        var isOurs = _app is not null && Services.GetService<CheckInvariants>() is not null;
        try
        {
            if (_app is not null && _options.LeavesWhole && Services.GetService<CheckInvariants>() is { } invariants) await CheckAsync(invariants);
        }
        finally
        {
            await StopAsync();
            await _lease.DisposeAsync();
        }
        Assert.True(!isOurs || _log.WithSecrets.Count == 0, $"A secret is in the log:{Environment.NewLine}{string.Join(Environment.NewLine, _log.WithSecrets.Take(5))}");
    }

    private static async Task CheckAsync(CheckInvariants invariants)
    {
        var broken = (await invariants.RunAsync(settled: false, default)).Where(finding => finding.Verdict == Verdict.Bad).ToList();
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken.Select(finding => $"{finding.Check}: {finding.Detail} {finding.Advice}")));
    }

    private static async Task<PodiumApp> StartAsync(AppOptions options, Func<EmulatorOptions, Task<EmulatedApp>> start)
    {
        var lease = await TestServers.Current.LeaseAsync();
        var app = new PodiumApp(lease, options, start);
        try
        {
            await app.StartOnceAsync(default);
            return app;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    private async Task StartOnceAsync(TimeSpan downtime)
    {
        if (!_options.RealTime) _clock = new VirtualClock((_clock?.GetUtcNow() ?? _options.Beside?.Clock.GetUtcNow() ?? _options.Start) + downtime);
        _app = await _start(new EmulatorOptions
        {
            Port = 0,
            Root = AppContext.BaseDirectory,
            Clock = _clock ?? TimeProvider.System,
            Log = _log,
            Host = _options.Host,
            ServiceBusJson = _options.Queues,
            Mail = _options.Mail,
            Services = _options.Services,
            Settings = new Dictionary<string, string?>(Usual(_lease.Postgres)
                .Concat(Silent(_options.Timers)).Concat(_options.Settings).Concat(DatabaseOf(_options.Beside)).Concat(_options.DatabaseSettings(_lease.Postgres))
                .GroupBy(setting => setting.Key).Select(settings => settings.Last()))
            {
                [EmulatorSettings.Postgres] = _lease.Postgres,
                [EmulatorSettings.WebJobsStorage] = _lease.Storage,
            },
        });
        var hints = Services.GetRequiredService<BlobHints>();
        _lease.OnBlobWritten(write => hints.Report(write.Account, write.Container, write.Blob));
        _http = new HttpClient { BaseAddress = _app.BaseAddress };
    }

    private static IEnumerable<KeyValuePair<string, string?>> Usual(string postgres) =>
    [
        // a month has 720 hourly self-checks, and each goes through everything
        new("AzureWebJobs.SelfCheckHourly.Disabled", "true"),
        // and it looks the database over four times an hour
        new("AzureWebJobs.LookOver.Disabled", "true"),
        // a busy machine is no reason to give up on a lock
        new("Postgres:App", postgres + ";Command Timeout=70;Options=-c lock_timeout=30s -c statement_timeout=60s"),
    ];

    private static IEnumerable<KeyValuePair<string, string?>> Silent(IReadOnlyList<string>? timers) => timers is null ? [] : AllTimers.Except(timers).Select(name => KeyValuePair.Create($"AzureWebJobs.{name}.Disabled", (string?)"true"));

    private static readonly IReadOnlyList<string> AllTimers =
    [
        .. typeof(Podium.Functions.Middleware.Correlation).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetParameters().Any(parameter => parameter.IsDefined(typeof(TimerTriggerAttribute), false)))
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name),
    ];

    // the emulator goes on with its own state in the lease's database
    private static IEnumerable<KeyValuePair<string, string?>> DatabaseOf(PodiumApp? other) =>
        other is null ? [] : Enum.GetNames<DatabaseRole>().Select(role => KeyValuePair.Create($"Postgres:{role}", (string?)other.Postgres));

    private async Task StopAsync()
    {
        _http?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    private async Task WithLogAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}{Environment.NewLine}The app's log:{Environment.NewLine}{Log}");
        }
    }
}
