using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace Podium.Tests.Azure;

/// <summary>infra/azure/app.json, by which Bicep knows what the app is made of.</summary>
public sealed partial class AppFileTests
{
    [Fact]
    public void The_file_says_what_the_code_does()
    {
        if (Environment.GetEnvironmentVariable("PODIUM_WRITE_DOCS") == "1") File.WriteAllText(AppFile.Path, AppFile.Content());
        Assert.True(
            File.ReadAllText(AppFile.Path) == AppFile.Content(),
            "infra/azure/app.json is out of date: functions, blob triggers or containers have changed. Write it anew: PODIUM_WRITE_DOCS=1 dotnet test --filter AppFileTests");
    }

    [Fact]
    public void Every_container_the_code_opens_has_a_name_that_the_file_can_know()
    {
        // a container named in a way that AppFile does not see would be missing in Azure
        var unseen = Infrastructure.AppSource()
            .SelectMany(source => OpenedContainer().Matches(source))
            .Select(match => match.Groups[1].Value)
            .Where(argument => !argument.EndsWith("Container", StringComparison.Ordinal) && argument is not ("container" or "name" or "ContainerOf(place"))
            .ToList();
        Assert.True(unseen.Count == 0, $"Name the container in a constant that ends with 'Container': {string.Join(", ", unseen)}");
    }

    [Fact]
    public void Blob_triggers_take_their_events_from_Event_Grid_as_the_plan_needs()
    {
        var blobs = AppFile.Triggers.Select(trigger => trigger.Binding).OfType<BlobTriggerAttribute>().ToList();
        Assert.NotEmpty(blobs);
        Assert.All(blobs, blob => Assert.Equal(BlobTriggerSource.EventGrid, blob.Source));
        Assert.All(AppFile.BlobTriggers, trigger => Assert.DoesNotContain('{', trigger.container + trigger.endsWith));
    }

    [GeneratedRegex(@"GetBlobContainerClient\(([^)]*)\)")]
    private static partial Regex OpenedContainer();
}
