using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Database;

namespace Podium.Emulator.Durable;

/// <summary>Questions about instances, answered from the table alone, page by page.</summary>
internal sealed class InstanceQueries(EmulatorDatabase database)
{
    private const string Columns = """
        instance_id, execution_id, name, version, status, created_at, updated_at, completed_at,
        input, output, custom_status, failure, tags, parent_id
        """;

    /// <summary>One instance, or null.</summary>
    public async Task<DurableInstance?> FindAsync(string instanceId, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand($"SELECT {Columns} FROM durable_instances WHERE instance_id = $1");
        Add(command, NpgsqlDbType.Text, instanceId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>Instances in the order of their creation; the token is where the next page begins, null at the end.</summary>
    public async Task<Page<DurableInstance>> ListAsync(OrchestrationQuery query, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(query.PageSize, 1, 10_000);
        var after = PageToken.Parse(query.ContinuationToken);
        await using var command = database.Source.CreateCommand($"""
            SELECT {Columns} FROM durable_instances
            WHERE ($1::timestamptz IS NULL OR created_at >= $1)
              AND ($2::timestamptz IS NULL OR created_at <= $2)
              AND ($3::smallint[] IS NULL OR status = ANY($3))
              AND ($4::text IS NULL OR starts_with(instance_id, $4))
              AND ($5::timestamptz IS NULL OR (created_at, instance_id) > ($5, $6::text COLLATE "C"))
            ORDER BY created_at, instance_id
            LIMIT $7
            """);
        Add(command, NpgsqlDbType.TimestampTz, query.CreatedFrom?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, query.CreatedTo?.UtcDateTime);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Smallint, Numbers(query.Statuses));
        Add(command, NpgsqlDbType.Text, string.IsNullOrEmpty(query.InstanceIdPrefix) ? null : query.InstanceIdPrefix);
        Add(command, NpgsqlDbType.TimestampTz, after?.At.UtcDateTime);
        Add(command, NpgsqlDbType.Text, after?.InstanceId);
        Add(command, NpgsqlDbType.Integer, size);
        var found = await ReadAllAsync(command, cancellationToken);
        var next = found.Count < size ? null : new PageToken(found[^1].CreatedAt, found[^1].InstanceId).ToString();
        return new Page<DurableInstance>(found, next);
    }

    /// <summary>The instances created last, the newest first.</summary>
    public async Task<IReadOnlyList<DurableInstance>> RecentAsync(int most, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand($"SELECT {Columns} FROM durable_instances ORDER BY created_at DESC, instance_id DESC LIMIT $1");
        Add(command, NpgsqlDbType.Integer, most);
        return await ReadAllAsync(command, cancellationToken);
    }

    /// <summary>Ids of finished instances in the order of their end.</summary>
    public async Task<Page<string>> ListIdsAsync(
        IEnumerable<OrchestrationRuntimeStatus>? statuses, DateTimeOffset? from, DateTimeOffset? to, int size, string? token, CancellationToken cancellationToken)
    {
        var after = PageToken.Parse(token);
        await using var command = database.Source.CreateCommand($"""
            SELECT {Columns} FROM durable_instances
            WHERE completed_at IS NOT NULL
              AND ($1::timestamptz IS NULL OR completed_at >= $1)
              AND ($2::timestamptz IS NULL OR completed_at <= $2)
              AND ($3::smallint[] IS NULL OR status = ANY($3))
              AND ($4::timestamptz IS NULL OR (completed_at, instance_id) > ($4, $5::text COLLATE "C"))
            ORDER BY completed_at, instance_id
            LIMIT $6
            """);
        Add(command, NpgsqlDbType.TimestampTz, from?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, to?.UtcDateTime);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Smallint, Numbers(statuses));
        Add(command, NpgsqlDbType.TimestampTz, after?.At.UtcDateTime);
        Add(command, NpgsqlDbType.Text, after?.InstanceId);
        Add(command, NpgsqlDbType.Integer, Math.Clamp(size, 1, 10_000));
        var found = await ReadAllAsync(command, cancellationToken);
        var next = found.Count < size ? null : new PageToken(found[^1].CompletedAt!.Value, found[^1].InstanceId).ToString();
        return new Page<string>([.. found.Select(instance => instance.InstanceId)], next);
    }

    /// <summary>How many instances stand where.</summary>
    public async Task<IReadOnlyDictionary<OrchestrationRuntimeStatus, long>> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("SELECT status, count(*) FROM durable_instances GROUP BY status");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new Dictionary<OrchestrationRuntimeStatus, long>();
        while (await reader.ReadAsync(cancellationToken)) counts[(OrchestrationRuntimeStatus)reader.GetInt16(0)] = reader.GetInt64(1);
        return counts;
    }

    /// <summary>Removes finished instances, with their finished sub-orchestrations where asked; answers how many.</summary>
    public async Task<int> PurgeAsync(PurgeRequest request, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("""
            WITH RECURSIVE chosen AS (
              SELECT instance_id FROM durable_instances
              WHERE status IN (1, 3, 5)
                AND ($1::text IS NULL OR instance_id = $1)
                AND ($2::timestamptz IS NULL OR created_at >= $2)
                AND ($3::timestamptz IS NULL OR created_at <= $3)
                AND ($4::smallint[] IS NULL OR status = ANY($4))
            ), doomed AS (
              SELECT instance_id FROM chosen
              UNION
              SELECT child.instance_id FROM durable_instances AS child JOIN doomed ON child.parent_id = doomed.instance_id
              WHERE $5 AND child.status IN (1, 3, 5)
            ), history AS (
              DELETE FROM durable_history USING doomed WHERE durable_history.instance_id = doomed.instance_id
            ), events AS (
              DELETE FROM durable_events USING doomed WHERE durable_events.instance_id = doomed.instance_id
            ), activities AS (
              DELETE FROM durable_activities USING doomed WHERE durable_activities.instance_id = doomed.instance_id
            )
            DELETE FROM durable_instances USING doomed WHERE durable_instances.instance_id = doomed.instance_id
            """);
        Add(command, NpgsqlDbType.Text, request.InstanceId);
        Add(command, NpgsqlDbType.TimestampTz, request.CreatedFrom?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, request.CreatedTo?.UtcDateTime);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Smallint, Numbers(request.Statuses));
        Add(command, NpgsqlDbType.Boolean, request.Recursive);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static short[]? Numbers(IEnumerable<OrchestrationRuntimeStatus>? statuses)
    {
        short[]? numbers = statuses is null ? null : [.. statuses.Select(status => (short)status)];
        return numbers is { Length: > 0 } ? numbers : null;
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });

    private static async Task<List<DurableInstance>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<DurableInstance> found = [];
        while (await reader.ReadAsync(cancellationToken)) found.Add(Read(reader));
        return found;
    }

    private static DurableInstance Read(NpgsqlDataReader reader)
    {
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        return new DurableInstance
        {
            InstanceId = reader.GetString(0),
            ExecutionId = reader.GetString(1),
            Name = reader.GetString(2),
            Version = reader.GetString(3),
            Status = (OrchestrationRuntimeStatus)reader.GetInt16(4),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(5),
            UpdatedAt = reader.GetFieldValue<DateTimeOffset>(6),
            CompletedAt = reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7),
            Input = Text(8),
            Output = Text(9),
            CustomStatus = Text(10),
            Failure = Text(11) is { } failure ? Durable.Failure.Parse(failure).Details : null,
            Tags = Text(12) is { } tags
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(tags)!
                : ImmutableDictionary<string, string>.Empty,
            ParentId = Text(13),
        };
    }
}

/// <summary>What to purge.</summary>
internal sealed record PurgeRequest(
    string? InstanceId = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    bool Recursive = false);
