namespace Podium.Certificates;

/// <summary>What is certified.</summary>
public enum CertificateKind
{
    /// <summary>What a candidate passed in one session.</summary>
    ExamResult,

    /// <summary>All subjects of one or several sessions, whatever came of them.</summary>
    ExamTranscript,

    /// <summary>A place or an award in a competition.</summary>
    Competition,
}

/// <summary>What a certificate says: canonical JSON of this is what is signed. Nothing in it depends on a language; the sheet that is drawn from it does.</summary>
public sealed record CertificateStatement
{
    public int Format { get; init; } = 1;

    public required Guid Id { get; init; }

    public required string Number { get; init; }

    public required CertificateKind Kind { get; init; }

    public required IssuedBy Issuer { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>The holder's name.</summary>
    public required string Holder { get; init; }

    public required string Title { get; init; }

    /// <summary>Examination results, the latest session first.</summary>
    public IReadOnlyList<Result> Results { get; init; } = [];

    public Placing? Place { get; init; }

    /// <summary>The number of the certificate that this one replaces.</summary>
    public string? Replaces { get; init; }

    /// <summary>Its place in the lists of revocations.</summary>
    public required long StatusIndex { get; init; }

    public sealed record IssuedBy(Guid Id, string Slug, string Name);

    public sealed record Result(int Year, string Level, string Session, string Candidate, string Centre, string CentreName, string? Division, IReadOnlyList<Subject> Subjects);

    /// <summary>The grade, or what the result is where there is none: absent, excused, disqualified.</summary>
    public sealed record Subject(string Code, string Name, string? Grade, string Status);

    public sealed record Placing(string Competition, int Place, bool Shared, string? Award, string? Team);
}
