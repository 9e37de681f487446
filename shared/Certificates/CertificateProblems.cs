using Podium.Platform.Problems;

namespace Podium.Certificates;

/// <summary>What can go wrong with certificates.</summary>
public static class CertificateProblems
{
    public static readonly ProblemKind Revoked = new(410, "certificate-revoked", "The certificate is revoked: no copies are given of it.");
    public static readonly ProblemKind Erased = new(410, "certificate-erased", "The holder has been forgotten: what they hold counts, but we have no copy.");
    public static readonly ProblemKind NoBadge = new(404, "certificate-no-badge", "A transcript is no achievement: there is no badge of it.");
    public static readonly ProblemKind None = new(404, "certificate-none", "There is no certificate of this result.");
    public static readonly ProblemKind OtherNames = new(409, "certificate-other-names", "The results are of people with different names.");
}
