using Npgsql;

namespace Podium.CrashApp;

/// <summary>One row each time something ran, so that a test can count what was lost and what was repeated.</summary>
public sealed class Effects(NpgsqlDataSource database)
{
    public const string Table = "CREATE TABLE IF NOT EXISTS public.effects (kind text NOT NULL, key text NOT NULL)";

    public async Task LeaveAsync(string kind, string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("INSERT INTO public.effects (kind, key) VALUES ($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
