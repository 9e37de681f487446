using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Podium.Emulator.Hosting;

namespace Podium.Emulator.Runtime;

/// <summary>Runs functions: a scope, the middleware in order, the bound parameters, the method.</summary>
public sealed partial class FunctionInvoker
{
    private readonly FunctionExecutionDelegate _pipeline;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _clock;
    private readonly HostJson _host;
    private readonly Dictionary<FunctionDescriptor, Func<InvocationContext, object?[], object?>> _calls = [];

    /// <summary>Builds the pipeline from the middleware the app registered.</summary>
    public FunctionInvoker(MiddlewareList middleware, IServiceProvider services, IServiceScopeFactory scopes, TimeProvider clock, HostJson host)
    {
        _scopes = scopes;
        _clock = clock;
        _host = host;
        _pipeline = middleware.Build(services, ExecuteAsync);
    }

    /// <summary>Compiles the call of a function, once, at start-up.</summary>
    public void Prepare(FunctionDescriptor function) => _calls[function] = Compile(function.Method);

    /// <summary>
    /// Runs a function and answers its result (null for void). What the function or a middleware throws is thrown on.
    /// </summary>
    public async Task<object?> InvokeAsync(FunctionDescriptor function, Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Services is { } given) return await RunAsync(function, invocation, given, cancellationToken);
        await using var scope = _scopes.CreateAsyncScope();
        return await RunAsync(function, invocation, scope.ServiceProvider, cancellationToken);
    }

    /// <summary>As <see cref="InvokeAsync"/>, with the context of a caller who must see it (HTTP writes the result from it).</summary>
    public async Task<object?> RunAsync(FunctionDescriptor function, Invocation invocation, IServiceProvider services, CancellationToken cancellationToken)
    {
        // an orchestrator's turn is short by nature; everything else has the time host.json gives it
        using var limit = invocation.Quiet ? null : TimeLimit.Start(_host.FunctionTimeout, _clock, cancellationToken);
        var context = new InvocationContext(function, invocation, services, limit?.Token ?? cancellationToken);
        invocation.Prepare?.Invoke(context);
        var started = Stopwatch.GetTimestamp();
        function.Statistics.Started(_clock.GetUtcNow());
        var logger = invocation.Quiet ? null : LoggerOf(services, function);
        if (logger is not null) LogExecuting(logger, function.Name, invocation.Reason, context.InvocationId);
        try
        {
            await _pipeline(context);
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (!invocation.Quiet) function.Statistics.Finished(elapsed, null);
            if (logger is not null) LogExecuted(logger, function.Name, context.InvocationId, (long)elapsed.TotalMilliseconds);
            return context.Result.Value;
        }
        catch (Exception thrown)
        {
            var error = limit is { Exceeded: true } && thrown is OperationCanceledException
                ? new TimeoutException($"Timeout value of {_host.FunctionTimeout} exceeded by function '{function.Name}' (Id: '{context.InvocationId}').", thrown)
                : thrown;
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (!invocation.Quiet) function.Statistics.Finished(elapsed, error);
            if (logger is not null) LogFailed(logger, error, function.Name, context.InvocationId, (long)elapsed.TotalMilliseconds);
            if (error == thrown) throw;
            throw error;
        }
    }

    private async Task ExecuteAsync(FunctionContext context)
    {
        var invocation = (InvocationContext)context;
        var binders = invocation.Function.Binders;
        var arguments = binders.Length == 0 ? [] : new object?[binders.Length];
        for (var i = 0; i < binders.Length; i++) arguments[i] = await binders[i](invocation);

        var returned = _calls[invocation.Function](invocation, arguments);
        invocation.Result.Value = await ResultReader.ReadAsync(returned, invocation.Function.Method.ReturnType);
    }

    // (context, arguments) => instance.Method((T0)arguments[0], …), the instance made by the invocation's services.
    private static Func<InvocationContext, object?[], object?> Compile(MethodInfo method)
    {
        var context = Expression.Parameter(typeof(InvocationContext));
        var arguments = Expression.Parameter(typeof(object?[]));
        Expression? instance = null;
        if (!method.IsStatic)
        {
            var factory = ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
            instance = Expression.Convert(
                Expression.Invoke(
                    Expression.Constant(factory),
                    Expression.Property(context, nameof(InvocationContext.InstanceServices)),
                    Expression.Constant(Array.Empty<object?>())),
                method.DeclaringType!);
        }
        var call = Expression.Call(
            instance,
            method,
            method.GetParameters().Select((parameter, i) =>
                (Expression)Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType)));
        Expression body = method.ReturnType == typeof(void)
            ? Expression.Block(call, Expression.Constant(null))
            : Expression.Convert(call, typeof(object));
        return Expression.Lambda<Func<InvocationContext, object?[], object?>>(body, context, arguments).Compile();
    }

    private static ILogger? LoggerOf(IServiceProvider services, FunctionDescriptor function)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger($"Function.{function.Name}");
        return logger.IsEnabled(LogLevel.Information) ? logger : null;
    }

    [LoggerMessage(1, LogLevel.Information, "Executing '{Function}' (Reason='{Reason}', Id={Id})")]
    private static partial void LogExecuting(ILogger logger, string function, string reason, string id);

    [LoggerMessage(2, LogLevel.Information, "Executed '{Function}' (Succeeded, Id={Id}, Duration={Milliseconds}ms)")]
    private static partial void LogExecuted(ILogger logger, string function, string id, long milliseconds);

    [LoggerMessage(3, LogLevel.Error, "Executed '{Function}' (Failed, Id={Id}, Duration={Milliseconds}ms)")]
    private static partial void LogFailed(ILogger logger, Exception error, string function, string id, long milliseconds);
}
