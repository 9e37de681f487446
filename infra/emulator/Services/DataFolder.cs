using System.Globalization;
using Podium.Emulator.Runtime;

namespace Podium.Emulator.Services;

/// <summary>The folder of the servers' files: ours by a marker, used by one emulator at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string Layout = "1";
    private const string Marker = "podium-emulator";
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public static DataFolder Open(string path, bool fresh)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            return OpenChecked(path, fresh);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new EmulatorException($"The data folder {path} cannot be used: {error.Message} Name another with --data.", error);
        }
    }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _lock.Dispose();

    private static DataFolder OpenChecked(string path, bool fresh)
    {
        var marker = System.IO.Path.Combine(path, Marker);
        // a kill right after the folder was made may have left the lock alone
        var existed = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => System.IO.Path.GetFileName(entry) is not ("lock" or "owner.pid"));
        if (existed && !File.Exists(marker))
            throw new EmulatorException($"The folder {path} has files that are not the emulator's: name an empty or a new folder with --data.");

        Directory.CreateDirectory(path);
        var held = Lock(path);
        try
        {
            if (fresh && existed) Empty(path);
            else if (existed && File.ReadAllText(marker).Trim() is var layout && layout != Layout)
                throw new EmulatorException($"The data folder {path} was made by another version of the emulator (layout {layout}, this one knows {Layout}): use that version, or start with --fresh to empty it.");
            File.WriteAllText(marker, Layout);
            return new DataFolder(path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    // The lock is on a file of its own, so that its owner's number can be read beside it.
    private static FileStream Lock(string path)
    {
        var owner = System.IO.Path.Combine(path, "owner.pid");
        try
        {
            var held = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return held;
        }
        catch (IOException) when (File.Exists(owner))
        {
            throw new EmulatorException($"The data folder {path} is in use by process {File.ReadAllText(owner)}: stop that one, or give this one its own with --data.");
        }
    }

    private static void Empty(string path)
    {
        foreach (var folder in Directory.EnumerateDirectories(path)) Directory.Delete(folder, recursive: true);
        foreach (var file in Directory.EnumerateFiles(path).Where(file => System.IO.Path.GetFileName(file) is not ("lock" or "owner.pid" or Marker))) File.Delete(file);
    }
}
