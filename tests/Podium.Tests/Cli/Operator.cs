using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Npgsql;
using Podium.Cli;
using Podium.Tests.Harness;

namespace Podium.Tests.Cli;

/// <summary>Somebody at the command line, in the test's process, before one database.</summary>
internal sealed class Operator : IAsyncDisposable
{
    private readonly TestServers.Lease? _lease;
    private readonly Dictionary<string, string?> _environment = new(StringComparer.OrdinalIgnoreCase);

    private Operator(string postgres, TestServers.Lease? lease, TimeProvider? clock = null)
    {
        _lease = lease;
        Clock = clock ?? TimeProvider.System;
        Postgres = postgres;
        _environment["Postgres"] = postgres;
        _environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        if (lease is not null) _environment["Storage"] = lease.Storage;
    }

    public string Postgres { get; }

    public TimeProvider Clock { get; }

    /// <summary>The storage that the commands work on.</summary>
    public BlobServiceClient Storage => new(_lease!.Storage);

    /// <summary>Whether somebody looks at progress as it is made.</summary>
    public bool AtTerminal { get; set; }

    /// <summary>Changes the environment; null takes a variable away.</summary>
    public string? this[string name]
    {
        set => _environment[name] = value;
    }

    /// <summary>At a fresh database with every migration.</summary>
    public static async Task<Operator> AtAsync()
    {
        var lease = await TestServers.Current.LeaseAsync();
        return new Operator(lease.Postgres, lease);
    }

    /// <summary>At the database of an app that runs, with the app's clock or another.</summary>
    public static Operator At(PodiumApp app, TimeProvider? clock = null) => new(app.Postgres, null, clock ?? app.Clock);

    /// <summary>At a database of the test's own.</summary>
    public static Operator At(string postgres) => new(postgres, null);

    public Task<Said> RunAsync(params string[] args) => PipeAsync("", args);

    /// <summary>Runs a command that reads this input.</summary>
    public async Task<Said> PipeAsync(string input, params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exit = await CommandLine.RunAsync(
            args,
            new Surroundings
            {
                Output = output,
                Error = error,
                In = new StringReader(input),
                Folder = Path.GetTempPath(),
                Clock = Clock,
                ErrorIsTerminal = AtTerminal,
                Environment = _environment.Where(entry => entry.Value is not null).ToDictionary(StringComparer.OrdinalIgnoreCase),
            },
            TestContext.Current.CancellationToken);
        return new Said(exit, output.ToString(), error.ToString());
    }

    /// <summary>The JSON of a command that must succeed.</summary>
    public async Task<JsonNode> JsonAsync(params string[] args) => (await RunAsync([.. args, "--json"])).Ok().Json;

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Postgres);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Postgres);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_lease is not null) await _lease.DisposeAsync();
    }
}

/// <summary>What a command said.</summary>
internal sealed record Said(int Exit, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public Said Ok()
    {
        Assert.True(Exit == 0, $"exit {Exit}: {Error}{Output}");
        return this;
    }

    /// <summary>It must have ended so, with one sentence on standard error.</summary>
    public Said Failed(int exit, string sentence)
    {
        Assert.True(Exit == exit, $"exit {Exit} instead of {exit}: {Error}{Output}");
        Assert.Contains(sentence, Error);
        Assert.Single(Error.TrimEnd().Split('\n'));
        return this;
    }
}

/// <summary>A database without anything in it.</summary>
internal sealed class EmptyDatabase : IAsyncDisposable
{
    private readonly TestServers.Lease _lease;
    private readonly string _name;

    private EmptyDatabase(TestServers.Lease lease, string name) => (_lease, _name) = (lease, name);

    public string Postgres => new NpgsqlConnectionStringBuilder(_lease.Postgres) { Database = _name }.ConnectionString;

    public static async Task<EmptyDatabase> CreateAsync()
    {
        var lease = await TestServers.Current.LeaseAsync();
        var empty = new EmptyDatabase(lease, $"{new NpgsqlConnectionStringBuilder(lease.Postgres).Database}_empty");
        await Operator.At(lease.Postgres).ExecuteAsync($"CREATE DATABASE {empty._name} TEMPLATE template0");
        return empty;
    }

    public async ValueTask DisposeAsync()
    {
        await Operator.At(_lease.Postgres).ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
        await _lease.DisposeAsync();
    }
}
