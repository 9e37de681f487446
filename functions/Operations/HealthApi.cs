using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Operations;
using Podium.Platform.Api;

namespace Podium.Functions.Operations;

/// <summary>Whether the app runs and can serve, for load balancers.</summary>
public sealed class HealthApi(CheckHealth checkHealth)
{
    public sealed record Alive(string Status);

    public sealed record Ready(string Status, IReadOnlyList<CheckHealth.Part> Parts);

    [Function("HealthLive"), Open]
    [Operation("Whether the app runs", Answer = typeof(Alive))]
    public static IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health/live")] HttpRequest request) =>
        Answer.Ok(new Alive("alive"));

    [Function("HealthReady"), Open]
    [Operation("Whether the app can serve", Description = "503 where a part it needs does not answer.", Answer = typeof(Ready), AlsoStatus = [503])]
    public async Task<IResult> GetReady([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health/ready")] HttpRequest request)
    {
        var health = await checkHealth.Run(request.HttpContext.RequestAborted);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new Ready(health.Healthy ? "healthy" : "unhealthy", health.Parts),
            statusCode: health.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
