using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Platform.Partitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Azure;

/// <summary>infra/azure/logins.sql, on a server whose administrators are no superusers, as Azure's are not.</summary>
public sealed class LoginsTests
{
    private const string Password = "only-for-this-test";

    [Fact]
    public async Task An_operator_migrates_and_lets_the_app_and_the_deployer_in()
    {
        await using var lease = await TestServers.Current.LeaseDatabaseAsync(empty: true);
        var suffix = Guid.NewGuid().ToString("N")[..8];
        string admins = $"admins_{suffix}", operators = $"podium-operators-{suffix}", deployer = $"podium-deploy-{suffix}", app = $"id-podium-{suffix}";
        await using var superuser = NpgsqlDataSource.Create(lease.Postgres);
        var database = new NpgsqlConnectionStringBuilder(lease.Postgres).Database!;
        await superuser.ExecuteAsync(
            $"""
            CREATE ROLE {admins} NOLOGIN;
            CREATE ROLE "{operators}" LOGIN CREATEROLE CREATEDB PASSWORD '{Password}' IN ROLE {admins};
            CREATE ROLE "{deployer}" LOGIN CREATEROLE CREATEDB PASSWORD '{Password}' IN ROLE {admins};
            CREATE ROLE "{app}" LOGIN PASSWORD '{Password}';
            ALTER DATABASE {database} OWNER TO {admins};
            -- other databases of this server have the roles already; this is what who makes them is given
            GRANT podium_app, podium_reader, podium_platform, podium_owner TO "{operators}" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
            """);
        try
        {
            await using (var operating = NpgsqlDataSource.Create(As(operators)))
            {
                await operating.ExecuteAsync("CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS btree_gin");
                Assert.Equal(Migration.All, await new Migrator(operating, TimeProvider.System).UpAsync("an operator"));
                await operating.ExecuteAsync(Infrastructure.Read("infra", "azure", "logins.sql")
                    .Replace(":\"app\"", $"\"{app}\"", StringComparison.Ordinal).Replace(":\"deployer\"", $"\"{deployer}\"", StringComparison.Ordinal));
            }

            await using (var deploying = NpgsqlDataSource.Create(As(deployer)))
            {
                var migrator = new Migrator(deploying, TimeProvider.System);
                await migrator.DownAsync(Migration.All[^1].Version - 1, "a deployment");
                Assert.Equal([Migration.All[^1]], await migrator.UpAsync("a deployment"));
            }

            var settings = new DatabaseSettings(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Postgres"] = As(app) }).Build());
            await using var databases = new Database(settings, TimeProvider.System, NullLogger<Database>.Instance);
            foreach (var role in new[] { DatabaseRole.App, DatabaseRole.Reader, DatabaseRole.Platform })
            {
                await using var connection = await databases.Source(DatabaseSettings.DefaultShard, role).OpenConnectionAsync();
                await using var who = new NpgsqlCommand("SELECT current_user::text", connection);
                Assert.Equal(DatabaseSettings.NameOf(role), await who.ExecuteScalarAsync());
            }
            // the timer that rotates partitions
            await using (var owner = await new TableOwner(settings).OpenAsync(DatabaseSettings.DefaultShard, CancellationToken.None))
            {
                await using var alter = new NpgsqlCommand("ALTER TABLE outbox SET (fillfactor = 90)", owner);
                await alter.ExecuteNonQueryAsync();
            }
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await superuser.ExecuteAsync(
                $"""
                ALTER DATABASE {database} OWNER TO CURRENT_USER;
                DROP OWNED BY "{operators}", "{deployer}", "{app}", {admins} CASCADE;
                DROP ROLE "{operators}", "{deployer}", "{app}", {admins};
                """);
        }

        string As(string login) => new NpgsqlConnectionStringBuilder(lease.Postgres) { Username = login, Password = Password, MaxPoolSize = 3 }.ConnectionString;
    }
}

internal static class DataSourceStatements
{
    public static async Task ExecuteAsync(this NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
