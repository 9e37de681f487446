using Azure.Storage.Blobs;

namespace Podium.Operations;

/// <summary>Writes a self-check's blob. Safe to repeat: the same name, the same content.</summary>
public sealed class WriteProbe(BlobServiceClient storage, TimeProvider clock)
{
    public async Task<SelfCheck.Probe> Run(string id, CancellationToken cancellationToken)
    {
        var container = storage.GetBlobContainerClient(SelfCheck.Container);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var probe = new SelfCheck.Probe(id, clock.GetUtcNow());
        await container.GetBlobClient(SelfCheck.BlobOf(id)).UploadAsync(BinaryData.FromObjectAsJson(probe), overwrite: true, cancellationToken);
        return probe;
    }
}
