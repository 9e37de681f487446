using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Podium.Platform.Databases;

/// <summary>Brings every shard up to date before the app serves, where the setting says so: in development.</summary>
internal sealed partial class MigrateAtStart(DatabaseSettings settings, Database database, TimeProvider clock, ILogger<MigrateAtStart> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!settings.MigrateAtStart) return;
        foreach (var shard in settings.Shards)
        {
            var migrator = new Migrator(database.Source(shard, DatabaseRole.Owner), clock);
            foreach (var migration in await migrator.UpAsync("start of the app", cancellationToken: cancellationToken)) LogApplied(log, migration, shard);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(320, LogLevel.Information, "Migration {Migration} is applied to shard '{Shard}'.")]
    private static partial void LogApplied(ILogger logger, Migration migration, string shard);
}
