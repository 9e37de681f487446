using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Timers;

/// <summary>One function and its timer.</summary>
public sealed partial class TimerFunction : IDisposable
{
    // a system timer cannot wait longer than 49 days; a check on the way costs nothing
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    // what is due less often runs each time, also where a virtual clock thins runs out
    private static readonly TimeSpan MostThinned = TimeSpan.FromHours(1);

    private readonly TimerTriggerAttribute _attribute;
    private readonly RetryDelays _retry;
    private readonly FunctionInvoker _invoker;
    private readonly TimerMonitor _monitor;
    private readonly TimeProvider _clock;
    private readonly WorkTracker _tracker;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _running = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _timer;

    internal TimerFunction(
        FunctionDescriptor function, TimerTriggerAttribute attribute, TimerSchedule schedule, RetryDelays retry,
        FunctionInvoker invoker, TimerMonitor monitor, TimeProvider clock, WorkTracker tracker, ILogger log)
    {
        Function = function;
        Schedule = schedule;
        (_attribute, _retry, _invoker, _monitor, _clock, _tracker, _log) = (attribute, retry, invoker, monitor, clock, tracker, log);
        Monitored = attribute.UseMonitor && !schedule.IsFrequent(clock.GetUtcNow(), clock.LocalTimeZone);
    }

    /// <summary>The function.</summary>
    public FunctionDescriptor Function { get; }

    /// <summary>When it runs.</summary>
    public TimerSchedule Schedule { get; }

    /// <summary>Whether its last and next run are remembered across restarts.</summary>
    public bool Monitored { get; }

    /// <summary>When it last ran by schedule.</summary>
    public DateTimeOffset? Last { get; private set; }

    /// <summary>When it runs next.</summary>
    public DateTimeOffset? Next { get; private set; }

    internal void Start(TimerMonitor.Entry? known)
    {
        var now = _clock.GetUtcNow();
        Last = known?.Last;
        _timer = _clock.CreateTimer(_ => OnDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var pastDue = Monitored && known is { } entry && entry.Schedule == Schedule.Text && entry.Next < now;
        if (pastDue) LogPastDue(_log, Function.Name, known!.Next);
        if (pastDue || _attribute.RunOnStartup)
        {
            Next = now;
            _ = TrackedRunAsync(new TimerInfo { IsPastDue = pastDue }, reschedule: true);
            return;
        }
        Arm(known is { } kept && Monitored && kept.Schedule == Schedule.Text ? kept.Next : Schedule.Next(now, _clock.LocalTimeZone));
        if (Monitored && known?.Next != Next) _ = RememberAsync();
    }

    internal async Task<bool> RunNowAsync()
    {
        using var work = _tracker.Begin($"timer {Function.Name}");
        if (!await _running.WaitAsync(0)) return false;
        try
        {
            await Task.Yield(); // whoever asked learns that it runs, even where the function never yields
            await RunWithRetriesAsync(new TimerInfo(), work);
        }
        finally
        {
            _running.Release();
        }
        return true;
    }

    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null) await _timer.DisposeAsync();
        await _stopping.CancelAsync();
        try
        {
            await _running.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogStillRunning(_log, Function.Name);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer?.Dispose();
        _running.Dispose();
        _stopping.Dispose();
    }

    private void OnDue()
    {
        var now = _clock.GetUtcNow();
        if (Next is { } next && next > now)
        {
            Arm(next);
            return;
        }
        _ = TrackedRunAsync(new TimerInfo(), reschedule: true);
    }

    private async Task TrackedRunAsync(TimerInfo info, bool reschedule)
    {
        using var work = _tracker.Begin($"timer {Function.Name}");
        await Task.Yield();
        await _running.WaitAsync(CancellationToken.None);
        try
        {
            if (_stopping.IsCancellationRequested) return;
            await RunWithRetriesAsync(info, work);
        }
        finally
        {
            _running.Release();
        }
        if (!reschedule || _stopping.IsCancellationRequested) return;
        Last = Next ?? _clock.GetUtcNow();
        var now = _clock.GetUtcNow();
        Arm(NextAfter(now > Last ? now : Last.Value));
        if (Monitored) await RememberAsync();
    }

    // A failure does not stop the schedule: it is logged by the invoker, retried where an attribute asks for it, and that is all.
    private async Task RunWithRetriesAsync(TimerInfo info, WorkTracker.Work work)
    {
        if (Monitored && Last is { } last)
            info.ScheduleStatus = new ScheduleStatus { Last = last.UtcDateTime, LastUpdated = last.UtcDateTime, Next = (Next ?? Schedule.Next(last, _clock.LocalTimeZone)).UtcDateTime };
        else if (Monitored)
            info.ScheduleStatus = new ScheduleStatus { Next = (Next ?? Schedule.Next(_clock.GetUtcNow(), _clock.LocalTimeZone)).UtcDateTime };

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                await _invoker.InvokeAsync(
                    Function,
                    new Invocation
                    {
                        TriggerValue = info,
                        Retry = _retry.Max == 0 ? null : (attempt, _retry.Max),
                        Reason = $"Timer fired at {_clock.GetUtcNow():O}",
                    },
                    limit.Token);
                return;
            }
            catch (Exception) when (attempt < _retry.Max || _retry.Max == -1)
            {
                try
                {
                    await work.SleepAsync(_clock, _retry.Before(attempt + 1), _stopping.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    // a virtual clock that moves far leaves out runs of a timer that is due every few minutes
    private DateTimeOffset NextAfter(DateTimeOffset after)
    {
        var next = Schedule.Next(after, _clock.LocalTimeZone);
        if (_clock is not VirtualClock { Thinning: var thinning } clock || thinning <= TimeSpan.Zero) return next;
        var most = thinning / 4 < MostThinned ? thinning / 4 : MostThinned;
        var latest = after + thinning < clock.Target ? after + thinning : clock.Target;
        var following = Schedule.Next(next, _clock.LocalTimeZone);
        while (following <= latest && following - next <= most) (next, following) = (following, Schedule.Next(following, _clock.LocalTimeZone));
        return next;
    }

    private void Arm(DateTimeOffset next)
    {
        Next = next;
        var wait = next - _clock.GetUtcNow();
        if (wait <= TimeSpan.Zero) wait = TimeSpan.FromTicks(1);
        _timer?.Change(wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
    }

    private async Task RememberAsync()
    {
        using var work = _tracker.Begin($"timer {Function.Name} status");
        try
        {
            await _monitor.SaveAsync(new TimerMonitor.Entry(Function.Name, Schedule.Text, Last, Next!.Value), CancellationToken.None);
        }
        catch (Exception error)
        {
            LogNotRemembered(_log, error, Function.Name);
        }
    }

    [LoggerMessage(20, LogLevel.Information, "Function '{Function}' is past due: it should have run at {Next:O}. Running it now.")]
    private static partial void LogPastDue(ILogger logger, string function, DateTimeOffset next);

    [LoggerMessage(21, LogLevel.Warning, "Timer function '{Function}' still runs while the emulator stops.")]
    private static partial void LogStillRunning(ILogger logger, string function);

    [LoggerMessage(22, LogLevel.Warning, "The schedule status of timer '{Function}' could not be saved.")]
    private static partial void LogNotRemembered(ILogger logger, Exception error, string function);
}
