namespace Podium.Tests.Cli;

public sealed class DrillTests
{
    [Fact]
    public async Task What_was_promised_comes_back_and_a_hole_in_the_archive_is_noticed()
    {
        await using var op = Operator.At("Host=127.0.0.1;Port=1");
        // both at once: each has servers, ports and folders of its own
        var (good, broken) = (op.RunAsync("drill", "--seconds", "1", "--writers", "2", "--archive-every", "1", "--json"), op.RunAsync("drill", "--seconds", "1", "--writers", "2", "--archive-every", "1", "--lose-segment", "--json"));

        var passed = (await good).Ok().Json;
        Assert.True((bool)passed["passed"]!, passed.ToJsonString());
        Assert.Empty(passed["faults"]!.AsArray());
        Assert.True((int)passed["pointInTime"]!["expected"]! > 0, passed.ToJsonString());
        Assert.Equal((0, 0, 0), ((int)passed["pointInTime"]!["missing"]!, (int)passed["pointInTime"]!["extra"]!, (int)passed["pointInTime"]!["damaged"]!));
        // more was written after the moment than is there, and the archive's end is behind it
        Assert.True((int)passed["latest"]!["expected"]! > (int)passed["pointInTime"]!["expected"]!, passed.ToJsonString());
        Assert.Equal(0, (int)passed["latest"]!["damaged"]!);
        Assert.InRange((double)passed["rtoSeconds"]!, 0.001, 900);
        Assert.InRange((double)passed["rpoSeconds"]!, 0, 300);

        var said = await broken;
        Assert.Equal(3, said.Exit);
        Assert.False((bool)said.Json["passed"]!);
        Assert.Null(said.Json["pointInTime"]);
        Assert.Null(said.Json["rtoSeconds"]);
        Assert.Contains("could not be restored to that moment", (string)said.Json["faults"]![0]!);
    }

    [Fact]
    public async Task A_drill_destroys_nothing_but_its_own()
    {
        await using var op = Operator.At("Host=127.0.0.1;Port=1");
        var kept = Directory.CreateTempSubdirectory("podium-kept-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(kept.FullName, "thesis.txt"), "years of work");
            (await op.RunAsync("drill", "--folder", kept.FullName)).Failed(2, "is not empty");
            Assert.Equal("years of work", await File.ReadAllTextAsync(Path.Combine(kept.FullName, "thesis.txt")));
            (await op.RunAsync("drill", "--writers", "0")).Failed(2, "between 1 and 100");
        }
        finally
        {
            kept.Delete(recursive: true);
        }
    }
}
