using Podium.Operations;

namespace Podium.Exams;

/// <summary>What must hold of published results.</summary>
public static class ExamInvariants
{
    public static readonly Invariant Published = new()
    {
        Name = "published results",
        Holds = "What is published was approved by two persons who saw just that, and has as many results and statements as were computed.",
        Sql =
            """
            SELECT exam_sessions.tenant_id, 'session ' || exam_sessions.id || ', computation ' || runs.number
            FROM exam_sessions JOIN exam_runs AS runs ON runs.tenant_id = exam_sessions.tenant_id AND runs.id = published_run_id
            WHERE runs.state <> 'published'
               OR 2 > (SELECT count(*) FROM exam_approvals AS approval WHERE approval.tenant_id = runs.tenant_id AND approval.run_id = runs.id AND approval.digest = runs.digest)
               -- a year that was taken to the archive has neither
               OR runs.results <> (SELECT count(*) FROM exam_results WHERE exam_results.tenant_id = runs.tenant_id AND year_at = exam_sessions.year_at AND run_id = runs.id)
                  AND EXISTS (SELECT FROM exam_results WHERE exam_results.tenant_id = runs.tenant_id AND year_at = exam_sessions.year_at)
               OR runs.candidates <> (SELECT count(*) FROM exam_statements WHERE exam_statements.tenant_id = runs.tenant_id AND year_at = exam_sessions.year_at AND run_id = runs.id)
                  AND EXISTS (SELECT FROM exam_statements WHERE exam_statements.tenant_id = runs.tenant_id AND year_at = exam_sessions.year_at)
            """,
    };

    public static readonly Invariant Marks = new()
    {
        Name = "files of marks",
        Holds = "A file of marks is taken in whole or not at all.",
        Sql =
            """
            SELECT DISTINCT exam_marks.tenant_id, 'file ' || exam_marks.file_id || ' is ' || coalesce(files.state, 'unknown')
            FROM exam_marks LEFT JOIN exam_mark_files AS files ON files.tenant_id = exam_marks.tenant_id AND files.id = exam_marks.file_id
            WHERE files.state IS DISTINCT FROM 'imported'
            """,
    };
}
