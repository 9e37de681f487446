namespace Podium.Platform.Files;

// What an archive and the archives in it may use up together.
internal sealed class ZipBudget(FileRules rules)
{
    // a megabyte of zeros harms nobody, however well it packs
    private const long RatioFrom = 1 << 20;

    // archives in packed archives are unpacked more than once, since their directory stands at their end
    private const int MostRepeats = 4;
    private const long FreeWork = 64 << 20;

    private long _work;

    public int Entries { get; private set; }
    public long UnpackedBytes { get; private set; }
    public int Depth { get; private set; }

    public void Enter(int depth) => Depth = Math.Max(Depth, depth);

    public void Count(long entries)
    {
        if (entries > rules.MaxArchiveEntries - Entries)
            throw new Malformed("archive-too-many-files", $"The archive has more than {rules.MaxArchiveEntries} files in it.");
        Entries += (int)entries;
    }

    public void Unpack(long size, long compressed)
    {
        if (size > rules.MaxArchiveEntryBytes)
            throw new Malformed("archive-too-large", $"A file in the archive unpacks to more than {rules.MaxArchiveEntryBytes / 1_000_000} MB.");
        if (size > rules.MaxArchiveBytes - UnpackedBytes)
            throw new Malformed("archive-too-large", $"The archive unpacks to more than {rules.MaxArchiveBytes / 1_000_000} MB.");
        if (size > RatioFrom && size / Math.Max(1, compressed) > rules.MaxArchiveRatio)
            throw new Malformed("archive-bomb", $"A file in the archive unpacks to more than {rules.MaxArchiveRatio} times its size: what unpacks so well is not taken.");
        UnpackedBytes += size;
    }

    public void Work(int bytes)
    {
        if ((_work += bytes) > FreeWork + MostRepeats * rules.MaxArchiveBytes)
            throw new Malformed("archive-too-nested", "The archives in this archive are too large to look into: unpack them first.");
    }
}
