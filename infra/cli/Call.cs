using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Podium.Certificates;
using Podium.Competitions;
using Podium.Demo;
using Podium.Documents;
using Podium.Exams;
using Podium.Identity;
using Podium.Judging;
using Podium.Learning;
using Podium.Notifications;
using Podium.Operations;
using Podium.Platform;
using Podium.Platform.Access;
using Podium.Platform.Api;
using Podium.Platform.Files;
using Podium.Platform.Partitions;
using Podium.Platform.Problems;
using Podium.Privacy;
using Podium.Running;
using Podium.Songs;
using Podium.Submissions;
using Podium.Tenancy;
using Podium.Voting;
using Podium.Webhooks;

namespace Podium.Cli;

/// <summary>One call of a verb: its options, the app's use cases on the app's settings, and the ways to answer.</summary>
internal sealed class Call : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Written = new(Platform.Api.Json.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly ParseResult _parse;
    private readonly Lazy<IConfiguration> _settings;
    private readonly Lazy<ServiceProvider> _services;
    private List<string>? _held;

    private Call(ParseResult parse, CancellationToken stop)
    {
        _parse = parse;
        Around = (Surroundings)parse.InvocationConfiguration;
        Stop = stop;
        Screen = new Screen(Around.Output, Around.OutputIsTerminal);
        _settings = new(() => AppSettings.Load(Around, Value(Common.Connection), Value(Common.Data)));
        _services = new(Compose);
    }

    public Surroundings Around { get; }

    public CancellationToken Stop { get; }

    public Screen Screen { get; }

    public IConfiguration Settings => _settings.Value;

    public TimeProvider Clock => Around.Clock;

    public bool IsDevelopment => Settings["AZURE_FUNCTIONS_ENVIRONMENT"] == "Development";

    /// <summary>Runs a verb; whatever goes wrong becomes one sentence and an exit code.</summary>
    public static async Task<int> RunAsync(ParseResult parse, Func<Call, Task<int>> work, CancellationToken cancellationToken)
    {
        await using var call = new Call(parse, cancellationToken);
        try
        {
            return await work(call);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await call.Around.Error.WriteLineAsync("Interrupted.");
            return ExitCode.Failed;
        }
        catch (Exception error)
        {
            var (sentence, exitCode) = Failure.Of(error);
            await call.Around.Error.WriteLineAsync(sentence);
            return exitCode;
        }
    }

    public T? Value<T>(Option<T> option) => _parse.GetValue(option);

    /// <summary>An argument that may be left out.</summary>
    public T? Find<T>(Argument<T> argument) => _parse.GetValue(argument);

    public T Value<T>(Argument<T> argument) => _parse.GetRequiredValue(argument);

    public T Get<T>() where T : notnull => _services.Value.GetRequiredService<T>();

    /// <summary>The answer: as JSON, or as people read it.</summary>
    public void Answer(object answer, Action<Screen> show)
    {
        if (Value(Common.Json)) Around.Output.WriteLine(JsonSerializer.Serialize(answer, Written));
        else show(Screen);
    }

    /// <summary>Something people like to read on the way; not part of a JSON answer.</summary>
    public void Say(string line)
    {
        if (Value(Common.Json)) return;
        if (_held is { } held) held.Add(line);
        else Around.Output.WriteLine(line);
    }

    /// <summary>A result, or the end of the command with the problem's sentence.</summary>
    public static T Check<T>(Outcome<T> outcome) => outcome.Problem is { } problem ? throw Failure.Of(problem) : outcome.Value!;

    /// <summary>Holds what the options make against the limits of the use case's request, as the API does.</summary>
    public static T Valid<T>(T request) where T : class
    {
        var faults = RequestShape.Check(JsonSerializer.SerializeToElement(request, Platform.Api.Json.Options), typeof(T));
        return faults.Count == 0 ? request : throw Failure.Of(new Problem(CommonProblems.Invalid) { Faults = faults });
    }

    /// <summary>Asks before something is destroyed; without a yes the command ends here.</summary>
    public void Confirm(string question)
    {
        if (Value(Common.Yes)) return;
        Around.Error.Write($"{question} Type yes to go on: ");
        var answer = Around.In.ReadLine();
        if (answer is null) throw new CommandException("Nobody answered, and nothing was done: say --yes where nobody can be asked.", ExitCode.Usage);
        if (!answer.Trim().Equals("yes", StringComparison.OrdinalIgnoreCase)) throw new CommandException("Nothing was done.");
    }

    /// <summary>Shows how far some work has come, where somebody looks; what is said meanwhile comes after it.</summary>
    public async Task<T> ProgressAsync<T>(string title, long? total, Func<Ticker, Task<T>> work)
    {
        if (!Around.ErrorIsTerminal) return await work(new Ticker());
        var held = _held = [];
        try
        {
            return await new Screen(Around.Error, isTerminal: true).ProgressAsync(title, total, work);
        }
        finally
        {
            _held = null;
            foreach (var line in held) Say(line);
        }
    }

    /// <summary>The tenant of a slug or id.</summary>
    public async Task<Tenant> TenantAsync(string name)
    {
        var directory = Get<TenantDirectory>();
        var tenant = Guid.TryParse(name, out var id) ? await directory.ByIdAsync(id, Stop) : await directory.BySlugAsync(name.ToLowerInvariant(), Stop);
        return tenant ?? throw new CommandException($"There is no tenant '{name}'; 'podium tenant list' names them.");
    }

    /// <summary>The operator, at work in a tenant.</summary>
    public async Task<Caller> InTenantAsync(string name)
    {
        var tenant = await TenantAsync(name);
        return new Caller { TenantId = tenant.Id, Shard = tenant.Shard, Tenant = tenant, Language = tenant.Languages[0] };
    }

    /// <summary>A secret that is piped in, so that no list of processes and no shell's history shows it.</summary>
    public string ReadSecret(string what)
    {
        var secret = Around.In.ReadLine();
        return string.IsNullOrEmpty(secret) ? throw new CommandException($"Standard input has no {what}: pipe it in, one line.", ExitCode.Usage) : secret;
    }

    public async ValueTask DisposeAsync()
    {
        if (_services.IsValueCreated) await _services.Value.DisposeAsync();
    }

    private ServiceProvider Compose()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(Settings);
        services.AddSingleton(Clock);
        services
            .AddPlatform(Settings).AddTenancy().AddIdentity().AddNotifications().AddWebhooks().AddPrivacy().AddFiles().AddDocuments().AddCompetitions().AddSubmissions().AddVoting().AddSongs()
            .AddCertificates().AddJudging().AddRunning().AddExams().AddLearning(Settings).AddOperations().AddPartitions().AddDemo();
        return services.BuildServiceProvider();
    }
}
