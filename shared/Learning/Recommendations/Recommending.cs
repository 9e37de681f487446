namespace Podium.Learning.Recommendations;

/// <summary>Why a challenge is recommended, as data that a front-end puts into words.</summary>
public sealed record Reason
{
    /// <summary>continue (the next one of a track that was begun), together (who completed another one completed this too), fits (its difficulty fits the last results).</summary>
    public required string Kind { get; init; }

    /// <summary>continue: how far the learner is in the track, in percent.</summary>
    public decimal? Progress { get; init; }

    /// <summary>together: the challenge that the learner has completed.</summary>
    public Guid? AfterChallengeId { get; init; }

    public string? AfterChallenge { get; init; }

    /// <summary>together: how many percent of those who completed that one completed this too. Five people or more, or it is not told.</summary>
    public int? Share { get; init; }

    /// <summary>fits: how many of the last challenges that were tried were completed.</summary>
    public int? Completed { get; init; }

    public int? Tried { get; init; }
}

/// <summary>How a challenge that was tried came out.</summary>
public sealed record LastResult(EditChallenge.Difficulty Difficulty, bool Completed, int Attempts);

/// <summary>The rules by which challenges are recommended.</summary>
public static class Recommending
{
    /// <summary>So many of the last challenges are looked at.</summary>
    public const int LastResults = 8;

    /// <summary>The attempts with which a challenge was easy for somebody.</summary>
    public const int FewAttempts = 3;

    /// <summary>
    /// The difficulty that fits: one above the hardest that was completed twice or more, where three quarters of the last ones of that difficulty were completed with few attempts; one below the hardest that was tried,
    /// where less than two fifths of all were completed; else the hardest completed. Who has tried nothing begins at the beginning.
    /// </summary>
    public static EditChallenge.Difficulty Fitting(IReadOnlyList<LastResult> last)
    {
        if (last.Count == 0) return EditChallenge.Difficulty.Beginner;
        if (last.Count >= 3 && last.Count(result => result.Completed) < 0.4 * last.Count) return Below(last.Max(result => result.Difficulty));
        var done = last.Where(result => result.Completed).ToList();
        if (done.Count == 0) return Below(last.Max(result => result.Difficulty));
        var hardest = done.Max(result => result.Difficulty);
        var there = last.Where(result => result.Difficulty == hardest).ToList();
        var easily = there.Count(result => result.Completed && result.Attempts <= FewAttempts);
        return easily >= 2 && easily >= 0.75 * there.Count ? Above(hardest) : hardest;
    }

    /// <summary>Those with more reasons first, then what continues, then what many did together, then what fits; each challenge once, with all its reasons.</summary>
    public static IReadOnlyList<(Guid Challenge, IReadOnlyList<Reason> Reasons)> Rank(IEnumerable<(Guid Challenge, Reason Reason)> found, int most) =>
    [
        .. found.GroupBy(one => one.Challenge, one => one.Reason)
            .Select(group => (Challenge: group.Key, Reasons: (IReadOnlyList<Reason>)[.. group.OrderBy(Weight).ThenByDescending(reason => reason.Share).ThenBy(reason => reason.AfterChallengeId)]))
            .OrderByDescending(one => one.Reasons.Select(reason => reason.Kind).Distinct().Count())
            .ThenBy(one => Weight(one.Reasons[0])).ThenByDescending(one => one.Reasons[0].Progress).ThenByDescending(one => one.Reasons[0].Share).ThenBy(one => one.Challenge)
            .Take(most),
    ];

    private static int Weight(Reason reason) => reason.Kind switch { "continue" => 0, "together" => 1, _ => 2 };

    private static EditChallenge.Difficulty Above(EditChallenge.Difficulty difficulty) => difficulty == EditChallenge.Difficulty.Beginner ? EditChallenge.Difficulty.Intermediate : EditChallenge.Difficulty.Advanced;

    private static EditChallenge.Difficulty Below(EditChallenge.Difficulty difficulty) => difficulty == EditChallenge.Difficulty.Advanced ? EditChallenge.Difficulty.Intermediate : EditChallenge.Difficulty.Beginner;
}
