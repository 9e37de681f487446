using Microsoft.Azure.Functions.Worker.Middleware;

namespace Podium.Emulator.Hosting;

/// <summary>The app's middleware in the order of registration.</summary>
public sealed class MiddlewareList
{
    private readonly List<Func<IServiceProvider, FunctionExecutionDelegate, FunctionExecutionDelegate>> _layers = [];

    /// <summary>Adds a layer inside those already there.</summary>
    public void Add(Func<IServiceProvider, FunctionExecutionDelegate, FunctionExecutionDelegate> layer) => _layers.Add(layer);

    internal FunctionExecutionDelegate Build(IServiceProvider services, FunctionExecutionDelegate innermost)
    {
        var pipeline = innermost;
        for (var i = _layers.Count - 1; i >= 0; i--) pipeline = _layers[i](services, pipeline);
        return pipeline;
    }
}
