using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Podium.Operations;
using Podium.Platform.Databases;
using Podium.Platform.Security;

namespace Podium.Tests.Cli;

public sealed class RotateTests
{
    private const int People = 1100; // more than two batches
    private static readonly string Old = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string New = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string Index = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task Every_encrypted_column_moves_to_the_current_key_and_opens_without_the_old_one()
    {
        await using var op = await FilledAsync();
        UseBoth(op);

        var before = Of(await op.JsonAsync("rotate", "encryption", "--dry-run"), "pending");
        Assert.Equal(People, before["users.phone_encrypted"]);
        Assert.Equal(1, before["signing_keys.private_key_encrypted"]);
        Assert.Equal(People, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE starts_with(phone_encrypted, 'v1.old.')"));

        var rotated = await op.JsonAsync("rotate", "encryption");

        Assert.Equal(before, Of(rotated, "rotated"));
        Assert.All(Of(rotated, "left").Values, left => Assert.Equal(0, left));
        Assert.Equal(0, Of(await op.JsonAsync("rotate", "encryption"), "rotated").Values.Sum());
        op["Encryption__Keys__old"] = null;
        var doctor = (await op.RunAsync("doctor", "--json")).Json["findings"]!.AsArray().Single(finding => (string)finding!["check"]! == "encryption keys")!;
        Assert.Equal("good", (string)doctor["verdict"]!);
        Assert.Equal("+77010000007", Cipher("new").Decrypt(await op.QueryAsync<string>("SELECT phone_encrypted FROM users WHERE student_number = '7'"), await ContextAsync(op)));
    }

    [Fact]
    public async Task A_run_that_was_cut_off_goes_on_where_it_ended()
    {
        await using var op = await FilledAsync();
        var settings = Settings("new", ("Postgres", op.Postgres));
        await using var database = new Database(new DatabaseSettings(settings), TimeProvider.System, NullLogger<Database>.Instance);
        using var cut = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RotateEncryption(database, EncryptionSettings.Cipher(settings)).Run(new CutAfterFirst(cut), cut.Token));

        Assert.Equal(500, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE starts_with(phone_encrypted, 'v1.new.')"));
        UseBoth(op);
        Assert.Equal(People - 500, Of(await op.JsonAsync("rotate", "encryption"), "rotated")["users.phone_encrypted"]);
    }

    [Fact]
    public async Task What_does_not_open_stays_as_it_is_and_is_said()
    {
        await using var op = await FilledAsync();
        await op.ExecuteAsync("UPDATE users SET phone_encrypted = 'v1.lost.AAAA' WHERE student_number IN ('3', '800')");
        UseBoth(op);

        (await op.RunAsync("rotate", "encryption")).Failed(1, "2 values do not open");

        Assert.Equal(2, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE phone_encrypted = 'v1.lost.AAAA'"));
        Assert.Equal(People - 2, await op.QueryAsync<long>("SELECT count(*) FROM users WHERE starts_with(phone_encrypted, 'v1.new.')"));
    }

    [Fact]
    public async Task No_encrypted_column_of_the_schema_is_forgotten()
    {
        await using var op = await Operator.AtAsync();

        var columns = await op.QueryAsync<string[]>(
            "SELECT array_agg(table_name || '.' || column_name ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\") FROM information_schema.columns WHERE table_schema = 'public' AND column_name LIKE '%\\_encrypted'");

        Assert.Equal(columns, EncryptedColumn.All.Select(column => column.ToString()).Concat(EncryptedColumn.ShortLived).Order(StringComparer.Ordinal));
    }

    private static async Task<Operator> FilledAsync()
    {
        var op = await Operator.AtAsync();
        op["Encryption__Keys__old"] = Old;
        op["Encryption__Current"] = "old";
        op["Encryption__IndexKey"] = Index;
        var tenant = (Guid)(await op.JsonAsync("tenant", "create", "--slug", "demo", "--name", "Demo", "--administrator", "boss@example.org"))["id"]!;
        await op.JsonAsync("key", "rotate");
        var cipher = Cipher("old");
        var ids = Enumerable.Range(0, People).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var source = NpgsqlDataSource.Create(op.Postgres);
        await using var insert = source.CreateCommand(
            """
            INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, language, student_number, phone_encrypted, date_of_birth_encrypted, created_at, updated_at)
            SELECT $1, id, 'p' || n || '@example.org', 'p' || n || '@example.org', 'A', 'B', 'en', n - 1, phone, birth, now(), now()
            FROM unnest($2, $3, $4) WITH ORDINALITY AS given (id, phone, birth, n)
            """);
        insert.Parameters.Add(new() { Value = tenant });
        insert.Parameters.Add(new() { Value = ids });
        insert.Parameters.Add(new() { Value = ids.Select((id, at) => cipher.Encrypt($"+7701{at:0000000}", EncryptedColumn.Phone.Context(tenant, id))).ToArray() });
        insert.Parameters.Add(new() { Value = ids.Select(id => cipher.Encrypt("2001-02-03", EncryptedColumn.DateOfBirth.Context(tenant, id))).ToArray() });
        await insert.ExecuteNonQueryAsync();
        return op;
    }

    private static void UseBoth(Operator op)
    {
        op["Encryption__Keys__new"] = New;
        op["Encryption__Current"] = "new";
    }

    private static async Task<string> ContextAsync(Operator op) =>
        EncryptedColumn.Phone.Context(await op.QueryAsync<string>("SELECT tenant_id || ':' || id FROM users WHERE student_number = '7'"));

    private static FieldCipher Cipher(string current) => EncryptionSettings.Cipher(Settings(current));

    private static IConfiguration Settings(string current, params (string Name, string Value)[] more) => new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?>(more.Select(entry => KeyValuePair.Create(entry.Name, (string?)entry.Value)))
        {
            ["Encryption:Keys:old"] = Old,
            ["Encryption:Keys:new"] = New,
            ["Encryption:Current"] = current,
            ["Encryption:IndexKey"] = Index,
        }).Build();

    private static Dictionary<string, long> Of(JsonNode answer, string what) => answer.AsArray().ToDictionary(column => (string)column!["column"]!, column => (long)column![what]!);

    private sealed class CutAfterFirst(CancellationTokenSource cut) : IProgress<RotateEncryption.Progress>
    {
        public void Report(RotateEncryption.Progress value) => cut.Cancel();
    }
}
