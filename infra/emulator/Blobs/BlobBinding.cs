using System.Reflection;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Azure.Functions.Worker;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Blobs;

/// <summary>A blob that a function runs for.</summary>
internal sealed record TriggeredBlob(BlobContainerClient Container, string Name, IReadOnlyDictionary<string, string> Parts, BlobProperties Properties)
{
    public BlobClient Client => Container.GetBlobClient(Name);
}

/// <summary>Gives a function the blob in the form it asks for.</summary>
internal static class BlobBinding
{
    public static ParameterBinder For(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(string)) return async invocation => (await DownloadAsync(invocation)).ToString();
        if (type == typeof(byte[])) return async invocation => (await DownloadAsync(invocation)).ToArray();
        if (type == typeof(BinaryData)) return async invocation => await DownloadAsync(invocation);
        if (type == typeof(Stream)) return async invocation => await OpenAsync(invocation);
        if (type == typeof(BlobClient) || type == typeof(BlobBaseClient)) return static invocation => new ValueTask<object?>(Blob(invocation).Client);
        if (type == typeof(BlockBlobClient)) return static invocation => new ValueTask<object?>(Blob(invocation).Container.GetBlockBlobClient(Blob(invocation).Name));
        if (type == typeof(AppendBlobClient)) return static invocation => new ValueTask<object?>(Blob(invocation).Container.GetAppendBlobClient(Blob(invocation).Name));
        if (type == typeof(PageBlobClient)) return static invocation => new ValueTask<object?>(Blob(invocation).Container.GetPageBlobClient(Blob(invocation).Name));
        if (type == typeof(BlobContainerClient)) return static invocation => new ValueTask<object?>(Blob(invocation).Container);
        return async invocation => await ReadJsonAsync(invocation, type);
    }

    /// <summary>The blob's address as an <see cref="Uri"/>; everything else binds by name.</summary>
    public static ParameterBinder? ForOther(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(Uri) && string.Equals(parameter.Name, "uri", StringComparison.OrdinalIgnoreCase)
            ? static invocation => new ValueTask<object?>(Blob(invocation).Client.Uri)
            : null;

    public static IReadOnlyDictionary<string, object?> Data(TriggeredBlob blob)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["blobTrigger"] = $"{blob.Container.Name}/{blob.Name}",
            ["uri"] = blob.Client.Uri.AbsoluteUri,
            ["properties"] = blob.Properties,
            ["metadata"] = blob.Properties.Metadata,
        };
        foreach (var (name, value) in blob.Parts) data[name] = value;
        return data;
    }

    private static TriggeredBlob Blob(InvocationContext invocation) => (TriggeredBlob)invocation.TriggerValue!;

    // the version that triggered, not one that overwrote it meanwhile: that one will trigger again
    private static BlobRequestConditions ThisVersion(TriggeredBlob blob) => new() { IfMatch = blob.Properties.ETag };

    private static async Task<BinaryData> DownloadAsync(InvocationContext invocation)
    {
        var blob = Blob(invocation);
        var options = new BlobDownloadOptions { Conditions = ThisVersion(blob) };
        return (await blob.Client.DownloadContentAsync(options, invocation.CancellationToken)).Value.Content;
    }

    private static Task<Stream> OpenAsync(InvocationContext invocation)
    {
        var blob = Blob(invocation);
        return blob.Client.OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { Conditions = ThisVersion(blob) }, invocation.CancellationToken);
    }

    private static async ValueTask<object?> ReadJsonAsync(InvocationContext invocation, Type type)
    {
        var content = await DownloadAsync(invocation);
        try
        {
            return JsonSerializer.Deserialize(content.ToMemory().Span, type, WorkerJson.Options);
        }
        catch (JsonException error)
        {
            throw new FunctionInputConverterException($"Cannot convert blob '{Blob(invocation).Name}' to '{type.FullName}': {error.Message}", error);
        }
    }
}
