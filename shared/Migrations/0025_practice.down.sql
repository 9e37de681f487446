DROP TABLE version_assignments, version_splits;
ALTER TABLE challenge_versions DROP CONSTRAINT challenge_versions_of_challenge;
