DELETE FROM partition_policies WHERE table_name IN ('exam_marks', 'exam_results', 'exam_statements');
DROP FUNCTION find_exam_statements, published_exam_tables, refresh_exam_statistics, add_exam_year, exam_percent;
DROP AGGREGATE exam_product(numeric);
DROP TABLE exam_statements, exam_results;
DROP FUNCTION published_exam_runs;
DROP TABLE exam_appeals, exam_lookup_failures, exam_approvals, exam_runs, exam_cases, exam_moderations, exam_mark_changes, exam_marks, exam_mark_errors, exam_mark_files, exam_entries, exam_candidates,
    exam_boundaries, exam_papers, exam_subjects, exam_sessions;
DROP PROCEDURE see_all_exams, see_exam_centres, isolate_centre, isolate_office, embargo;
DROP TABLE exam_national_reads, exam_centres, exam_regions;
DROP FUNCTION exams_national, exams_centres;
