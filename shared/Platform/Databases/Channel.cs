using Npgsql;

namespace Podium.Platform.Databases;

/// <summary>Hears what PostgreSQL's NOTIFY says on a channel, over a connection of its own that is made anew whenever it is lost.</summary>
internal static class Channel
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long the connection may be silent before it is asked whether it is still there.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Listens until it is stopped. What was said before <paramref name="begun"/> and between <paramref name="lost"/> and the next <paramref name="begun"/> nobody hears.
    /// </summary>
    public static async Task ListenAsync(
        NpgsqlDataSource source, string name, TimeSpan silence, Action begun, Action<string> heard, Action<Exception> lost, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stop);
                connection.Notification += (_, notification) => heard(notification.Payload);
                await using (var listen = new NpgsqlCommand($"LISTEN {name}", connection)) await listen.ExecuteNonQueryAsync(stop);
                begun();
                await HearAsync(connection, silence, stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                lost(error);
                await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // a connection that was cut without a word looks like one where nothing happens, so a long silence is broken
    private static async Task HearAsync(NpgsqlConnection connection, TimeSpan silence, CancellationToken stop)
    {
        await using var ping = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = (int)Math.Ceiling(silence.TotalSeconds) };
        while (true)
        {
            if (!await connection.WaitAsync(silence, stop)) await ping.ExecuteNonQueryAsync(stop);
        }
    }
}
