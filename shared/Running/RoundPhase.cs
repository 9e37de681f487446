namespace Podium.Running;

/// <summary>Where a round stands.</summary>
public enum RoundPhase
{
    /// <summary>It has not opened.</summary>
    Waiting,

    /// <summary>Those who take part are at work.</summary>
    Open,

    Judging,

    /// <summary>There are places, and the organisers look at them.</summary>
    Confirming,

    /// <summary>Those who take part know the places and may appeal.</summary>
    Appealing,

    Finished,

    Cancelled,
}

/// <summary>Whether a competition goes on by itself.</summary>
public enum RunStatus
{
    Running,
    Paused,
    Finished,

    /// <summary>By the organisers, or because the competition was cancelled.</summary>
    Stopped,
}
