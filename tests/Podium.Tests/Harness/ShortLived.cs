using System.Runtime.CompilerServices;

namespace Podium.Tests.Harness;

/// <summary>The apps that tests start as processes of their own live for seconds: they compile as the tests do (see the project file), without profiling what they run.</summary>
internal static class ShortLived
{
    [ModuleInitializer]
    internal static void Begin() => Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
}
