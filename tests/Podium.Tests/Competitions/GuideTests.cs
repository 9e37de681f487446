using System.Diagnostics;
using System.Text.RegularExpressions;
using Podium.Tests.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Competitions;

/// <summary>The commands of a guide, as a reader would type them.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public async Task Every_command_of_the_guide_to_running_a_competition_works()
    {
        var now = DateTimeOffset.UtcNow; // the guide counts from today, by the shell's clock
        await using var app = await PodiumApp.StartAsync(new AppOptions { Start = now });
        await Operator.At(app).JsonAsync("seed");
        var guide = await File.ReadAllTextAsync(Path.Combine(Root(), "docs/guides/run-a-competition.md"));
        var commands = string.Join('\n', Commands().Matches(guide).Select(match => match.Groups[1].Value));
        Assert.Contains("http://localhost:7071", commands, StringComparison.Ordinal);

        using var shell = Process.Start(new ProcessStartInfo("bash", ["-eu", "-o", "pipefail"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, faults) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.StandardInput.WriteAsync(commands.Replace("http://localhost:7071", $"http://{app.Http.BaseAddress!.Authority}", StringComparison.Ordinal));
        shell.StandardInput.Close();
        // what the guide uploads is looked into while it waits for that
        var exited = shell.WaitForExitAsync();
        await app.UntilAsync(
            "the commands are done",
            async () =>
            {
                await app.SettleAsync();
                return exited.IsCompleted;
            },
            TimeSpan.FromMinutes(2));

        Assert.True(shell.ExitCode == 0, $"{await faults}\n{await said}");
        Assert.Contains("\"status\":\"active\"", await said, StringComparison.Ordinal);
        Assert.Contains("Дала кубогы", Regex.Unescape(await said), StringComparison.Ordinal);
        Assert.Contains("Snow Leopards", await said, StringComparison.Ordinal);
        Assert.Contains("\"valid\":true", await said, StringComparison.Ordinal);
        Assert.Contains("It is not.", await said, StringComparison.Ordinal);
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Serverless.sln"))) at = at.Parent!;
        return at.FullName;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Commands();
}
