using Npgsql;
using Podium.Platform.Caching;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Operations;

/// <summary>
/// Turns a copy of production's data into sample data: everybody becomes a person who never was, nobody can sign in, and no key or secret
/// of production is left. The same person becomes the same stranger each time.
/// </summary>
public sealed class AnonymiseAll(Database database, Cache cache, FieldCipher cipher, TimeProvider clock)
{
    private const int BatchSize = 500;

    // deleted whole, in this order
    private static readonly string[] Emptied =
        ["user_recovery_codes", "email_tokens", "refresh_tokens", "user_sessions", "identity_sign_ins", "user_identities", "sign_in_throttles", "idempotency_keys", "outbox",
            "webhook_messages", "webhook_endpoints", "signing_keys", "exam_transcript_results", "certificates", "statement_keys"];

    /// <summary>What a shard's database holds that would change.</summary>
    public sealed record Standing(string Shard, string DatabaseName, long People, IReadOnlyDictionary<string, long> Emptied);

    private sealed record Row(Guid TenantId, Guid Id, bool HasUsername, bool HasNumber, bool HasPhone, bool HasBirth);

    /// <summary>Looks, and changes nothing.</summary>
    public async Task<IReadOnlyList<Standing>> CountAsync(CancellationToken cancellationToken)
    {
        var standings = new List<Standing>();
        foreach (var shard in database.Shards)
        {
            var session = database.AsPlatform(shard);
            var rows = new Dictionary<string, long>();
            foreach (var table in Emptied) rows[table] = await session.SingleAsync<long>($"SELECT count(*) FROM {table}", null, cancellationToken);
            standings.Add(new Standing(
                shard,
                await session.SingleAsync<string>("SELECT current_database()", null, cancellationToken),
                await session.SingleAsync<long>("SELECT count(*) FROM users", null, cancellationToken),
                rows));
        }
        return standings;
    }

    /// <summary>Does it on every shard and answers how many people it went over.</summary>
    public async Task<long> Run(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        long people = 0;
        foreach (var shard in database.Shards)
        {
            // first, so that nobody signs in to an account whose name is still true
            await database.InPlatformTransaction(session => EmptyAsync(session, cancellationToken), cancellationToken, shard);
            for (var last = new Row(Guid.Empty, Guid.Empty, false, false, false, false); ;)
            {
                var rows = await NextAsync(shard, last, cancellationToken);
                if (rows.Count == 0) break;
                await WriteAsync(shard, rows, cancellationToken);
                last = rows[^1];
                people += rows.Count;
                progress?.Report(people);
            }
            await EmptyLogAsync(shard, cancellationToken);
        }
        return people;
    }

    // it remembers what everybody was called before, and nobody but its owner may empty it
    private async Task EmptyLogAsync(string shard, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source(shard, DatabaseRole.Owner).OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SET LOCAL ROLE podium_owner;
            DO $$
            DECLARE
                apart text;
            BEGIN
                FOR apart IN
                    SELECT restored_as FROM partition_archives WHERE restored_as IS NOT NULL
                    UNION
                    SELECT partition_name FROM partition_archives WHERE dropped_at IS NULL
                LOOP
                    EXECUTE format('DROP TABLE IF EXISTS public.%I', apart);
                END LOOP;
                DELETE FROM partition_archives;
                -- who sat an examination has no account, and so is nobody of those above
                UPDATE exam_candidates SET first_name = 'Candidate', last_name = number WHERE (first_name, last_name) IS DISTINCT FROM ('Candidate', number);
                UPDATE exam_statements SET document = (document::jsonb || jsonb_build_object('firstName', 'Candidate', 'lastName', number))::text;
                TRUNCATE audit_log;
                UPDATE votes SET ip_address = NULL, device_fingerprint = NULL, user_agent_id = NULL, place_id = NULL
                WHERE (ip_address, device_fingerprint, user_agent_id, place_id) IS DISTINCT FROM (NULL, NULL, NULL, NULL);
                TRUNCATE vote_user_agents, vote_sightings, vote_hot_keys;
            END
            $$;
            """,
            connection,
            transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<bool> EmptyAsync(Session session, CancellationToken cancellationToken)
    {
        foreach (var table in Emptied) await session.ExecuteAsync($"DELETE FROM {table}", null, cancellationToken);
        await session.ExecuteAsync(
            """
            DELETE FROM user_credentials;
            UPDATE identity_issuers SET client_secret_encrypted = NULL, enabled = false, version = version + 1, updated_at = @now WHERE client_secret_encrypted IS NOT NULL OR enabled
            """,
            new { now = clock.GetUtcNow() },
            cancellationToken);
        await cache.InvalidateAsync(session, "*");
        return true;
    }

    private Task<IReadOnlyList<Row>> NextAsync(string shard, Row last, CancellationToken cancellationToken) => database.AsPlatform(shard).QueryAsync<Row>(
        $"""
        SELECT tenant_id, id, username IS NOT NULL AS has_username, student_number IS NOT NULL AS has_number,
               phone_encrypted IS NOT NULL AS has_phone, date_of_birth_encrypted IS NOT NULL AS has_birth
        FROM users
        WHERE (tenant_id, id) > (@TenantId, @Id)
        ORDER BY tenant_id, id
        LIMIT {BatchSize}
        """,
        new { last.TenantId, last.Id },
        cancellationToken);

    private Task<int> WriteAsync(string shard, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var people = rows.Select(row => (Row: row, Sample: SamplePerson.Of(row.TenantId, row.Id))).ToList();
        return database.AsPlatform(shard).ExecuteAsync(
            """
            -- the features' triggers forget what somebody wrote who is forgotten
            UPDATE users SET email = 'anonymous-' || id || '@anonymised.invalid' WHERE (tenant_id, id) IN (SELECT * FROM unnest(@tenants, @ids));
            UPDATE users
            SET first_name = given.first_name, last_name = given.last_name, email = given.email, email_key = given.email, username = given.username,
                student_number = given.student_number, phone_encrypted = given.phone, date_of_birth_encrypted = given.birth, version = version + 1, updated_at = @now
            FROM unnest(@tenants, @ids, @firstNames, @lastNames, @emails, @usernames, @numbers, @phones, @births)
                AS given (tenant_id, id, first_name, last_name, email, username, student_number, phone, birth)
            WHERE users.tenant_id = given.tenant_id AND users.id = given.id
            """,
            new
            {
                tenants = rows.Select(row => row.TenantId).ToArray(),
                ids = rows.Select(row => row.Id).ToArray(),
                firstNames = people.Select(person => person.Sample.FirstName).ToArray(),
                lastNames = people.Select(person => person.Sample.LastName).ToArray(),
                emails = people.Select(person => person.Sample.Email).ToArray(),
                usernames = people.Select(person => person.Row.HasUsername ? person.Sample.Username : null).ToArray(),
                numbers = people.Select(person => person.Row.HasNumber ? person.Sample.StudentNumber : null).ToArray(),
                phones = people.Select(person => person.Row.HasPhone ? Encrypt(EncryptedColumn.Phone, person.Row, person.Sample.Phone) : null).ToArray(),
                births = people.Select(person => person.Row.HasBirth ? Encrypt(EncryptedColumn.DateOfBirth, person.Row, person.Sample.DateOfBirth.ToString("O", null)) : null).ToArray(),
                now = clock.GetUtcNow(),
            },
            cancellationToken);
    }

    private string Encrypt(EncryptedColumn column, Row row, string plain) => cipher.Encrypt(plain, column.Context(row.TenantId, row.Id));
}
