DROP TABLE judge_comparisons, comparison_rounds;
