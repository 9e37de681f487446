using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Middleware;

/// <summary>A write that comes again with its Idempotency-Key gets the first one's answer and does nothing.</summary>
public sealed partial class Idempotency(ApiCatalogue api, IdempotencyKeys keys, ILogger<Idempotency> log) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http
            || api.Find(context.FunctionDefinition.Name) is not { Changes: true }
            || http.Features.Get<Caller>() is not { } caller
            || http.Request.Headers["Idempotency-Key"] is not { Count: > 0 } header)
        {
            await next(context);
            return;
        }

        var key = header.ToString();
        if (key.Length is 0 or > IdempotencyKeys.MaxKeyLength || key.Any(character => character is < '!' or > '~'))
            throw new ProblemException(Problem.Malformed($"An Idempotency-Key has 1 to {IdempotencyKeys.MaxKeyLength} visible ASCII characters."));
        var begun = await keys.BeginAsync(caller, key, await HashAsync(http.Request), http.RequestAborted);
        if (begun.Problem is { } problem) throw new ProblemException(problem);
        var claim = begun.Value!;
        if (claim.Earlier is { } earlier)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
            context.GetInvocationResult().Value = earlier;
            return;
        }

        JsonAnswer? answer = null;
        try
        {
            await next(context);
            answer = context.GetInvocationResult().Value as JsonAnswer;
        }
        finally
        {
            if (answer is null) await keys.AbandonAsync(caller, claim);
        }
        if (answer is not null) await KeepAsync(caller, claim, answer);
    }

    // the write is done: that its answer cannot be kept must not make the client believe otherwise
    private async Task KeepAsync(Caller caller, IdempotencyKeys.Claim claim, JsonAnswer answer)
    {
        try
        {
            await keys.CompleteAsync(caller, claim, answer);
        }
        catch (NpgsqlException error)
        {
            LogNotKept(log, error);
        }
    }

    private static async Task<byte[]> HashAsync(HttpRequest request)
    {
        if (request.ContentLength > RequestReading.MaxBodyBytes) throw new ProblemException(CommonProblems.TooLarge);
        request.EnableBuffering(RequestReading.MaxBodyBytes, RequestReading.MaxBodyBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var chunk = new byte[8192];
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0) hash.AppendData(chunk, 0, read);
        }
        catch (IOException)
        {
            throw new ProblemException(CommonProblems.TooLarge); // what the buffer throws past its limit
        }
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }

    [LoggerMessage(110, LogLevel.Warning, "The answer to a write with an Idempotency-Key could not be kept; a repetition would run it again.")]
    private static partial void LogNotKept(ILogger logger, Exception error);
}
