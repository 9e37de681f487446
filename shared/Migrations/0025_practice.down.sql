DROP TRIGGER forget_in_practice ON users;
DROP FUNCTION forget_in_practice;
DROP INDEX idx_progress_user_completed;
DROP TABLE person_blocks, follows, practice_privacy, practice_mutes, post_decisions, post_reports, post_votes, challenge_posts;
DROP TABLE challenge_fingerprints, solution_pairs, solution_fingerprints, version_assignments, version_splits;
ALTER TABLE challenge_versions DROP COLUMN resembles_because, DROP CONSTRAINT challenge_versions_of_challenge;
