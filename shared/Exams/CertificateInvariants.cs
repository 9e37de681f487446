using Podium.Operations;

namespace Podium.Exams;

/// <summary>What must hold of examinations' certificates.</summary>
public static class CertificateInvariants
{
    public static readonly Invariant Withheld = new()
    {
        Name = "certificates of withheld results",
        Holds = "No certificate or transcript counts while malpractice is suspected of whom it is about.",
        Sql =
            """
            SELECT held.tenant_id, 'certificate ' || paper.id || ' of candidate ' || held.candidate_id
            FROM exam_cases AS held
            JOIN certificates AS paper ON paper.tenant_id = held.tenant_id AND paper.revoked_at IS NULL AND (
                paper.kind = 'examResult' AND paper.holder_id = held.candidate_id
                OR paper.kind = 'examTranscript' AND EXISTS (
                    SELECT FROM exam_transcript_results AS told WHERE told.tenant_id = paper.tenant_id AND told.certificate_id = paper.id AND told.candidate_id = held.candidate_id))
            WHERE held.kind = 'malpractice' AND held.state = 'open'
            """,
    };

    public static readonly Invariant Listed = new()
    {
        Name = "places in lists of revocations",
        Holds = "Every certificate has a place that was given out.",
        Sql =
            """
            SELECT certificates.tenant_id, 'certificate ' || certificates.id || ' in place ' || status_index
            FROM certificates LEFT JOIN certificate_counters ON certificate_counters.tenant_id = certificates.tenant_id
            WHERE status_index >= coalesce(next_index, 0)
            """,
    };
}
