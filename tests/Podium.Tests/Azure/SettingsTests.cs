using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Middleware;

namespace Podium.Tests.Azure;

/// <summary>What the app reads is set in Azure, or left out for a reason.</summary>
public sealed partial class SettingsTests
{
    // set nowhere in infra/azure, and why
    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["Postgres__App"] = "one login takes on all roles",
        ["Postgres__Platform"] = "one login takes on all roles",
        ["Postgres__Owner"] = "one login takes on all roles",
        ["Postgres__Shards__*"] = "one database; a shard is added by hand",
        ["Postgres__MigrateAtStart"] = "the workflow migrates",
        ["RateLimits__*"] = "the defaults",
        ["Storage"] = "managed identity",
        ["ServiceBus"] = "managed identity",
        ["AzureWebJobsStorage"] = "managed identity",
        ["Http__AllowedPrivateHosts"] = "for development",
        ["WEBSITE_HOSTNAME"] = "the host sets it",
        ["Demo__What"] = "for development",
        ["VirusScanner__Timeout"] = "the default",
        ["PODIUM_CACHE"] = "the emulator's",
        ["Live__*"] = "the defaults",
        ["Exams__LookupsInFlight"] = "the default",
        ["Mail__Timeout"] = "the default",
        ["Telemetry__*"] = "the host sends logs and requests to Application Insights; there is no collector",
        ["OTEL_EXPORTER_OTLP_*"] = "no collector",
        ["GeoIp__File"] = "no file comes with the app: whoever has one deploys it beside the app and sets its path",
        ["Captcha__*"] = "no service is chosen for anybody: whoever has one sets it, its secret from Key Vault",
        ["Sandbox__Pool"] = "the default",
    };

    // read by the Functions host or by Azure.Identity
    private static readonly string[] OfTheHost =
    [
        "AZURE_CLIENT_ID", "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "AzureWebJobsStorage__*", "Storage__*", "ServiceBus__*",
    ];

    // https://learn.microsoft.com/azure/azure-functions/functions-app-settings: what Flex Consumption replaces by functionAppConfig or refuses
    private static readonly string[] Refused =
    [
        "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_MAX_HTTP_CONCURRENCY", "FUNCTIONS_WORKER_PROCESS_COUNT",
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED", "ENABLE_ORYX_BUILD", "SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTSHARE",
        "WEBSITE_CONTENTOVERVNET", "WEBSITE_DNS_SERVER", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT", "WEBSITE_NODE_DEFAULT_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
        "WEBSITE_VNET_ROUTE_ALL", "AzureWebJobsDashboard",
    ];

    [Fact]
    public void Every_setting_that_is_documented_is_set_or_left_out_for_a_reason()
    {
        var forgotten = Documented().Where(name => !IsSet(name) && !LeftOut.Keys.Any(known => Fits(known, name))).ToList();
        Assert.True(forgotten.Count == 0, $"docs/settings.md names settings that infra/azure/main.bicep does not set: {string.Join(", ", forgotten)}. Set them in 'settings', or say in LeftOut why not.");
        Assert.All(LeftOut.Keys.Where(known => !known.EndsWith('*')), known => Assert.False(IsSet(known), $"{known} is set and left out."));
    }

    [Fact]
    public void Every_setting_the_code_reads_is_documented()
    {
        var documented = Documented();
        var read = Infrastructure.AppSource().SelectMany(Reads).Distinct().ToList();
        Assert.Contains("Smtp", read);
        Assert.Contains("Encryption__Keys", read);
        Assert.Contains("Storage__blobServiceUri", read);
        var unknown = read.Where(name => !documented.Any(known => known == name || known.StartsWith(name + "__", StringComparison.Ordinal))).ToList();
        Assert.True(unknown.Count == 0, $"The code reads settings that docs/settings.md does not name: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void Nothing_is_set_that_nobody_reads_or_that_the_plan_refuses()
    {
        var documented = Documented();
        Assert.All(Infrastructure.Settings.Keys, name => Assert.True(
            documented.Any(known => Fits(known, name)) || OfTheHost.Any(known => Fits(known, name)), $"Nobody reads the setting {name}."));
        Assert.All(Infrastructure.Settings.Keys, name => Assert.DoesNotContain(name, Refused));
        // the names with keys and functions in them, which are made in loops
        Assert.Contains("'Encryption__Keys__${key}'", Infrastructure.Main.Variables["keySettings"], StringComparison.Ordinal);
        Assert.Contains("app.background", Infrastructure.Main.Variables["restSettings"], StringComparison.Ordinal);
        Assert.Contains("'AzureWebJobs.${name}.Disabled'", Infrastructure.Main.Variables["restSettings"], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_connection_and_placeholder_of_a_trigger_is_set()
    {
        foreach (var (function, binding) in AppFile.Triggers)
        {
            var (connection, texts) = binding switch
            {
                BlobTriggerAttribute blob => (blob.Connection ?? "AzureWebJobsStorage", new[] { blob.BlobPath }),
                ServiceBusTriggerAttribute queue => (queue.Connection ?? "AzureWebJobsServiceBus", [queue.QueueName, queue.TopicName, queue.SubscriptionName]),
                TimerTriggerAttribute timer => (null, [timer.Schedule]),
                _ => (null, Array.Empty<string?>()),
            };
            Assert.True(
                connection is null || Infrastructure.Settings.Keys.Any(name => name.StartsWith(connection + "__", StringComparison.Ordinal)),
                $"{function} is connected by '{connection}', which main.bicep does not set.");
            foreach (Match placeholder in texts.OfType<string>().SelectMany(text => Placeholder().Matches(text)))
                Assert.True(IsSet(placeholder.Groups[1].Value), $"{function} needs the setting {placeholder.Groups[1].Value}.");
        }
    }

    [Theory]
    [InlineData("AzureWebJobsStorage", "blobServiceUri", "queueServiceUri", "tableServiceUri")] // Durable Functions keeps its state in all three
    [InlineData("Storage", "blobServiceUri", "queueServiceUri")] // a blob given up five times goes to a queue
    [InlineData("ServiceBus", "fullyQualifiedNamespace")]
    public void A_connection_by_identity_names_its_services_and_which_identity(string connection, params string[] services)
    {
        Assert.Equal("'managedidentity'", Infrastructure.Settings[$"{connection}__credential"]);
        Assert.Equal("identity.properties.clientId", Infrastructure.Settings[$"{connection}__clientId"]);
        Assert.All(services, service => Assert.Contains($"{connection}__{service}", Infrastructure.Settings.Keys));
        Assert.DoesNotContain(connection, Infrastructure.Settings.Keys);
    }

    [Fact]
    public void The_app_believes_Front_Door_where_there_is_one_and_that_overwrites_what_callers_say()
    {
        Assert.Equal("isSideBySide ? 'true' : 'false'", Infrastructure.Settings["Http__FrontDoor"]);
        var door = Infrastructure.Module("frontdoor");
        var rule = door.Resources.Single(resource => resource.Symbol == "callerRule").Body;
        Assert.Contains($"headerAction: 'Overwrite', headerName: '{Admission.AddressHeader}', value: '{{socket_ip}}'", rule, StringComparison.Ordinal);
        Assert.Contains($"headerAction: 'Overwrite', headerName: '{Admission.HostHeader}', value: '{{hostname}}'", rule, StringComparison.Ordinal);
        Assert.Contains("ruleSets: [{ id: rules.id }]", door.Resources.Single(resource => resource.Symbol == "route").Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Development", Infrastructure.Settings["AZURE_FUNCTIONS_ENVIRONMENT"], StringComparison.Ordinal);
    }

    private static bool IsSet(string name) =>
        Infrastructure.Settings.ContainsKey(name) || Fits("Encryption__Keys__*", name) || Fits("AzureWebJobs.*", name);

    private static bool Fits(string known, string name) => known.EndsWith('*') ? name.StartsWith(known[..^1], StringComparison.Ordinal) : known == name;

    // the first column: `Postgres__App`, `__Reader` share what stands before; {name} stands for anything
    private static List<string> Documented()
    {
        var names = new List<string>();
        foreach (var row in Infrastructure.Read("docs", "settings.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            var first = "";
            foreach (Match match in Quoted().Matches(row.Split('|')[1]))
            {
                var name = match.Groups[1].Value;
                if (name.StartsWith("__", StringComparison.Ordinal)) name = first[..first.IndexOf("__", StringComparison.Ordinal)] + name;
                else first = name;
                names.Add(name == "AzureWebJobs.NAME.Disabled" ? "AzureWebJobs.*" : Braces().Replace(name, "*"));
            }
        }
        Assert.True(names.Count > 20, "docs/settings.md could not be read.");
        return names;
    }

    private static IEnumerable<string> Reads(string source)
    {
        var section = SectionConstant().Match(source).Groups[1].Value;
        return from Match match in Reading().Matches(source)
               let key = match.Groups[1].Value.Replace("{Section}", section, StringComparison.Ordinal)
               let known = key.Split('{')[0].TrimEnd(':')
               where known.Length > 0
               select known.Replace(":", "__", StringComparison.Ordinal);
    }

    [GeneratedRegex("\\bconfiguration(?:\\[|\\.GetValue(?:<[^>]+>)?\\(|\\.GetSection\\(|, )\\$?\"([^\"]+)\"")]
    private static partial Regex Reading();

    [GeneratedRegex("const string Section = \"([^\"]+)\"")]
    private static partial Regex SectionConstant();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{.*\}")]
    private static partial Regex Braces();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
