using System.Collections.Concurrent;

namespace Podium.Learning.Sandbox;

/// <summary>A pool of child processes on this machine, as many as it has processors; started when they are first wanted.</summary>
public sealed class LocalSandbox : ICodeSandbox, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount);
    private readonly ConcurrentBag<SandboxWorker> _idle = [];
    private bool _disposed;

    public async Task<CodeReport?> RunAsync(PageCode page, IReadOnlyList<ChallengeTest> tests, CodeLimits limits, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(Patience, cancellationToken)) return null;
        try
        {
            var worker = _idle.TryTake(out var idle) ? idle : await SandboxWorker.StartAsync(cancellationToken);
            try
            {
                return await worker.RunAsync(page, tests, limits, cancellationToken);
            }
            finally
            {
                if (worker.IsSpent || _disposed) await worker.DisposeAsync();
                else _idle.Add(worker);
            }
        }
        finally
        {
            _places.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        while (_idle.TryTake(out var worker)) await worker.DisposeAsync();
    }
}
