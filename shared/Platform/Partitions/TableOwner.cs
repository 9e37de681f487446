using Dapper;
using Npgsql;
using Podium.Platform.Databases;

namespace Podium.Platform.Partitions;

/// <summary>Connections that own the tables: for DETACH CONCURRENTLY, which no function and no transaction may run, and for COPY of whole tables.</summary>
public sealed class TableOwner(DatabaseSettings settings, EntraLogin? entra = null)
{
    // any number will do as long as nobody else in this database uses it
    private const long Lock = 0x726f74617465;

    /// <summary>A connection of its own, whose end is the end of everything it held.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string shard, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(settings.ConnectionString(shard, DatabaseRole.Owner)) { Pooling = false, CommandTimeout = 0, MaxAutoPrepare = 0 };
        if (builder.Host!.Contains(',', StringComparison.Ordinal)) builder.TargetSessionAttributes = "primary";
        if (settings.UsesEntra && entra is not null) builder.Password = await entra.PasswordAsync(cancellationToken);
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            // what COPY writes must not depend on how a server is set up
            await connection.ExecuteAsync("SET ROLE podium_owner; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1; SET bytea_output = 'hex'");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same for the one who rotates; null while somebody else does.</summary>
    public async Task<NpgsqlConnection?> OpenLockedAsync(string shard, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(shard, cancellationToken);
        // never waited for: a statement that waits holds a snapshot, and DETACH CONCURRENTLY waits for who is in the way
        if (await connection.QuerySingleAsync<bool>("SELECT pg_try_advisory_lock(@Lock)", new { Lock })) return connection;
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Lets the next one rotate; a connection that broke has let go already.</summary>
    public static async Task UnlockAsync(NpgsqlConnection connection)
    {
        if (connection.State == System.Data.ConnectionState.Open) await connection.ExecuteAsync("SELECT pg_advisory_unlock(@Lock)", new { Lock });
    }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
