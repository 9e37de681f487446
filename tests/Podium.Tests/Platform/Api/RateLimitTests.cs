using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Podium.Functions.Middleware;
using Podium.Platform.Api;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Api;

public sealed class RateLimitTests(RateLimitTests.StrictApp place) : IClassFixture<RateLimitTests.StrictApp>
{
    [Fact]
    public async Task Every_answer_tells_what_is_left_until_nothing_is()
    {
        var tenant = await TestTenant.CreateAsync(place.App);

        for (var call = 1; call <= 6; call++)
        {
            var answer = await tenant.Http.GetAsync("/api/tenant");
            Assert.Equal((HttpStatusCode.OK, "\"anyone\";q=6;w=60", $"\"anyone\";r={6 - call};t={10 * call}"), (answer.StatusCode, Header(answer, "RateLimit-Policy"), Header(answer, "RateLimit")));
            Assert.Null(answer.Headers.RetryAfter);
        }
        var refused = await tenant.Http.GetAsync("/api/tenant");

        await Task.FromResult(refused).ProblemAsync(429, "rate-limited");
        Assert.Equal(("\"anyone\";q=6;w=60", "\"anyone\";r=0;t=10", "10"), (Header(refused, "RateLimit-Policy"), Header(refused, "RateLimit"), Header(refused, "Retry-After")));
    }

    [Fact]
    public async Task Calls_come_back_evenly_with_time()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        Assert.Equal(6, await AllowedAsync(tenant.Http, 8));

        await place.App.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal("1", Header(await tenant.Http.GetAsync("/api/tenant"), "Retry-After"));
        await place.App.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await AllowedAsync(tenant.Http, 2));
        await place.App.AdvanceAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(3, await AllowedAsync(tenant.Http, 5));
        await place.App.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(6, await AllowedAsync(tenant.Http, 8));
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_one_after_another()
    {
        var tenant = await TestTenant.CreateAsync(place.App);

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => tenant.Http.GetAsync("/api/tenant")));

        Assert.Equal(6, answers.Count(answer => answer.IsSuccessStatusCode));
        Assert.Equal(18, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Each_person_has_a_count_of_their_own()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        var ada = await tenant.PersonAsync();
        var grace = await tenant.PersonAsync();
        Assert.Equal(6, await AllowedAsync(tenant.Http, 7));

        Assert.Equal(8, await AllowedAsync(ada.Http, 10, "/api/me"));
        var refused = await ada.Http.GetAsync("/api/me");
        var other = await grace.Http.GetAsync("/api/me");

        Assert.Equal(("\"person\";q=8;w=60", "\"person\";r=0;t=8"), (Header(refused, "RateLimit-Policy"), Header(refused, "RateLimit")));
        Assert.Equal("\"person\";r=7;t=8", Header(other, "RateLimit"));
        // wherever they sign in, it is the same person
        Assert.Equal(HttpStatusCode.TooManyRequests, (await (await tenant.SignInAsync(ada.Email)).Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_counted_by_address()
    {
        var tenant = await TestTenant.CreateAsync(place.App);

        Assert.Equal(6, await AllowedAsync(tenant.Http, 7, from: "203.0.113.1"));
        Assert.Equal(6, await AllowedAsync(tenant.Http, 7, from: "203.0.113.2"));

        Assert.Equal(3, await AllowedAsync(tenant.Http, 3, from: "2001:db8:1:1::1"));
        Assert.Equal(3, await AllowedAsync(tenant.Http, 4, from: "2001:db8:1:1:ffff::2")); // the same network
        Assert.Equal(6, await AllowedAsync(tenant.Http, 7, from: "2001:db8:1:2::1"));
    }

    [Fact]
    public async Task One_tenants_callers_do_not_use_up_anothers()
    {
        var one = await TestTenant.CreateAsync(place.App);
        var other = await TestTenant.CreateAsync(place.App);

        Assert.Equal(6, await AllowedAsync(one.Http, 8));
        Assert.Equal(6, await AllowedAsync(other.Http, 8));
    }

    [Fact]
    public async Task Signing_in_has_a_limit_of_its_own()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        Assert.Equal(6, await AllowedAsync(tenant.Http, 7));

        var answers = new List<HttpResponseMessage>();
        for (var call = 0; call < 13; call++) answers.Add(await tenant.Http.PostAsJsonAsync("/api/sessions", new { email = $"nobody-{call}@example.org", password = "wrong" }));

        Assert.Equal(12, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(("\"credentials\";q=12;w=60", "\"credentials\";r=0;t=5", "5"), (Header(answers[^1], "RateLimit-Policy"), Header(answers[^1], "RateLimit"), Header(answers[^1], "Retry-After")));
    }

    [Fact]
    public async Task What_belongs_to_no_tenant_is_not_counted()
    {
        var keys = await place.App.Http.GetAsync("/.well-known/jwks.json");

        Assert.Equal((HttpStatusCode.OK, null), (keys.StatusCode, Header(keys, "RateLimit")));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(7, 60)]
    [InlineData(59, 60)]
    [InlineData(600, 60)]
    [InlineData(997, 3)]
    public void Exactly_as_many_calls_are_allowed_as_the_policy_says(int calls, int seconds)
    {
        var limits = new RateLimits(Setting($"{calls}/{seconds}"), new StandingClock());

        var verdicts = Enumerable.Range(0, calls + 3).Select(_ => limits.Take(RateLimits.Person, "ada")).ToList();

        Assert.Equal(calls, verdicts.Count(verdict => verdict.Allowed));
        Assert.Equal(Enumerable.Range(0, calls).Reverse(), verdicts.Take(calls).Select(verdict => verdict.Remaining));
        Assert.All(verdicts.Skip(calls), verdict => Assert.InRange(verdict.Wait, TimeSpan.FromTicks(1), verdict.Policy.Cost));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("0/60")]
    [InlineData("600/-1")]
    [InlineData("600/60/1")]
    [InlineData("many/60")]
    public void A_limit_that_is_none_is_refused_with_an_example(string setting)
    {
        var limits = new RateLimits(Setting(setting), new StandingClock());

        var error = Assert.Throws<InvalidOperationException>(() => limits.Take(RateLimits.Person, "ada"));
        Assert.Equal($"The setting 'RateLimits__person' must be calls/seconds, for example 600/60, not '{setting}'.", error.Message);
    }

    private static IConfiguration Setting(string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([new("RateLimits:person", value)]).Build();

    private static async Task<int> AllowedAsync(HttpClient client, int calls, string path = "/api/tenant", string? from = null)
    {
        var allowed = 0;
        for (var call = 0; call < calls; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (from is not null) request.Headers.Add(Admission.AddressHeader, from);
            if ((await client.SendAsync(request)).IsSuccessStatusCode) allowed++;
        }
        return allowed;
    }

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    }

    /// <summary>An app with small limits, behind one proxy.</summary>
    public sealed class StrictApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync(new AppOptions
        {
            Settings = new Dictionary<string, string?>
            {
                ["RateLimits:anyone"] = "6/60",
                ["RateLimits:person"] = "8/60",
                ["RateLimits:credentials"] = "12/60",
                ["Http:FrontDoor"] = "true",
            },
        });

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
