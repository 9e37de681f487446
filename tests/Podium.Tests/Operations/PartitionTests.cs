using System.IO.Compression;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Platform.Partitions;
using Podium.Tests.Harness;

namespace Podium.Tests.Operations;

public sealed class PartitionTests
{
    private const string Rotate = "/api/operations/partitions/audit_log/rotate";

    [Fact]
    public async Task Over_a_year_months_are_made_ahead_archived_when_their_time_is_over_and_deleted_when_nobody_needs_them()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await PolicyAsync(operators, ahead: 3, keep: 3, archiveKeep: 6);
        for (var month = 1; month <= 12; month++) await MakeAsync(app, $"2026-{month:00}", 50);

        await app.AdvanceAsync(TimeSpan.FromDays(365)); // to the 5th of January

        var audit = await TableAsync(operators);
        var partitions = audit["partitions"]!.AsArray();
        Assert.Equal("audit_log_2026_10", (string?)partitions[0]!["name"]);
        Assert.Equal("active", (string?)partitions[0]!["state"]);
        Assert.Contains(partitions, partition => (string?)partition!["name"] == "audit_log_2027_04" && (string?)partition["state"] == "ahead");
        Assert.Equal(
            Enumerable.Range(1, 9).Select(month => $"audit_log_2026_{month:00} {(month <= 6 ? "expired" : "archived")} 50"),
            audit["archives"]!.AsArray().Select(archive => $"{archive!["partition"]} {archive["state"]} {archive["rows"]}"));
        Assert.Equal(3L * 50, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE table_name = 'made'"));
        var blobs = app.Storage.GetBlobContainerClient("archives").GetBlobs().Select(blob => blob.Name).ToList();
        Assert.Equal(
            Enumerable.Range(7, 3).SelectMany(month => new[] { $"audit_log/audit_log_2026_{month:00}/audit_log_2026_{month:00}.csv.gz", $"audit_log/audit_log_2026_{month:00}/manifest.json" }), blobs);
    }

    [Fact]
    public async Task What_is_archived_can_be_read_without_us()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await ArchiveJanuaryAsync(app, operators, 1000);

        var archive = (await TableAsync(operators))["archives"]![0]!;
        var container = app.Storage.GetBlobContainerClient("archives");
        var manifest = JsonNode.Parse((await container.GetBlobClient("audit_log/audit_log_2026_01/manifest.json").DownloadContentAsync()).Value.Content.ToString())!;
        var packed = (await container.GetBlobClient((string)archive["blob"]!).DownloadContentAsync()).Value.Content.ToArray();
        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress)) await gzip.CopyToAsync(unpacked);

        Assert.Equal(1000, (int)archive["rows"]!);
        Assert.Equal((string?)archive["sha256"], Convert.ToHexStringLower(SHA256.HashData(unpacked.ToArray())));
        Assert.Equal((string?)manifest["csvSha256"], (string?)archive["sha256"]);
        Assert.Equal((string?)manifest["sha256"], Convert.ToHexStringLower(SHA256.HashData(packed)));
        Assert.Equal(packed.Length, (int)archive["bytes"]!);
        Assert.Equal(1000, (int)manifest["rows"]!);
        Assert.Equal(["tenant_id", "at", "id"], manifest["key"]!.AsArray().Select(column => (string?)column));
        Assert.Contains(manifest["columns"]!.AsArray(), column => (string?)column!["name"] == "old" && (string?)column["type"] == "jsonb");
        Assert.StartsWith("tenant_id,id,at,", Encoding.UTF8.GetString(unpacked.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_archive_is_the_original_row_by_row()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        var tenant = await TestTenant.CreateAsync(app);
        await app.QueryAsync<int>(
            $$"""
            INSERT INTO audit_log (tenant_id, at, actor_id, address, action, table_name, row_key, old, new, trace) VALUES
                ('{{tenant.Id}}', '2026-01-01T00:00:00Z', NULL, '2001:db8::1', 'update', 'made', E'a "quoted"\n\r\nline', '{"text": "line\nbreak, \"quote\""}', NULL, ''),
                ('{{tenant.Id}}', '2026-01-31T23:59:59.999999Z', gen_random_uuid(), '10.0.0.0/8', 'insert', 'made', E'\\N', '{"text": "Қазақ 🏆"}', '{}', E'tab\there'),
                ('{{tenant.Id}}', '2026-01-15T12:00:00.000001+05', NULL, NULL, 'delete', 'made', '', 'null', '[1.10, 1e5]', NULL);
            SELECT 1
            """);
        await MakeAsync(app, "2026-01", 5000);
        var before = await HashAsync(app, "audit_log_2026_01");
        await ArchiveJanuaryAsync(app, operators, 0);
        var archive = (await TableAsync(operators))["archives"]![0]!;
        Assert.Equal("archived", (string?)archive["state"]);

        var restored = await operators.PostAsync($"/api/operations/archives/{archive["id"]}/restore", null).OkAsync();

        Assert.Equal("restored_audit_log_2026_01", (string?)restored["table"]);
        Assert.Equal(5003, (int)restored["rows"]!);
        Assert.Equal(before, await HashAsync(app, "restored_audit_log_2026_01"));
        Assert.Equal(5003L, await app.QueryAsync<long>("SET ROLE podium_platform; SELECT count(*) FROM restored_audit_log_2026_01"));
        await Assert.ThrowsAsync<PostgresException>(() => app.QueryAsync<long>("SET ROLE podium_app; SELECT count(*) FROM restored_audit_log_2026_01"));
        await operators.PostAsync($"/api/operations/archives/{archive["id"]}/restore", null).OkAsync();
        Assert.Equal("restored", (string?)(await TableAsync(operators))["archives"]![0]!["state"]);

        for (var again = 0; again < 2; again++) await operators.DeleteAsync($"/api/operations/archives/{archive["id"]}/restored").OkAsync(204);
        Assert.True(await app.QueryAsync<bool>("SELECT to_regclass('restored_audit_log_2026_01') IS NULL"));
        Assert.Equal("archived", (string?)(await TableAsync(operators))["archives"]![0]!["state"]);
    }

    [Fact]
    public async Task An_archive_that_was_tampered_with_is_never_restored()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await ArchiveJanuaryAsync(app, operators, 100);
        var archive = (await TableAsync(operators))["archives"]![0]!;
        var blob = app.Storage.GetBlobContainerClient("archives").GetBlobClient((string)archive["blob"]!);
        var original = (await blob.DownloadContentAsync()).Value.Content;
        using var reader = new StreamReader(new GZipStream(original.ToStream(), CompressionMode.Decompress));
        var text = await reader.ReadToEndAsync();

        foreach (var content in new[] { Pack(text.Replace("made,1,", "made,2,", StringComparison.Ordinal)), Pack(text[..text.LastIndexOf('\n', text.Length - 2)] + "\n"), Pack("nonsense"), original.ToArray()[..200], "nonsense"u8.ToArray(), null })
        {
            if (content is null) await blob.DeleteAsync();
            else await blob.UploadAsync(BinaryData.FromBytes(content), overwrite: true);
            await operators.PostAsync($"/api/operations/archives/{archive["id"]}/restore", null).ProblemAsync(409, "archive-damaged");
            Assert.True(await app.QueryAsync<bool>("SELECT to_regclass('restored_audit_log_2026_01') IS NULL"));
        }

        await blob.UploadAsync(original, overwrite: true);
        await operators.PostAsync($"/api/operations/archives/{archive["id"]}/restore", null).OkAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Archiving_goes_on_after_a_kill_at_any_step(bool killsConnection)
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        var points = Enum.GetValues<ArchivePartition.Point>();
        for (var month = 1; month <= points.Length; month++) await MakeAsync(app, $"2026-{month:00}", 100 * month);
        await app.AdvanceAsync(TimeSpan.FromDays(400));
        await PolicyAsync(operators, ahead: 1, keep: 1, archiveKeep: null);
        var archive = app.Services.GetRequiredService<ArchivePartition>();

        // every month is cut off at another step
        var left = new Queue<ArchivePartition.Point>(points);
        archive.Reached = async point =>
        {
            if (left.Count == 0 || point != left.Peek()) return;
            left.Dequeue();
            if (!killsConnection) throw new IOException($"Cut off at {point}.");
            await app.QueryAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'podium-podium_owner' AND datname = current_database()");
        };
        for (var run = 0; left.Count > 0 && run < 2 * points.Length; run++) await operators.PostAsync(Rotate, null);
        Assert.Empty(left);
        await operators.PostAsync(Rotate, null).OkAsync();

        var archives = (await TableAsync(operators))["archives"]!.AsArray();
        Assert.All(archives, one => Assert.Equal("archived", (string?)one!["state"]));
        Assert.Equal(Enumerable.Range(1, points.Length).Select(month => 100 * month), archives.Take(points.Length).Select(one => (int)one!["rows"]!));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE table_name = 'made'"));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'audit_log_2026_%' AND relkind = 'r'"));
        await operators.PostAsync($"/api/operations/archives/{archives[3]!["id"]}/restore", null).OkAsync();
    }

    [Fact]
    public async Task Archiving_that_is_cancelled_again_and_again_loses_and_repeats_nothing()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        for (var month = 1; month <= 6; month++) await MakeAsync(app, $"2026-{month:00}", 2000);
        await app.AdvanceAsync(TimeSpan.FromDays(230));
        await PolicyAsync(operators, ahead: 1, keep: 1, archiveKeep: null);
        var rotate = app.Services.GetRequiredService<RotatePartitions>();

        for (var attempt = 0; attempt < 60; attempt++)
        {
            using var cut = new CancellationTokenSource(TimeSpan.FromMilliseconds(5 * attempt));
            try
            {
                await rotate.Run(cut.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or NpgsqlException or IOException)
            {
                // that is what it is for
            }
        }
        Assert.Empty((await rotate.Run(CancellationToken.None)).Failed);

        var archives = (await TableAsync(operators))["archives"]!.AsArray();
        Assert.Equal(6, archives.Count);
        Assert.All(archives, archive => Assert.Equal("archived 2000", $"{archive!["state"]} {archive["rows"]}"));
        Assert.Equal(0L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE table_name = 'made'"));
    }

    [Fact]
    public async Task A_detachment_that_was_killed_while_it_waited_is_finished_by_the_next_rotation()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await MakeAsync(app, "2026-01", 10);
        await MakeAsync(app, "2026-02", 10);
        await app.AdvanceAsync(TimeSpan.FromDays(120));
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: null);
        await using (var reader = new NpgsqlConnection(app.Postgres))
        {
            await reader.OpenAsync();
            await using var reading = await reader.BeginTransactionAsync();
            await reader.ExecuteAsync("SELECT count(*) FROM audit_log");
            var rotating = operators.PostAsync(Rotate, null);
            await app.UntilAsync("the detachment waits for the reader", () => app.QueryAsync<bool>(
                """
                WITH waiting AS (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'ALTER TABLE%CONCURRENTLY' AND wait_event_type = 'Lock')
                SELECT coalesce((SELECT bool_and(pg_terminate_backend(pid)) FROM waiting), false)
                """));
            await rotating;
            Assert.Equal("detaching", (string?)(await TableAsync(operators))["partitions"]![0]!["state"]);
        }

        var rotated = await operators.PostAsync(Rotate, null).OkAsync();
        Assert.Equal(["audit_log_2026_01", "audit_log_2026_02"], rotated["archived"]!.AsArray().Select(name => (string?)name));
        Assert.Equal([10, 10], (await TableAsync(operators))["archives"]!.AsArray().Select(archive => (int)archive!["rows"]!));
    }

    [Fact]
    public async Task An_archive_that_does_not_read_back_as_it_was_written_is_written_anew_and_nothing_is_dropped_until_then()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await MakeAsync(app, "2026-01", 10);
        await app.AdvanceAsync(TimeSpan.FromDays(90));
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: null);
        app.Services.GetRequiredService<ArchivePartition>().Reached = point => point == ArchivePartition.Point.Noted
            ? app.Storage.GetBlobContainerClient("archives").GetBlobClient("audit_log/audit_log_2026_01/audit_log_2026_01.csv.gz").UploadAsync(BinaryData.FromBytes(Pack("nonsense\n")), overwrite: true)
            : Task.CompletedTask;

        var failed = await operators.PostAsync(Rotate, null).OkAsync();
        Assert.Contains("rows instead of 10", (string?)failed["failed"]![0]!["error"], StringComparison.Ordinal);
        Assert.Equal(10L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log_2026_01 WHERE table_name = 'made'"));
        await operators.PostAsync($"/api/operations/archives/{(await TableAsync(operators))["archives"]![0]!["id"]}/restore", null).ProblemAsync(409, "archive-unfinished");

        app.Services.GetRequiredService<ArchivePartition>().Reached = _ => Task.CompletedTask;
        Assert.Equal("audit_log_2026_01", (string?)(await operators.PostAsync(Rotate, null).OkAsync())["archived"]![0]);
    }

    [Fact]
    public async Task A_legal_hold_keeps_a_month_and_its_archive_until_it_is_lifted()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await MakeAsync(app, "2026-01", 10);
        await MakeAsync(app, "2026-02", 10);
        var hold = new { id = Guid.NewGuid(), table = "audit_log", from = "2026-01-20T00:00:00Z", until = "2026-01-21T00:00:00Z", reason = "Case 17", placedBy = "Counsel" };
        for (var again = 0; again < 2; again++) await operators.PostAsJsonAsync("/api/operations/legal-holds", hold).OkAsync(201);
        await app.AdvanceAsync(TimeSpan.FromDays(120));
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: null);

        var rotated = await operators.PostAsync(Rotate, null).OkAsync();
        Assert.Equal("audit_log_2026_01 Case 17", $"{rotated["held"]![0]!["partition"]} {rotated["held"]![0]!["reason"]}");
        Assert.Equal("audit_log_2026_02", (string?)rotated["archived"]![0]);
        var january = (await TableAsync(operators))["partitions"]![0]!;
        Assert.Equal("held Case 17", $"{january["state"]} {january["hold"]}");
        Assert.Single((await operators.GetAsync("/api/operations/partitions").OkAsync())["holds"]!.AsArray());

        await operators.DeleteAsync($"/api/operations/legal-holds/{hold.id}").OkAsync(204);
        var other = (string?)(await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "audit_log", until = "2026-04-01T00:00:00Z", reason = "Case 18", placedBy = "Counsel" }).OkAsync(201))["id"];
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: 2);
        Assert.Empty((await operators.PostAsync(Rotate, null).OkAsync())["expired"]!.AsArray());
        var february = (await TableAsync(operators))["archives"]![0]!;
        Assert.Equal("archived Case 18", $"{february["state"]} {february["hold"]}");

        await operators.DeleteAsync($"/api/operations/legal-holds/{other}").OkAsync(204);
        rotated = await operators.PostAsync(Rotate, null).OkAsync();
        Assert.Equal("audit_log_2026_01", (string?)rotated["archived"]![0]);
        Assert.Equal(2, rotated["expired"]!.AsArray().Count);
        Assert.Empty((await operators.GetAsync("/api/operations/partitions").OkAsync())["holds"]!.AsArray());
        await operators.PostAsync($"/api/operations/archives/{february["id"]}/restore", null).ProblemAsync(410, "archive-expired");
    }

    [Fact]
    public async Task A_legal_hold_that_comes_while_a_month_is_being_archived_still_keeps_its_rows()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await MakeAsync(app, "2026-01", 10);
        await app.AdvanceAsync(TimeSpan.FromDays(90));
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: null);
        var archive = app.Services.GetRequiredService<ArchivePartition>();
        string? hold = null;
        archive.Reached = async point =>
        {
            if (point == ArchivePartition.Point.Verified && hold is null)
                hold = (string?)(await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "audit_log", reason = "Late", placedBy = "Counsel" }).OkAsync(201))["id"];
        };

        Assert.Equal("Late", (string?)(await operators.PostAsync(Rotate, null).OkAsync())["held"]![0]!["reason"]);
        Assert.Equal("verified Late", $"{(await TableAsync(operators))["archives"]![0]!["state"]} {(await TableAsync(operators))["archives"]![0]!["hold"]}");
        Assert.Equal(10L, await app.QueryAsync<long>("SELECT count(*) FROM audit_log_2026_01 WHERE table_name = 'made'"));

        await operators.DeleteAsync($"/api/operations/legal-holds/{hold}").OkAsync(204);
        Assert.Equal("audit_log_2026_01", (string?)(await operators.PostAsync(Rotate, null).OkAsync())["archived"]![0]);
    }

    [Fact]
    public async Task Four_who_rotate_at_once_do_everything_once()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        for (var month = 1; month <= 5; month++) await MakeAsync(app, $"2026-{month:00}", 200);
        await app.AdvanceAsync(TimeSpan.FromDays(200));
        await PolicyAsync(operators, ahead: 40, keep: 1, archiveKeep: null);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => operators.PostAsync(Rotate, null).OkAsync())));
        var last = await operators.PostAsync(Rotate, null).OkAsync();

        Assert.All(results.Append(last), result => Assert.Empty(result["failed"]!.AsArray()));
        var created = results.SelectMany(result => result["created"]!.AsArray()).Select(name => (string)name!).ToList();
        Assert.Equal(created.Count, created.Distinct().Count());
        Assert.Contains("audit_log_2029_11", created);
        var archived = results.Append(last).SelectMany(result => result["archived"]!.AsArray()).Select(name => (string)name!).ToList();
        Assert.Equal(["audit_log_2026_01", "audit_log_2026_02", "audit_log_2026_03", "audit_log_2026_04", "audit_log_2026_05"], archived.Order());
        Assert.All((await TableAsync(operators))["archives"]!.AsArray(), archive => Assert.Equal(200, (int)archive!["rows"]!));
    }

    [Fact]
    public async Task Sixty_months_are_made_in_one_run_and_none_in_the_next()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await operators.PostAsync(Rotate, null).OkAsync();
        var known = await app.QueryAsync<long>("SELECT count(*) FROM partitions_of('audit_log')");
        await PolicyAsync(operators, ahead: (int)known + 59, keep: null, archiveKeep: null);

        // how long that takes is measured where nothing else runs (docs/partitions.md)
        Assert.Equal(60, (await operators.PostAsync(Rotate, null).OkAsync())["created"]!.AsArray().Count);
        Assert.Empty((await operators.PostAsync(Rotate, null).OkAsync())["created"]!.AsArray());
    }

    [Fact]
    public async Task A_month_that_late_rows_make_anew_does_not_write_over_its_first_archive()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await ArchiveJanuaryAsync(app, operators, 10);
        await app.QueryAsync<long>("SELECT count(*) FROM add_partitions('audit_log', 'month', '2026-01-01Z', '2026-01-01Z')");
        await MakeAsync(app, "2026-01", 3);
        await operators.PostAsync(Rotate, null).OkAsync();

        var archives = (await TableAsync(operators))["archives"]!.AsArray().OrderByDescending(archive => (long)archive!["rows"]!).ToList();
        Assert.Equal(
            ["audit_log/audit_log_2026_01/audit_log_2026_01.csv.gz 10", "audit_log/audit_log_2026_01.2/audit_log_2026_01.2.csv.gz 3"],
            archives.Select(archive => $"{archive!["blob"]} {archive["rows"]}"));
        var tables = new List<string?>();
        foreach (var archive in archives) tables.Add((string?)(await operators.PostAsync($"/api/operations/archives/{archive!["id"]}/restore", null).OkAsync())["table"]);
        Assert.Equal(["restored_audit_log_2026_01", "restored_audit_log_2026_01_2"], tables);
    }

    [Fact]
    public async Task Any_table_with_a_policy_is_looked_after_by_the_day_or_the_year()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        await app.QueryAsync<int>(
            """
            SET ROLE podium_owner;
            CREATE TABLE daily (tenant_id uuid NOT NULL, day timestamptz NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, note text, PRIMARY KEY (tenant_id, day, number)) PARTITION BY RANGE (day);
            CREATE TABLE yearly (tenant_id uuid NOT NULL, day date NOT NULL, grade numeric, PRIMARY KEY (tenant_id, day)) PARTITION BY RANGE (day);
            CALL protect('daily');
            CALL protect('yearly');
            INSERT INTO partition_policies (table_name, step, ahead, keep_active_months, enabled, updated_at) VALUES ('daily', 'day', 5, 1, true, now()), ('yearly', 'year', 1, NULL, true, now());
            SELECT 1
            """);

        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal("daily_2026_01_06,daily_2026_01_07,daily_2026_01_08,daily_2026_01_09,daily_2026_01_10,daily_2026_01_11", await NamesAsync(app, "daily"));
        Assert.Equal("yearly_2026,yearly_2027", await NamesAsync(app, "yearly"));
        await app.QueryAsync<int>(
            """
            INSERT INTO daily (tenant_id, day, note) SELECT gen_random_uuid(), '2026-01-06T12:00Z', 'note' FROM generate_series(1, 10);
            INSERT INTO yearly VALUES (gen_random_uuid(), '2026-12-31', 4.50);
            SELECT 1
            """);
        await app.AdvanceAsync(TimeSpan.FromDays(35));

        var archives = (await TableAsync(operators, "daily"))["archives"]!.AsArray();
        Assert.Equal("daily_2026_01_06 archived 10", $"{archives[0]!["partition"]} {archives[0]!["state"]} {archives[0]!["rows"]}");
        Assert.Equal(4, archives.Count);
        await operators.PostAsync($"/api/operations/archives/{archives[0]!["id"]}/restore", null).OkAsync();
    }

    [Fact]
    public async Task Readers_and_writers_go_on_while_a_month_is_archived()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        var tenant = await TestTenant.CreateAsync(app);
        for (var month = 1; month <= 4; month++) await MakeAsync(app, $"2026-{month:00}", 3000);
        await app.AdvanceAsync(TimeSpan.FromDays(160));
        await PolicyAsync(operators, ahead: 1, keep: 1, archiveKeep: null);
        using var stop = new CancellationTokenSource();
        var writes = 0;
        var writing = Task.Run(async () =>
        {
            await using var source = NpgsqlDataSource.Create(app.Postgres);
            for (; !stop.IsCancellationRequested; writes++)
            {
                await using var command = source.CreateCommand(
                    $"""
                    INSERT INTO institutions (tenant_id, id, name, created_at, updated_at) VALUES ('{tenant.Id}', gen_random_uuid(), 'Place {writes}', '2026-06-01Z', '2026-06-01Z');
                    SELECT count(*) FROM audit_log WHERE tenant_id = '{tenant.Id}' AND at >= '2026-01-01Z'
                    """);
                await command.ExecuteNonQueryAsync();
            }
        });

        var rotated = await operators.PostAsync(Rotate, null).OkAsync();
        await stop.CancelAsync();
        await writing;

        Assert.Equal(4, rotated["archived"]!.AsArray().Count);
        Assert.Equal((long)writes, await app.QueryAsync<long>("SELECT count(*) FROM audit_log WHERE table_name = 'institutions'"));
    }

    [Fact]
    public async Task Only_operators_look_after_partitions_and_say_it_right()
    {
        await using var app = await StartAsync();
        using var operators = app.HttpWithKey();
        foreach (var (method, path) in new[]
        {
            ("GET", "/api/operations/partitions"), ("PUT", "/api/operations/partitions/audit_log"), ("POST", Rotate), ("POST", $"/api/operations/archives/{Guid.NewGuid()}/restore"),
            ("DELETE", $"/api/operations/archives/{Guid.NewGuid()}/restored"), ("POST", "/api/operations/legal-holds"), ("DELETE", $"/api/operations/legal-holds/{Guid.NewGuid()}"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            Assert.Equal(401, (int)(await app.Http.SendAsync(request)).StatusCode);
        }

        await operators.PostAsync("/api/operations/partitions/users/rotate", null).ProblemAsync(404, "not-found");
        await operators.PutAsJsonAsync("/api/operations/partitions/users", new { ahead = 1, keepActiveMonths = 1, archiveKeepMonths = 1, enabled = true }).ProblemAsync(404, "not-found");
        await operators.PutAsJsonAsync("/api/operations/partitions/audit_log", new { ahead = 0, keepActiveMonths = 0, enabled = "yes" }).ProblemAsync(422, "invalid");
        await operators.PutAsJsonAsync("/api/operations/partitions/audit_log", new { ahead = 1, keepActiveMonths = 5, archiveKeepMonths = 4, enabled = true }).ProblemAsync(422, "invalid");
        await operators.PostAsync($"/api/operations/archives/{Guid.NewGuid()}/restore", null).ProblemAsync(404, "not-found");
        await operators.PostAsync("/api/operations/archives/x/restore", null).ProblemAsync(404, "not-found");
        await operators.DeleteAsync($"/api/operations/archives/{Guid.NewGuid()}/restored").ProblemAsync(404, "not-found");
        await operators.DeleteAsync($"/api/operations/legal-holds/{Guid.NewGuid()}").ProblemAsync(404, "not-found");
        await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "users", reason = "x", placedBy = "y" }).ProblemAsync(422, "invalid");
        await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "audit_log", from = "2026-02-01T00:00:00Z", until = "2026-01-01T00:00:00Z", reason = "x", placedBy = "y" }).ProblemAsync(422, "invalid");
        await operators.PostAsJsonAsync("/api/operations/legal-holds", new { table = "audit_log", reason = "", placedBy = "y" }).ProblemAsync(422, "invalid");
    }

    // months go by in these tests, and only the rotation matters
    private static Task<PodiumApp> StartAsync() =>
        PodiumApp.StartAsync(new AppOptions { Timers = ["RotatePartitions"] });

    private static async Task PolicyAsync(HttpClient operators, int ahead, int? keep, int? archiveKeep) =>
        await operators.PutAsJsonAsync("/api/operations/partitions/audit_log", new { ahead, keepActiveMonths = keep, archiveKeepMonths = archiveKeep, enabled = true }).OkAsync();

    private static async Task<JsonNode> TableAsync(HttpClient operators, string table = "audit_log") =>
        (await operators.GetAsync("/api/operations/partitions").OkAsync())["tables"]!.AsArray().Single(one => (string?)one!["policy"]!["tableName"] == table)!;

    private static async Task ArchiveJanuaryAsync(PodiumApp app, HttpClient operators, int rows)
    {
        await MakeAsync(app, "2026-01", rows);
        await app.AdvanceAsync(TimeSpan.FromDays(90)); // to the 5th of April
        await PolicyAsync(operators, ahead: 1, keep: 2, archiveKeep: null);
        Assert.Equal("audit_log_2026_01", (string?)(await operators.PostAsync(Rotate, null).OkAsync())["archived"]![0]);
    }

    private static Task<long> MakeAsync(PodiumApp app, string month, int rows) => app.QueryAsync<long>(
        $$"""
        WITH made AS (
            INSERT INTO audit_log (tenant_id, at, action, table_name, row_key, old, new)
            SELECT gen_random_uuid(), '{{month}}-01Z'::timestamptz + number * interval '1 second', 'update', 'made', number, '{"a": "b,\"c\""}', NULL FROM generate_series(1, {{rows}}) AS number
            RETURNING 1
        )
        SELECT count(*) FROM made
        """);

    private static Task<string> HashAsync(PodiumApp app, string table) =>
        app.QueryAsync<string>($"SELECT md5(string_agg(row_to_json(one)::text, ';' ORDER BY tenant_id, at, id)) FROM {table} AS one");

    private static Task<string> NamesAsync(PodiumApp app, string table) =>
        app.QueryAsync<string>($"SELECT string_agg(partition_name, ',' ORDER BY from_at) FROM partitions_of('{table}')");

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
