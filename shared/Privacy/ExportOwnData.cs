using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Npgsql;
using Podium.Learning;
using Podium.Notifications;
using Podium.Platform.Access;
using Podium.Platform.Databases;
using Podium.Platform.Messaging;
using Podium.Platform.Problems;
using Podium.Platform.Security;

namespace Podium.Privacy;

/// <summary>Gathers everything that is kept about a person into one file, in the background, for them to fetch for a week.</summary>
public sealed class ExportOwnData(Database database, Outbox outbox, Inbox inbox, Notify notify, BlobServiceClient storage, FieldCipher cipher, CodeSeal seal, TimeProvider clock)
{
    public const string Subject = "own-data";

    private const string Container = "exports";
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    // a second request soon after the first means the same file
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    public sealed record Order(Guid UserId, Guid ExportId);

    public sealed record View
    {
        /// <summary>pending, ready or expired.</summary>
        public required string Status { get; init; }

        public required DateTimeOffset RequestedAt { get; init; }

        public DateTimeOffset? ReadyAt { get; init; }

        /// <summary>Until when it can be fetched.</summary>
        public DateTimeOffset? ExpiresAt { get; init; }

        /// <summary>Of the compressed file.</summary>
        public long? Bytes { get; init; }
    }

    private sealed record Row(Guid Id, DateTimeOffset RequestedAt, DateTimeOffset? ReadyAt, DateTimeOffset? ExpiresAt, long? Bytes);

    public Task<View> RequestAsync(Caller caller, CancellationToken cancellationToken) => database.InTransaction(
        caller,
        async session =>
        {
            var now = clock.GetUtcNow();
            var id = Guid.CreateVersion7(now);
            var row = await session.SingleAsync<Row>(
                """
                INSERT INTO own_data_exports AS known (tenant_id, user_id, id, requested_at) VALUES (@TenantId, @Person, @id, @now)
                ON CONFLICT (tenant_id, user_id) DO UPDATE
                SET id = CASE WHEN known.requested_at > @before THEN known.id ELSE @id END,
                    requested_at = CASE WHEN known.requested_at > @before THEN known.requested_at ELSE @now END,
                    ready_at = CASE WHEN known.requested_at > @before THEN known.ready_at END,
                    expires_at = CASE WHEN known.requested_at > @before THEN known.expires_at END,
                    bytes = CASE WHEN known.requested_at > @before THEN known.bytes END
                RETURNING id, requested_at, ready_at, expires_at, bytes
                """,
                new { caller.TenantId, caller.Person, id, now, before = now - Fresh },
                cancellationToken);
            if (row.Id == id) await outbox.AddAsync(session, caller.TenantId, Outbox.Notifications, Subject, new Order(caller.Person, id));
            return ViewOf(row, now);
        },
        cancellationToken);

    public async Task<Outcome<View>> ReadAsync(Caller caller, CancellationToken cancellationToken) =>
        await FindAsync(caller, cancellationToken) is { } row ? ViewOf(row, clock.GetUtcNow()) : Problem.NotFound("export");

    /// <summary>The file: gzip of JSON.</summary>
    public async Task<Outcome<Stream>> OpenAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, cancellationToken) is not { ReadyAt: not null } row || row.ExpiresAt <= clock.GetUtcNow()) return Problem.NotFound("export");
        try
        {
            return await BlobOf(caller.TenantId, caller.Person, row.Id).OpenReadAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return Problem.NotFound("export");
        }
    }

    /// <summary>Writes the file of an order, and tells the person.</summary>
    public async Task RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var order = delivery.Read<Order>();
        var tenantId = delivery.Tenant.Id;
        var language = await database.As(delivery.Actor).FirstAsync<string>(
            """
            SELECT users.language FROM own_data_exports JOIN users ON users.tenant_id = own_data_exports.tenant_id AND users.id = user_id
            WHERE own_data_exports.tenant_id = @tenantId AND user_id = @UserId AND own_data_exports.id = @ExportId AND ready_at IS NULL
            """,
            new { tenantId, order.UserId, order.ExportId },
            cancellationToken);
        // made already, asked for anew, or nobody's any more
        if (language is null) return;
        await storage.GetBlobContainerClient(Container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var bytes = await WriteAsync(delivery, order, cancellationToken);
        await inbox.OnceAsync(
            delivery,
            async session =>
            {
                var now = clock.GetUtcNow();
                var made = await session.ExecuteAsync(
                    "UPDATE own_data_exports SET ready_at = @now, expires_at = @until, bytes = @bytes WHERE tenant_id = @tenantId AND user_id = @UserId AND id = @ExportId AND ready_at IS NULL",
                    new { tenantId, order.UserId, order.ExportId, now, until = now + Life, bytes },
                    cancellationToken);
                if (made > 0) await notify.RunAsync(session, tenantId, delivery.Tenant.TimeZone, new Notify.Notice(NotificationKinds.ExportReady, PrivacyTexts.ExportReady, "/account/export"), [order.UserId]);
            },
            cancellationToken);
    }

    /// <summary>Deletes files whose time is over, also those that nothing points at any more.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - Life;
        var container = storage.GetBlobContainerClient(Container);
        if (!await container.ExistsAsync(cancellationToken)) return 0;
        var deleted = 0;
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            if (MadeAt(blob.Name) is { } at && at > before) continue;
            await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
            deleted++;
        }
        return deleted;
    }

    private Task<Row?> FindAsync(Caller caller, CancellationToken cancellationToken) => database.As(caller).FirstAsync<Row>(
        "SELECT id, requested_at, ready_at, expires_at, bytes FROM own_data_exports WHERE tenant_id = @TenantId AND user_id = @Person", new { caller.TenantId, caller.Person }, cancellationToken);

    private async Task<long> WriteAsync(Delivery delivery, Order order, CancellationToken cancellationToken)
    {
        var blob = storage.GetBlobContainerClient(Container).GetBlockBlobClient(NameOf(delivery.Tenant.Id, order.UserId, order.ExportId));
        await using (var file = await blob.OpenWriteAsync(overwrite: true, new BlockBlobOpenWriteOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/gzip" } }, cancellationToken))
        await using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        await using (var json = new Utf8JsonWriter(gzip, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("tenant", delivery.Tenant.Name);
            json.WriteString("person", order.UserId);
            json.WriteString("madeAt", clock.GetUtcNow());
            json.WriteStartObject("data");
            foreach (var what in OwnData.All) await WriteAsync(json, delivery.Actor with { UserId = order.UserId }, what, order.UserId, cancellationToken);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
    }

    // row by row: what is kept about somebody may be more than fits into memory
    private Task<bool> WriteAsync(Utf8JsonWriter json, Actor actor, OwnData what, Guid person, CancellationToken cancellationToken)
    {
        json.WriteStartObject(what.Name);
        json.WriteString("description", what.Description);
        json.WriteStartArray("rows");
        return WriteRowsAsync();

        async Task<bool> WriteRowsAsync()
        {
            var key = what.Sealed.Count == 0 ? null : await seal.ReadingAsync(actor, cancellationToken);
            await using var connection = await database.Source(actor.Shard, DatabaseRole.App).OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand($"SELECT to_jsonb(own)::text FROM ({what.Sql.Replace("@TenantId", "$1", StringComparison.Ordinal).Replace("@person", "$2", StringComparison.Ordinal)}) AS own", connection, transaction);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = actor.TenantId });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = person });
            await using (var introduce = new NpgsqlCommand("CALL act_as($1, $2, NULL)", connection, transaction))
            {
                introduce.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = actor.TenantId });
                introduce.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = person });
                await introduce.ExecuteNonQueryAsync(cancellationToken);
            }
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (what.Encrypted.Count == 0 && what.Sealed.Count == 0) json.WriteRawValue(reader.GetString(0));
                else Open(what, JsonNode.Parse(reader.GetString(0))!.AsObject(), actor.TenantId, person, key).WriteTo(json);
                if (json.BytesPending > 1 << 16) await json.FlushAsync(cancellationToken);
            }
            json.WriteEndArray();
            json.WriteEndObject();
            return true;
        }
    }

    private JsonObject Open(OwnData what, JsonObject row, Guid tenantId, Guid person, CodeSeal.Key? key)
    {
        foreach (var (name, column) in what.Encrypted)
        {
            if ((string?)row[name] is { } value) row[name] = cipher.Decrypt(value, column.Context(tenantId, person));
        }
        foreach (var name in what.Sealed)
        {
            if ((string?)row[name] is { } code) row[name] = key!.Open(code, CodeSeal.OfLearner(person));
        }
        return row;
    }

    private BlobClient BlobOf(Guid tenantId, Guid person, Guid id) => storage.GetBlobContainerClient(Container).GetBlobClient(NameOf(tenantId, person, id));

    private static string NameOf(Guid tenantId, Guid person, Guid id) => $"{tenantId}/{person}/{id}.json.gz";

    // the id says when the file was asked for, on the app's clock
    private static DateTimeOffset? MadeAt(string blob) =>
        Guid.TryParse(Path.GetFileName(blob).Split('.')[0], out var id) && id.Version == 7
            ? DateTimeOffset.FromUnixTimeMilliseconds(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(id.ToByteArray(bigEndian: true)) >>> 16)
            : null;

    private static View ViewOf(Row row, DateTimeOffset now) => new()
    {
        Status = row.ReadyAt is null ? "pending" : row.ExpiresAt > now ? "ready" : "expired",
        RequestedAt = row.RequestedAt,
        ReadyAt = row.ReadyAt,
        ExpiresAt = row.ExpiresAt,
        Bytes = row.Bytes,
    };
}
