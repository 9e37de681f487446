using Podium.Platform.Problems;

namespace Podium.Songs;

/// <summary>What can go wrong with songs.</summary>
public static class SongProblems
{
    public static readonly ProblemKind NotASongContest = new(409, "no-song-contest", "This competition takes no songs.");
    public static readonly ProblemKind EntriesClosed = new(409, "song-entries-closed", "The contest takes no songs at this time.");
    public static readonly ProblemKind TooMany = new(409, "song-entries-used-up", "You have entered as many songs as this contest takes from one person.");
    public static readonly ProblemKind IdTaken = new(409, "song-id-taken", "Another song has this id.");
    public static readonly ProblemKind StatusRefused = new(409, "song-status-refused", "From where the song is this cannot be done.");
    public static readonly ProblemKind OwnSong = new(403, "own-song", "Nobody decides about their own song.");
    public static readonly ProblemKind NoRecording = new(409, "song-without-recording", "There is no recording to be heard here.");
}
