DROP TABLE reviews, judge_assignments, assignment_plans, scoring_rubrics, judge_conflicts, competition_judges, judges;
DROP FUNCTION keep_final_reviews, check_judge;
