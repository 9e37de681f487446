using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Runtime;
using Podium.Emulator.Timers;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class TimerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0 */5 * * * *", "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z")]
    [InlineData("*/5 * * * *", "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z")]
    [InlineData("0 30 9 * * MON-FRI", "2026-01-09T10:00:00Z", "2026-01-12T09:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-01-05T08:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("30 59 23 31 12 *", "2026-01-05T08:00:00Z", "2026-12-31T23:59:30Z")]
    [InlineData("00:00:30", "2026-01-05T08:00:00Z", "2026-01-05T08:00:30Z")]
    [InlineData("1.00:00:00", "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z")]
    public void A_schedule_has_its_next_occurrence(string schedule, string after, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), TimerSchedule.Parse(schedule, "F").Next(DateTimeOffset.Parse(after), TimeZoneInfo.Utc));

    [Fact]
    public void A_schedule_in_a_zone_skips_the_hour_that_summer_time_takes_away()
    {
        var paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
        var next = TimerSchedule.Parse("0 30 2 * * *", "F").Next(new DateTimeOffset(2026, 3, 28, 12, 0, 0, TimeSpan.Zero), paris);
        Assert.Equal(new DateTimeOffset(2026, 3, 30, 0, 30, 0, TimeSpan.Zero), next);
    }

    [Theory]
    [InlineData("every day")]
    [InlineData("0 0 25 * * *")]
    [InlineData("* * *")]
    [InlineData("-00:01:00")]
    public void A_malformed_schedule_is_named_with_its_function(string schedule)
    {
        var error = Assert.Throws<EmulatorException>(() => TimerSchedule.Parse(schedule, "Nightly"));
        Assert.Contains(schedule, error.Message, StringComparison.Ordinal);
        Assert.Contains("'Nightly'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_timer_runs_at_every_due_instant_while_the_clock_advances()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Hourly));
        await app.AdvanceAsync(TimeSpan.FromHours(3.5));
        Assert.Equal([Start.AddHours(1), Start.AddHours(2), Start.AddHours(3)], runs.At("Hourly"));
        Assert.All(runs.Of("Hourly"), run => Assert.False(run.Info.IsPastDue));
    }

    [Fact]
    public async Task The_schedule_status_tells_the_last_and_the_next_run()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Hourly));
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        var status = runs.Of("Hourly").Last().Info.ScheduleStatus!;
        Assert.Equal(Start.AddHours(1).UtcDateTime, status.Last);
        Assert.Equal(DateTimeKind.Utc, status.Last.Kind);
        Assert.Equal(Start.AddHours(2).UtcDateTime, status.Next);
    }

    [Fact]
    public async Task A_schedule_under_a_minute_is_not_monitored()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Frequent));
        await app.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(2, runs.Of("Frequent").Count);
        Assert.All(runs.Of("Frequent"), run => Assert.Null(run.Info.ScheduleStatus));
    }

    [Fact]
    public async Task A_run_missed_by_a_stop_is_made_up_for_once_and_marked_past_due()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Hourly));
        await app.AdvanceAsync(TimeSpan.FromMinutes(70));
        await app.RestartAsync(downtime: TimeSpan.FromHours(5));
        await app.SettleAsync();
        Assert.Equal([Start.AddHours(1), Start.AddMinutes(370)], runs.At("Hourly"));
        Assert.True(runs.Of("Hourly").Last().Info.IsPastDue);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(Start.AddHours(7), runs.At("Hourly").Last());
    }

    [Fact]
    public async Task A_short_stop_misses_nothing()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Hourly));
        await app.AdvanceAsync(TimeSpan.FromMinutes(70));
        await app.RestartAsync(downtime: TimeSpan.FromMinutes(10));
        await app.AdvanceAsync(TimeSpan.FromMinutes(45));
        Assert.Equal([Start.AddHours(1), Start.AddHours(2)], runs.At("Hourly"));
    }

    [Fact]
    public async Task RunOnStartup_runs_at_every_start()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(OnStartup));
        await app.SettleAsync();
        await app.RestartAsync();
        await app.SettleAsync();
        Assert.Equal([Start, Start], runs.At("OnStartup"));
    }

    [Fact]
    public async Task A_failure_does_not_stop_the_schedule_and_a_retry_attribute_tries_again_with_back_off()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, typeof(Failing));
        await app.AdvanceAsync(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        var due = Start.AddHours(1);
        Assert.Equal([due, due.AddSeconds(10), due.AddSeconds(30), due.AddSeconds(60)], runs.At("Failing"));
        Assert.Equal([(0, 3), (1, 3), (2, 3), (3, 3)], runs.Of("Failing").Select(run => (run.Retry!.RetryCount, run.Retry.MaxRetryCount)));
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(5, runs.Of("Failing").Count);
    }

    [Fact]
    public async Task A_setting_can_give_the_schedule_and_can_switch_the_timer_off()
    {
        var runs = new Runs();
        await using var app = await StartAsync(runs, [typeof(FromSetting), typeof(Hourly)], new() { ["Every"] = "00:10:00", ["AzureWebJobs.Hourly.Disabled"] = "true" });
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(6, runs.Of("FromSetting").Count);
        Assert.Empty(runs.Of("Hourly"));
    }

    [Fact]
    public async Task A_missing_setting_is_said_at_the_start()
    {
        var error = await Assert.ThrowsAsync<EmulatorException>(() => StartAsync(new Runs(), typeof(FromSetting)));
        Assert.Contains("%Every%", error.Message, StringComparison.Ordinal);
    }

    private static Task<PodiumApp> StartAsync(Runs runs, Type functions) => StartAsync(runs, [functions], []);

    private static Task<PodiumApp> StartAsync(Runs runs, Type[] functions, Dictionary<string, string?> settings) =>
        PodiumApp.StartAsync(functions, new AppOptions { Start = Start, Settings = settings, Services = services => services.AddSingleton(runs) });

    public sealed class Runs
    {
        private readonly ConcurrentQueue<Run> _runs = new();

        public void Add(FunctionContext context, TimerInfo info, TimeProvider clock) =>
            _runs.Enqueue(new Run(context.FunctionDefinition.Name, clock.GetUtcNow(), info, context.RetryContext));

        public IReadOnlyList<Run> Of(string function) => [.. _runs.Where(run => run.Function == function)];

        public IEnumerable<DateTimeOffset> At(string function) => Of(function).Select(run => run.At);
    }

    public sealed record Run(string Function, DateTimeOffset At, TimerInfo Info, RetryContext? Retry);

    public sealed class Hourly(Runs runs, TimeProvider clock)
    {
        [Function("Hourly")]
        public void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, FunctionContext context) => runs.Add(context, timer, clock);
    }

    public sealed class Frequent(Runs runs, TimeProvider clock)
    {
        [Function("Frequent")]
        public void Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context) => runs.Add(context, timer, clock);
    }

    public sealed class OnStartup(Runs runs, TimeProvider clock)
    {
        [Function("OnStartup")]
        public void Run([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer, FunctionContext context) => runs.Add(context, timer, clock);
    }

    public sealed class Failing(Runs runs, TimeProvider clock)
    {
        [Function("Failing"), ExponentialBackoffRetry(3, "00:00:10", "00:00:30")]
        public void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, FunctionContext context)
        {
            runs.Add(context, timer, clock);
            throw new InvalidOperationException("on purpose");
        }
    }

    public sealed class FromSetting(Runs runs, TimeProvider clock)
    {
        [Function("FromSetting")]
        public void Run([TimerTrigger("%Every%")] TimerInfo timer, FunctionContext context) => runs.Add(context, timer, clock);
    }
}
