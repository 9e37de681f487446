using System.Diagnostics;

namespace Podium.Platform;

/// <summary>The source of the platform's traces.</summary>
public static class Telemetry
{
    public static readonly ActivitySource Source = new("Podium");
}
