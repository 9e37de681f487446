using System.Text.Json;
using Podium.Learning.Sandbox;
using Podium.Tests.Learning;

[assembly: AssemblyFixture(typeof(SandboxPool))]

namespace Podium.Tests.Learning;

/// <summary>One pool of workers for all tests of the sandbox.</summary>
public sealed class SandboxPool : IAsyncDisposable
{
    // what hostile programs are given; real attempts get more
    public static readonly CodeLimits Small = new() { CpuMs = 300, MemoryBytes = 32 << 20 };

    public LocalSandbox Sandbox { get; } = new();

    public static ChallengeTest Test(string check, bool fresh = false) => new() { Name = "test", Fresh = fresh, Check = JsonDocument.Parse(check).RootElement };

    public static ChallengeTest Code(string code) => new() { Name = "test", Code = code };

    public async Task<CodeReport> RunAsync(string html = "", string css = "", string js = "", CodeLimits? limits = null, params ChallengeTest[] tests) =>
        await Sandbox.RunAsync(new PageCode(html, css, js), tests, limits ?? CodeLimits.Default, CancellationToken.None) ?? throw new TimeoutException("No worker was free.");

    public ValueTask DisposeAsync() => Sandbox.DisposeAsync();
}
