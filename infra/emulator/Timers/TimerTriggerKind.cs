using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Clock;
using Podium.Emulator.Hosting;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Timers;

/// <summary>Timer triggers: each function has one timer of the emulator's clock, and never overlaps itself.</summary>
public sealed class TimerTriggerKind(
    FunctionInvoker invoker, TimerMonitor monitor, EmulatorSettings settings, TimeProvider clock, WorkTracker tracker, ILogger<TimerTriggerKind> log) : ITriggerKind
{
    private readonly Dictionary<FunctionDescriptor, TimerFunction> _timers = [];

    /// <inheritdoc />
    public Type AttributeType => typeof(TimerTriggerAttribute);

    /// <summary>The timers, for the status page.</summary>
    public IReadOnlyCollection<TimerFunction> Timers => _timers.Values;

    /// <inheritdoc />
    public ParameterBinder Add(FunctionDescriptor function)
    {
        if (function.TriggerParameter.ParameterType != typeof(TimerInfo))
            throw new EmulatorException($"The timer trigger of function '{function.Name}' must be a TimerInfo, not {function.TriggerParameter.ParameterType.Name}.");
        var attribute = (TimerTriggerAttribute)function.Trigger;
        var schedule = TimerSchedule.Parse(settings.Resolve(attribute.Schedule, function.Name), function.Name);
        _timers[function] = new TimerFunction(function, attribute, schedule, RetryDelays.Read(function), invoker, monitor, clock, tracker, log);
        return static invocation => new ValueTask<object?>(invocation.TriggerValue);
    }

    /// <inheritdoc />
    public string Describe(FunctionDescriptor function) => $"timerTrigger {_timers[function].Schedule.Text}";

    /// <summary>Runs a timer's function now, whatever its schedule says; false when it runs already.</summary>
    public Task<bool> RunNowAsync(FunctionDescriptor function) => _timers[function].RunNowAsync();

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var known = await monitor.LoadAsync(cancellationToken);
        foreach (var timer in _timers.Values.Where(timer => !timer.Function.Disabled))
            timer.Start(known.GetValueOrDefault(timer.Function.Name));
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_timers.Values.Select(timer => timer.StopAsync(cancellationToken)));
}
