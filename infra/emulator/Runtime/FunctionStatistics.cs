namespace Podium.Emulator.Runtime;

/// <summary>Counts and last run of one function since the emulator started.</summary>
public sealed class FunctionStatistics
{
    private long _succeeded;
    private long _failed;

    /// <summary>Runs that ended well.</summary>
    public long Succeeded => Interlocked.Read(ref _succeeded);

    /// <summary>Runs that threw.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>When the last run began, by the emulator's clock.</summary>
    public DateTimeOffset? LastStarted { get; private set; }

    /// <summary>How long the last finished run took, in real time.</summary>
    public TimeSpan? LastDuration { get; private set; }

    /// <summary>The message of the last run that threw.</summary>
    public string? LastError { get; private set; }

    internal void Started(DateTimeOffset at) => LastStarted = at;

    internal void Finished(TimeSpan duration, Exception? error)
    {
        LastDuration = duration;
        if (error is null)
        {
            Interlocked.Increment(ref _succeeded);
            return;
        }
        Interlocked.Increment(ref _failed);
        LastError = error.Message;
    }
}
