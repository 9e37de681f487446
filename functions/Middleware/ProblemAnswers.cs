using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Podium.Platform.Problems;

namespace Podium.Functions.Middleware;

/// <summary>Turns what an HTTP function throws into problem details: the caller's faults into 400, ours into 500 without inner details.</summary>
public sealed partial class ProblemAnswers(ILogger<ProblemAnswers> log) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (BadHttpRequestException error)
        {
            Answer(context, Problem.Malformed(error.Message) with { Status = error.StatusCode });
        }
        catch (Exception error) when (error is FunctionInputConverterException or JsonException || error.InnerException is JsonException)
        {
            Answer(context, Problem.Malformed("The request could not be read: " + error.Message));
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            LogUnexpected(log, error, context.FunctionDefinition.Name);
            Answer(context, Problem.Unexpected);
        }
    }

    private static void Answer(FunctionContext context, Problem problem) =>
        context.GetInvocationResult().Value = problem.ToResult(context.GetHttpContext()!.Response.Headers["X-Correlation-Id"]);

    [LoggerMessage(100, LogLevel.Error, "Function '{Function}' failed unexpectedly.")]
    private static partial void LogUnexpected(ILogger logger, Exception error, string function);
}
