using Npgsql;
using NpgsqlTypes;
using Podium.Emulator.Database;
using Podium.Emulator.Hosting;
using Podium.Emulator.Queues;

namespace Podium.Emulator.Mail;

/// <summary>A mail as the list shows it.</summary>
internal sealed record MailSummary(long Id, DateTimeOffset ReceivedAt, string Sender, string[] Recipients, string Subject, int Size);

/// <summary>The mails the app has sent, the newest of them kept.</summary>
internal sealed class Mailbox(EmulatorDatabase database, EmulatorSession session, TimeProvider clock)
{
    // one after the other, so that a higher id is never seen before a lower one
    private readonly SemaphoreSlim _order = new(1);

    public async Task<long> AddAsync(string sender, IReadOnlyList<string> recipients, byte[] raw)
    {
        await _order.WaitAsync();
        try
        {
            await using var batch = database.Source.CreateBatch();
            var insert = new NpgsqlBatchCommand("INSERT INTO emulator.mails (received_at, sender, recipients, subject, raw) VALUES ($1, $2, $3, $4, $5) RETURNING id");
            insert.Parameters.Add(Sql.Instant(clock.GetUtcNow()));
            insert.Parameters.Add(Sql.Text(sender));
            insert.Parameters.Add(Sql.Array(recipients.ToArray(), NpgsqlDbType.Text));
            insert.Parameters.Add(Sql.Text(MimePart.Read(raw).Headers["Subject"] ?? ""));
            insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = raw });
            batch.BatchCommands.Add(insert);
            var forget = new NpgsqlBatchCommand("DELETE FROM emulator.mails WHERE id <= (SELECT id FROM emulator.mails ORDER BY id DESC OFFSET $1 LIMIT 1)");
            forget.Parameters.Add(Sql.Number(session.Options.Mail.Kept));
            batch.BatchCommands.Add(forget);
            return (long)(await batch.ExecuteScalarAsync())!;
        }
        finally
        {
            _order.Release();
        }
    }

    /// <summary>The newest first: those to an address, those with a text in an address or the subject, those after an id.</summary>
    public async Task<IReadOnlyList<MailSummary>> ListAsync(string? to, string? search, long after, int top, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("SELECT id, received_at, sender, recipients, subject, octet_length(raw) FROM emulator.mails WHERE id > $1 ORDER BY id DESC");
        command.Parameters.Add(Sql.Number(after));
        var mails = new List<MailSummary>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (mails.Count < top && await row.ReadAsync(cancellationToken))
        {
            var mail = new MailSummary(
                row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.GetString(4), row.GetInt32(5));
            // few enough to look at all of them, and what is the same letter does not depend on the database's collation
            if (IsTo(mail, to) && Contains(mail, search)) mails.Add(mail);
        }
        return mails;
    }

    public async Task<byte[]?> RawAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("SELECT raw FROM emulator.mails WHERE id = $1");
        command.Parameters.Add(Sql.Number(id));
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task<ReceivedMail?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("SELECT received_at, sender, recipients, raw FROM emulator.mails WHERE id = $1");
        command.Parameters.Add(Sql.Number(id));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? ReceivedMail.Read(id, row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetFieldValue<byte[]>(3))
            : null;
    }

    public async Task<int> ClearAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("DELETE FROM emulator.mails");
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static bool IsTo(MailSummary mail, string? to) =>
        string.IsNullOrEmpty(to) || mail.Recipients.Contains(to, StringComparer.OrdinalIgnoreCase);

    private static bool Contains(MailSummary mail, string? text) =>
        string.IsNullOrEmpty(text) || mail.Recipients.Append(mail.Sender).Append(mail.Subject).Any(field => field.Contains(text, StringComparison.OrdinalIgnoreCase));
}
