using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class ArchiveTests
{
    [Fact]
    public async Task Partitions_are_listed_rotated_verified_brought_back_and_thrown_away()
    {
        await using var op = await Operator.AtAsync();
        await op.ExecuteAsync("UPDATE partition_policies SET keep_active_months = 1 WHERE table_name = 'audit_log'");
        await op.ExecuteAsync(
            """
            INSERT INTO audit_log (tenant_id, at, action, table_name, row_key, new)
            SELECT gen_random_uuid(), '2026-01-02Z'::timestamptz + number * interval '1 second', 'insert', 'made', number, '{"a": 1}' FROM generate_series(1, 100) AS number
            """);
        (await op.RunAsync("archive", "list", "--table", "no_such")).Failed(1, "no partitioned table");
        (await op.RunAsync("archive", "run", "--table", "no_such")).Failed(1, "no such");
        Assert.Contains("audit_log_2026_01", (await op.RunAsync("archive", "list")).Ok().Output);

        var run = await op.JsonAsync("archive", "run", "--table", "audit_log");
        Assert.Contains("audit_log_2026_01", run["archived"]!.AsArray().Select(name => (string?)name));
        Assert.Empty((await op.JsonAsync("archive", "run"))["archived"]!.AsArray());

        var archive = await JanuaryAsync(op);
        Assert.Equal(("archived", 100), ((string)archive["state"]!, (int)archive["rows"]!));
        var id = (string)archive["id"]!;
        Assert.All((await op.JsonAsync("archive", "verify")).AsArray(), one => Assert.Null(one!["fault"]));
        Assert.Contains("has its 100 rows", (await op.RunAsync("archive", "verify", "--archive", id)).Ok().Output);
        (await op.RunAsync("archive", "verify", "--archive", Guid.NewGuid().ToString())).Failed(1, "There is no archive");

        var restored = await op.JsonAsync("archive", "restore", id);
        Assert.Equal(100L, await op.QueryAsync<long>($"SELECT count(*) FROM {restored["table"]}"));
        (await op.RunAsync("archive", "discard", id)).Failed(2, "say --yes");
        await op.JsonAsync("archive", "discard", id, "--yes");
        Assert.Equal("archived", (string?)(await JanuaryAsync(op))["state"]);
        (await op.RunAsync("archive", "restore", Guid.NewGuid().ToString())).Failed(1, "There is no such archive");

        // an archive that has come to harm is found
        var blob = op.Storage.GetBlobContainerClient("archives").GetBlobClient((string)archive["blob"]!);
        await blob.UploadAsync(BinaryData.FromString("harm"), overwrite: true);
        var found = await op.RunAsync("archive", "verify", "--archive", id);
        Assert.Equal((3, true), (found.Exit, found.Output.Contains("cannot be unpacked", StringComparison.Ordinal)));
        await blob.DeleteAsync();
        Assert.Contains("missing from storage", (await op.RunAsync("archive", "verify", "--archive", id)).Output, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> JanuaryAsync(Operator op) =>
        (await op.JsonAsync("archive", "list"))["tables"]!.AsArray().Single(table => (string?)table!["policy"]!["tableName"] == "audit_log")!["archives"]!.AsArray().Single(archive => (string?)archive!["partition"] == "audit_log_2026_01")!;
}
