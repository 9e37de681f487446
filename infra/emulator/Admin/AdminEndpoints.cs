using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Queues;
using Podium.Emulator.Runtime;
using Podium.Emulator.Timers;

using static Podium.Emulator.Admin.AdminRoutes;

namespace Podium.Emulator.Admin;

/// <summary>The status page at /admin/emulator and what it can do.</summary>
internal static class AdminEndpoints
{
    private const int MostPeeked = 100;

    private static readonly AdminPage Page = AdminPage.Load("index.html");

    public static IServiceCollection AddAdmin(this IServiceCollection services) => services.AddSingleton<EmulatorStatus>();

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var status = routes.ServiceProvider.GetRequiredService<EmulatorStatus>();
        var queues = routes.ServiceProvider.GetRequiredService<QueueAdmin>();
        var catalog = routes.ServiceProvider.GetRequiredService<FunctionCatalog>();
        var timers = routes.ServiceProvider.GetRequiredService<TimerTriggerKind>();
        var durable = routes.ServiceProvider.GetRequiredService<DurableTaskClient>();

        routes.MapAdmin("GET", "", async http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Page.Answer(http)
            : Results.Json(await status.ReadAsync(http.RequestAborted)));
        routes.MapAdmin("GET", "/status", async http => Results.Json(await status.ReadAsync(http.RequestAborted)));
        routes.MapAdmin("POST", "/timers/{name}/run", http => RunTimerAsync(Route(http, "name"), catalog, timers));
        routes.MapAdmin("GET", "/queues/{queue}", http => PeekAsync(http, queues));
        routes.MapAdmin("POST", "/queues/{queue}/replay", http => ReplayAsync(http, queues));
        routes.MapAdmin("DELETE", "/queues/{queue}/dead", http => PurgeAsync(http, queues));
        routes.MapAdmin("GET", "/orchestrations/{id}", async http =>
            await status.ReadInstanceAsync(Route(http, "id"), http.RequestAborted) is { } instance ? Results.Json(instance) : Unknown("orchestration", Route(http, "id")));
        routes.MapAdmin("POST", "/orchestrations/{id}/{action}", http => ActAsync(http, durable));
    }

    private static async Task<IResult> RunTimerAsync(string name, FunctionCatalog catalog, TimerTriggerKind timers)
    {
        if (catalog.Find(name) is not { } function || timers.Timers.All(timer => timer.Function != function)) return Unknown("timer", name);
        if (function.Disabled) return Error($"The timer '{function.Name}' is disabled by a setting.", StatusCodes.Status409Conflict);
        var run = timers.RunNowAsync(function);
        // an answer of "running already" comes at once; a run may take its time
        return run.IsCompleted && !await run ? Error($"The timer '{function.Name}' is running already.", StatusCodes.Status409Conflict) : Results.Accepted();
    }

    private static async Task<IResult> PeekAsync(HttpContext http, QueueAdmin queues)
    {
        var queue = Route(http, "queue");
        if (!await queues.ExistsAsync(queue, http.RequestAborted)) return Unknown("queue", queue);
        if (!TryNumber(http, "from", out var from, out var fault) || !TryNumber(http, "top", out var top, out fault)) return fault!;
        var most = (int)Math.Clamp(top ?? 20, 1, MostPeeked);
        return Results.Json(await queues.PeekAsync(queue, http.Request.Query["dead"] == "true", from ?? 0, most, http.RequestAborted));
    }

    private static async Task<IResult> ReplayAsync(HttpContext http, QueueAdmin queues)
    {
        var queue = Route(http, "queue");
        if (!await queues.ExistsAsync(queue, http.RequestAborted)) return Unknown("queue", queue);
        // a slip in the number must not become "all of them"
        if (!TryNumber(http, "sequence", out var sequence, out var fault)) return fault!;
        return Results.Json(new { replayed = await queues.ReplayAsync(queue, sequence, http.RequestAborted) });
    }

    private static async Task<IResult> PurgeAsync(HttpContext http, QueueAdmin queues)
    {
        var queue = Route(http, "queue");
        return await queues.ExistsAsync(queue, http.RequestAborted)
            ? Results.Json(new { purged = await queues.PurgeDeadAsync(queue, http.RequestAborted) })
            : Unknown("queue", queue);
    }

    private static async Task<IResult> ActAsync(HttpContext http, DurableTaskClient durable)
    {
        var id = Route(http, "id");
        if (await durable.GetInstanceAsync(id, http.RequestAborted) is not { } instance) return Unknown("orchestration", id);
        var action = Route(http, "action");
        if (action == "purge")
        {
            return (await durable.PurgeInstanceAsync(id, http.RequestAborted)).PurgedInstanceCount > 0
                ? Results.Ok()
                : Error($"The orchestration '{id}' still runs; only what has ended is purged.", StatusCodes.Status409Conflict);
        }
        if (instance.IsCompleted) return Error($"The orchestration '{id}' has ended.", StatusCodes.Status409Conflict);
        const string Reason = "by hand, on the status page";
        switch (action)
        {
            case "terminate": await durable.TerminateInstanceAsync(id, (object)Reason, http.RequestAborted); break;
            case "suspend": await durable.SuspendInstanceAsync(id, Reason, http.RequestAborted); break;
            case "resume": await durable.ResumeInstanceAsync(id, Reason, http.RequestAborted); break;
            default: return Unknown("action", action);
        }
        return Results.Accepted();
    }
}
