using Podium.Emulator.Clock;

namespace Podium.Tests.Emulator;

public sealed class VirtualClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly VirtualClock _clock = new(Start);

    [Fact]
    public async Task Timers_fire_in_order_each_at_its_own_instant()
    {
        var fired = new List<(int, DateTimeOffset)>();
        foreach (var seconds in new[] { 5, 1, 3 }) _ = _clock.CreateTimer(_ => fired.Add((seconds, _clock.GetUtcNow())), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.Equal([(1, Start.AddSeconds(1)), (3, Start.AddSeconds(3))], fired);
        Assert.Equal(Start.AddSeconds(4), _clock.GetUtcNow());
    }

    [Fact]
    public async Task A_periodic_timer_fires_every_time_and_a_disposed_or_changed_one_as_it_was_told()
    {
        var count = 0;
        var timer = _clock.CreateTimer(_ => count++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(10, count);
        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(11, count);
        timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await timer.DisposeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(11, count);
    }

    [Fact]
    public async Task The_clock_waits_for_work_that_became_due_before_it_goes_on()
    {
        var seen = new List<DateTimeOffset>();
        _ = _clock.CreateTimer(
            _ =>
            {
                var work = _clock.Tracker.Begin("slow work");
                _ = Task.Run(async () =>
                {
                    await Task.Delay(30); // real time
                    seen.Add(_clock.GetUtcNow());
                    work.Dispose();
                });
            },
            null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.Equal([Start.AddSeconds(1), Start.AddSeconds(2), Start.AddSeconds(3)], seen);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_counts_as_work_again_even_if_it_was_cancelled_before_it_began()
    {
        using var cancelled = new CancellationTokenSource();
        using var work = _clock.Tracker.Begin("work");
        var waiting = work.SleepAsync(_clock, TimeSpan.FromSeconds(1), cancelled.Token);
        Assert.Equal(0, _clock.Tracker.Count);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, _clock.Tracker.Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.SleepAsync(_clock, TimeSpan.FromSeconds(1), cancelled.Token));
        Assert.Equal(1, _clock.Tracker.Count);
    }

    [Fact]
    public async Task Work_that_never_ends_is_named()
    {
        _clock.Patience = TimeSpan.FromMilliseconds(50);
        using var work = _clock.Tracker.Begin("the culprit");
        var error = await Assert.ThrowsAsync<TimeoutException>(() => _clock.AdvanceAsync(TimeSpan.FromSeconds(1)));
        Assert.Contains("the culprit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_sleeps_on_the_clock_does_not_hold_it_up_and_counts_again_when_due()
    {
        var work = _clock.Tracker.Begin("sleeper");
        var slept = Task.Run(async () =>
        {
            await work.SleepAsync(_clock, TimeSpan.FromHours(1), CancellationToken.None);
            await Task.Delay(20);
            var now = _clock.GetUtcNow();
            work.Dispose();
            return now;
        });
        while (_clock.Tracker.Count > 0) await Task.Yield();
        await _clock.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(Start.AddHours(1), await slept);
    }

    [Fact]
    public async Task Delays_and_time_outs_of_the_framework_follow_the_clock()
    {
        var delay = Task.Delay(TimeSpan.FromDays(21), _clock);
        using var timeout = new CancellationTokenSource(TimeSpan.FromDays(1), _clock);
        await _clock.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.True(timeout.IsCancellationRequested);
        Assert.False(delay.IsCompleted);
        await _clock.AdvanceAsync(TimeSpan.FromDays(19));
        await delay.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task It_does_not_go_back() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _clock.AdvanceToAsync(Start.AddSeconds(-1)));
}
