using Podium.Platform.Problems;

namespace Podium.Learning.Community;

/// <summary>What can go wrong where learners meet.</summary>
public static class CommunityProblems
{
    public static readonly ProblemKind NotCompleted = new(403, "not-completed", "Who has completed the challenge sees and shares solutions of it.");
    public static readonly ProblemKind Muted = new(403, "muted", "You may post nothing for a while.");
    public static readonly ProblemKind TooManyPosts = new(429, "too-many-posts", "You have posted much in a short time.");
    public static readonly ProblemKind SharedAlready = new(409, "solution-shared", "You have shared a solution of it; withdraw that first.");
    public static readonly ProblemKind NotPassed = new(409, "attempt-not-passed", "Only an attempt that passed can be shared.");
    public static readonly ProblemKind TooDeep = new(409, "thread-too-deep", "Nothing can be answered so deep in a thread: answer what it answers.");
    public static readonly ProblemKind PostGone = new(409, "post-gone", "It is not shown any more.");
    public static readonly ProblemKind EditOver = new(409, "edit-window-over", "What was said can be changed for a quarter of an hour.");
    public static readonly ProblemKind OwnPost = new(403, "own-post", "It is your own.");
    public static readonly ProblemKind FollowsItself = new(409, "follows-itself", "Nobody follows or blocks themselves.");
    public static readonly ProblemKind FollowLimit = new(409, "follow-limit", "You follow as many as one can.");
}
