using Podium.Platform.Access;
using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>A URL by which exactly one accepted file can be read, for some minutes.</summary>
public sealed class DownloadFile(ReadFiles readFiles, FileStore store, TimeProvider clock)
{
    /// <summary>How long a download may begin.</summary>
    public static readonly TimeSpan UrlLife = TimeSpan.FromMinutes(5);

    public sealed record Link(Uri Url, DateTimeOffset ExpiresAt, string Name, string MediaType, long Bytes, string Sha256);

    /// <summary>The API's own door: for the uploader, for who manages files, and for all where the purpose is open.</summary>
    public async Task<Outcome<Link>> Run(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        var found = await readFiles.FindAsync(caller, id, cancellationToken);
        return found.Problem is { } problem ? problem : await LinkAsync(found.Value!, cancellationToken);
    }

    /// <summary>For a feature that has looked itself whether the caller may have the file.</summary>
    public async Task<Outcome<Link>> LinkAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.State != FileStates.Accepted) return FileProblems.NotReady;
        if (file.RevokedAt is not null) return FileProblems.Revoked;
        if (file.DamagedAt is not null) return FileProblems.Damaged;
        var url = await store.DownloadUrlAsync(file.Place, UrlLife, file.Name, file.MediaType!, cancellationToken);
        return new Link(url, clock.GetUtcNow() + UrlLife, file.Name, file.MediaType!, file.Bytes!.Value, file.Sha256!);
    }
}
