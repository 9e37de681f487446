DROP TABLE challenge_fingerprints, solution_pairs, solution_fingerprints, version_assignments, version_splits;
ALTER TABLE challenge_versions DROP COLUMN resembles_because, DROP CONSTRAINT challenge_versions_of_challenge;
