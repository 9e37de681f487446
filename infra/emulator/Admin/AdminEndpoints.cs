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

namespace Podium.Emulator.Admin;

/// <summary>The status page at /admin/emulator and what it can do.</summary>
internal static class AdminEndpoints
{
    private const string Root = "/admin/emulator";
    private const int MostPeeked = 100;

    // only the page's own script and style, by their hashes
    private static readonly (byte[] Html, string Policy) Page = LoadPage();

    public static IServiceCollection AddAdmin(this IServiceCollection services) => services.AddSingleton<EmulatorStatus>();

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var status = routes.ServiceProvider.GetRequiredService<EmulatorStatus>();
        var queues = routes.ServiceProvider.GetRequiredService<QueueAdmin>();
        var catalog = routes.ServiceProvider.GetRequiredService<FunctionCatalog>();
        var timers = routes.ServiceProvider.GetRequiredService<TimerTriggerKind>();
        var durable = routes.ServiceProvider.GetRequiredService<DurableTaskClient>();

        Map("GET", "", async http => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Html(http)
            : Results.Json(await status.ReadAsync(http.RequestAborted)));
        Map("GET", "/status", async http => Results.Json(await status.ReadAsync(http.RequestAborted)));
        Map("POST", "/timers/{name}/run", http => RunTimerAsync(Route(http, "name"), catalog, timers));
        Map("GET", "/queues/{queue}", http => PeekAsync(http, queues));
        Map("POST", "/queues/{queue}/replay", http => ReplayAsync(http, queues));
        Map("DELETE", "/queues/{queue}/dead", http => PurgeAsync(http, queues));
        Map("GET", "/orchestrations/{id}", async http =>
            await status.ReadInstanceAsync(Route(http, "id"), http.RequestAborted) is { } instance ? Results.Json(instance) : Unknown("orchestration", Route(http, "id")));
        Map("POST", "/orchestrations/{id}/{action}", http => ActAsync(http, durable));

        void Map(string method, string path, Func<HttpContext, Task<IResult>> answer) => routes.MapMethods(Root + path, [method], async http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            var result = AdminGate.Refuse(http.Request) is { } reason ? Error(reason, StatusCodes.Status403Forbidden) : await answer(http);
            await result.ExecuteAsync(http);
        });
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

    /// <summary>Reads an optional number of the query; false, with the answer to give, where there is something else.</summary>
    private static bool TryNumber(HttpContext http, string name, out long? number, out IResult? fault)
    {
        (number, fault) = (null, null);
        if (!http.Request.Query.TryGetValue(name, out var text)) return true;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) number = value;
        else fault = Error($"The query's {name} '{text}' is not a number.", StatusCodes.Status400BadRequest);
        return fault is null;
    }

    private static string Route(HttpContext http, string name) => (string)http.GetRouteValue(name)!;

    private static IResult Unknown(string what, string name) => Error($"There is no {what} '{name}'.", StatusCodes.Status404NotFound);

    private static IResult Error(string sentence, int status) => Results.Json(new { error = sentence }, statusCode: status);

    private static IResult Html(HttpContext http)
    {
        http.Response.Headers.ContentSecurityPolicy = Page.Policy;
        return Results.Bytes(Page.Html, "text/html; charset=utf-8");
    }

    private static (byte[], string) LoadPage()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("admin/index.html")!);
        var html = reader.ReadToEnd();
        return (Encoding.UTF8.GetBytes(html),
            $"default-src 'none'; connect-src 'self'; script-src {Hash("script")}; style-src {Hash("style")}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

        string Hash(string element)
        {
            var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
            var content = html[start..html.IndexOf($"</{element}>", StringComparison.Ordinal)];
            return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
        }
    }
}
