using Microsoft.DurableTask.Client;
using Npgsql;
using Podium.Emulator.Database;

namespace Podium.Emulator.Durable;

/// <summary>Reads what the engine needs of its tables.</summary>
internal sealed class DurableStore(EmulatorDatabase database)
{
    /// <summary>Removes what a crash may have left for instances that are over, then reads all live state.</summary>
    public async Task<LiveState> LoadAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            DELETE FROM durable_events AS e WHERE NOT EXISTS (
              SELECT FROM durable_instances AS i
              WHERE i.instance_id = e.instance_id AND i.status IN (0, 6, 7)
                AND (e.execution_id IS NULL OR e.execution_id = i.execution_id))
            """));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT instance_id, execution_id, name, version, status, parent_id, parent_execution_id, parent_name, parent_task_id, trace_parent
            FROM durable_instances WHERE status IN (0, 6, 7)
            """));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT id, instance_id, execution_id, kind, at, visible_at, task_id, name, payload FROM durable_events ORDER BY id
            """));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT a.id, a.instance_id, a.execution_id, a.task_id, a.name, a.version, a.input, i.trace_parent
            FROM durable_activities AS a LEFT JOIN durable_instances AS i USING (instance_id) ORDER BY a.id
            """));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var state = new LiveState([], [], []);
        while (await reader.ReadAsync(cancellationToken)) state.Instances.Add(ReadInstance(reader));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) state.Messages.Add(ReadMessage(reader));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) state.Activities.Add(ReadActivity(reader));
        return state;
    }

    /// <summary>Input and history of one execution.</summary>
    public async Task<Execution> LoadExecutionAsync(string instanceId, string executionId, CancellationToken cancellationToken)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(Command("SELECT input FROM durable_instances WHERE instance_id = $1", instanceId));
        batch.BatchCommands.Add(Command(
            """
            SELECT kind, at, task_id, name, payload, target, fire_at
            FROM durable_history WHERE instance_id = $1 AND execution_id = $2 ORDER BY seq
            """,
            instanceId, executionId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var input = await reader.ReadAsync(cancellationToken) ? Text(reader, 0) : null;
        await reader.NextResultAsync(cancellationToken);
        List<DurableEvent> history = [];
        while (await reader.ReadAsync(cancellationToken)) history.Add(ReadEvent(reader));
        return new Execution(input, history);
    }

    /// <summary>The live children of an instance, for a recursive termination.</summary>
    public async Task<List<string>> LiveChildrenAsync(string instanceId, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand(
            "SELECT instance_id FROM durable_instances WHERE parent_id = $1 AND status IN (0, 6, 7)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = instanceId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> children = [];
        while (await reader.ReadAsync(cancellationToken)) children.Add(reader.GetString(0));
        return children;
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return command;
    }

    private static Instance ReadInstance(NpgsqlDataReader reader)
    {
        var parent = reader.IsDBNull(5) ? null : new ParentLink(reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetInt32(8));
        var instance = new Instance(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), parent, Text(reader, 9));
        instance.Restore((OrchestrationRuntimeStatus)reader.GetInt16(4));
        return instance;
    }

    private static Message ReadMessage(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        reader.GetString(1),
        Text(reader, 2),
        new DurableEvent((DurableEventKind)reader.GetInt16(3), reader.GetFieldValue<DateTimeOffset>(4))
        {
            TaskId = reader.GetInt32(6),
            Name = Text(reader, 7),
            Payload = Text(reader, 8),
        },
        reader.GetFieldValue<DateTimeOffset>(5));

    private static ActivityWork ReadActivity(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4), reader.GetString(5), Text(reader, 6), Text(reader, 7));

    private static DurableEvent ReadEvent(NpgsqlDataReader reader) => new((DurableEventKind)reader.GetInt16(0), reader.GetFieldValue<DateTimeOffset>(1))
    {
        TaskId = reader.GetInt32(2),
        Name = Text(reader, 3),
        Payload = Text(reader, 4),
        Target = Text(reader, 5),
        FireAt = reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
    };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

/// <summary>What is under way when the emulator starts.</summary>
internal sealed record LiveState(List<Instance> Instances, List<Message> Messages, List<ActivityWork> Activities);
