namespace Podium.Emulator.Durable;

/// <summary>What the durable extension accepts as an instance id.</summary>
internal static class InstanceIds
{
    private const int Longest = 100;

    public static void Check(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        if (instanceId[0] == '@') throw new ArgumentException("Orchestration instance ids must not start with @.", nameof(instanceId));
        if (instanceId.Any(c => c is '/' or '\\' or '?' or '#' || char.IsControl(c)))
            throw new ArgumentException("Orchestration instance ids must not contain /, \\, #, ?, or control characters.", nameof(instanceId));
        if (instanceId.Length > Longest) throw new ArgumentException($"Instance ID lengths must not exceed {Longest} characters.", nameof(instanceId));
    }
}
