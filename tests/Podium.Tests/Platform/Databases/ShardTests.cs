using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Podium.Tests.Harness;

namespace Podium.Tests.Platform.Databases;

/// <summary>Tenants on two databases, behind one app.</summary>
public sealed class ShardTests(ShardTests.TwoShards place) : IClassFixture<ShardTests.TwoShards>
{
    [Fact]
    public async Task A_tenants_people_are_in_its_own_database_and_nowhere_else()
    {
        var here = await TestTenant.CreateAsync(place.App);
        var east = await TestTenant.CreateAsync(place.App, shard: "east");

        foreach (var tenant in new[] { here, east })
        {
            var boss = await tenant.AdministratorAsync();
            var person = await tenant.PersonAsync();
            await boss.Http.GetAsync("/api/tenant/settings").OkAsync();
            await person.Http.PatchAsJsonAsync("/api/me", new { firstName = "Grace" }).OkAsync();
            var me = await (await tenant.SignInAsync(person.Email)).Http.GetAsync("/api/me").OkAsync();
            Assert.Equal("Grace", (string?)me["firstName"]);
        }

        // the directory alone, and what was changed in it
        Assert.Equal(["tenants"], (await TablesWithAsync(place.App.Postgres, east.Id)).Where(table => !table.StartsWith("audit_log", StringComparison.Ordinal)));
        Assert.Empty(await TablesWithAsync(place.East, here.Id));
        var own = await TablesWithAsync(place.East, east.Id);
        Assert.Contains("users", own);
        Assert.Contains("user_sessions", own);
        Assert.Equal(own, await TablesWithAsync(place.App.Postgres, here.Id));
    }

    [Fact]
    public async Task What_an_administrator_changes_reaches_the_directory()
    {
        var host = $"contest-{Guid.NewGuid():N}.example.org";
        var east = await TestTenant.CreateAsync(place.App, shard: "east", hosts: [host]);
        var boss = await east.AdministratorAsync();
        await east.Http.GetAsync("/api/tenant").OkAsync(); // known to the cache

        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Eastern University" }).OkAsync();

        Assert.Equal("Eastern University", (string?)(await east.Http.GetAsync("/api/tenant").OkAsync())["name"]);
        using var byHost = new HttpRequestMessage(HttpMethod.Get, "/api/tenant") { Headers = { Host = host } };
        Assert.Equal("Eastern University", (string?)(await place.App.Http.SendAsync(byHost).OkAsync())["name"]);
    }

    [Fact]
    public async Task A_persons_change_is_heard_from_every_shard()
    {
        var east = await TestTenant.CreateAsync(place.App, shard: "east");
        var person = await east.PersonAsync();
        var elsewhere = await east.SignInAsync(person.Email);
        await elsewhere.Http.GetAsync("/api/me").OkAsync();

        await person.Http.DeleteAsync("/api/me/sessions").OkAsync(204);

        await elsewhere.Http.GetAsync("/api/me").ProblemAsync(401, "token-refused");
        await person.Http.GetAsync("/api/me").OkAsync();
    }

    [Fact]
    public async Task A_tenant_may_belong_to_one_on_another_shard()
    {
        var parent = await TestTenant.CreateAsync(place.App);

        var child = await TestTenant.CreateAsync(place.App, shard: "east", parentId: parent.Id);

        await using var source = NpgsqlDataSource.Create(place.App.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal(parent.Id, await connection.ExecuteScalarAsync<Guid>("SELECT parent_id FROM tenants WHERE id = @Id", new { child.Id }));
    }

    [Fact]
    public async Task A_shard_or_a_parent_that_is_not_there_is_refused()
    {
        using var operators = place.App.HttpWithKey();
        var orphan = new { slug = "orphan", name = "Orphan", administratorEmail = "boss@example.org", parentId = Guid.NewGuid() };
        var problem = await operators.PostAsJsonAsync("/api/operations/tenants", orphan).ProblemAsync(422, "invalid");
        Assert.Equal("/parentId", (string?)problem["errors"]![0]!["pointer"]);
        await operators.PostAsJsonAsync("/api/operations/tenants", new { slug = "west-side", name = "West", administratorEmail = "boss@example.org", shard = "west" })
            .ProblemAsync(422, "unknown-shard");
    }

    private static async Task<IReadOnlyList<string>> TablesWithAsync(string database, Guid tenant)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        var tables = await connection.QueryAsync<string>(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
              AND (relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'tenant_id'))
            ORDER BY relname
            """);
        var found = new List<string>();
        foreach (var table in tables)
        {
            var key = table == "tenants" ? "id" : "tenant_id";
            if (await connection.ExecuteScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {table} WHERE {key} = @tenant)", new { tenant })) found.Add(table);
        }
        return found;
    }

    /// <summary>An app whose second database begins empty.</summary>
    public sealed class TwoShards : IAsyncLifetime
    {
        private TestServers.DatabaseLease? _lease;

        public PodiumApp App { get; private set; } = null!;

        public string East => _lease!.Postgres;

        public async ValueTask InitializeAsync()
        {
            _lease = await TestServers.Current.LeaseDatabaseAsync(empty: true);
            App = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["Postgres:Shards:east"] = East } });
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await _lease!.DisposeAsync();
        }
    }
}
