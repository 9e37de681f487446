using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Emulator.Database;

namespace Podium.Emulator.Durable;

/// <summary>
/// Commits change sets. What comes in while a batch is under way goes together with the next one, so a busy engine pays
/// one round trip and one flush for many steps.
/// </summary>
internal sealed partial class Journal(EmulatorDatabase database, ILogger<Journal> log) : IDisposable
{
    private const int MostAtOnce = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Channel<Entry> _entries = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _abort = new();
    private Task _writing = Task.CompletedTask;

    public void Start() => _writing = Task.Run(WriteAsync);

    /// <summary>Completes when the changes are durable.</summary>
    public Task CommitAsync(ChangeSet changes)
    {
        var entry = new Entry(changes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _entries.Writer.TryWrite(entry)
            ? entry.Done.Task
            : Task.FromException(new OperationCanceledException("The durable engine has stopped."));
    }

    /// <summary>Writes what is there and ends; gives up when the token says so.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();
        await using var giveUp = cancellationToken.UnsafeRegister(_ => _abort.Cancel(), null);
        await _writing;
    }

    public void Dispose() => _abort.Dispose();

    private async Task WriteAsync()
    {
        List<Entry> entries = [];
        while (await _entries.Reader.WaitToReadAsync())
        {
            while (entries.Count < MostAtOnce && _entries.Reader.TryRead(out var entry)) entries.Add(entry);
            await CommitAsync(entries);
            entries.Clear();
        }
    }

    private async Task CommitAsync(List<Entry> entries)
    {
        var all = entries[0].Changes;
        if (entries.Count > 1)
        {
            all = new ChangeSet();
            foreach (var entry in entries) all.Add(entry.Changes);
        }
        try
        {
            await PersistAsync(all);
            foreach (var entry in entries) entry.Done.SetResult();
        }
        catch (PostgresException) when (entries.Count > 1)
        {
            foreach (var entry in entries) await CommitAsync([entry]); // one of them is at fault, the others must not suffer
        }
        catch (Exception error)
        {
            foreach (var entry in entries) entry.Done.SetException(error);
        }
    }

    // A broken connection leaves open whether the batch was committed; applying it again does no harm.
    private async Task PersistAsync(ChangeSet changes)
    {
        while (true)
        {
            try
            {
                await ChangeSetSql.WriteAsync(database.Source, changes, _abort.Token);
                return;
            }
            catch (NpgsqlException error) when (error is not PostgresException { IsTransient: false })
            {
                LogUnreachable(log, error.Message);
                await Task.Delay(Pause, _abort.Token);
            }
        }
    }

    private sealed record Entry(ChangeSet Changes, TaskCompletionSource Done);

    [LoggerMessage(1, LogLevel.Warning, "The state of orchestrations cannot be written, trying again: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string reason);
}
