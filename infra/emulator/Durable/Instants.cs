namespace Podium.Emulator.Durable;

/// <summary>Instants as PostgreSQL keeps them, in microseconds: a replay must see to the tick what the first run saw.</summary>
internal static class Instants
{
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcTicks;
        return new DateTimeOffset(now - now % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    /// <summary>Rounded up, so that nothing is due early.</summary>
    public static DateTimeOffset Due(DateTimeOffset instant)
    {
        var excess = instant.UtcTicks % TimeSpan.TicksPerMicrosecond;
        return excess == 0 ? instant.ToUniversalTime() : new DateTimeOffset(instant.UtcTicks - excess + TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }
}
