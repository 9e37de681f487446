using System.Collections.Frozen;

namespace Podium.Platform.Files;

/// <summary>
/// What files are uploaded for. A feature registers its purposes as singletons; the pipeline takes it from there, and tells the feature
/// by a message on the queue <c>submission_processing</c> what became of each file.
/// </summary>
public sealed record FilePurpose
{
    /// <summary>Its name in the API and in the table: lower-case words with hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>What a file must be, where a request brings no rules of its own.</summary>
    public required FileRules Rules { get; init; }

    /// <summary>The subject of the message (a <see cref="FileDecision"/>) that tells the feature what became of a file.</summary>
    public required string Subject { get; init; }

    /// <summary>Who may ask for an upload at POST /api/files; null where the feature has a door of its own.</summary>
    public string? Permission { get; init; }

    /// <summary>Whether any signed-in person of the tenant may download what was accepted.</summary>
    public bool OpenToAll { get; init; }

    /// <summary>How many files one person may have under way at once.</summary>
    public int MostUnderWay { get; init; } = 20;

    /// <summary>How long a whole upload may take, where a request says nothing else.</summary>
    public TimeSpan UploadTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The container of accepted files; their blobs are named by the request, or by tenant and id.</summary>
    public required string Container { get; init; }
}

/// <summary>All purposes that features have registered.</summary>
public sealed class FilePurposes(IEnumerable<FilePurpose> purposes)
{
    private readonly FrozenDictionary<string, FilePurpose> _byName = purposes.ToFrozenDictionary(purpose => purpose.Name);

    public IEnumerable<FilePurpose> All => _byName.Values;

    public FilePurpose? Find(string name) => _byName.GetValueOrDefault(name);

    public FilePurpose Get(string name) => Find(name) ?? throw new InvalidOperationException($"No feature has registered files for '{name}'.");
}

/// <summary>
/// The message that tells a feature what became of a file: <c>accepted</c>, <c>quarantined</c>, <c>rejected</c>, <c>expired</c> (nothing came in time),
/// <c>cancelled</c>, <c>revoked</c> or <c>restored</c>. It is sent in the transaction that decides, and comes at least once: work on it through the inbox.
/// </summary>
public sealed record FileDecision(Guid FileId, string Purpose, Guid? SubjectId, string State, string? Reason);
