using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Podium.Functions.Api;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Problems;

namespace Podium.Functions.Middleware;

/// <summary>Keeps one caller from taking the app away from the others, and says in the RateLimit headers how much is left.</summary>
public sealed class RateLimiting(ApiCatalogue api, RateLimits limits) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && api.Find(context.FunctionDefinition.Name) is { } endpoint && http.Features.Get<Caller>() is { } caller)
        {
            var name = endpoint.Operation.Limit ?? (caller.IsSignedIn ? RateLimits.Person : RateLimits.Anyone);
            var verdict = limits.Take(name, name == RateLimits.Person ? $"{caller.UserId}" : $"{caller.TenantId} {RateLimits.NetworkOf(caller.Address)}");
            var headers = http.Response.Headers;
            headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={verdict.Policy.Calls};w={verdict.Policy.Window.TotalSeconds:0}");
            headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={verdict.Remaining};t={Math.Ceiling(verdict.Wait.TotalSeconds):0}");
            if (!verdict.Allowed) throw new ProblemException(new Problem(CommonProblems.RateLimited) { RetryAfter = verdict.Wait });
        }
        return next(context);
    }
}
