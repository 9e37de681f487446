using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Podium.Tests.Harness;

/// <summary>A page of docs/ whose commands a shell runs, as a reader would type them, against a test's app.</summary>
internal static partial class Guide
{
    /// <summary>Runs every command of the page, in order; answers what they said. The first that fails ends it.</summary>
    public static async Task<string> RunAsync(PodiumApp app, string page, Func<Task>? meanwhile = null)
    {
        var commands = string.Join('\n', Commands().Matches(await File.ReadAllTextAsync(Path.Combine(Root(), page))).Select(match => match.Groups[1].Value));
        Assert.Contains("http://localhost:7071", commands, StringComparison.Ordinal);
        var start = new ProcessStartInfo("bash", ["-eu", "-o", "pipefail"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new[] { ("Postgres", app.Postgres), ("Storage", app.StorageConnection), ("AZURE_FUNCTIONS_ENVIRONMENT", "Development") }) start.Environment[name] = value;
        using var shell = Process.Start(start)!;
        var (said, faults) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.StandardInput.WriteAsync(commands
            .Replace("http://localhost:7071", $"http://{app.Http.BaseAddress!.Authority}", StringComparison.Ordinal)
            .Replace("dotnet run --project infra/cli --", $"dotnet '{BuiltApp.Cli.Path}'", StringComparison.Ordinal));
        shell.StandardInput.Close();
        var exited = shell.WaitForExitAsync();
        await app.UntilAsync(
            $"the commands of {page} are done",
            async () =>
            {
                if (meanwhile is not null) await meanwhile();
                return exited.IsCompleted;
            },
            TimeSpan.FromMinutes(5));
        Assert.True(shell.ExitCode == 0, $"{await faults}\n{await said}");
        return await said;
    }

    /// <summary>The folder of the solution.</summary>
    public static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Serverless.sln"))) at = at.Parent!;
        return at.FullName;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Commands();
}
