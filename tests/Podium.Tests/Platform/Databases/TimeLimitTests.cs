using Dapper;
using Npgsql;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

/// <summary>What a caller is told when the database does not answer in time.</summary>
public sealed class TimeLimitTests(TimeLimitTests.ImpatientApp place) : IClassFixture<TimeLimitTests.ImpatientApp>
{
    [Fact]
    public async Task A_statement_that_runs_too_long_is_answered_503_with_a_time_to_come_back()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        var person = await tenant.PersonAsync();
        await person.Http.GetAsync("/api/me").OkAsync();
        await ExecuteAsync($"CREATE POLICY slow ON users AS RESTRICTIVE TO podium_app USING (tenant_id <> '{tenant.Id}' OR pg_sleep(10) IS NOT NULL)");

        await UnavailableAsync(person.Http.GetAsync("/api/me"));
    }

    [Fact]
    public async Task A_lock_that_is_not_to_be_had_is_answered_503_with_a_time_to_come_back()
    {
        var tenant = await TestTenant.CreateAsync(place.App);
        await using var source = NpgsqlDataSource.Create(place.App.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("LOCK TABLE identity_issuers, sign_in_throttles IN ACCESS EXCLUSIVE MODE");

        using var body = new StringContent("""{"email":"nobody@example.org","password":"wrong"}""", System.Text.Encoding.UTF8, "application/json");
        await UnavailableAsync(tenant.Http.PostAsync("/api/sessions", body));
    }

    private static async Task UnavailableAsync(Task<HttpResponseMessage> asking)
    {
        var problem = await asking.ProblemAsync(503, "unavailable");
        Assert.Equal("2", (await asking).Headers.RetryAfter?.ToString());
        Assert.Null(problem["detail"]);
        Assert.NotNull(problem["correlationId"]);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(place.App.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <summary>An app that waits for one second and no longer.</summary>
    public sealed class ImpatientApp : IAsyncLifetime
    {
        public PodiumApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await PodiumApp.StartAsync(new AppOptions
        {
            DatabaseSettings = postgres => new Dictionary<string, string?> { ["Postgres:App"] = postgres + ";Options=-c statement_timeout=1500ms -c lock_timeout=1s" },
        });

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
