DROP TABLE competition_results, round_steps, round_entries, round_runs, competition_runs;
