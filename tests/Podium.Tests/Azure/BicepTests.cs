using System.Text.RegularExpressions;

namespace Podium.Tests.Azure;

/// <summary>The Bicep files fit together, and hold no secret.</summary>
public sealed partial class BicepTests
{
    // https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits, maximum user connections
    private static readonly Dictionary<string, int> UserConnections = new()
    {
        ["Standard_B2s"] = 414,
        ["Standard_B2ms"] = 844,
        ["Standard_D2ds_v5"] = 844,
        ["Standard_D4ds_v5"] = 1703,
        ["Standard_D8ds_v5"] = 3422,
        ["Standard_D16ds_v5"] = 4985,
        ["Standard_D32ds_v5"] = 4985,
    };

    [Fact]
    public void The_reader_reads_what_the_tests_stand_on()
    {
        var text = """
            // a comment with 'a quote
            @description('It\'s { odd')
            @allowed(['a'])
            param one string
            param two array = []
            param three = [ 'x', 'y' ]
            var map = { a: 1, 'b.c': '${one}{', d: [{ e: 2 }] } // }
            resource r 'Microsoft.X/y@2024-01-01' existing = {
              name: 'n'
            }
            module m 'modules/m.bicep' = [for x in two: if (x != one) {
              name: 'm-${x}'
              params: { p: '${x}-${toLower('Q')}', q: x }
            }]
            output o string = m[0].outputs.z
            """;
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.bicep");
        File.WriteAllText(path, text);
        try
        {
            var file = BicepFile.Load(path);
            Assert.Equal([("one", "string", true), ("two", "array", false)], file.Parameters.Select(parameter => (parameter.Name, parameter.Type, parameter.IsRequired)));
            Assert.Equal(["'x'", "'y'"], BicepFile.Elements(file.Assignments["three"]));
            Assert.Equal([("a", "1"), ("b.c", "'${one}{'"), ("d", "[{ e: 2 }]")], BicepFile.Properties(file.Variables["map"]).Select(pair => (pair.Key, pair.Value)));
            Assert.True(Assert.Single(file.Resources).Exists);
            Assert.Equal(["p", "q"], BicepFile.Properties(BicepFile.Properties(Assert.Single(file.Modules).Body)["params"]).Keys);
            Assert.Equal("m[0].outputs.z", file.Outputs["o"]);
            File.WriteAllText(path, "what is this");
            Assert.Throws<FormatException>(() => BicepFile.Load(path));
            File.WriteAllText(path, "var a = [1");
            Assert.Throws<FormatException>(() => BicepFile.Load(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_module_is_called_with_what_it_takes_and_gives_what_is_asked_of_it()
    {
        foreach (var (name, file) in Infrastructure.Files)
        {
            foreach (var module in file.Modules)
            {
                var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file.Path)!, module.Of));
                var called = Infrastructure.Files.Values.Single(other => other.Path == path);
                var given = BicepFile.Properties(BicepFile.Properties(module.Body)["params"]).Keys.ToHashSet();
                Assert.All(given, parameter => Assert.True(called.Parameters.Any(known => known.Name == parameter), $"{name}: {module.Of} has no parameter '{parameter}'."));
                Assert.All(called.Parameters.Where(known => known.IsRequired), known => Assert.True(given.Contains(known.Name), $"{name}: {module.Symbol} lacks the parameter '{known.Name}'."));
                foreach (Match output in Regex.Matches(file.Text, $@"\b{module.Symbol}(\[[^\]]+\])?!?\.outputs\.(\w+)"))
                    Assert.True(called.Outputs.ContainsKey(output.Groups[2].Value), $"{name}: {module.Of} has no output '{output.Groups[2].Value}'.");
            }
        }
        // nothing lies about unused
        var used = Infrastructure.Files.Values.SelectMany(file => file.Modules.Select(module => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file.Path)!, module.Of)))).ToHashSet();
        Assert.All(Infrastructure.Files.Where(file => file.Key.StartsWith("modules/", StringComparison.Ordinal)), file => Assert.Contains(file.Value.Path, used));
    }

    [Fact]
    public void Every_name_that_is_declared_is_used()
    {
        foreach (var (name, file) in Infrastructure.Files.Where(file => file.Key.EndsWith(".bicep", StringComparison.Ordinal)))
        {
            foreach (var declared in file.Parameters.Select(parameter => parameter.Name).Concat(file.Variables.Keys))
                Assert.True(Regex.Count(file.Text, $@"\b{declared}\b") > 1, $"{name} does not use '{declared}'.");
        }
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("staging")]
    [InlineData("production")]
    public void A_parameter_file_gives_what_is_required_and_fits_together(string environment)
    {
        var file = Infrastructure.Files[$"{environment}.bicepparam"];
        var given = file.Assignments;
        Assert.Contains("using 'main.bicep'", file.Text, StringComparison.Ordinal);
        Assert.Equal($"'{environment}'", given["environment"]);
        Assert.Subset(Infrastructure.Main.Parameters.Select(parameter => parameter.Name).ToHashSet(), given.Keys.ToHashSet());
        Assert.Subset(given.Keys.ToHashSet(), Infrastructure.Main.Parameters.Where(parameter => parameter.IsRequired).Select(parameter => parameter.Name).ToHashSet());

        // a pool for each of three roles on each instance, all at once, must find room
        var connections = 3 * int.Parse(given["databasePoolSize"]) * int.Parse(given["maximumInstanceCount"]);
        Assert.InRange(connections, 1, UserConnections[given["databaseSku"].Trim('\'')] - 10);
        Assert.Contains(given["encryptionCurrent"], BicepFile.Elements(given["encryptionKeys"]));
        Assert.EndsWith("-01'", given["budgetStart"], StringComparison.Ordinal);
        // Burstable has neither a standby nor replicas
        Assert.False(given["databaseTier"] == "'Burstable'" && (given["isHighlyAvailable"] == "true" || given["hasReplica"] == "true"));
    }

    [Fact]
    public void Production_is_private_doubled_and_restorable()
    {
        var given = Infrastructure.Files["production.bicepparam"].Assignments;
        Assert.Equal(("true", "true", "true", "true"), (given["isPrivate"], given["isSideBySide"], given["isHighlyAvailable"], given["hasReplica"]));
        Assert.True(int.Parse(given["databaseRetentionDays"]) >= 35);
        Assert.True(int.Parse(given["logRetentionDays"]) >= 365); // system logs: one year
    }

    [Fact]
    public void No_file_holds_a_secret()
    {
        var files = Directory.EnumerateFiles(Infrastructure.Folder, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Infrastructure.Root, ".github", "workflows")));
        foreach (var path in files)
        {
            var text = File.ReadAllText(path);
            Assert.False(Secret().IsMatch(text), $"{Path.GetFileName(path)} holds what looks like a secret: {Secret().Match(text).Value[..Math.Min(12, Secret().Match(text).Length)]}…");
        }
        // keys are asked of Azure in one place, for Event Grid's way in, and nothing secret is an output
        Assert.Equal(["modules/events.bicep"], Infrastructure.Files.Where(file => file.Value.Text.Contains("listKeys(", StringComparison.Ordinal)).Select(file => file.Key));
        Assert.All(Infrastructure.Files.Values.SelectMany(file => file.Outputs), output => Assert.DoesNotMatch("(?i)key(s)?$|password|secret|code=", output.Key + output.Value));
    }

    [GeneratedRegex(@"(?i)(account|sharedaccess)key=|password=[^;'""\s$]|BEGIN [A-Z ]*PRIVATE KEY|\bsig=[A-Za-z0-9%]{20}|\b[A-Za-z0-9+/]{43}=|\beyJ[A-Za-z0-9_-]{20}|\bgh[pousr]_[A-Za-z0-9]{20}")]
    private static partial Regex Secret();
}
