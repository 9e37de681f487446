using Npgsql;

namespace Podium.CrashApp;

/// <summary>One row each time something ran, so that a test can count what was lost and what was repeated. The test makes the table.</summary>
public sealed class Effects(NpgsqlDataSource database)
{
    public async Task LeaveAsync(string kind, string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("INSERT INTO public.effects (kind, key) VALUES ($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
