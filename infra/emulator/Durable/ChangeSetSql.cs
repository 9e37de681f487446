using Npgsql;
using NpgsqlTypes;

namespace Podium.Emulator.Durable;

/// <summary>Writes a change set as one batch: one round trip, one transaction.</summary>
internal static class ChangeSetSql
{
    public static async Task WriteAsync(NpgsqlDataSource source, ChangeSet changes, CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        var commands = batch.BatchCommands;
        Replace(commands, changes.Replaced);
        Create(commands, changes.Created);
        Continue(commands, changes.Continued);
        Change(commands, changes.Changed);
        Record(commands, changes.History);
        DeleteById(commands, "DELETE FROM durable_events WHERE id = ANY($1)", changes.Consumed);
        Send(commands, changes.Sent);
        DeleteById(commands, "DELETE FROM durable_activities WHERE id = ANY($1)", changes.ActivitiesDone);
        Schedule(commands, changes.Activities);
        if (commands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Replace(NpgsqlBatchCommandCollection commands, List<string> ids)
    {
        if (ids.Count == 0) return;
        Add(commands, "DELETE FROM durable_history WHERE instance_id = ANY($1)", Array(ids, id => id));
        Add(commands, "DELETE FROM durable_events WHERE instance_id = ANY($1)", Array(ids, id => id));
        Add(commands, "DELETE FROM durable_activities WHERE instance_id = ANY($1)", Array(ids, id => id));
    }

    private static void Create(NpgsqlBatchCommandCollection commands, List<InstanceCreated> rows)
    {
        if (rows.Count == 0) return;
        Add(
            commands,
            """
            INSERT INTO durable_instances (
              instance_id, execution_id, name, version, status, input, tags,
              parent_id, parent_execution_id, parent_name, parent_task_id, trace_parent, created_at, updated_at)
            SELECT id, execution, name, version, 6, input, tags, parent_id, parent_execution, parent_name, parent_task, trace, at, at
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
              AS new (id, execution, name, version, input, tags, parent_id, parent_execution, parent_name, parent_task, trace, at)
            ON CONFLICT (instance_id) DO UPDATE SET
              execution_id = excluded.execution_id, name = excluded.name, version = excluded.version, status = excluded.status,
              input = excluded.input, output = NULL, failure = NULL, custom_status = NULL, tags = excluded.tags,
              parent_id = excluded.parent_id, parent_execution_id = excluded.parent_execution_id,
              parent_name = excluded.parent_name, parent_task_id = excluded.parent_task_id, trace_parent = excluded.trace_parent,
              created_at = excluded.created_at, updated_at = excluded.updated_at, completed_at = NULL
            """,
            Array(rows, row => row.InstanceId),
            Array(rows, row => row.ExecutionId),
            Array(rows, row => row.Name),
            Array(rows, row => row.Version),
            Array(rows, row => row.Input),
            Array(rows, row => row.Tags),
            Array(rows, row => row.Parent?.InstanceId),
            Array(rows, row => row.Parent?.ExecutionId),
            Array(rows, row => row.Parent?.Name),
            Array(rows, row => row.Parent?.TaskId),
            Array(rows, row => row.TraceParent),
            Array(rows, row => row.At.UtcDateTime));
    }

    private static void Continue(NpgsqlBatchCommandCollection commands, List<ExecutionReplaced> rows)
    {
        if (rows.Count == 0) return;
        Add(commands, "DELETE FROM durable_history WHERE instance_id = ANY($1)", Array(rows, row => row.InstanceId));
        Add(
            commands,
            """
            UPDATE durable_instances AS old SET execution_id = new.execution, version = new.version, input = new.input
            FROM unnest($1, $2, $3, $4) AS new (id, execution, version, input)
            WHERE old.instance_id = new.id
            """,
            Array(rows, row => row.InstanceId),
            Array(rows, row => row.ExecutionId),
            Array(rows, row => row.Version),
            Array(rows, row => row.Input));
    }

    private static void Change(NpgsqlBatchCommandCollection commands, List<InstanceChanged> rows)
    {
        if (rows.Count == 0) return;
        Add(
            commands,
            """
            UPDATE durable_instances AS old SET
              status = new.status, custom_status = new.custom_status, updated_at = new.at,
              output = new.output, failure = new.failure, completed_at = CASE WHEN new.ended THEN new.at END
            FROM unnest($1, $2, $3, $4, $5, $6, $7) AS new (id, status, custom_status, at, output, failure, ended)
            WHERE old.instance_id = new.id
            """,
            Array(rows, row => row.InstanceId),
            Array(rows, row => (short)row.Status),
            Array(rows, row => row.CustomStatus),
            Array(rows, row => row.At.UtcDateTime),
            Array(rows, row => row.Output),
            Array(rows, row => row.Failure),
            Array(rows, row => row.Ended));
        List<string> ended = [.. rows.Where(row => row.Ended).Select(row => row.InstanceId)];
        if (ended.Count > 0) Add(commands, "DELETE FROM durable_events WHERE instance_id = ANY($1)", Array(ended, id => id));
    }

    private static void Record(NpgsqlBatchCommandCollection commands, List<HistoryRow> rows)
    {
        if (rows.Count == 0) return;
        Add(
            commands,
            """
            INSERT INTO durable_history (instance_id, execution_id, seq, kind, at, task_id, name, payload, target, fire_at)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT DO NOTHING
            """,
            Array(rows, row => row.InstanceId),
            Array(rows, row => row.ExecutionId),
            Array(rows, row => row.Seq),
            Array(rows, row => (short)row.Content.Kind),
            Array(rows, row => row.Content.At.UtcDateTime),
            Array(rows, row => row.Content.TaskId),
            Array(rows, row => row.Content.Name),
            Array(rows, row => row.Content.Payload),
            Array(rows, row => row.Content.Target),
            Array(rows, row => row.Content.FireAt?.UtcDateTime));
    }

    private static void Send(NpgsqlBatchCommandCollection commands, List<Message> rows)
    {
        if (rows.Count == 0) return;
        Add(
            commands,
            """
            INSERT INTO durable_events (id, instance_id, execution_id, kind, at, visible_at, task_id, name, payload)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING
            """,
            Array(rows, row => row.Id),
            Array(rows, row => row.InstanceId),
            Array(rows, row => row.ExecutionId),
            Array(rows, row => (short)row.Content.Kind),
            Array(rows, row => row.Content.At.UtcDateTime),
            Array(rows, row => row.VisibleAt.UtcDateTime),
            Array(rows, row => row.Content.TaskId),
            Array(rows, row => row.Content.Name),
            Array(rows, row => row.Content.Payload));
    }

    private static void Schedule(NpgsqlBatchCommandCollection commands, List<ActivityWork> rows)
    {
        if (rows.Count == 0) return;
        Add(
            commands,
            """
            INSERT INTO durable_activities (id, instance_id, execution_id, task_id, name, version, input)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT DO NOTHING
            """,
            Array(rows, row => row.Id),
            Array(rows, row => row.InstanceId),
            Array(rows, row => row.ExecutionId),
            Array(rows, row => row.TaskId),
            Array(rows, row => row.Name),
            Array(rows, row => row.Version),
            Array(rows, row => row.Input));
    }

    private static void DeleteById(NpgsqlBatchCommandCollection commands, string sql, List<long> ids)
    {
        if (ids.Count > 0) Add(commands, sql, Array(ids, id => id));
    }

    private static void Add(NpgsqlBatchCommandCollection commands, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        commands.Add(command);
    }

    private static NpgsqlParameter<TValue[]> Array<TRow, TValue>(List<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        var parameter = new NpgsqlParameter<TValue[]> { TypedValue = values };
        if (values is DateTime[] or DateTime?[]) parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz;
        return parameter;
    }
}
