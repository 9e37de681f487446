namespace Podium.Emulator.Blobs;

/// <summary>Tells the watchers of a written blob at once; whoever sees the storage's access log reports here.</summary>
public sealed class BlobHints
{
    /// <summary>A blob was written: account, container, name.</summary>
    public event Action<string, string, string>? Reported;

    /// <summary>Whether somebody reports every write, so that scanning is only a second line.</summary>
    public bool Connected { get; set; }

    /// <summary>Reports a written blob.</summary>
    public void Report(string account, string container, string blob) => Reported?.Invoke(account, container, blob);
}
