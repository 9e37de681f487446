namespace Podium.Judging;

/// <summary>Somebody who may judge in a round, and what is known of them.</summary>
public sealed record PanelJudge(Guid Id, string Name, int Capacity)
{
    public IReadOnlyCollection<string> Topics { get; init; } = [];

    public Guid? InstitutionId { get; init; }

    public string? Email { get; init; }

    /// <summary>The teams they belong to, coach or mentor.</summary>
    public IReadOnlyCollection<Guid> TeamIds { get; init; } = [];

    /// <summary>False once they have dropped out: they get nothing more, and what they have not finished is given to others.</summary>
    public bool IsAvailable { get; init; } = true;
}

/// <summary>What is to be judged, by how many, and who made it.</summary>
public sealed record PanelEntry(Guid Id, string Label, Guid TeamId, int Needed)
{
    public IReadOnlyCollection<string> Topics { get; init; } = [];

    /// <summary>The institutions of the team and its members.</summary>
    public IReadOnlyCollection<Guid> InstitutionIds { get; init; } = [];

    public IReadOnlyCollection<string> Emails { get; init; } = [];
}

/// <summary>A conflict of interest that somebody declared: with an entry, or with all of a team.</summary>
public sealed record DeclaredConflict(Guid JudgeId, Guid? EntryId, Guid? TeamId, string? Reason = null);

/// <summary>How far a review that was given out has come.</summary>
public enum ReviewProgress
{
    /// <summary>Given out, not begun: it may be given to somebody else.</summary>
    Assigned,

    /// <summary>Begun: it stays unless its judge drops out or may not judge it any more.</summary>
    Started,

    /// <summary>Final: it stays, whatever happens.</summary>
    Finished,

    /// <summary>The judge said no: this judge does not get this entry again.</summary>
    Recused,
}

/// <summary>A review that was given out before.</summary>
public sealed record GivenReview(Guid EntryId, Guid JudgeId, ReviewProgress Progress);

/// <summary>How many entries of a team a judge judged in earlier rounds.</summary>
public sealed record EarlierMeeting(Guid JudgeId, Guid TeamId, int Count);

/// <summary>What an assignment is to weigh. The defaults stand in docs/judging-methods.md.</summary>
public sealed record AssignmentRules
{
    /// <summary>What a judge who knows none of an entry's topics costs.</summary>
    public int Expertise { get; init; } = 1000;

    /// <summary>What each review more than another judge has costs: the k-th review of a judge costs (2k − 1) times this.</summary>
    public int Balance { get; init; } = 100;

    /// <summary>What it costs to give a review that is not yet begun to somebody else.</summary>
    public int Change { get; init; } = 1500;

    /// <summary>The cap against collusion: how many entries of one team the same judge may judge, earlier rounds included; null for no cap.</summary>
    public int? MostPerTeam { get; init; } = 2;

    /// <summary>Mail domains that say nothing of where somebody belongs.</summary>
    public IReadOnlySet<string> PublicMailDomains { get; init; } = DefaultPublicMailDomains;

    public static readonly IReadOnlySet<string> DefaultPublicMailDomains = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "icloud.com", "me.com", "aol.com",
        "proton.me", "protonmail.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "mail.com", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "yandex.ru", "yandex.kz", "ya.ru",
        "qq.com", "163.com", "126.com", "zoho.com", "fastmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr",
    };
}

/// <summary>Everything an assignment is decided by.</summary>
public sealed record AssignmentTask(IReadOnlyList<PanelEntry> Entries, IReadOnlyList<PanelJudge> Judges)
{
    public IReadOnlyList<DeclaredConflict> Conflicts { get; init; } = [];

    public IReadOnlyList<GivenReview> Given { get; init; } = [];

    public IReadOnlyList<EarlierMeeting> Earlier { get; init; } = [];

    public AssignmentRules Rules { get; init; } = new();
}

/// <summary>A judge for an entry, and why.</summary>
/// <param name="Cost">What this choice adds to the sum that was made smallest, balance aside.</param>
/// <param name="Kept">Whether it was given out before.</param>
/// <param name="Why">The reasons, for the people who ask.</param>
public sealed record AssignmentChoice(Guid EntryId, Guid JudgeId, int Cost, bool Kept, IReadOnlyList<string> Why);

/// <summary>An entry that gets fewer judges than it needs, and what stands in the way.</summary>
public sealed record AssignmentShortage(Guid EntryId, int Needed, int Found, int Eligible, string Why, IReadOnlyList<string> Exclusions);

/// <summary>How full a judge is.</summary>
public sealed record JudgeLoad(Guid JudgeId, int Load, int Capacity);

/// <summary>That no other assignment is cheaper: the sum, and the bound that the prices prove. They are equal. Steps are what it took to find it.</summary>
public sealed record AssignmentProof(long Cost, long ProvenBound, int Steps)
{
    public bool IsOptimal => Cost == ProvenBound;
}

/// <summary>Two judges and how many entries they judge together.</summary>
public sealed record PairMeeting(Guid FirstJudgeId, Guid SecondJudgeId, int Count);

/// <summary>Who judges what.</summary>
public sealed record AssignmentPlan(
    IReadOnlyList<AssignmentChoice> Choices,
    IReadOnlyList<GivenReview> Withdrawn,
    IReadOnlyList<AssignmentShortage> Shortages,
    IReadOnlyList<JudgeLoad> Loads,
    IReadOnlyList<PairMeeting> MostFrequentPairs,
    AssignmentProof Proof);
