using System.Reflection;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Podium.Emulator.Http;

namespace Podium.Emulator.Hosting;

/// <summary>A whole app run inside another process: what tests and rehearsals start.</summary>
public sealed class EmulatedApp : IAsyncDisposable
{
    internal static readonly AsyncLocal<EmulatedApp?> Launching = new();

    private readonly TaskCompletionSource<IHost> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IHost? _host;

    private EmulatedApp(EmulatorOptions options) => Options = options;

    /// <summary>As given at the start.</summary>
    public EmulatorOptions Options { get; }

    /// <summary>The app's services.</summary>
    public IServiceProvider Services => _host!.Services;

    /// <summary>Where the app's HTTP endpoints are.</summary>
    public Uri BaseAddress => Services.GetRequiredService<HttpTriggerKind>().BaseAddress!;

    /// <summary>Runs a program's own entry point, so that what runs is exactly what is deployed.</summary>
    public static Task<EmulatedApp> StartAsync(Assembly program, EmulatorOptions options, CancellationToken cancellationToken = default)
    {
        var main = program.EntryPoint ?? throw new ArgumentException($"{program.GetName().Name} has no entry point.", nameof(program));
        var scope = options with { FunctionAssemblies = options.FunctionAssemblies ?? Runtime.FunctionSource.AssembliesOf(program) };
        return StartAsync(() => main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]), scope, cancellationToken);
    }

    /// <summary>Runs an app composed here, from the function classes the options name.</summary>
    public static Task<EmulatedApp> StartAsync(Action<FunctionsApplicationBuilder> compose, EmulatorOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(
            () =>
            {
                var builder = FunctionsApplication.CreateBuilder([]);
                builder.ConfigureFunctionsWebApplication();
                compose(builder);
                builder.Build().Run();
            },
            options with { FunctionAssemblies = options.FunctionAssemblies ?? [] },
            cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        _host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _ended.Task;
    }

    internal void Started(IHost host)
    {
        _host = host;
        _started.TrySetResult(host);
    }

    internal void Failed(Exception error) => _started.TrySetException(error);

    internal void Stopped() => _ended.TrySetResult();

    private static async Task<EmulatedApp> StartAsync(Action main, EmulatorOptions options, CancellationToken cancellationToken)
    {
        var app = new EmulatedApp(options);
        var thread = new Thread(() =>
        {
            Launching.Value = app;
            try
            {
                main();
            }
            catch (Exception error)
            {
                app.Failed(error is TargetInvocationException { InnerException: { } inner } ? inner : error);
            }
            finally
            {
                app.Stopped();
            }
        })
        { IsBackground = true, Name = "emulated app" };
        thread.Start();
        app._host = await app._started.Task.WaitAsync(cancellationToken);
        return app;
    }
}
