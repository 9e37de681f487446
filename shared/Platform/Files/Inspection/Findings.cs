namespace Podium.Platform.Files;

// What the inspectors of one file have found so far.
internal sealed class Findings(FileRules rules)
{
    // a file wrong in a thousand places is wrong enough in a few
    private const int MostFaults = 10;
    private const int MostOfOneCode = 3;

    private readonly List<FileFault> _faults = [];

    public FileRules Rules => rules;
    public FileKind Kind { get; set; }
    public string? MediaType { get; set; }
    public TimeSpan? Duration { get; set; }
    public int? Pages { get; set; }
    public int? Width { get; set; }
    public int? Height { get; set; }
    public ArchiveSummary? Archive { get; set; }
    public TextSummary? Text { get; set; }

    public IReadOnlyList<FileFault> Faults => _faults;

    public void Add(string code, string message) => Add(new FileFault(code, message));

    public void Add(FileFault fault)
    {
        if (_faults.Count < MostFaults && !_faults.Contains(fault) && _faults.Count(other => other.Code == fault.Code) < MostOfOneCode) _faults.Add(fault);
    }

    public void Sized(long width, long height)
    {
        if (width is <= 0 or > int.MaxValue || height is <= 0 or > int.MaxValue) throw Malformed.Damaged(Kind);
        (Width, Height) = ((int)width, (int)height);
        if (width > rules.MaxPixels / height)
            throw new Malformed("image-too-large", $"The image has {width} × {height} pixels; at most {rules.MaxPixels / 1_000_000} megapixels are taken. Scale it down.");
    }

    // lengths in a header may be any number; what no recording lasts is no duration
    public void Lasts(double seconds)
    {
        if (double.IsFinite(seconds) && seconds >= 0 && seconds < TimeSpan.FromDays(365).TotalSeconds)
            Duration = TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        else
            throw Malformed.Damaged(Kind);
    }
}
