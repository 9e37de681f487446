namespace Podium.Learning.Plagiarism;

/// <summary>
/// Chooses fingerprints (S. Schleimer, D. S. Wilkerson, A. Aiken, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD 2003): of each window of hashes the least one, the
/// rightmost where several are least. Whatever two documents share that is as long as a window is found in both; on average two of a window's length and one are kept.
/// </summary>
public static class Winnowing
{
    /// <summary>The places that are chosen, in order. Hashes that are left out are chosen by no window: one that has nothing else chooses none.</summary>
    public static List<int> Select(IReadOnlyList<ulong> hashes, int window, IReadOnlySet<ulong> leftOut)
    {
        var chosen = new List<int>();
        // places whose hashes grow: the first is the least of the window, and of equals the last came to stay
        var candidates = new LinkedList<int>();
        for (var right = 0; right < hashes.Count; right++)
        {
            if (!leftOut.Contains(hashes[right]))
            {
                while (candidates.Last is { } last && hashes[last.Value] >= hashes[right]) candidates.RemoveLast();
                candidates.AddLast(right);
            }
            if (candidates.First is { } gone && gone.Value <= right - window) candidates.RemoveFirst();
            // a document shorter than a window is one window
            if (right < Math.Min(window, hashes.Count) - 1 || candidates.First is not { } least) continue;
            if (chosen.Count == 0 || chosen[^1] != least.Value) chosen.Add(least.Value);
        }
        return chosen;
    }
}
