using System.Diagnostics;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using Podium.Competitions;
using Podium.Platform.Databases;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

/// <summary>The plans of the lists that many people look at, on many rows: none reads a whole table. What is inside functions is looked at too, by auto_explain.</summary>
public sealed partial class PlanTests(ITestOutputHelper output)
{
    private const int Competitions = 60_000;
    private const int Registrations = 150_000;
    private const int People = 60_000;

    [Fact]
    public async Task No_hot_list_reads_a_whole_table()
    {
        DapperTypes.Register();
        await using var lease = await TestServers.Current.LeaseDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(lease.Postgres);
        await using var connection = await source.OpenConnectionAsync();
        var tenant = Guid.NewGuid();
        var started = Stopwatch.StartNew();
        await FillAsync(connection, tenant);
        output.WriteLine($"filled in {started.Elapsed.TotalSeconds:0.0} s");
        var contest = await connection.QuerySingleAsync<Guid>("SELECT id FROM competitions ORDER BY slug LIMIT 1");
        var person = await connection.QuerySingleAsync<Guid>("SELECT user_id FROM registrations LIMIT 1");

        var plans = new List<string>();
        connection.Notice += (_, notice) => plans.Add(notice.Notice.MessageText);
        await connection.ExecuteAsync("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET client_min_messages = log");
        await connection.ExecuteAsync("SET ROLE podium_app");
        foreach (var (what, sql) in Queries())
        {
            plans.Clear();
            var took = Stopwatch.StartNew();
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await connection.ExecuteAsync("CALL act_as(@tenant, NULL, NULL)", new { tenant }, transaction);
                await connection.QueryAsync(
                    sql,
                    new
                    {
                        TenantId = tenant,
                        Search = "robot 4321",
                        languages = new[] { "en", "kk", "ru" },
                        statuses = new[] { "published", "active" },
                        own = Array.Empty<Guid>(),
                        type = (string?)null,
                        CategoryId = (Guid?)null,
                        InstitutionId = (Guid?)null,
                        Featured = (bool?)null,
                        OpenAt = (DateTime?)null,
                        StartsFrom = (DateTime?)null,
                        StartsBefore = (DateTime?)null,
                        After = (Guid?)null,
                        competitionId = contest,
                        Person = person,
                        status = "waitlisted",
                        limit = 51,
                    },
                    transaction);
                await transaction.RollbackAsync();
            }
            output.WriteLine($"{what}: {took.ElapsedMilliseconds} ms");
            Assert.NotEmpty(plans);
            var whole = plans.SelectMany(plan => WholeTable().Matches(plan).Select(match => match.Value)).Distinct().ToList();
            Assert.True(whole.Count == 0, $"{what}: {string.Join(", ", whole)}\n{string.Join("\n", plans)}");
        }
    }

    private static IEnumerable<(string What, string Sql)> Queries()
    {
        yield return ("newest competitions", CompetitionDirectory.ListSql(new CompetitionDirectory.Filter(), withOwn: false));
        yield return ("featured competitions", CompetitionDirectory.ListSql(new CompetitionDirectory.Filter { Featured = true }, withOwn: false));
        yield return ("competitions by words", CompetitionDirectory.ListSql(new CompetitionDirectory.Filter { Search = "robot 4321" }, withOwn: false));
        yield return ("people by words", FindPeople.Sql);
        yield return ("registrations of a competition", Podium.Competitions.Registrations.ListSql(new Podium.Competitions.Registrations.Filter()));
        yield return ("who waits", Podium.Competitions.Registrations.ListSql(new Podium.Competitions.Registrations.Filter { Status = RegistrationStatus.Waitlisted }));
        yield return ("one's own registrations", Podium.Competitions.Registrations.OwnSql);
        yield return ("teams of a competition", Teams.ListSql(new Teams.Filter()));
    }

    // rows only; their rules were tested elsewhere
    private static Task FillAsync(NpgsqlConnection connection, Guid tenant) => connection.ExecuteAsync(
        $"""
        SET session_replication_role = replica;
        SET synchronous_commit = off;
        INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, created_at, updated_at)
        SELECT '{tenant}', uuidv7(), n || '@x', n || '@x', 'Robot' || n % 997, 'Person ' || n, 'en', now(), now() FROM generate_series(1, {People}) AS n;
        INSERT INTO competitions (tenant_id, id, slug, name, language, type, status, status_changed_at, registration_start, registration_end, competition_start, competition_end, min_team_size, max_team_size,
            featured, search, created_at, updated_at)
        SELECT '{tenant}', uuidv7(), 'c-' || lpad(n::text, 6, '0'), 'Robot ' || n, 'en', 'hybrid', (ARRAY['draft', 'published', 'active', 'completed', 'archived'])[n % 5 + 1], now(), now(), now() + interval '1 day',
               now() + interval '2 days', now() + interval '3 days', 1, 5, n % 100 = 1, ('robot:1A ' || n || ':2A')::tsvector, now(), now()
        FROM generate_series(1, {Competitions}) AS n;
        INSERT INTO teams (tenant_id, id, competition_id, name, captain_id, created_at, updated_at)
        SELECT '{tenant}', uuidv7(), competition.id, 'Team ' || n, gen_random_uuid(), now(), now()
        FROM generate_series(1, {People}) AS n JOIN (SELECT id, row_number() OVER () AS place FROM competitions LIMIT 500) AS competition ON competition.place = n % 500 + 1;
        INSERT INTO registrations (tenant_id, id, competition_id, user_id, status, registered_at, created_at, updated_at)
        SELECT '{tenant}', uuidv7(), competition.id, person.id, (ARRAY['approved', 'pending', 'waitlisted', 'withdrawn'])[n % 4 + 1], now(), now(), now()
        FROM generate_series(1, {Registrations}) AS n
        JOIN (SELECT id, row_number() OVER (ORDER BY slug) AS place FROM competitions ORDER BY slug LIMIT 500) AS competition ON competition.place = n % 500 + 1
        JOIN (SELECT id, row_number() OVER () AS place FROM users) AS person ON person.place = n / 3 + 1;
        SET session_replication_role = origin;
        ANALYZE users, competitions, teams, registrations;
        """,
        commandTimeout: 120);

    [GeneratedRegex("Seq Scan on (users|competitions|teams|registrations|team_members|competition_entrants)\\b")]
    private static partial Regex WholeTable();
}
