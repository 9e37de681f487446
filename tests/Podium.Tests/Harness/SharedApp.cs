using Podium.Tests.Harness;

[assembly: AssemblyFixture(typeof(SharedApp))]

namespace Podium.Tests.Harness;

/// <summary>One app for the tests that need no clock of their own; each works in its own tenant.</summary>
public sealed class SharedApp : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private PodiumApp? _app;

    public async Task<PodiumApp> AppAsync()
    {
        await _once.WaitAsync();
        try
        {
            return _app ??= await PodiumApp.StartAsync();
        }
        finally
        {
            _once.Release();
        }
    }

    public async Task<TestTenant> TenantAsync() => await TestTenant.CreateAsync(await AppAsync());

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _once.Dispose();
    }
}
