using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Emulator.Clock;
using Podium.Emulator.Database;
using Podium.Emulator.Hosting;

namespace Podium.Emulator.Queues;

/// <summary>The broker of the emulator's own process: declares the queues, minds the time, and listens for other processes.</summary>
internal sealed partial class QueueHost : IAsyncDisposable
{
    private readonly EmulatorDatabase _database;
    private readonly EmulatorSession _session;
    private readonly ILogger<QueueHost> _log;
    private readonly WakeSignal _due;
    private readonly Alarm _alarm;
    private readonly CancellationTokenSource _stopping = new();
    private Task _ticking = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;

    public QueueHost(EmulatorDatabase database, EmulatorSession session, TimeProvider clock, WorkTracker tracker, ILogger<QueueHost> log)
    {
        _database = database;
        _session = session;
        _log = log;
        Declared = QueueProperties.Load(session);
        Broker = new Broker(database.Source, clock, tracker, notifies: false);
        _due = new WakeSignal(tracker, "queues' due times");
        _alarm = new Alarm(clock, _due.Set);
        Broker.OnSchedule = instant =>
        {
            if (instant <= clock.GetUtcNow()) _due.Set();
            else _alarm.At(instant);
        };
    }

    public Broker Broker { get; }

    /// <summary>The queues of servicebus.json.</summary>
    public IReadOnlyList<QueueProperties> Declared { get; }

    /// <summary>Makes the queues ready, before anybody can send.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await Broker.DeclareAsync(Declared, cancellationToken);
        await Broker.ReleaseLocksOfHostAsync(cancellationToken);
        EmulatedServiceBus.Host(_database.ConnectionString, Broker);
        _due.Set();
        _ticking = Task.Run(TickAsync, CancellationToken.None);
        // a virtual clock has no business with other processes
        if (_session.Options.Clock == TimeProvider.System) _listening = Task.Run(ListenAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        EmulatedServiceBus.Leave(_database.ConnectionString, Broker);
        await _stopping.CancelAsync();
        await Task.WhenAll(_ticking, _listening);
        _due.Close();
        _alarm.Dispose();
        _stopping.Dispose();
    }

    private async Task TickAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _due.WaitAsync(_stopping.Token);
                if (await Broker.TickAsync(_stopping.Token) is { } next) _alarm.At(next);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogNotTicked(_log, error);
                await Task.Delay(TimeSpan.FromSeconds(1));
                _due.Set();
            }
        }
    }

    private async Task ListenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _database.Source.OpenConnectionAsync(_stopping.Token);
                connection.Notification += (_, notification) =>
                {
                    _due.Set(); // what the other process did may be due at a time we do not know
                    Broker.Wake(new QueueAddress(notification.Payload, false));
                    Broker.Wake(new QueueAddress(notification.Payload, true));
                };
                await using (var listen = new NpgsqlCommand($"LISTEN {Broker.NotifyChannel}", connection)) await listen.ExecuteNonQueryAsync(_stopping.Token);
                Broker.WakeAll();
                while (true) await connection.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogNotListening(_log, error);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    [LoggerMessage(30, LogLevel.Warning, "The queues' due work could not be done; trying again.")]
    private static partial void LogNotTicked(ILogger logger, Exception error);

    [LoggerMessage(31, LogLevel.Warning, "The connection that listens for other processes was lost; trying again.")]
    private static partial void LogNotListening(ILogger logger, Exception error);
}
