DROP TRIGGER leaderboard ON registrations;
DROP TRIGGER leaderboard ON reviews;
DROP FUNCTION note_registration, note_review;
DROP TABLE leaderboard_changes, competition_leaderboard, competition_results, round_steps, round_entries, round_runs, competition_runs;
