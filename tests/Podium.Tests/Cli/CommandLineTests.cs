using System.Diagnostics;
using System.Text.Json.Nodes;
using Podium.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

public sealed class CommandLineTests
{
    private static readonly string[][] Verbs =
    [
        ["migrate", "status"], ["tenant", "list"], ["user", "list", "--tenant", "demo"], ["key", "list"], ["rotate", "encryption", "--dry-run"],
        ["dead-letters", "list"], ["anonymise", "--all", "--dry-run"], ["seed"], ["track", "export", "basics", "--tenant", "demo", "--folder", "nowhere"],
    ];

    public static TheoryData<string[]> EveryVerb => [.. Verbs];

    [Theory, MemberData(nameof(EveryVerb))]
    public async Task An_unreachable_database_is_one_sentence_and_exit_code_1(string[] args)
    {
        var said = await Operator.At("Host=127.0.0.1;Port=1;Username=nobody;Password=x;Database=none").RunAsync([.. args, "--json"]);

        said.Failed(1, "127.0.0.1:1");
        Assert.Empty(said.Output);
    }

    [Theory, MemberData(nameof(EveryVerb))]
    public async Task Every_verb_explains_itself_with_examples(string[] args)
    {
        var help = (await Operator.At("").RunAsync([args[0], "--help"])).Ok();

        Assert.Contains("Examples:", help.Output);
        Assert.Contains($"podium {args[0]}", help.Output);
        Assert.Empty(help.Error);
    }

    [Theory, MemberData(nameof(EveryVerb))]
    public async Task On_a_database_without_a_schema_it_says_what_to_run(string[] args)
    {
        if (args[0] is "migrate" or "dead-letters") return;
        await using var database = await EmptyDatabase.CreateAsync();

        (await Operator.At(database.Postgres).RunAsync(args)).Failed(1, "podium migrate up");
    }

    [Fact]
    public async Task Without_any_database_it_says_how_to_name_one()
    {
        var op = Operator.At("");

        (await op.RunAsync("tenant", "list")).Failed(1, "No database is named");
        (await op.RunAsync("tenant", "list", "--connection", "nonsense")).Failed(2, "The connection string is not one of Npgsql's");
        (await op.RunAsync("tenant", "list", "--data", Path.GetTempPath())).Failed(1, "does not run: start the app");
    }

    [Fact]
    public async Task The_connection_option_wins_over_the_settings_and_leaves_other_shards_alone()
    {
        await using var op = await Operator.AtAsync();
        var elsewhere = Operator.At("Host=127.0.0.1;Port=1;Username=nobody;Database=none");
        elsewhere["Postgres__Platform"] = "Host=127.0.0.1;Port=1;Username=nobody;Database=none";
        elsewhere["Postgres__Shards__eu"] = "Host=127.0.0.1;Port=1;Username=nobody;Database=none";

        (await elsewhere.RunAsync("tenant", "list", "--connection", op.Postgres)).Ok();
        (await elsewhere.RunAsync("migrate", "verify", "--connection", op.Postgres)).Ok();
    }

    [Fact]
    public async Task The_owner_alone_is_enough()
    {
        await using var op = await Operator.AtAsync();
        op["Postgres"] = null;
        op["Postgres__Owner"] = op.Postgres;

        (await op.RunAsync("tenant", "list")).Ok();
    }

    [Fact]
    public async Task Settings_come_from_the_local_file_above_and_the_environment_wins()
    {
        await using var op = await Operator.AtAsync();
        var folder = Directory.CreateTempSubdirectory("podium-cli-");
        var below = folder.CreateSubdirectory("a/b");
        var file = Path.Combine(folder.FullName, "local.settings.json");
        await File.WriteAllTextAsync(file, new JsonObject { ["Values"] = new JsonObject { ["Postgres"] = op.Postgres, ["Live__PerPerson"] = 2 } }.ToJsonString());

        var settings = AppSettings.Load(Around(below.FullName, []), null, null);
        Assert.Equal(op.Postgres, settings["Postgres"]);
        Assert.Equal("2", settings["Live:PerPerson"]);
        Assert.Equal("Development", settings["AZURE_FUNCTIONS_ENVIRONMENT"]);

        var named = AppSettings.Load(Around(below.FullName, new() { ["Postgres__Owner"] = "Host=other" }), null, null);
        Assert.Equal("Host=other", named["Postgres"]);
        Assert.Null(named["AZURE_FUNCTIONS_ENVIRONMENT"]);

        await File.WriteAllTextAsync(file, "{ \"Values\": ");
        Assert.Contains("is not valid", Assert.Throws<CommandException>(() => AppSettings.Load(Around(below.FullName, []), null, null)).Message);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Secrets_stay_closed_where_no_keys_are_configured_outside_development()
    {
        await using var op = await Operator.AtAsync();
        op["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production";

        (await op.RunAsync("key", "rotate")).Failed(1, "Encryption__Keys");
        (await op.RunAsync("tenant", "list")).Ok();
    }

    [Fact]
    public async Task The_built_program_answers_in_JSON_and_with_its_exit_code()
    {
        await using var op = await Operator.AtAsync();

        var listed = await ChildAsync("tenant", "list", "--json", "--connection", op.Postgres);
        Assert.Equal(0, listed.Exit);
        Assert.Empty(listed.Json.AsArray());

        var wrong = await ChildAsync("tenant", "show", "nobody", "--connection", op.Postgres);
        wrong.Failed(1, "There is no tenant 'nobody'");
    }

    private static Surroundings Around(string folder, Dictionary<string, string?> environment) =>
        new() { In = TextReader.Null, Folder = folder, Environment = environment };

    private static async Task<Said> ChildAsync(params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [BuiltApp.Cli.Path, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Said(process.ExitCode, await output, await error);
    }
}
