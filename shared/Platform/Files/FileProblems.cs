using Podium.Platform.Problems;

namespace Podium.Platform.Files;

/// <summary>What can go wrong with uploads and downloads.</summary>
public static class FileProblems
{
    public static readonly ProblemKind IdTaken = new(409, "file-id-taken", "A file with this id is there already, and is another one.");
    public static readonly ProblemKind TooManyUnderWay = new(409, "too-many-uploads", "Too many of your uploads are under way: finish or cancel one first.");
    public static readonly ProblemKind Arrived = new(409, "file-arrived", "The file has arrived already, or its upload has ended.");
    public static readonly ProblemKind NotReady = new(409, "file-not-ready", "The file is not accepted (yet), so it cannot be downloaded.");
    public static readonly ProblemKind Revoked = new(410, "file-revoked", "The file was withdrawn by the organisers.");
    public static readonly ProblemKind Damaged = new(410, "file-damaged", "The file in storage is missing or is not what was accepted; the operators know.");
    public static readonly ProblemKind ContentGone = new(409, "file-content-gone", "The file's content is not there any more, so it cannot be looked at again.");
}
