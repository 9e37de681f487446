using System.Text.RegularExpressions;
using Podium.Tests.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

/// <summary>The commands of a guide, as a reader would type them.</summary>
public sealed class GuideTests
{
    [Fact]
    public async Task Every_command_of_the_guide_to_running_a_competition_works()
    {
        var now = DateTimeOffset.UtcNow; // the guide counts from today, by the shell's clock
        await using var app = await PodiumApp.StartAsync(new AppOptions { Start = now });
        await Operator.At(app).JsonAsync("seed");

        // what the guide uploads is looked into while it waits for that
        var said = await Guide.RunAsync(app, "docs/guides/run-a-competition.md", app.SettleAsync);

        Assert.Contains("\"status\":\"active\"", said, StringComparison.Ordinal);
        Assert.Contains("Дала кубогы", Regex.Unescape(said), StringComparison.Ordinal);
        Assert.Contains("Snow Leopards", said, StringComparison.Ordinal);
        Assert.Contains("\"valid\":true", said, StringComparison.Ordinal);
        Assert.Contains("It is not.", said, StringComparison.Ordinal);
    }
}
