using Azure.Messaging.ServiceBus;
using Npgsql;
using Podium.Emulator.Clock;

namespace Podium.Emulator.Queues;

/// <summary>Receives a queue's messages as long as there are any and hands them on, so many at a time; renews their locks meanwhile.</summary>
internal sealed class QueuePump(
    Broker broker, QueueAddress address, int concurrency, int batchSize, bool delete,
    Func<IReadOnlyList<ServiceBusReceivedMessage>, CancellationToken, Task> handle, TimeSpan? renewFor = null, Action<Exception>? onError = null,
    int prefetch = 0)
{
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(1);
    private readonly WakeSignal _signal = new(broker.Tracker, $"queue {address}");
    private readonly SemaphoreSlim _slots = new(concurrency, concurrency);
    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _listening;
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        _listening = broker.Listen(address, _signal.Set);
        _signal.Set();
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Takes no more messages and waits for those that are being worked on.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _listening?.Dispose();
        await _stopping.CancelAsync();
        await _loop;
        try
        {
            for (var i = 0; i < concurrency; i++) await _slots.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // their locks end, and somebody else will have the messages
        }
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(_stopping.Token);
                try
                {
                    await DrainAsync();
                }
                catch (Exception error) when (!_stopping.IsCancellationRequested)
                {
                    onError?.Invoke(error);
                    await Task.Delay(BackOff, _stopping.Token); // whatever is wrong is so in real time, whatever the clock says
                    _signal.Set();
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // asked to stop
        }
        finally
        {
            _signal.Close();
        }
    }

    private async Task DrainAsync()
    {
        while (true)
        {
            await _slots.WaitAsync(_stopping.Token);
            var free = 1;
            while (batchSize == 1 && free < concurrency && _slots.Wait(0)) free++;
            IReadOnlyList<ServiceBusReceivedMessage> messages = [];
            try
            {
                messages = await broker.TryReceiveAsync(address, batchSize == 1 ? free + prefetch : batchSize, delete, _stopping.Token);
            }
            finally
            {
                var needed = batchSize == 1 ? Math.Min(messages.Count, free) : Math.Min(messages.Count, 1);
                if (free > needed) _slots.Release(free - needed);
            }
            if (messages.Count == 0) return;
            if (batchSize > 1)
            {
                Hand(messages);
                continue;
            }
            for (var i = 0; i < messages.Count; i++)
            {
                // a prefetched message waits here, its lock running, as in Azure
                if (i >= free) await _slots.WaitAsync(_stopping.Token);
                Hand([messages[i]]);
            }
        }
    }

    private void Hand(IReadOnlyList<ServiceBusReceivedMessage> messages)
    {
        var work = broker.Tracker.Begin($"message of {address}");
        _ = Task.Run(async () =>
        {
            try
            {
                await using var renewal = renewFor is { } span && !delete ? new LockRenewal(broker, address, messages, span) : null;
                await handle(messages, _stopping.Token);
            }
            catch (Exception error)
            {
                onError?.Invoke(error);
            }
            finally
            {
                _slots.Release();
                work.Dispose();
            }
        });
    }

    /// <summary>Renews the locks of messages that are being worked on, at half their time.</summary>
    private sealed class LockRenewal : IAsyncDisposable
    {
        private readonly Broker _broker;
        private readonly QueueAddress _address;
        private readonly IReadOnlyList<ServiceBusReceivedMessage> _messages;
        private readonly DateTimeOffset _until;
        private readonly ITimer _timer;

        public LockRenewal(Broker broker, QueueAddress address, IReadOnlyList<ServiceBusReceivedMessage> messages, TimeSpan renewFor)
        {
            var now = broker.Clock.GetUtcNow();
            (_broker, _address, _messages, _until) = (broker, address, messages, now + renewFor);
            var half = (messages[0].LockedUntil - now) / 2;
            _timer = broker.Clock.CreateTimer(_ => _ = RenewAsync(), null, half, half);
        }

        public ValueTask DisposeAsync() => _timer.DisposeAsync();

        private async Task RenewAsync()
        {
            if (_broker.Clock.GetUtcNow() > _until) return;
            foreach (var message in _messages.Where(message => !message.IsSettled))
            {
                try
                {
                    await _broker.RenewAsync(_address, message, CancellationToken.None);
                }
                catch (Exception error) when (error is ServiceBusException or NpgsqlException)
                {
                    // settled meanwhile, or lost: settling will tell
                }
            }
        }
    }
}
