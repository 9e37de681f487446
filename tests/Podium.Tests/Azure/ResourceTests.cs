using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Podium.Operations;
using Podium.Platform.Messaging;

namespace Podium.Tests.Azure;

/// <summary>Queues, containers, roles and the database are as the app needs them.</summary>
public sealed partial class ResourceTests
{
    // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    private static readonly Dictionary<string, string> BuiltInRoles = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["974c5e8b-45b9-4653-ba55-5f855dd0c3db"] = "Storage Queue Data Contributor",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"] = "Azure Service Bus Data Receiver",
        ["69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"] = "Azure Service Bus Data Sender",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"] = "Key Vault Secrets Officer",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
    };

    [Fact]
    public void Every_queue_of_the_code_is_declared()
    {
        var declared = Queues().Select(queue => queue.GetProperty("Name").GetString()!).ToHashSet();
        var used = AppFile.Triggers.Select(trigger => trigger.Binding).OfType<ServiceBusTriggerAttribute>().Select(trigger => trigger.QueueName!)
            .Concat([Outbox.Notifications, Outbox.EvaluationAssignment, Outbox.SubmissionProcessing, Outbox.VoteChecks, SelfCheck.Queue])
            .Concat(typeof(Outbox).GetFields().Where(field => field.IsLiteral && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!))
            .ToHashSet();
        Assert.Subset(declared, used);
    }

    [Fact]
    public void Queues_have_in_Azure_every_property_that_they_have_here()
    {
        Assert.Equal("loadJsonContent('../../../servicebus.json').UserConfig.Namespaces[0].Queues", Infrastructure.Module("servicebus").Variables["queues"]);
        Assert.Single(Infrastructure.ServiceBus().GetProperty("UserConfig").GetProperty("Namespaces").EnumerateArray());
        var queue = Infrastructure.Module("servicebus").Resources.Single(resource => resource.Of.StartsWith("Microsoft.ServiceBus/namespaces/queues@", StringComparison.Ordinal));
        var passed = BicepFile.Properties(BicepFile.Properties(queue.Body)["properties"]);
        foreach (var declared in Queues())
        {
            foreach (var property in declared.GetProperty("Properties").EnumerateObject())
                Assert.Equal($"queue.Properties.{property.Name}", passed[char.ToLowerInvariant(property.Name[0]) + property.Name[1..]]);
        }
    }

    [Fact]
    public void Containers_and_blob_events_come_from_the_file_that_the_code_writes()
    {
        Assert.Equal("loadJsonContent('app.json')", Infrastructure.Main.Variables["app"]);
        Assert.Contains("app.containers", Parameters("fileStorage")["containers"], StringComparison.Ordinal);
        Assert.Equal("app.blobTriggers", Parameters("events")["blobTriggers"]);
        // what Event Grid could not deliver must have a place to go
        var undelivered = Parameters("events")["undeliveredContainer"];
        Assert.Contains(undelivered, Parameters("fileStorage")["containers"], StringComparison.Ordinal);
        var subscription = Infrastructure.Module("events").Resources.Single(resource => resource.Symbol == "subscriptions").Body;
        Assert.Contains("/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.function}&code=", subscription, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_role_is_the_one_its_comment_names()
    {
        var roles = Infrastructure.Files.Values.SelectMany(file => RoleLine().Matches(file.Source)).Select(match => (Id: match.Groups[1].Value, Name: match.Groups[2].Value.Trim())).ToList();
        Assert.All(roles, role => Assert.Equal(BuiltInRoles.GetValueOrDefault(role.Id), role.Name));
        // and no id stands anywhere without its name
        var ids = Infrastructure.Files.Values.SelectMany(file => AnyId().Matches(file.Source)).Select(match => match.Value).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), roles.Select(role => role.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_app_has_the_roles_it_needs_and_no_others()
    {
        Assert.Equal(["blob", "queue", "table"], Strings(Parameters("hostStorage")["services"]));
        Assert.Equal(["blob", "queue"], Strings(Parameters("fileStorage")["services"]));
        Assert.Equal(["Storage Blob Data Owner", "Storage Queue Data Contributor", "Storage Table Data Contributor"], RolesOf("storage"));
        Assert.Equal(["Azure Service Bus Data Receiver", "Azure Service Bus Data Sender"], RolesOf("servicebus"));
        Assert.Equal(["Key Vault Secrets Officer", "Key Vault Secrets User"], RolesOf("keyvault"));
        Assert.Equal(["Monitoring Metrics Publisher"], RolesOf("monitoring"));
        Assert.Contains("principalId: appPrincipalId, principalType: 'ServicePrincipal', role: receiver", Infrastructure.Module("servicebus").Text, StringComparison.Ordinal);
        Assert.Contains("principalId: appPrincipalId, principalType: 'ServicePrincipal', role: sender", Infrastructure.Module("servicebus").Text, StringComparison.Ordinal);
        Assert.Contains("var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'", Infrastructure.Module("keyvault").Text, StringComparison.Ordinal);
        // whoever gets a role is the app, the operators, or Event Grid's topic; never everybody
        Assert.All(
            Infrastructure.Files.Values.SelectMany(file => file.Resources).Where(resource => resource.Of.StartsWith("Microsoft.Authorization/roleAssignments@", StringComparison.Ordinal)),
            grant => Assert.Contains(BicepFile.Properties(BicepFile.Properties(grant.Body)["properties"])["principalId"], new[] { "appPrincipalId", "operatorsObjectId", "grant.principalId", "topic.identity.principalId" }));
    }

    [Fact]
    public void The_database_has_every_extension_that_a_migration_makes()
    {
        var made = Directory.EnumerateFiles(Path.Combine(Infrastructure.Root, "shared", "Migrations"), "*.sql")
            .SelectMany(path => Extension().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value.ToUpperInvariant()).Distinct().ToList();
        var allowed = AllowedExtensions().Match(Infrastructure.Module("postgres").Text).Groups[1].Value.Split(',');
        Assert.NotEmpty(made);
        Assert.Subset(allowed.ToHashSet(), made.ToHashSet());
    }

    [Fact]
    public void Doors_are_locked_where_they_can_be()
    {
        Assert.Contains("allowSharedKeyAccess: false", Infrastructure.Module("storage").Text, StringComparison.Ordinal);
        Assert.Contains("allowBlobPublicAccess: false", Infrastructure.Module("storage").Text, StringComparison.Ordinal);
        Assert.Contains("disableLocalAuth: true", Infrastructure.Module("servicebus").Text, StringComparison.Ordinal);
        Assert.Contains("passwordAuth: 'Disabled'", Infrastructure.Module("postgres").Text, StringComparison.Ordinal);
        Assert.Contains("{ name: 'require_secure_transport', value: 'on' }", Infrastructure.Module("postgres").Text, StringComparison.Ordinal);
        Assert.Contains("enablePurgeProtection: true", Infrastructure.Module("keyvault").Text, StringComparison.Ordinal);
        Assert.Contains("httpsOnly: true", Infrastructure.Module("functionapp").Text, StringComparison.Ordinal);
        Assert.Contains("SSL Mode=VerifyFull", Infrastructure.Settings["Postgres"], StringComparison.Ordinal);
        Assert.Contains("SSL Mode=VerifyFull", Infrastructure.Settings["Postgres__Reader"], StringComparison.Ordinal);
    }

    private static List<System.Text.Json.JsonElement> Queues() => [.. Infrastructure.ServiceBus().GetProperty("UserConfig").GetProperty("Namespaces")[0].GetProperty("Queues").EnumerateArray()];

    private static IReadOnlyDictionary<string, string> Parameters(string module) =>
        BicepFile.Properties(BicepFile.Properties(Infrastructure.Main.Modules.Single(one => one.Symbol == module).Body)["params"]);

    private static List<string> RolesOf(string module) =>
        [.. AnyId().Matches(Infrastructure.Module(module).Text).Select(match => BuiltInRoles[match.Value]).Order(StringComparer.Ordinal)];

    private static List<string> Strings(string array) => [.. BicepFile.Elements(array).Select(element => element.Trim('\''))];

    [GeneratedRegex(@"'([0-9a-f-]{36})' // (.+)")]
    private static partial Regex RoleLine();

    [GeneratedRegex(@"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")]
    private static partial Regex AnyId();

    [GeneratedRegex(@"CREATE EXTENSION IF NOT EXISTS ""?(\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex Extension();

    [GeneratedRegex("'azure.extensions', value: '([^']+)'")]
    private static partial Regex AllowedExtensions();
}
