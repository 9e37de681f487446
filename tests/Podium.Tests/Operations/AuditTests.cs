using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Operations.Audit;
using Podium.Platform.Csv;
using Podium.Platform.Databases;
using Podium.Platform.Security;
using Podium.Tests.Harness;

namespace Podium.Tests.Operations;

public sealed class AuditTests(SharedApp shared)
{
    [Fact]
    public async Task A_change_of_a_profile_leaves_the_columns_that_changed_and_who_did_it_from_where()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        await person.Http.PatchAsJsonAsync("/api/me", new { lastName = "Lovelace", country = "GB" }).OkAsync();

        var entry = (await LogAsync(boss, $"table=users&rowKey={person.Id}"))[0];
        Assert.Equal("update", (string?)entry["action"]);
        Assert.Equal(person.Id.ToString(), (string?)entry["actorId"]);
        Assert.Equal("Ada Lovelace", (string?)entry["actorName"]);
        Assert.Equal("127.0.0.1", (string?)entry["address"]);
        Assert.Equal("""{"country":null,"last_name":"Byron"}""", entry["old"]!.ToJsonString());
        Assert.Equal("""{"country":"GB","last_name":"Lovelace"}""", entry["new"]!.ToJsonString());
    }

    [Fact]
    public async Task A_registration_leaves_the_person_the_role_and_that_there_is_a_password()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();

        var added = (await LogAsync(boss, "action=insert&limit=200")).Where(entry => entry["new"]!["user_id"] is not null || (string?)entry["rowKey"] == person.Id.ToString()).ToList();
        Assert.Contains(added, entry => (string?)entry["table"] == "users" && (string?)entry["new"]!["email"] == person.Email && entry["old"] is null);
        Assert.Contains(added, entry => (string?)entry["table"] == "user_roles" && (string?)entry["new"]!["user_id"] == person.Id.ToString());
        var credentials = added.First(entry => (string?)entry["table"] == "user_credentials" && (string?)entry["rowKey"] == person.Id.ToString());
        Assert.All(credentials["new"]!.AsObject(), column => Assert.True(column.Value is null || (string?)column.Value == "***", column.ToString()));
        Assert.Equal("***", (string?)credentials["new"]!["password_hash"]);
    }

    [Fact]
    public async Task Giving_and_taking_a_role_is_logged_with_who_did_it()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var database = app.Services.GetRequiredService<Database>();
        var actor = new Actor { TenantId = tenant.Id, UserId = boss.Id };
        var grant = Guid.NewGuid();

        await database.As(actor).ExecuteAsync(
            "INSERT INTO user_roles (tenant_id, id, user_id, role_id, scope_type, granted_at) SELECT @Id, @grant, @person, id, 'tenant', @now FROM roles WHERE name = 'JUDGE'",
            new { tenant.Id, grant, person = person.Id, now = app.Clock.GetUtcNow() });
        await database.As(actor).ExecuteAsync("DELETE FROM user_roles WHERE id = @grant", new { grant });

        var log = await LogAsync(boss, $"table=user_roles&rowKey={grant}");
        Assert.Equal(["delete", "insert"], log.Select(entry => (string?)entry["action"]));
        Assert.All(log, entry => Assert.Equal(boss.Id.ToString(), (string?)entry["actorId"]));
        Assert.Equal(log[0]["old"]!.ToJsonString(), log[1]["new"]!.ToJsonString());
    }

    [Fact]
    public async Task Signing_in_and_a_change_that_changes_nothing_leave_nothing()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        var before = await CountAsync(app, tenant);

        await tenant.SignInAsync(person.Email);
        await person.Http.PatchAsJsonAsync("/api/me", new { lastName = "Byron" }).OkAsync();

        Assert.Equal(before, await CountAsync(app, tenant));
    }

    [Fact]
    public async Task No_secret_and_no_encrypted_value_is_ever_in_the_log()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var person = await tenant.PersonAsync();
        await person.Http.PatchAsJsonAsync("/api/me", new { phone = "+77010000001", dateOfBirth = "2001-02-03" }).OkAsync();
        await person.Http.PostAsJsonAsync("/api/me/second-factor", new { password = TestTenant.Password }).OkAsync();
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        var secrets = (await connection.QueryAsync<string>(
            """
            SELECT unnest(ARRAY[phone_encrypted, date_of_birth_encrypted, password_hash, totp_secret_encrypted])
            FROM users JOIN user_credentials USING (tenant_id) WHERE tenant_id = @Id AND users.id = @person AND user_id = @person
            """,
            new { tenant.Id, person = person.Id })).ToList();
        Assert.All(secrets, Assert.NotNull);
        await person.Http.PatchAsJsonAsync("/api/me", new { phone = "+77010000002" }).OkAsync();
        await person.Http.PostAsJsonAsync("/api/me/password", new { currentPassword = TestTenant.Password, newPassword = "another battery, another horse" });
        await connection.ExecuteAsync("DELETE FROM users WHERE tenant_id = @Id AND id = @person", new { tenant.Id, person = person.Id });

        var log = await connection.QuerySingleAsync<string>("SELECT string_agg(audit_log::text, E'\n') FROM audit_log WHERE tenant_id = @Id", new { tenant.Id });
        Assert.Contains("delete,user_credentials", log, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
        Assert.DoesNotContain("7701000000", log, StringComparison.Ordinal);
        Assert.Equal(2L, await connection.QuerySingleAsync<long>(
            """SELECT count(*) FROM audit_log WHERE tenant_id = @Id AND table_name = 'users' AND new->>'phone_encrypted' = '***'""", new { tenant.Id }));
    }

    [Fact]
    public async Task Nobody_writes_changes_or_deletes_entries_by_hand()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var role in new[] { "podium_app", "podium_reader", "podium_platform" })
        {
            foreach (var sql in new[]
            {
                "INSERT INTO audit_log (tenant_id, at, action, table_name, row_key) VALUES (current_tenant(), '2026-01-05Z', 'insert', 'users', 'x')",
                "UPDATE audit_log SET actor_id = NULL",
                "DELETE FROM audit_log",
                "TRUNCATE audit_log",
                "DROP TABLE audit_log",
                "CREATE TEMP TABLE mine (tenant_id uuid, id uuid); CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION audit_row('users', '{id}', '{}', '{}')",
            })
            {
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.ExecuteAsync($"SET LOCAL ROLE {role}; CALL act_as('{tenant.Id}', NULL, NULL)");
                var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(sql));
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
            }
        }
        await using var looking = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync($"SET LOCAL ROLE podium_app; CALL act_as('{tenant.Id}', NULL, NULL)");
        await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("SELECT FROM audit_log_2026_01"));
    }

    [Fact]
    public async Task Only_auditors_read_and_only_their_own_tenant()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync();
        var other = await (await shared.TenantAsync()).AdministratorAsync();
        foreach (var path in new[] { "/api/audit", "/api/audit/export" })
        {
            await person.Http.GetAsync(path).ProblemAsync(403, "forbidden");
            await tenant.Http.GetAsync(path).ProblemAsync(401, "sign-in-required");
        }

        Assert.Empty(await LogAsync(other, $"table=users&rowKey={person.Id}"));
        Assert.Empty(await LogAsync(other, $"actorId={person.Id}"));
        Assert.DoesNotContain(person.Email, await other.Http.GetStringAsync("/api/audit/export"), StringComparison.Ordinal);
        Assert.NotEmpty(await LogAsync(boss, $"table=users&rowKey={person.Id}"));
        Assert.Contains(person.Email, await boss.Http.GetStringAsync("/api/audit/export"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actorId=me", "/actorId")]
    [InlineData("action=look", "/action")]
    [InlineData("table=users;", "/table")]
    [InlineData("rowKey=1", "/table")]
    [InlineData("from=yesterday", "/from")]
    [InlineData("from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", "/until")]
    [InlineData("limit=0", "/limit")]
    [InlineData("limit=201", "/limit")]
    [InlineData("after=nonsense", "/after")]
    [InlineData("after=__________________________________8", "/after")]
    [InlineData("after=%00", "/after")]
    public async Task A_filter_that_makes_no_sense_is_refused_with_its_place(string query, string pointer)
    {
        var boss = await (await shared.TenantAsync()).AdministratorAsync();
        var problem = await boss.Http.GetAsync($"/api/audit?{query}").ProblemAsync(422, "invalid");
        Assert.Equal(pointer, (string?)problem["errors"]![0]!["pointer"]);
        if (pointer is not ("/limit" or "/after")) await boss.Http.GetAsync($"/api/audit/export?{query}").ProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap_even_where_many_entries_share_an_instant()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        await MakeAsync(app, tenant, 40, "'2026-01-04Z'::timestamptz + (number / 10) * interval '1 hour'");

        var seen = new List<string>();
        for (string? next = null, query = "table=made&limit=7"; ;)
        {
            var page = await boss.Http.GetAsync($"/api/audit?{query}{(next is null ? "" : $"&after={next}")}").OkAsync();
            seen.AddRange(page["items"]!.AsArray().Select(entry => (string)entry!["id"]!));
            if ((next = (string?)page["next"]) is null) break;
            Assert.Equal(7, page["items"]!.AsArray().Count);
        }

        var all = (await LogAsync(boss, "table=made&limit=200")).Select(entry => (string)entry["id"]!).ToList();
        Assert.Equal(40, all.Count);
        Assert.Equal(all, seen);
        Assert.Equal(10, (await LogAsync(boss, "table=made&from=2026-01-04T01:00:00Z&until=2026-01-04T02:00:00Z&action=update&limit=200")).Count);
        Assert.Single(await LogAsync(boss, "table=made&rowKey=3"));
        Assert.Empty(await LogAsync(boss, "table=made&action=delete"));
    }

    [Fact]
    public async Task Twenty_thousand_entries_are_streamed_as_a_file()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        await MakeAsync(app, tenant, 20_000, "'2026-01-04Z'::timestamptz + number * interval '1 millisecond'");

        using var answer = await boss.Http.GetAsync("/api/audit/export?table=made", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Null(answer.Content.Headers.ContentLength);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith("at,actorId,", await reader.ReadLineAsync(), StringComparison.Ordinal);
        var keys = new List<int>();
        while (await reader.ReadLineAsync() is { } line) keys.Add(int.Parse(line.Split(',')[6]));

        Assert.Equal(Enumerable.Range(1, 20_000).Reverse(), keys);
    }

    [Fact]
    public async Task A_name_that_is_a_formula_is_text_in_the_file()
    {
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync(firstName: "=HYPERLINK(\"http://evil.example\",\"x\")");

        await person.Http.PatchAsJsonAsync("/api/me", new { country = "KZ" }).OkAsync();

        var file = await boss.Http.GetStringAsync($"/api/audit/export?actorId={person.Id}");
        Assert.Contains(",\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\") Byron\",", file, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("=1", "'=1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("{\"a\":\"=1\"}", "\"{\"\"a\"\":\"\"=1\"\"}\"")]
    [InlineData(null, "")]
    public void A_cell_is_quoted_and_never_begins_a_formula(string? text, string cell) => Assert.Equal(cell, CsvCell.Of(text));

    [Fact]
    public async Task A_write_in_a_month_without_a_partition_makes_it_even_in_a_race()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async number =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync($"SET LOCAL ROLE podium_app; CALL act_as('{tenant.Id}', NULL, '192.0.2.{number}'); SET LOCAL podium.now = '2041-07-08T09:10:11Z'; SET LOCAL podium.trace = 'abc'");
            await connection.ExecuteAsync("INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) VALUES (current_tenant(), gen_random_uuid(), @name, '2041-07-08Z', '2041-07-08Z')", new { name = $"Place {number}" });
            await transaction.CommitAsync();
        }));

        Assert.Equal(4L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log_2041_07 WHERE table_name = 'institutions' AND at = '2041-07-08T09:10:11Z' AND trace = 'abc'"));
        Assert.Equal(4L, await app.QueryAsync<long>("SELECT count(DISTINCT address) FROM audit_log_2041_07"));
        Assert.Equal("audit_log_2041_07", await app.QueryAsync<string>("SELECT string_agg(partition_name, ',') FROM partitions_of('audit_log') WHERE from_at >= '2030-01-01Z'"));
    }

    [Fact]
    public async Task A_late_write_into_a_month_that_is_being_archived_finds_a_place()
    {
        await using var app = await PodiumApp.StartAsync();
        var tenant = await TestTenant.CreateAsync(app);
        await app.QueryAsync<int>("ALTER TABLE audit_log DETACH PARTITION audit_log_2026_02; SELECT 1");
        for (var round = 0; round < 2; round++)
        {
            await app.QueryAsync<int>(
                $"""
                SET podium.now = '2026-02-03Z';
                INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) VALUES ('{tenant.Id}', gen_random_uuid(), 'Late {round}', '2026-02-03Z', '2026-02-03Z');
                SELECT 1
                """);
        }
        Assert.Equal(2L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log_2026_02_2"));
    }

    [Fact]
    public async Task Who_is_forgotten_is_forgotten_in_the_log_too()
    {
        var app = await shared.AppAsync();
        var tenant = await shared.TenantAsync();
        var boss = await tenant.AdministratorAsync();
        var person = await tenant.PersonAsync(firstName: "Unmistakable");

        await app.QueryAsync<long>($"SET ROLE podium_platform; SELECT count(*) FROM anonymize_user('{tenant.Id}', '{person.Id}', '2026-01-05Z')");
        await app.QueryAsync<long>($"SET ROLE podium_platform; SELECT forget_audited('{tenant.Id}', '{person.Id}')");

        var log = await LogAsync(boss, $"table=users&rowKey={person.Id}");
        Assert.NotEmpty(log);
        Assert.All(log, entry => Assert.DoesNotContain("Unmistakable", entry.ToJsonString(), StringComparison.Ordinal));
        Assert.Contains(log, entry => (string?)entry["new"]!["first_name"] == "***" && (string?)entry["new"]!["language"] == "en");
    }

    [Fact]
    public async Task A_column_to_hide_that_is_not_there_is_refused()
    {
        var app = await shared.AppAsync();
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("CALL audit('programs', hidden => '{secrett}')"));
        await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("CALL audit('signing_keys')"));
    }

    [Fact]
    public async Task An_auditor_of_a_tenant_on_a_shard_sees_what_was_changed_there_and_in_the_directory()
    {
        await using var east = await PodiumApp.StartAsync();
        await using var app = await PodiumApp.StartAsync(new AppOptions { Settings = new Dictionary<string, string?> { ["Postgres:Shards:east"] = east.Postgres } });
        var tenant = await TestTenant.CreateAsync(app, shard: "east");
        var boss = await tenant.AdministratorAsync();
        await boss.Http.PatchAsJsonAsync("/api/tenant/settings", new { name = "Far East" }).OkAsync();
        await boss.Http.PatchAsJsonAsync("/api/me", new { firstName = "Eve", lastName = "East" }).OkAsync();

        var log = await LogAsync(boss, "action=update&limit=2");
        Assert.Equal(["users", "tenants"], log.Select(entry => (string?)entry["table"]));
        Assert.All(log, entry => Assert.Equal("Eve East", (string?)entry["actorName"]));
    }

    private static async Task<IReadOnlyList<JsonNode>> LogAsync(TestPerson auditor, string query) =>
        [.. (await auditor.Http.GetAsync($"/api/audit?{query}").OkAsync())["items"]!.AsArray().Select(entry => entry!)];

    private static Task<long> CountAsync(PodiumApp app, TestTenant tenant) => app.QueryAsync<long>($"SELECT count(*) FROM audit_log WHERE tenant_id = '{tenant.Id}'");

    private static Task<long> MakeAsync(PodiumApp app, TestTenant tenant, int rows, string at) => app.QueryAsync<long>(
        $$"""
        WITH made AS (
            INSERT INTO audit_log (tenant_id, at, action, table_name, row_key, old, new)
            SELECT '{{tenant.Id}}', {{at}}, 'update', 'made', number, '{"a": 1}', '{"a": 2}' FROM generate_series(1, {{rows}}) AS number
            RETURNING 1
        )
        SELECT count(*) FROM made
        """);
}
