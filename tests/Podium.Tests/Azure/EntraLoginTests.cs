using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Podium.Platform.Databases;
using Podium.Platform.Partitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Azure;

/// <summary>Logins without a password: a token of the app's identity is one, fetched for each connection.</summary>
public sealed class EntraLoginTests(SharedApp shared)
{
    [Fact]
    public async Task Every_way_to_the_database_logs_in_with_a_token_and_none_without()
    {
        var login = new NpgsqlConnectionStringBuilder((await shared.AppAsync()).Postgres);
        var identity = new Identity(login.Password!);
        login.Password = null;
        login.MaxPoolSize = 2;
        var twice = new NpgsqlConnectionStringBuilder(login.ConnectionString) { Host = $"{login.Host}:{login.Port},{login.Host}:{login.Port}" }.ConnectionString;
        var settings = new DatabaseSettings(Configuration(login.ConnectionString, "true", twice));

        await using (var database = new Database(settings, TimeProvider.System, NullLogger<Database>.Instance, new EntraLogin(identity)))
        {
            Assert.Equal("podium_platform", await database.AsPlatform().SingleAsync<string>("SELECT current_user", null, CancellationToken.None));
            await using var owner = await new TableOwner(settings, new EntraLogin(identity)).OpenAsync(DatabaseSettings.DefaultShard, CancellationToken.None);
            Assert.Equal(2, identity.Asked.Count);
            // several hosts, of which a standby is preferred
            await (await database.Source(DatabaseSettings.DefaultShard, DatabaseRole.Reader).OpenConnectionAsync()).DisposeAsync();
            Assert.True(identity.Asked.Count > 2);
            Assert.All(identity.Asked, scope => Assert.Equal("https://ossrdbms-aad.database.windows.net/.default", scope));

            identity.Token = "expired";
            var refused = await Assert.ThrowsAsync<PostgresException>(() => database.Source(DatabaseSettings.DefaultShard, DatabaseRole.App).OpenConnectionAsync().AsTask());
            Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        }

        await using var without = new Database(new DatabaseSettings(Configuration(login.ConnectionString, "false")), TimeProvider.System, NullLogger<Database>.Instance, new EntraLogin(identity));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => without.AsPlatform().SingleAsync<int>("SELECT 1", null, CancellationToken.None));
    }

    private static IConfiguration Configuration(string connection, string entra, string? reader = null) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Postgres"] = connection, ["Postgres:Entra"] = entra, ["Postgres:Reader"] = reader }).Build();

    private sealed class Identity(string token) : TokenCredential
    {
        public string Token { get; set; } = token;

        public List<string> Asked { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Asked.AddRange(requestContext.Scopes);
            return new AccessToken(Token, DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
