namespace Podium.Judging;

/// <summary>Who may judge what, and why not; how well they know it.</summary>
public sealed class ConflictsOfInterest
{
    public sealed record Reason(string Code, string Detail);

    private sealed record JudgeSide(string? Domain, HashSet<string> Topics, IReadOnlyList<DeclaredConflict> Declared);

    private sealed record EntrySide(string[] Domains, string[] Topics);

    private readonly Dictionary<Guid, JudgeSide> _judges;
    private readonly Dictionary<Guid, EntrySide> _entries;

    public ConflictsOfInterest(AssignmentTask task)
    {
        var declared = task.Conflicts.ToLookup(conflict => conflict.JudgeId);
        _judges = task.Judges.ToDictionary(judge => judge.Id, judge => new JudgeSide(
            DomainOf(judge.Email) is { } domain && !task.Rules.PublicMailDomains.Contains(domain) ? domain : null,
            judge.Topics.ToHashSet(StringComparer.OrdinalIgnoreCase),
            [.. declared[judge.Id]]));
        _entries = task.Entries.ToDictionary(entry => entry.Id, entry => new EntrySide(
            [.. entry.Emails.Select(DomainOf).OfType<string>().Distinct()],
            [.. entry.Topics.Distinct(StringComparer.OrdinalIgnoreCase)]));
    }

    /// <summary>The strongest reason against it, or null. Declared comes first, then the team, the institution, the mail domain.</summary>
    public Reason? Between(PanelJudge judge, PanelEntry entry)
    {
        var side = _judges[judge.Id];
        foreach (var conflict in side.Declared)
        {
            if (conflict.EntryId == entry.Id || conflict.TeamId == entry.TeamId)
                return new Reason("declared", conflict.Reason is { Length: > 0 } why ? $"declared a conflict of interest ({why})" : "declared a conflict of interest");
        }
        if (judge.TeamIds.Contains(entry.TeamId)) return new Reason("same-team", "belongs to the team");
        if (judge.InstitutionId is { } institution && entry.InstitutionIds.Contains(institution)) return new Reason("same-institution", "is of the same institution");
        return side.Domain is { } domain && Array.Exists(_entries[entry.Id].Domains, other => IsOneHouse(domain, other))
            ? new Reason("same-mail-domain", $"has a mail address at {domain}, as somebody of the team")
            : null;
    }

    /// <summary>The share of an entry's topics that a judge knows, in thousandths rounded down; an entry without topics is everybody's.</summary>
    public int Match(PanelJudge judge, PanelEntry entry) =>
        _entries[entry.Id].Topics is { Length: > 0 } topics ? Known(judge, entry).Count() * 1000 / topics.Length : 1000;

    public IEnumerable<string> Known(PanelJudge judge, PanelEntry entry) => _entries[entry.Id].Topics.Where(_judges[judge.Id].Topics.Contains);

    public static string? DomainOf(string? email) =>
        email?[(email.LastIndexOf('@') + 1)..].Trim().TrimEnd('.').ToLowerInvariant() is { Length: > 0 } domain ? domain : null;

    /// <summary>The same domain, or one below the other: student.kaznu.kz belongs to kaznu.kz.</summary>
    private static bool IsOneHouse(string one, string other) => one == other || IsBelow(one, other) || IsBelow(other, one);

    private static bool IsBelow(string lower, string upper) =>
        lower.Length > upper.Length + 1 && upper.Contains('.') && lower[^(upper.Length + 1)] == '.' && lower.EndsWith(upper, StringComparison.Ordinal);
}
