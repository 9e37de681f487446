using System.Text.RegularExpressions;
using Podium.Tests.Harness;

namespace Podium.Tests.Security;

/// <summary>docs/security.md names tests that exist, and leaves no chapter out.</summary>
public sealed partial class SecurityPageTests
{
    // what the page names in code's letters that is no class of tests
    private static readonly string[] Others = ["PublicVectors", "TestLog", "CheckInvariants"];

    [Fact]
    public async Task Every_test_that_the_page_names_exists_and_every_chapter_has_rows()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Guide.Root(), "docs/security.md"), TestContext.Current.CancellationToken);
        var classes = typeof(SecurityPageTests).Assembly.GetTypes().Select(type => type.Name).ToHashSet();

        var named = TestClass().Matches(page).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(named.Count > 50, $"{named.Count} tests are named");
        Assert.DoesNotContain(named, name => !classes.Contains(name));
        Assert.All(Others.Take(2), name => Assert.Contains(name, classes));
        for (var chapter = 1; chapter <= 14; chapter++) Assert.Matches($@"## V{chapter} [^\n]+\n\n\| section \| what shows it \|\n\|---\|---\|\n\|", page);
    }

    [GeneratedRegex("`([A-Za-z]+Tests)`")]
    private static partial Regex TestClass();
}
