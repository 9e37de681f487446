using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;

namespace Podium.Platform.Files;

/// <summary>
/// The files' containers. Everything comes in at <see cref="Uploads"/>, where nobody reads; what is accepted is copied to its place within
/// the storage, and what is refused to <see cref="Quarantine"/>. A place is a container and a blob: <c>container/name</c>.
/// </summary>
public sealed class FileStore(BlobServiceClient storage, TimeProvider clock) : IDisposable
{
    public const string Uploads = "uploads";
    public const string Quarantine = "quarantine";

    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(6);
    private static readonly TimeSpan KeyReserve = TimeSpan.FromHours(2);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CopyPause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, Task> _containers = new();
    private readonly SemaphoreSlim _keyGate = new(1);
    private UserDelegationKey? _key;

    /// <summary>What storage knows of a blob.</summary>
    public sealed record Found(ETag ETag, long Bytes, DateTimeOffset ArrivedAt);

    /// <summary>A URL by which whoever has it may create this one blob, once, and do nothing else.</summary>
    public async Task<Uri> UploadUrlAsync(string place, TimeSpan life, CancellationToken cancellationToken)
    {
        await MakeContainerAsync(ContainerOf(place), cancellationToken);
        // to create, not to write: what is there cannot be overwritten
        return await SignAsync(place, BlobSasPermissions.Create, life, _ => { }, cancellationToken);
    }

    /// <summary>A URL by which whoever has it may read this one blob, as a download of this name and type.</summary>
    public Task<Uri> DownloadUrlAsync(string place, TimeSpan life, string fileName, string mediaType, CancellationToken cancellationToken) => SignAsync(
        place,
        BlobSasPermissions.Read,
        life,
        sas =>
        {
            // never what the uploader called it: a page that storage showed as one would run on its domain
            sas.ContentType = mediaType;
            sas.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(fileName)}";
        },
        cancellationToken);

    /// <summary>What lies in a place, or null.</summary>
    public async Task<Found?> FindAsync(string place, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await Blob(place).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            // storage keeps a clock of its own, which is ours unless ours is one that somebody moves
            var now = clock.GetUtcNow();
            return new Found(properties.ETag, properties.ContentLength, clock == TimeProvider.System && properties.CreatedOn < now ? properties.CreatedOn : now);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The content as a seekable stream that holds some megabytes of it at a time.</summary>
    public Task<Stream> OpenAsync(string place, ETag version, CancellationToken cancellationToken) => Blob(place).OpenReadAsync(
        new BlobOpenReadOptions(allowModifications: false) { BufferSize = 4 << 20, Conditions = new BlobRequestConditions { IfMatch = version } }, cancellationToken);

    /// <summary>Copies within the storage. Safe to repeat.</summary>
    public async Task CopyAsync(string from, string to, ETag version, CancellationToken cancellationToken)
    {
        await MakeContainerAsync(ContainerOf(to), cancellationToken);
        // unsigned: within one account the request's own right to read counts
        var copy = await Blob(to).StartCopyFromUriAsync(Blob(from).Uri, new BlobCopyFromUriOptions { SourceConditions = new BlobRequestConditions { IfMatch = version } }, cancellationToken);
        // by the blob and not by our own operation: where two copy the same at once, the later one takes the place of the other
        while (!copy.HasCompleted)
        {
            var properties = (await Blob(to).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (properties.BlobCopyStatus is null or CopyStatus.Success) return;
            if (properties.BlobCopyStatus != CopyStatus.Pending) throw new RequestFailedException(500, $"The copy to {to} is {properties.BlobCopyStatus}: {properties.CopyStatusDescription}");
            await Task.Delay(CopyPause, cancellationToken);
        }
    }

    /// <summary>Puts content of our own into a place, such as a demo's.</summary>
    internal async Task PutAsync(string place, BinaryData content, CancellationToken cancellationToken)
    {
        await MakeContainerAsync(ContainerOf(place), cancellationToken);
        await Blob(place).UploadAsync(content, overwrite: true, cancellationToken);
    }

    public Task RemoveAsync(string place, CancellationToken cancellationToken) => Blob(place).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>The names of a container's blobs, page by page.</summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> ListAsync(string container, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await MakeContainerAsync(container, cancellationToken);
        await foreach (var page in storage.GetBlobContainerClient(container).GetBlobsAsync(cancellationToken: cancellationToken).AsPages())
            yield return [.. page.Values.Select(blob => blob.Name)];
    }

    public void Dispose() => _keyGate.Dispose();

    /// <summary>A signed URL of our account key, or, where managed identity reaches the storage, of a key that storage delegates to us.</summary>
    internal async Task<Uri> SignAsync(string place, BlobSasPermissions permissions, TimeSpan life, Action<BlobSasBuilder> more, CancellationToken cancellationToken)
    {
        var blob = Blob(place);
        // storage compares with its own clock, which is the system's
        var now = TimeProvider.System.GetUtcNow();
        var sas = new BlobSasBuilder(permissions, now + life)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        more(sas);
        if (blob.CanGenerateSasUri) return blob.GenerateSasUri(sas);
        return new BlobUriBuilder(blob.Uri) { Sas = sas.ToSasQueryParameters(await DelegatedKeyAsync(now, cancellationToken), storage.AccountName) }.ToUri();
    }

    private async Task<UserDelegationKey> DelegatedKeyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_key is { } known && known.SignedExpiresOn > now + KeyReserve) return known;
        await _keyGate.WaitAsync(cancellationToken);
        try
        {
            if (_key is { } fresh && fresh.SignedExpiresOn > now + KeyReserve) return fresh;
            return _key = (await storage.GetUserDelegationKeyAsync(now - Skew, now + KeyLife, cancellationToken)).Value;
        }
        finally
        {
            _keyGate.Release();
        }
    }

    // once per process; a failure is not remembered
    private async Task MakeContainerAsync(string container, CancellationToken cancellationToken)
    {
        var made = _containers.GetOrAdd(container, name => storage.GetBlobContainerClient(name).CreateIfNotExistsAsync(cancellationToken: CancellationToken.None));
        try
        {
            await made.WaitAsync(cancellationToken);
        }
        catch (RequestFailedException)
        {
            _containers.TryRemove(container, out _);
            throw;
        }
    }

    private BlobClient Blob(string place) => storage.GetBlobContainerClient(ContainerOf(place)).GetBlobClient(place[(place.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static string ContainerOf(string place) => place[..place.IndexOf('/', StringComparison.Ordinal)];
}
