using Podium.Operations;

namespace Podium.Submissions;

/// <summary>What must hold of what was handed in.</summary>
public static class SubmissionInvariants
{
    public static readonly Invariant Files = new()
    {
        Name = "files of submissions",
        Holds = "What counts has files that were looked into and accepted.",
        Sql =
            """
            SELECT submissions.tenant_id, 'submission ' || submissions.id || ' with file ' || files.id || ', which is ' || files.state
            FROM submissions
            JOIN submission_files ON submission_files.tenant_id = submissions.tenant_id AND submission_files.submission_id = submissions.id
            JOIN files ON files.tenant_id = submissions.tenant_id AND files.id = submission_files.file_id
            -- an organiser may approve what the checks refused
            WHERE submissions.status = 'submitted' AND submissions.review_status = 'APPROVED' AND submissions.reviewed_by IS NULL AND submissions.deleted_at IS NULL AND files.state <> 'accepted'
            """,
    };

    public static readonly Invariant Watched = new()
    {
        Name = "submissions under validation",
        Holds = "Nothing that was handed in waits for more than an hour unseen.",
        InTheEnd = true,
        Sql = "SELECT tenant_id, 'submission ' || id || ' since ' || look_at FROM submissions WHERE look_at < @now - interval '1 hour'",
    };
}
