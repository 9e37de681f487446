using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Hosting;

/// <summary>The app's settings as the Functions host reads them: connections by name, %Setting% in attributes, switched off functions.</summary>
public sealed partial class EmulatorSettings(IConfiguration configuration)
{
    /// <summary>The PostgreSQL connection string (the emulator's own state lives there too).</summary>
    public const string Postgres = "Postgres";

    /// <summary>The storage connection for blob triggers that name no other.</summary>
    public const string WebJobsStorage = "AzureWebJobsStorage";

    /// <summary>The Service Bus connection for triggers that name no other.</summary>
    public const string WebJobsServiceBus = "AzureWebJobsServiceBus";

    /// <summary>Where the app sends its mails: <c>smtp://host:port</c>.</summary>
    public const string Smtp = "Smtp";

    /// <summary>The environment's name, as Core Tools set it.</summary>
    public const string Environment = "AZURE_FUNCTIONS_ENVIRONMENT";

    /// <summary>Whether an app that knows migrations brings its database up to date as it starts.</summary>
    public const string MigrateAtStart = "Postgres:MigrateAtStart";

    /// <summary>The connection string behind a trigger's <c>Connection</c>, by the host's rules of lookup.</summary>
    public string? Connection(string name) =>
        NotEmpty(configuration["AzureWebJobs" + name]) ?? NotEmpty(configuration[name]) ?? NotEmpty(configuration.GetConnectionString(name));

    /// <summary>Puts settings in the place of every %Name%.</summary>
    public string Resolve(string text, string function) =>
        Placeholder().Replace(text, match =>
            configuration[match.Groups[1].Value] is { Length: > 0 } value
                ? value
                : throw new EmulatorException(
                    $"Function '{function}' uses the setting %{match.Groups[1].Value}%, which has no value: add it to Values in local.settings.json or to the environment."));

    /// <summary>Whether the setting AzureWebJobs.NAME.Disabled is true.</summary>
    public bool IsDisabled(string function) =>
        configuration[$"AzureWebJobs.{function}.Disabled"] is "true" or "True" or "1" ||
        configuration[$"AzureWebJobs_{function}_Disabled"] is "true" or "True" or "1";

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
