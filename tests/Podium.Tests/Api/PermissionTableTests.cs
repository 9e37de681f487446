using Podium.Functions.Api;

namespace Podium.Tests.Api;

public sealed class PermissionTableTests
{
    private static readonly string Page = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../docs/permissions.md"));

    [Fact]
    public void The_page_of_permissions_says_what_the_code_does()
    {
        var table = PermissionTable.Markdown(new ApiCatalogue());
        if (Environment.GetEnvironmentVariable("PODIUM_WRITE_DOCS") == "1") File.WriteAllText(Page, table);

        Assert.True(
            File.Exists(Page) && File.ReadAllText(Page) == table,
            "docs/permissions.md is out of date. Write it anew: PODIUM_WRITE_DOCS=1 dotnet test --filter PermissionTable");
    }
}
