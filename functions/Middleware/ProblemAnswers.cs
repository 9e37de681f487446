using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Podium.Platform.Api;
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
        catch (ProblemException refused)
        {
            Answer(context, refused.Problem);
        }
        catch (BadHttpRequestException error)
        {
            Answer(context, error.StatusCode == StatusCodes.Status413PayloadTooLarge ? CommonProblems.TooLarge : Problem.Malformed(error.Message));
        }
        catch (Exception error) when (error is FunctionInputConverterException or JsonException || error.InnerException is JsonException)
        {
            Answer(context, Problem.Malformed("The request could not be read: " + error.Message));
        }
        catch (Exception error) when (!http.Response.HasStarted && DatabaseProblems.Of(error) is { } known)
        {
            if (known.Kind.Status >= 500) LogUnavailable(log, error, context.FunctionDefinition.Name);
            Answer(context, known);
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            LogUnexpected(log, error, context.FunctionDefinition.Name);
            Answer(context, new Problem(CommonProblems.Unexpected, "Please try again, and tell us the correlation id if it goes on."));
        }
    }

    private static void Answer(FunctionContext context, Problem problem) =>
        context.GetInvocationResult().Value = problem.ToResult(context.GetHttpContext()!.Response.Headers["X-Correlation-Id"]);

    [LoggerMessage(101, LogLevel.Warning, "Function '{Function}' found the database unavailable.")]
    private static partial void LogUnavailable(ILogger logger, Exception error, string function);

    [LoggerMessage(100, LogLevel.Error, "Function '{Function}' failed unexpectedly.")]
    private static partial void LogUnexpected(ILogger logger, Exception error, string function);
}
