using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Emulator.Runtime;

/// <summary>How often and after what delays a function's retry attribute has it tried again.</summary>
internal sealed record RetryDelays(int Max, TimeSpan First, TimeSpan Longest)
{
    /// <summary>Reads the attribute; none means no retries. -1 means without end.</summary>
    public static RetryDelays Read(FunctionDescriptor function) => function.Retry switch
    {
        null => new RetryDelays(0, default, default),
        FixedDelayRetryAttribute retry => new RetryDelays(
            retry.MaxRetryCount, Span(retry.DelayInterval, function), Span(retry.DelayInterval, function)),
        ExponentialBackoffRetryAttribute retry => new RetryDelays(
            retry.MaxRetryCount, Span(retry.MinimumInterval, function), Span(retry.MaximumInterval, function)),
        var other => throw new EmulatorException($"Function '{function.Name}' has a {other.GetType().Name}, which the emulator does not know."),
    };

    /// <summary>The delay before a retry, counted from 1: doubled each time up to the longest.</summary>
    public TimeSpan Before(int retry)
    {
        if (Longest <= First) return First;
        var ticks = First.Ticks * Math.Pow(2, retry - 1);
        return ticks < Longest.Ticks ? TimeSpan.FromTicks((long)ticks) : Longest;
    }

    private static TimeSpan Span(string text, FunctionDescriptor function) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span)
            ? span
            : throw new EmulatorException($"The retry interval '{text}' of function '{function.Name}' is not a time span like 00:00:10.");
}
