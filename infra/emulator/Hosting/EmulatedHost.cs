using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Emulator.Admin;
using Podium.Emulator.Blobs;
using Podium.Emulator.Database;
using Podium.Emulator.Durable;
using Podium.Emulator.Http;
using Podium.Emulator.Mail;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Hosting;

/// <summary>The app and everything that triggers it, started and stopped in order.</summary>
internal sealed class EmulatedHost : IHost, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EmulatorSession _session;
    private readonly List<ITriggerKind> _started = [];
    private bool _disposed;

    public EmulatedHost(WebApplication app, EmulatorSession session)
    {
        _app = app;
        _session = session;
    }

    public IServiceProvider Services => _app.Services;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await StartPartsAsync(cancellationToken);
        }
        catch (Exception error)
        {
            await DisposeAsync();
            if (_session.Embedding is { } embedding) embedding.Failed(error);
            else if (error is EmulatorException known) EmulatorStart.Exit(known);
            throw;
        }
        _session.Embedding?.Started(this);
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _session.Say("Stopping …");
        // state is safe whether or not what runs now comes to its end
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        await Task.WhenAll(_started.Select(kind => kind.StopAsync(patience.Token)));
        await _app.StopAsync(cancellationToken);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _app.DisposeAsync();
        await _session.DisposeAsync();
        _session.Embedding?.Stopped();
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        var catalog = Services.GetRequiredService<FunctionCatalog>(); // every declaration is checked before anything runs
        await OpenDatabaseAsync(cancellationToken);
        await Services.GetRequiredService<QueueHost>().OpenAsync(cancellationToken);
        Services.GetRequiredService<SmtpServer>().Start();
        var keys = Services.GetRequiredService<FunctionKeys>();
        await keys.LoadAsync(cancellationToken);

        MapRoutes(keys);
        await ListenAsync(cancellationToken);
        var http = Services.GetRequiredService<HttpTriggerKind>();
        http.BaseAddress = new Uri(BaseAddress());
        var durable = Services.GetRequiredService<DurableEndpoints>();
        durable.BaseAddress = http.BaseAddress;
        durable.Key = keys.Durable;
        if (_session.Services is { } services)
        {
            var hints = Services.GetRequiredService<BlobHints>();
            hints.Connected = true;
            services.BlobWritten += write => hints.Report(write.Account, write.Container, write.Blob);
        }

        foreach (var kind in catalog.Kinds)
        {
            await kind.StartAsync(cancellationToken);
            _started.Add(kind);
        }
        PrintFunctions(catalog);
    }

    private async Task OpenDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Services.GetRequiredService<EmulatorDatabase>().OpenAsync(cancellationToken);
        }
        catch (NpgsqlException error)
        {
            throw new EmulatorException($"PostgreSQL cannot be used with the setting {EmulatorSettings.Postgres}: {error.Message}", error);
        }
    }

    private void MapRoutes(FunctionKeys keys)
    {
        if (_session.Local.CorsOrigins is { Count: > 0 } origins)
        {
            _app.UseCors(policy =>
            {
                if (origins.Contains("*")) policy.AllowAnyOrigin();
                else policy.WithOrigins([.. origins]);
                policy.AllowAnyHeader().AllowAnyMethod();
                if (_session.Local.CorsCredentials && !origins.Contains("*")) policy.AllowCredentials();
            });
        }
        _app.UseRouting();
        _app.Use(static (context, next) =>
        {
            if (context.GetEndpoint()?.DisplayName != "405 HTTP Method Not Supported") return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound; // the Functions host knows no 405
            return Task.CompletedTask;
        });
        Services.GetRequiredService<HttpTriggerKind>().Map(_app);
        _app.MapDurableManagement(context => keys.Allows(context.Request, AuthorizationLevel.System));
        _app.MapAdmin();
        _app.MapMail();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException or SocketException)
        {
            throw EmulatorStart.PortInUse(_session.Options.Port, error);
        }
    }

    private string BaseAddress()
    {
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var port = new Uri(addresses.First().Replace("[::]", "localhost", StringComparison.Ordinal)).Port;
        return _session.Embedding is null ? $"http://localhost:{port}/" : $"http://127.0.0.1:{port}/";
    }

    private void PrintFunctions(FunctionCatalog catalog)
    {
        if (!_session.Verbose) return;
        _session.Say("");
        _session.Say("Functions:");
        foreach (var function in catalog.Functions.OrderBy(f => f.Trigger.GetType().Name).ThenBy(f => f.Name, StringComparer.Ordinal))
            _session.Say($"  {function.Name}: {(function.Disabled ? "disabled" : catalog.KindOf(function)!.Describe(function))}");
        _session.Say("");
        if (_session.Mails is not null) _session.Say($"Mailbox: {Services.GetRequiredService<HttpTriggerKind>().BaseAddress}admin/emulator/mail");
        _session.Say($"Status page: {Services.GetRequiredService<HttpTriggerKind>().BaseAddress}admin/emulator   Ready in {(DateTimeOffset.UtcNow - _session.Started).TotalSeconds:0.0} s. Ctrl+C stops.");
        _session.Say("");
    }
}
