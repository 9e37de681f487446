using System.Diagnostics;
using Podium.Tests.Harness;

namespace Podium.Tests.Azure;

/// <summary>infra/azure/release.sh against a running app, with a stand-in for az that keeps account of what it is told.</summary>
public sealed class ReleaseTests
{
    // answers what the script asks, from files beside it: colours, working, serving, url, key; "broken" makes the deployment to that colour fail
    private const string StandIn = """
        #!/usr/bin/env bash
        cd "$(dirname "$0")"
        case "$*" in
          *"functionapp list"*"tags.working=="*) cat working ;;
          *"functionapp list"*"tags.serving=="*) cat serving ;;
          *"functionapp list"*"tags.colour=="*) for colour in $(cat colours); do [[ "$*" == *"colour=='$colour'"* ]] && echo "func-$colour"; done; true ;;
          *"deployment group show"*) cat url ;;
          *"functionapp keys list"*) cat key ;;
          *"deployment source config-zip"*) [[ "$*" =~ --name\ ([a-z-]+) ]]; echo "package on ${BASH_REMATCH[1]}" >> told ;;
          *"deployment group create"*)
            echo "works $PODIUM_WORKING, serves $PODIUM_SERVING" >> told
            if [[ "$PODIUM_SERVING" == "$(cat broken 2> /dev/null)" ]]; then echo "no" >&2; exit 1; fi
            printf %s "$PODIUM_WORKING" > working; printf %s "$PODIUM_SERVING" > serving ;;
          *) echo "az does not know: $*" >&2; exit 9 ;;
        esac
        """;

    [Fact]
    public async Task A_build_is_tried_beside_the_one_that_serves_before_it_takes_over_and_back_again()
    {
        await using var app = await PodiumApp.StartAsync();
        using var azure = new Azure(app);

        // the first ever: nobody works yet
        Assert.Equal(0, await azure.ReleaseAsync("production", "build", "podium.zip"));
        Assert.Equal(["package on func-blue", "works blue, serves blue"], azure.Told());
        // the second: beside the first, which goes on serving until a probe came through
        Assert.Equal(0, await azure.ReleaseAsync("production", "build", "podium.zip"));
        Assert.Equal(["package on func-green", "works green, serves blue", "works green, serves green"], azure.Told());
        Assert.Contains("the probe came through func-green", azure.Said, StringComparison.Ordinal);
        // rolled back by hand
        Assert.Equal(0, await azure.ReleaseAsync("production", "switch", "blue"));
        Assert.Equal(["works blue, serves blue"], azure.Told());
        Assert.Equal(0, await azure.ReleaseAsync("production", "check"));
        Assert.Equal(0, await azure.ReleaseAsync("production", "status"));
        Assert.Contains("working: blue, serving: blue", azure.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fails_goes_back_to_the_build_that_was_good()
    {
        await using var app = await PodiumApp.StartAsync();
        using var azure = new Azure(app) { ["working"] = "blue", ["serving"] = "blue" };

        // the self-check cannot be started: the work goes back, and nobody was ever served by it
        var key = azure["key"];
        azure["key"] = "wrong";
        Assert.Equal(1, await azure.ReleaseAsync("staging", "build", "podium.zip"));
        Assert.Equal(["package on func-green", "works green, serves blue", "works blue, serves blue"], azure.Told());
        azure["key"] = key;

        // Front Door cannot be switched
        azure["broken"] = "green";
        Assert.Equal(1, await azure.ReleaseAsync("staging", "build", "podium.zip"));
        Assert.Equal(["package on func-green", "works green, serves blue", "works green, serves green", "works blue, serves blue"], azure.Told());
        azure["broken"] = "";

        // the new build does not even start: nothing is touched
        azure["url"] = "http://127.0.0.1:9";
        Assert.Equal(1, await azure.ReleaseAsync("staging", "build", "podium.zip"));
        Assert.Equal(["package on func-green"], azure.Told());
        Assert.Equal(("blue", "blue"), (azure["working"], azure["serving"]));

        Assert.Equal(1, await azure.ReleaseAsync("staging", "build", "nowhere.zip"));
        Assert.Equal(1, await azure.ReleaseAsync("nowhere", "build", "podium.zip"));
        Assert.Equal(1, await azure.ReleaseAsync("staging", "switch", "red"));
        Assert.Equal(2, await azure.ReleaseAsync("staging"));
        Assert.Empty(azure.Told());
    }

    [Fact]
    public async Task Where_there_is_one_app_the_build_goes_straight_to_it()
    {
        await using var app = await PodiumApp.StartAsync();
        using var azure = new Azure(app) { ["colours"] = "blue", ["working"] = "blue", ["serving"] = "blue" };
        Assert.Equal(0, await azure.ReleaseAsync("dev", "build", "podium.zip"));
        Assert.Equal(["package on func-blue"], azure.Told());
    }

    private sealed class Azure : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("podium-release-").FullName;

        public Azure(PodiumApp app)
        {
            using var http = app.HttpWithKey();
            this["az"] = StandIn.ReplaceLineEndings("\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(PathOf("az"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            this["url"] = app.Http.BaseAddress!.ToString().TrimEnd('/');
            this["key"] = http.DefaultRequestHeaders.GetValues("x-functions-key").Single();
            this["colours"] = "blue green";
            this["working"] = this["serving"] = this["told"] = this["podium.zip"] = "";
        }

        public string Said { get; private set; } = "";

        public string this[string file]
        {
            get => File.ReadAllText(PathOf(file));
            set => File.WriteAllText(PathOf(file), value);
        }

        public IReadOnlyList<string> Told()
        {
            var lines = this["told"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            this["told"] = "";
            return lines;
        }

        public async Task<int> ReleaseAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo("bash", [Path.Combine(Infrastructure.Folder, "release.sh"), .. arguments.Select(argument => argument.EndsWith(".zip", StringComparison.Ordinal) ? PathOf(argument) : argument)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}",
                    ["PODIUM_PAUSE"] = "0.05",
                    ["PODIUM_PATIENCE"] = this["url"].EndsWith(":9", StringComparison.Ordinal) ? "2" : "400",
                },
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Said = await output + await errors;
            return process.ExitCode;
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        private string PathOf(string file) => Path.Combine(_folder, file);
    }
}
