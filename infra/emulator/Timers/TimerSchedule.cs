using System.Globalization;
using NCrontab;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Timers;

/// <summary>A timer's schedule: a five or six field NCRONTAB expression in the host's time zone, or a time span.</summary>
public sealed class TimerSchedule
{
    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _every;

    private TimerSchedule(string text, CrontabSchedule? cron, TimeSpan every)
    {
        Text = text;
        _cron = cron;
        _every = every;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Reads a schedule or says, for a function, what is wrong with it.</summary>
    public static TimerSchedule Parse(string text, string function)
    {
        if (!text.Contains(' ', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var every))
        {
            return every > TimeSpan.Zero
                ? new TimerSchedule(text, null, every)
                : throw new EmulatorException($"The schedule '{text}' of function '{function}' must be longer than nothing.");
        }
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var cron = CrontabSchedule.TryParse(
            text,
            new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 },
            schedule => schedule,
            error => throw new EmulatorException(
                $"The schedule '{text}' of function '{function}' is not an NCRONTAB expression of five or six fields, nor a time span: {error().Message}"));
        return new TimerSchedule(text, cron, default);
    }

    /// <summary>The first occurrence after an instant.</summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (_cron is null) return after + _every;
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        while (true)
        {
            local = _cron.GetNextOccurrence(local);
            if (zone.IsInvalidTime(local)) continue; // the hour that summer time skips
            var next = new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
            if (next > after) return next;
        }
    }

    /// <summary>Schedules under a minute are not monitored, as in the real host.</summary>
    public bool IsFrequent(DateTimeOffset now, TimeZoneInfo zone)
    {
        var next = now;
        for (var i = 0; i < 5; i++)
        {
            var following = Next(next, zone);
            if (i > 0 && following - next < TimeSpan.FromMinutes(1)) return true;
            next = following;
        }
        return _cron is null && _every < TimeSpan.FromMinutes(1);
    }
}
