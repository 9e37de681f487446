using Azure.Storage.Blobs;

namespace Podium.Operations;

/// <summary>Takes a self-check's blob away again.</summary>
public sealed class RemoveProbe(BlobServiceClient storage)
{
    public Task Run(string id, CancellationToken cancellationToken) =>
        storage.GetBlobContainerClient(SelfCheck.Container).DeleteBlobIfExistsAsync(SelfCheck.BlobOf(id), cancellationToken: cancellationToken);
}
