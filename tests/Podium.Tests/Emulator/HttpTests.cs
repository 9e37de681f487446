using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Podium.Emulator.Hosting;
using Podium.Emulator.Http;
using Podium.Tests.Harness;

namespace Podium.Tests.Emulator;

public sealed class HttpTests(HttpTests.SharedApp shared) : IClassFixture<HttpTests.SharedApp>
{
    private readonly PodiumApp _app = shared.App;

    [Fact]
    public async Task A_route_carries_the_prefix_and_its_values_bind_by_name_without_regard_to_case()
    {
        Assert.Equal("7/abc", await _app.Http.GetStringAsync("api/ITEMS/7/abc"));
    }

    [Fact]
    public async Task A_query_value_binds_by_name_and_the_route_wins_over_it()
    {
        Assert.Equal("7/abc", await _app.Http.GetStringAsync("api/items/7/abc?number=9"));
        Assert.Equal("hello", await _app.Http.GetStringAsync("api/query?word=hello"));
        Assert.Equal("nothing", await _app.Http.GetStringAsync("api/query"));
    }

    [Fact]
    public async Task A_guid_in_the_route_is_parsed()
    {
        var id = Guid.NewGuid();
        Assert.Equal($"{id}", await _app.Http.GetStringAsync($"api/guid/{id}"));
    }

    [Fact]
    public async Task A_value_that_cannot_be_converted_is_a_500_with_an_empty_body_as_in_the_real_worker()
    {
        var answer = await _app.Http.GetAsync("api/guid/not-a-guid");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("api/poco")]
    [InlineData("api/text")]
    public async Task A_poco_or_a_string_makes_no_response_body(string path)
    {
        var answer = await _app.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task An_action_result_is_executed()
    {
        var answer = await _app.Http.GetAsync("api/action");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("{\"name\":\"Ada\"}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_exception_nobody_catches_is_a_500_with_an_empty_body()
    {
        var answer = await _app.Http.GetAsync("api/throws");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("{", "application/json")]
    [InlineData("{\"name\":\"Ada\"}", "text/plain")]
    public async Task A_body_that_cannot_be_read_is_a_500_not_a_400(string body, string type)
    {
        var answer = await _app.Http.PostAsync("api/body", new StringContent(body, Encoding.UTF8, type));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_binds_as_json()
    {
        var answer = await _app.Http.PostAsJsonAsync("api/body", new { name = "Ada" });
        Assert.Equal("Ada", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST", "api/query")]
    [InlineData("GET", "api/nowhere")]
    [InlineData("GET", "query")]
    [InlineData("GET", "api/switched-off")]
    public async Task An_unknown_path_or_method_or_a_disabled_function_is_a_404(string method, string path)
    {
        await using var app = await PodiumApp.StartAsync(
            [typeof(Endpoints)], new AppOptions { Settings = new Dictionary<string, string?> { ["AzureWebJobs.SwitchedOff.Disabled"] = "true" } });
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).StatusCode);
    }

    [Fact]
    public async Task A_function_of_level_Function_wants_a_key()
    {
        var keys = _app.Services.GetRequiredService<FunctionKeys>();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("api/guarded", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("api/guarded", "wrong"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("api/guarded", keys.Default));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("api/guarded", keys.Master));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"api/guarded?code={Uri.EscapeDataString(keys.Default)}", null));
    }

    [Fact]
    public async Task A_function_of_level_Admin_wants_the_master_key()
    {
        var keys = _app.Services.GetRequiredService<FunctionKeys>();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("api/sealed", keys.Default));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("api/sealed", keys.Master));
    }

    [Fact]
    public async Task The_keys_survive_a_restart()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Endpoints)]);
        var before = app.Services.GetRequiredService<FunctionKeys>().Default;
        await app.RestartAsync();
        Assert.Equal(before, app.Services.GetRequiredService<FunctionKeys>().Default);
    }

    [Fact]
    public async Task A_client_that_disconnects_cancels_the_functions_token()
    {
        Endpoints.Cancelled = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var call = _app.Http.GetAsync("api/waits", impatient.Token);
        await Endpoints.Waiting.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Endpoints.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_function_that_takes_longer_than_functionTimeout_is_cancelled_on_the_clock()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Sleeper)], new AppOptions { Host = new HostJson { FunctionTimeout = TimeSpan.FromMinutes(10) } });
        var call = app.Http.GetAsync("api/sleeps");
        await Sleeper.Asleep.Task;
        await app.AdvanceAsync(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.False(call.IsCompleted);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.InternalServerError, (await call).StatusCode);
        Assert.Contains("Timeout value of 00:10:00 exceeded by function 'Sleeps'", app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_route_the_functions_name_is_the_route_and_an_empty_prefix_is_no_prefix()
    {
        await using var app = await PodiumApp.StartAsync([typeof(Endpoints)], new AppOptions { Host = new HostJson { RoutePrefix = "" } });
        Assert.Equal("named", await app.Http.GetStringAsync("Named"));
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Add("x-functions-key", key);
        return (await _app.Http.SendAsync(request)).StatusCode;
    }

    public sealed class SharedApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync([typeof(Endpoints)]);

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }

    public static class Endpoints
    {
        public static readonly TaskCompletionSource Waiting = new();

        public static TaskCompletionSource Cancelled { get; set; } = new();

        [Function("Items")]
        public static IResult Items([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{number:int}/{name}")] HttpRequest request, int number, string name) =>
            TypedResults.Text($"{number}/{name}");

        [Function("Query")]
        public static IResult Query([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "query")] HttpRequest request, string? word) =>
            TypedResults.Text(word ?? "nothing");

        [Function("GuidRoute")]
        public static IResult GuidRoute([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "guid/{id}")] HttpRequest request, Guid id) =>
            TypedResults.Text(id.ToString());

        [Function("Poco")]
        public static Person Poco([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "poco")] HttpRequest request) => new("Ada");

        [Function("Text")]
        public static Task<string> Text([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "text")] HttpRequest request) => Task.FromResult("text");

        [Function("Action")]
        public static async ValueTask<IActionResult> Action([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "action")] HttpRequest request)
        {
            await Task.Yield();
            return new AcceptedResult((string?)null, new Person("Ada"));
        }

        [Function("Throws")]
        public static IResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequest request) =>
            throw new InvalidOperationException("on purpose");

        [Function("Body")]
        public static IResult Body([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "body")] HttpRequest request, [Microsoft.Azure.Functions.Worker.Http.FromBody] Person person) =>
            TypedResults.Text(person.Name);

        [Function("Guarded")]
        public static IResult Guarded([HttpTrigger(AuthorizationLevel.Function, "get", Route = "guarded")] HttpRequest request) => TypedResults.Ok();

        [Function("Sealed")]
        public static IResult Sealed([HttpTrigger(AuthorizationLevel.Admin, "get", Route = "sealed")] HttpRequest request) => TypedResults.Ok();

        [Function("SwitchedOff")]
        public static IResult SwitchedOff([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "switched-off")] HttpRequest request) => TypedResults.Ok();

        [Function("Named")]
        public static IResult Named([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Text("named");

        [Function("Waits")]
        public static async Task<IResult> Waits([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "waits")] HttpRequest request, CancellationToken cancellationToken)
        {
            await using var registration = cancellationToken.Register(() => Cancelled.TrySetResult());
            Waiting.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return TypedResults.Ok();
        }
    }

    public static class Sleeper
    {
        public static readonly TaskCompletionSource Asleep = new();

        [Function("Sleeps")]
        public static async Task<IResult> Sleeps([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "sleeps")] HttpRequest request, CancellationToken cancellationToken)
        {
            Asleep.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return TypedResults.Ok();
        }
    }

    public sealed record Person(string Name);
}
