using Podium.Platform.Databases;

namespace Podium.Tests.Cli;

public sealed class MigrateTests
{
    [Fact]
    public async Task Up_brings_an_empty_database_up_to_date_and_says_each_step()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var op = Operator.At(database.Postgres);

        var up = (await op.RunAsync("migrate", "up")).Ok();

        Assert.Contains("default: 0001_tenants up", up.Output);
        Assert.Contains($"default: {Migration.All.Count} applied.", up.Output);
        Assert.Contains("nothing to do", (await op.RunAsync("migrate", "up")).Ok().Output);
        Assert.True((bool)(await op.JsonAsync("migrate", "verify"))["verified"]!);
    }

    [Fact]
    public async Task Four_that_race_on_an_empty_database_apply_every_migration_once()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var op = Operator.At(database.Postgres);

        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => op.JsonAsync("migrate", "up"))));

        var applied = all.SelectMany(answer => answer[0]!["migrations"]!.AsArray().Select(migration => (string)migration!)).ToList();
        Assert.Equal(Migration.All.Select(migration => migration.ToString()), applied.Order());
    }

    [Fact]
    public async Task Every_shard_is_migrated_and_looked_at()
    {
        await using var one = await EmptyDatabase.CreateAsync();
        await using var two = await EmptyDatabase.CreateAsync();
        var op = Operator.At(one.Postgres);
        op["Postgres__Shards__eu"] = two.Postgres;

        Assert.Equal(["default", "eu"], (await op.JsonAsync("migrate", "up")).AsArray().Select(shard => (string)shard!["shard"]!));

        Assert.Equal(2 * Migration.All.Count, (await op.JsonAsync("migrate", "status")).AsArray().Count);
        await Operator.At(two.Postgres).ExecuteAsync("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1");
        var difference = Assert.Single((await op.RunAsync("migrate", "verify", "--json")).Json["differences"]!.AsArray())!;
        Assert.Equal(("eu", 1), ((string)difference["shard"]!, (int)difference["version"]!));
        await op.JsonAsync("tenant", "create", "--slug", "far", "--name", "Far", "--administrator", "boss@example.org", "--shard", "eu");
        Assert.Equal("boss@example.org", (string)(await op.JsonAsync("user", "list", "--tenant", "far"))[0]!["email"]!);
        Assert.Contains("✗ eu: migrations", (await op.RunAsync("doctor")).Output);
    }

    [Fact]
    public async Task Progress_is_for_a_terminal_and_never_on_standard_output()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var op = Operator.At(database.Postgres);
        op.AtTerminal = true;

        var up = (await op.RunAsync("migrate", "up", "--json")).Ok();

        Assert.Equal(Migration.All.Count, up.Json[0]!["migrations"]!.AsArray().Count);
        Assert.Contains("default: 0001_tenants down", (await op.RunAsync("migrate", "down", "--to", "0", "--yes")).Ok().Output);
    }

    [Fact]
    public async Task Up_to_a_version_stops_there_and_status_tells_so()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var op = Operator.At(database.Postgres);

        await op.JsonAsync("migrate", "up", "--to", "2");

        var status = (await op.JsonAsync("migrate", "status")).AsArray();
        Assert.Equal(Migration.All.Count, status.Count);
        Assert.All(status, row => Assert.Equal((int)row!["version"]! <= 2, row["appliedAt"] is not null));
        Assert.StartsWith("podium, ", (string)status[0]!["appliedBy"]!);
        var verify = await op.RunAsync("migrate", "verify", "--json");
        Assert.Equal(3, verify.Exit);
        Assert.Equal("It is not applied.", (string)verify.Json["differences"]![0]!["difference"]!);
        Assert.Contains("0003_platform", (await op.RunAsync("migrate", "status")).Ok().Output);
    }

    [Fact]
    public async Task Down_asks_first_and_does_nothing_without_a_yes()
    {
        await using var op = await Operator.AtAsync();

        (await op.RunAsync("migrate", "down", "--to", "0")).Failed(2, "say --yes");
        (await op.PipeAsync("no\n", "migrate", "down", "--to", "0")).Failed(1, "Nothing was done.");
        Assert.True((bool)(await op.JsonAsync("migrate", "verify"))["verified"]!);

        (await op.PipeAsync("yes\n", "migrate", "down", "--to", "4")).Ok();
        Assert.Equal(4, (await op.JsonAsync("migrate", "status")).AsArray().Count(row => row!["appliedAt"] is not null));
        await op.JsonAsync("migrate", "down", "--to", "0", "--yes");
        Assert.Equal(0L, await op.QueryAsync<long>("SELECT count(*) FROM schema_migrations"));
        await op.JsonAsync("migrate", "up");
        Assert.True((bool)(await op.JsonAsync("migrate", "verify"))["verified"]!);
    }

    [Fact]
    public async Task Verify_finds_a_migration_that_was_changed_afterwards_and_one_of_a_newer_build()
    {
        await using var op = await Operator.AtAsync();
        await op.ExecuteAsync("UPDATE schema_migrations SET checksum = 'other' WHERE version = 2; INSERT INTO schema_migrations VALUES (9999, 'future', now(), 'a newer build', 1, 'x')");

        var verify = await op.RunAsync("migrate", "verify", "--json");

        Assert.Equal(3, verify.Exit);
        Assert.Equal([2, 9999], verify.Json["differences"]!.AsArray().Select(found => (int)found!["version"]!));
        (await op.RunAsync("migrate", "up")).Failed(1, "The file has changed since it was applied.");
        Assert.Contains("✗ default: 0002_people", (await op.RunAsync("migrate", "verify")).Output);
    }

    [Theory]
    [InlineData("migrate", "up", "--to", "0")]
    [InlineData("migrate", "up", "--to", "9999")]
    [InlineData("migrate", "up", "--to", "two")]
    [InlineData("migrate", "down")]
    [InlineData("migrate", "sideways")]
    [InlineData("migrate")]
    [InlineData]
    public async Task What_makes_no_sense_is_refused_before_anything_is_touched(params string[] args)
    {
        var said = await Operator.At("Host=127.0.0.1;Port=1;Username=nobody;Database=none").RunAsync(args);

        said.Failed(2, "--help'");
        Assert.Empty(said.Output);
    }
}
