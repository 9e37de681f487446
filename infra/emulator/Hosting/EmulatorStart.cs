using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Admin;
using Podium.Emulator.Blobs;
using Podium.Emulator.Database;
using Podium.Emulator.Durable;
using Podium.Emulator.Http;
using Podium.Emulator.Mail;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;
using Podium.Emulator.Services;
using Podium.Emulator.Timers;

namespace Podium.Emulator.Hosting;

/// <summary>From <c>CreateBuilder</c> to a built host.</summary>
internal static class EmulatorStart
{
    // the host's own limit, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT
    private const long LargestBody = 104_857_600;
    private const int DevelopmentStoragePort = 10000;

    public static FunctionsApplicationBuilder CreateBuilder(string[] args)
    {
        var embedding = EmulatedApp.Launching.Value;
        return Guard(embedding, () =>
        {
            var options = embedding?.Options ?? CommandLine.Parse(args);
            if (options is null)
            {
                Console.WriteLine(CommandLine.HelpOf(Assembly.GetEntryAssembly()));
                Environment.Exit(0);
            }
            var session = OpenSession(options!, embedding);
            StartServices(session).GetAwaiter().GetResult();
            OpenMailbox(session);
            return new FunctionsApplicationBuilder(CreateWeb(session), session);
        });
    }

    public static IHost Build(WebApplicationBuilder web, EmulatorSession session) => Guard(session.Embedding, () =>
    {
        try
        {
            session.Options.Services?.Invoke(web.Services);
            web.Services.RemoveAll<TimeProvider>(); // whatever the app said: there is one clock
            web.Services.AddSingleton(session.Options.Clock);
            var app = web.Build();
            return new EmulatedHost(app, session);
        }
        catch
        {
            session.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    });

    /// <summary>Runs a step of the start: a program ends with one sentence and exit code 1, a test gets the exception.</summary>
    public static T Guard<T>(EmulatedApp? embedding, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (EmulatorException error) when (embedding is null)
        {
            Exit(error);
            throw;
        }
        catch (Exception error) when (embedding is not null)
        {
            embedding.Failed(error);
            throw;
        }
    }

    public static void Exit(EmulatorException error)
    {
        Console.Out.Flush();
        Console.Error.WriteLine(error.Message);
        Environment.Exit(1);
    }

    private static EmulatorSession OpenSession(EmulatorOptions options, EmulatedApp? embedding)
    {
        var root = options.Root ?? FindRoot();
        var host = options.Host ?? HostJson.Load(Path.Combine(root, "host.json"));
        var local = embedding is null ? LocalSettings.Load(Path.Combine(root, "local.settings.json")) : new LocalSettings();
        if (local.HttpPort is { } port && options.Port == new EmulatorOptions().Port) options = options with { Port = port };
        if (options.Port != 0 && !Ports.IsFree(options.Port)) throw PortInUse(options.Port, null);
        return new EmulatorSession(options, root, host, local, embedding);
    }

    public static EmulatorException PortInUse(int port, Exception? error) =>
        new($"Port {port} is in use by another program: stop it, or choose another port with --port.", error);

    // Core Tools look for host.json from the current folder upwards; an app started from elsewhere has a copy beside it.
    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "host.json"))) return folder.FullName;
        }
        return AppContext.BaseDirectory;
    }

    private static async Task StartServices(EmulatorSession session)
    {
        var settings = new EmulatorSettings(BaseConfiguration(session).Build());
        var needPostgres = settings.Connection(EmulatorSettings.Postgres) is null;
        // the well-known Azurite: somebody else's where it runs, else ours on its port
        var storage = settings.Connection(EmulatorSettings.WebJobsStorage);
        var needStorage = storage is null || (storage == "UseDevelopmentStorage=true" && Ports.IsFree(DevelopmentStoragePort));
        if (!needPostgres && !needStorage) return;

        session.Say($"Podium Functions emulator {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}, for development and tests only.");
        using var interrupt = new CancellationTokenSource();
        ConsoleCancelEventHandler stop = (_, key) =>
        {
            key.Cancel = true;
            interrupt.Cancel();
        };
        Console.CancelKeyPress += stop;
        try
        {
            session.Services = await EmbeddedServices.StartAsync(
                new EmbeddedServicesOptions
                {
                    DataFolder = session.Options.DataFolder ?? Path.Combine(session.Root, ".podium"),
                    Fresh = session.Options.Fresh,
                    NeedPostgres = needPostgres,
                    NeedStorage = needStorage,
                },
                session.Say,
                interrupt.Token);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            Environment.Exit(130);
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }
    }

    // The port must be known before the app reads its settings.
    private static void OpenMailbox(EmulatorSession session)
    {
        var settings = new EmulatorSettings(BaseConfiguration(session).Build());
        if (settings.Connection(EmulatorSettings.Smtp) is null) session.Mails = SmtpServer.Listen(session.Options.Mail.Port);
    }

    private static ConfigurationBuilder BaseConfiguration(EmulatorSession session)
    {
        var configuration = new ConfigurationBuilder();
        AddSources(configuration, session);
        return configuration;
    }

    private static void AddSources(IConfigurationBuilder configuration, EmulatorSession session)
    {
        configuration.AddInMemoryCollection(session.Local.Values);
        if (session.Embedding is null) configuration.AddEnvironmentVariables(); // a test's app sees only what the test says
        configuration.AddInMemoryCollection(session.Options.Settings);
    }

    private static WebApplicationBuilder CreateWeb(EmulatorSession session)
    {
        var web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ContentRootPath = session.Root,
            EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") ?? Environments.Development,
            ApplicationName = Assembly.GetEntryAssembly()?.GetName().Name,
        });
        AddSources(web.Configuration, session);
        web.Configuration.AddInMemoryCollection(MissingConnections(web.Configuration, session));
        var port = session.Options.Port;
        web.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            if (port == 0) kestrel.Listen(System.Net.IPAddress.Loopback, 0, Http1);
            else kestrel.ListenLocalhost(port, Http1);
        });
        AddLogging(web.Logging, session);
        AddServices(web.Services, session);
        return web;

        static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
    }

    // What the emulator provides, it provides under the names an app's settings would have.
    private static Dictionary<string, string?> MissingConnections(ConfigurationManager configuration, EmulatorSession session)
    {
        var settings = new EmulatorSettings(configuration);
        var missing = new Dictionary<string, string?>();
        var postgres = settings.Connection(EmulatorSettings.Postgres) ?? session.Services?.PostgresConnectionString!;
        missing[EmulatorSettings.Postgres] = postgres;
        var storage = settings.Connection(EmulatorSettings.WebJobsStorage) ?? session.Services?.StorageConnectionString;
        missing[EmulatorSettings.WebJobsStorage] = storage;
        missing["Storage"] = settings.Connection("Storage") ?? storage;
        var bus = EmulatedServiceBus.ConnectionString(postgres);
        missing["ServiceBus"] = settings.Connection("ServiceBus") ?? bus;
        missing[EmulatorSettings.WebJobsServiceBus] = settings.Connection(EmulatorSettings.WebJobsServiceBus) ?? bus;
        missing[EmulatorSettings.Smtp] = settings.Connection(EmulatorSettings.Smtp) ?? session.Smtp;
        missing[EmulatorSettings.Environment] = configuration[EmulatorSettings.Environment] ?? Environments.Development;
        missing[EmulatorSettings.MigrateAtStart] = configuration[EmulatorSettings.MigrateAtStart] ?? "true";
        return missing;
    }

    private static void AddLogging(ILoggingBuilder logging, EmulatorSession session)
    {
        var levels = session.Host.LogLevels;
        var least = levels.GetValueOrDefault("default", LogLevel.Information);
        logging.SetMinimumLevel(least);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        foreach (var (category, level) in levels.Where(entry => !entry.Key.Equals("default", StringComparison.OrdinalIgnoreCase)))
            logging.AddFilter(category, level);
        if (session.Embedding is null)
        {
            logging.Services.AddSingleton<ILoggerProvider>(new ConsoleLog(session.Options.Clock));
            if (session.Options.Quiet) logging.AddFilter<ConsoleLog>(null, LogLevel.Warning);
        }
        if (session.Options.Log is { } log) logging.AddProvider(log);
    }

    private static void AddServices(IServiceCollection services, EmulatorSession session)
    {
        services.AddSingleton(session.Options.Clock);
        services.AddSingleton(session.Tracker);
        services.AddSingleton(session.Host);
        services.AddSingleton(session);
        services.AddSingleton<EmulatorSettings>();
        services.AddSingleton(provider => new EmulatorDatabase(provider.GetRequiredService<EmulatorSettings>().Connection(EmulatorSettings.Postgres)!));
        services.AddSingleton(new FunctionSource(
            session.Options.FunctionAssemblies ?? FunctionSource.AssembliesOf(Assembly.GetEntryAssembly()!), session.Options.FunctionTypes));
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<FunctionCatalog>();
        services.AddSingleton<FunctionKeys>();
        services.AddSingleton<HttpTriggerKind>();
        services.AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<HttpTriggerKind>());
        services.AddSingleton<TimerMonitor>();
        services.AddSingleton<TimerTriggerKind>();
        services.AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<TimerTriggerKind>());
        services.AddServiceBus();
        services.AddDurable();
        services.AddBlobTriggers();
        services.AddMail();
        services.AddAdmin();
        services.AddRouting();
        services.AddMvcCore();
        services.AddCors();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        if (session.Embedding is not null) services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
    }

    /// <summary>A test's process is stopped by its runner, not by the app.</summary>
    private sealed class EmbeddedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
