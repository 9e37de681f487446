using Microsoft.DurableTask;

namespace Podium.Emulator.Durable;

/// <summary>Repeats a call of an activity or sub-orchestration as its options ask, by durable means only.</summary>
internal static class Retrying
{
    public static Task<T> Call<T>(TaskOrchestrationContext context, TaskRetryOptions? options, Func<Task<T>> call) => options switch
    {
        { Policy: { } policy } => WithPolicy(context, policy, call),
        { Handler: { } handler } => WithHandler(context, handler, call),
        _ => call(),
    };

    private static async Task<T> WithPolicy<T>(TaskOrchestrationContext context, RetryPolicy policy, Func<Task<T>> call)
    {
        var first = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan delay;
            try
            {
                return await call();
            }
            catch (TaskFailedException error) when (!error.IsNonRetriable && attempt < policy.MaxNumberOfAttempts && Delay(error) is { } wait)
            {
                delay = wait;
            }
            catch (TaskFailedException error) when (!error.IsNonRetriable && attempt == policy.MaxNumberOfAttempts)
            {
                // Durable Task sets a timer after the last attempt too, for the sake of old histories; task numbers show it
                await context.CreateTimer(context.CurrentUtcDateTime, CancellationToken.None);
                throw;
            }
            await context.CreateTimer(context.CurrentUtcDateTime.Add(delay), CancellationToken.None);

            TimeSpan? Delay(TaskFailedException error) => Handles(policy, error) && !IsOver(context, policy, first) ? DelayAfter(policy, attempt) : null;
        }
    }

    private static async Task<T> WithHandler<T>(TaskOrchestrationContext context, AsyncRetryHandler handler, Func<Task<T>> call)
    {
        var first = context.CurrentUtcDateTime;
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException error) when (!error.IsNonRetriable)
            {
                var state = new RetryContext(context, failures, error.FailureDetails, context.CurrentUtcDateTime - first, CancellationToken.None);
                if (!await handler(state)) throw;
            }
        }
    }

    // a handler that throws must not hide the failure it was asked about
    private static bool Handles(RetryPolicy policy, TaskFailedException error)
    {
        try
        {
            return policy.Handle(error);
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static bool IsOver(TaskOrchestrationContext context, RetryPolicy policy, DateTime first) =>
        policy.RetryTimeout != Timeout.InfiniteTimeSpan && policy.RetryTimeout < DateTime.MaxValue - first &&
        context.CurrentUtcDateTime >= first + policy.RetryTimeout;

    private static TimeSpan DelayAfter(RetryPolicy policy, int attempt)
    {
        var milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : policy.MaxRetryInterval;
        return milliseconds < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : longest;
    }
}
