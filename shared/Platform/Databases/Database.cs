using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Podium.Platform.Problems;

namespace Podium.Platform.Databases;

/// <summary>The way to PostgreSQL: statements and transactions that run as an actor, on the shard that holds the tenant.</summary>
public sealed partial class Database(DatabaseSettings settings, TimeProvider clock, ILogger<Database> log, EntraLogin? entra = null) : IAsyncDisposable
{
    private const int Attempts = 4;
    private const string IdleSessionTimeout = "57P05";

    private readonly ConcurrentDictionary<(string Shard, DatabaseRole Role), Lazy<NpgsqlDataSource>> _sources = new();

    public IReadOnlyList<string> Shards => settings.Shards;

    internal TimeProvider Clock => clock;

    /// <summary>Single statements of a tenant, each a transaction of its own and one round trip.</summary>
    public Session As(Actor actor) => Session.Single(Source(actor.Shard, DatabaseRole.App), actor.Shard, actor, this);

    /// <summary>Single reads that tolerate a replica's delay; the primary answers where there is no replica.</summary>
    public Session Reading(Actor actor) => Session.Single(Source(actor.Shard, DatabaseRole.Reader), actor.Shard, actor, this, repeatable: true);

    /// <summary>Single statements across tenants.</summary>
    public Session AsPlatform(string shard = DatabaseSettings.DefaultShard) => Session.Single(Source(shard, DatabaseRole.Platform), shard, null, this);

    /// <summary>
    /// One transaction of a tenant. The work may be run again after a lost race, so it must have no effect outside the database.
    /// </summary>
    public Task<T> InTransaction<T>(Actor actor, Func<Session, Task<T>> work, CancellationToken cancellationToken) =>
        TransactAsync(Source(actor.Shard, DatabaseRole.App), actor.Shard, actor, work, _ => true, cancellationToken);

    /// <summary>One transaction of a tenant that leaves nothing behind when a rule refuses the work.</summary>
    public Task<Outcome<T>> InTransaction<T>(Actor actor, Func<Session, Task<Outcome<T>>> work, CancellationToken cancellationToken) =>
        TransactAsync(Source(actor.Shard, DatabaseRole.App), actor.Shard, actor, work, outcome => outcome.Problem is null, cancellationToken);

    /// <summary>One transaction across tenants.</summary>
    public Task<T> InPlatformTransaction<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken, string shard = DatabaseSettings.DefaultShard) =>
        TransactAsync(Source(shard, DatabaseRole.Platform), shard, null, work, _ => true, cancellationToken);

    /// <summary>The pool behind a role, for COPY, LISTEN and other things that need a connection of their own.</summary>
    public NpgsqlDataSource Source(string shard, DatabaseRole role) =>
        _sources.GetOrAdd((shard, role), key => new Lazy<NpgsqlDataSource>(() => Open(key.Shard, key.Role))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
        {
            if (source.IsValueCreated) await source.Value.DisposeAsync();
        }
    }

    /// <summary>Runs again what lost a race or met a server that was just going away; never what may have been committed.</summary>
    internal async Task<T> RetryAsync<T>(Func<Task<T>> attempt, Func<Exception, bool> isSafe, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            try
            {
                return await attempt();
            }
            catch (Exception error) when (number < Attempts && !cancellationToken.IsCancellationRequested && isSafe(error))
            {
                LogRetry(log, number, (error as PostgresException)?.SqlState ?? error.GetType().Name);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 20) << (2 * number)), CancellationToken.None);
            }
        }
    }

    /// <summary>PostgreSQL says itself that the transaction was rolled back or never began, and that another try may succeed.</summary>
    internal static bool WasRolledBack(Exception error) => LostRace(error) || error is PostgresException
    {
        SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleSessionTimeout
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections,
    };

    private static bool LostRace(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    private async Task<T> TransactAsync<T>(
        NpgsqlDataSource source, string shard, Actor? actor, Func<Session, Task<T>> work, Func<T, bool> keep, CancellationToken cancellationToken)
    {
        var committing = false;
        var clashed = false;
        var (committed, outcome) = await RetryAsync<(Session?, T)>(
            async () =>
            {
                committing = false;
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var session = Session.Of(connection, transaction, shard, actor, this);
                var result = await work(session);
                if (!keep(result)) return (null, result);
                committing = true;
                await transaction.CommitAsync(CancellationToken.None);
                return (session, result);
            },
            // a server that shuts down may say so after it has carried out the COMMIT
            error => committing ? LostRace(error) : WasRolledBack(error) || IsConnectionLoss(error) || IsFirstClash(error),
            cancellationToken);
        if (committed is not null) await committed.CommittedAsync();
        return outcome;

        // the same create twice at once may meet in another unique rule than that of its id: the second try finds what the other has made
        bool IsFirstClash(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } && !clashed && (clashed = true);
    }

    internal static bool IsConnectionLoss(Exception error) => error is NpgsqlException { IsTransient: true } and not PostgresException and { InnerException: not TimeoutException };

    private NpgsqlDataSource Open(string shard, DatabaseRole role)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString(shard, role));
        if (settings.UsesEntra && entra is not null) builder.UsePasswordProvider(_ => entra.Password(), (_, cancellationToken) => entra.PasswordAsync(cancellationToken));
        if (!builder.ConnectionStringBuilder.Host!.Contains(',')) return builder.Build();
        var target = role == DatabaseRole.Reader ? TargetSessionAttributes.PreferStandby : TargetSessionAttributes.Primary;
        return builder.BuildMultiHost().WithTargetSession(target);
    }

    [LoggerMessage(300, LogLevel.Information, "A database transaction is tried again (try {Number} failed: {Reason}).")]
    private static partial void LogRetry(ILogger logger, int number, string reason);
}
