namespace Podium.Platform.Files;

// Ends an inspection from the depth of a parser. What a stranger's bytes hold is no exceptional thing, but threading a
// result through every read of every field would bury the formats; it is thrown and caught inside this folder only, and in
// Platform/Audio, which reads the same formats.
internal sealed class Malformed(FileFault fault) : Exception(fault.Message)
{
    public Malformed(string code, string message) : this(new FileFault(code, message))
    {
    }

    public FileFault Fault { get; } = fault;

    public static Malformed Truncated() =>
        new("truncated", "The file ends in the middle: it was cut off. Save or export it again and upload the whole of it.");

    public static Malformed Damaged(FileKind kind) =>
        new("damaged", $"It says it is {kind.InWords()}, but it is damaged: save or export it again.");

    public static Malformed TooComplex(FileKind kind) =>
        new("too-complex", $"This is {kind.InWords()} with more parts than can be checked: save it in a simpler form.");
}
