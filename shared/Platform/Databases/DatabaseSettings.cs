using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Podium.Platform.Databases;

/// <summary>The roles of the database, each the least its work needs; a connection takes its role on as it opens.</summary>
public enum DatabaseRole
{
    /// <summary>Serves requests; sees one tenant at a time.</summary>
    App,

    /// <summary>Reads for requests that tolerate a replica's delay; sees one tenant at a time.</summary>
    Reader,

    /// <summary>Works across tenants: timers, operators.</summary>
    Platform,

    /// <summary>Owns the tables: migrations.</summary>
    Owner,
}

/// <summary>Where the databases are: one by default, more where tenants are spread over shards.</summary>
public sealed class DatabaseSettings(IConfiguration configuration)
{
    public const string DefaultShard = "default";

    private const string Section = "Postgres";

    /// <summary>The shards' names, the default one first.</summary>
    public IReadOnlyList<string> Shards { get; } =
        [DefaultShard, .. configuration.GetSection($"{Section}:Shards").GetChildren().Select(shard => shard.Key)];

    /// <summary>Whether the app brings its databases up to date as it starts; for development.</summary>
    public bool MigrateAtStart => configuration.GetValue($"{Section}:MigrateAtStart", false);

    /// <summary>Whether logins are identities of Entra, whose tokens are their passwords.</summary>
    public bool UsesEntra => configuration.GetValue($"{Section}:Entra", false);

    /// <summary>How one role reaches one shard. A string of its own (Postgres:Reader) wins over the shard's common one.</summary>
    public string ConnectionString(string shard, DatabaseRole role)
    {
        var path = shard == DefaultShard ? Section : $"{Section}:Shards:{shard}";
        var configured = configuration[$"{path}:{role}"] is { Length: > 0 } own ? own : configuration[path];
        if (string.IsNullOrWhiteSpace(configured))
            throw new InvalidOperationException($"The setting '{path.Replace(":", "__", StringComparison.Ordinal)}' is missing; docs/settings.md lists what the app needs.");

        var connection = new NpgsqlConnectionStringBuilder(configured);
        connection.ApplicationName ??= $"podium-{NameOf(role)}";
        // what is configured wins over our time-outs, and nothing over the role
        connection.Options = string.Join(' ', new[] { Limits(role), connection.Options, RoleOption(role) }.Where(options => !string.IsNullOrEmpty(options)));
        if (!connection.ContainsKey("Max Auto Prepare")) connection.MaxAutoPrepare = 100;
        if (!connection.ContainsKey("Command Timeout")) connection.CommandTimeout = Patience(role);
        return connection.ConnectionString;
    }

    /// <summary>The database's name for a role.</summary>
    public static string NameOf(DatabaseRole role) => $"podium_{role.ToString().ToLowerInvariant()}";

    // nobody waits half a minute for a page, and a lock held that long blocks everyone behind it
    private static string Limits(DatabaseRole role) => role switch
    {
        DatabaseRole.App or DatabaseRole.Reader => "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s",
        DatabaseRole.Platform => "-c statement_timeout=5min -c lock_timeout=10s -c idle_in_transaction_session_timeout=5min",
        _ => "-c lock_timeout=10s",
    };

    // longer than the server's limit, so that it is the server that gives up and says why
    private static int Patience(DatabaseRole role) => role is DatabaseRole.App or DatabaseRole.Reader ? 20 : 320;

    // the owner's role may not be there yet: migrations take it on themselves
    private static string RoleOption(DatabaseRole role) => role == DatabaseRole.Owner ? "" : $"-c role={NameOf(role)}";
}
