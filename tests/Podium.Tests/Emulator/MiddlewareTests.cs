using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class MiddlewareTests
{
    [Fact]
    public async Task Middleware_runs_in_the_order_of_registration_around_the_function_and_shares_items()
    {
        await using var app = await StartAsync();
        Assert.Equal("item", await app.Http.GetStringAsync("api/echo"));
        Assert.Equal(["outer in", "inner in", "function", "inner out", "outer out"], Seen(app).Where(line => !line.StartsWith("disposed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Middleware_may_answer_by_itself_and_may_replace_an_exception()
    {
        await using var app = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo") { Headers = { { "x-stop", "1" } } };
        Assert.Equal(HttpStatusCode.Conflict, (await app.Http.SendAsync(request)).StatusCode);
        Assert.DoesNotContain("function", Seen(app));

        var replaced = await app.Http.GetAsync("api/throws");
        Assert.Equal(StatusCodes.Status418ImATeapot, (int)replaced.StatusCode);
    }

    [Fact]
    public async Task One_scope_serves_the_middleware_the_function_and_the_request_and_is_disposed_afterwards()
    {
        await using var app = await StartAsync();
        var ids = (await app.Http.GetStringAsync("api/scope")).Split(' ');
        Assert.Equal(3, ids.Length);
        Assert.Single(ids.Distinct());
        var other = (await app.Http.GetStringAsync("api/scope")).Split(' ');
        Assert.NotEqual(ids[0], other[0]);
        await app.UntilAsync("both scopes are disposed", () => Task.FromResult(Seen(app).Count(line => line.StartsWith("disposed", StringComparison.Ordinal)) == 2 ? new object() : null));
    }

    [Fact]
    public async Task UseWhen_applies_where_its_condition_holds()
    {
        await using var app = await PodiumApp.StartAsync(
            [typeof(Endpoints)],
            new AppOptions { Services = services => services.AddSingleton<ConcurrentQueue<string>>().AddScoped<Scoped>() },
            builder => builder.UseWhen(context => context.FunctionDefinition.Name == "Throws", async (context, next) =>
            {
                await Task.Yield();
                context.GetInvocationResult().Value = TypedResults.StatusCode(204);
            }));
        Assert.Equal(HttpStatusCode.NoContent, (await app.Http.GetAsync("api/throws")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync("api/echo")).StatusCode);
    }

    [Fact]
    public async Task Static_functions_value_tasks_and_void_work_and_every_invocation_has_its_own_id()
    {
        await using var app = await StartAsync();
        var first = await app.Http.GetStringAsync("api/static");
        Assert.NotEqual(first, await app.Http.GetStringAsync("api/static"));
        Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync("api/void")).StatusCode);
    }

    private static Task<PodiumApp> StartAsync() => PodiumApp.StartAsync(
        [typeof(Endpoints)],
        new AppOptions { Services = services => services.AddSingleton<ConcurrentQueue<string>>().AddScoped<Scoped>() },
        builder => builder.UseMiddleware<Outer>().UseMiddleware<Inner>());

    private static ConcurrentQueue<string> Seen(PodiumApp app) => app.Services.GetRequiredService<ConcurrentQueue<string>>();

    public sealed class Scoped(ConcurrentQueue<string> seen) : IDisposable
    {
        public Guid Id { get; } = Guid.NewGuid();

        public void Dispose() => seen.Enqueue($"disposed {Id}");
    }

    public sealed class Outer(ConcurrentQueue<string> seen) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            seen.Enqueue("outer in");
            try
            {
                await next(context);
            }
            catch (InvalidOperationException)
            {
                context.GetInvocationResult().Value = TypedResults.StatusCode(StatusCodes.Status418ImATeapot);
            }
            seen.Enqueue("outer out");
        }
    }

    public sealed class Inner(ConcurrentQueue<string> seen) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            seen.Enqueue("inner in");
            if (context.GetHttpContext()!.Request.Headers.ContainsKey("x-stop"))
            {
                context.GetInvocationResult().Value = TypedResults.Conflict();
                return;
            }
            context.Items["key"] = "item";
            context.Items["scope"] = context.InstanceServices.GetRequiredService<Scoped>().Id;
            await next(context);
            seen.Enqueue("inner out");
        }
    }

    public sealed class Endpoints(ConcurrentQueue<string> seen, Scoped scoped)
    {
        [Function("Echo")]
        public IResult Echo([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "echo")] HttpRequest request, FunctionContext context)
        {
            seen.Enqueue("function");
            return TypedResults.Text(context.Items.TryGetValue("key", out var item) ? (string)item : "");
        }

        [Function("Throws")]
        public static IResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequest request) =>
            throw new InvalidOperationException("on purpose");

        [Function("Scope")]
        public IResult Scope([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "scope")] HttpRequest request, FunctionContext context) =>
            TypedResults.Text($"{scoped.Id} {request.HttpContext.RequestServices.GetRequiredService<Scoped>().Id} {context.Items["scope"]}");

        [Function("Static")]
        public static async ValueTask<IResult> Static([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "static")] HttpRequest request, FunctionContext context)
        {
            await Task.Yield();
            return TypedResults.Text(context.InvocationId);
        }

        [Function("Void")]
        public static void Void([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "void")] HttpRequest request) => _ = request;
    }
}
