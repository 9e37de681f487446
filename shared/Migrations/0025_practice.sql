ALTER TABLE challenge_versions ADD CONSTRAINT challenge_versions_of_challenge UNIQUE (tenant_id, challenge_id, id);

-- While a split is open its first version is the active one, for whoever is not part of it too.
CREATE TABLE version_splits (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    first_version_id uuid NOT NULL,
    second_version_id uuid NOT NULL,
    share integer NOT NULL,
    salt bytea NOT NULL,
    learners_per_arm integer NOT NULL,
    hypothesis text NOT NULL,
    started_at timestamptz NOT NULL,
    started_by uuid NOT NULL,
    ended_at timestamptz,
    ended_by uuid,
    winner_version_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT version_splits_first FOREIGN KEY (tenant_id, challenge_id, first_version_id) REFERENCES challenge_versions (tenant_id, challenge_id, id),
    CONSTRAINT version_splits_second FOREIGN KEY (tenant_id, challenge_id, second_version_id) REFERENCES challenge_versions (tenant_id, challenge_id, id),
    CONSTRAINT version_splits_of_two CHECK (first_version_id <> second_version_id),
    CONSTRAINT version_splits_share_range CHECK (share BETWEEN 1 AND 99),
    CONSTRAINT version_splits_learners_range CHECK (learners_per_arm BETWEEN 30 AND 1000000),
    CONSTRAINT version_splits_ended_whole CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (winner_version_id IS NULL OR ended_at IS NOT NULL)),
    CONSTRAINT version_splits_winner_took_part CHECK (winner_version_id IN (first_version_id, second_version_id))
);
COMMENT ON TABLE version_splits IS 'Two versions of a challenge that learners get side by side, to tell which is better. Share: percent of learners who get the second.';
CREATE UNIQUE INDEX version_splits_open_unique ON version_splits (tenant_id, challenge_id) WHERE ended_at IS NULL;
CREATE INDEX version_splits_first ON version_splits (tenant_id, challenge_id, first_version_id);
CREATE INDEX version_splits_second ON version_splits (tenant_id, challenge_id, second_version_id);
CREATE INDEX version_splits_newest ON version_splits (tenant_id, challenge_id, id DESC);
CALL protect('version_splits');
CALL audit('version_splits', ignored => '{salt}');

CREATE TABLE version_assignments (
    tenant_id uuid NOT NULL,
    split_id uuid NOT NULL,
    user_id uuid NOT NULL,
    arm text NOT NULL,
    assigned_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    active_seconds integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    best_score numeric(5, 2) NOT NULL DEFAULT 0,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, split_id, user_id),
    CONSTRAINT version_assignments_split FOREIGN KEY (tenant_id, split_id) REFERENCES version_splits,
    CONSTRAINT version_assignments_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT version_assignments_arm_known CHECK (arm IN ('first', 'second')),
    CONSTRAINT version_assignments_counts CHECK (active_seconds >= 0 AND attempts >= 0 AND best_score BETWEEN 0 AND 100),
    CONSTRAINT version_assignments_completed_by_trying CHECK (completed_at IS NULL OR (attempts > 0 AND best_score = 100))
);
COMMENT ON TABLE version_assignments IS 'Which of two versions a learner got, and how they fared with it until they had completed it or the split ended.';
CREATE INDEX version_assignments_user ON version_assignments (tenant_id, user_id);
CALL protect('version_assignments');

CREATE TABLE solution_fingerprints (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    user_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    attempted_at timestamptz NOT NULL,
    hashes bigint[] NOT NULL,
    spans bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id, user_id),
    CONSTRAINT solution_fingerprints_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT solution_fingerprints_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT solution_fingerprints_whole CHECK (cardinality(hashes) = cardinality(spans) AND cardinality(hashes) > 0)
);
COMMENT ON TABLE solution_fingerprints IS 'What each learner''s first passing solution has of its own, as hashes and where they stand: to find copies by.';
CREATE INDEX solution_fingerprints_user ON solution_fingerprints (tenant_id, user_id);
CALL protect('solution_fingerprints');

CREATE TABLE solution_pairs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    first_user_id uuid NOT NULL,
    second_user_id uuid NOT NULL,
    shared integer NOT NULL,
    first_total integer NOT NULL,
    second_total integer NOT NULL,
    similarity numeric(5, 2) NOT NULL GENERATED ALWAYS AS (round(100.0 * shared / least(first_total, second_total), 2)) STORED,
    found_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    decision text,
    reason text,
    decided_by uuid,
    decided_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT solution_pairs_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT solution_pairs_first FOREIGN KEY (tenant_id, first_user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT solution_pairs_second FOREIGN KEY (tenant_id, second_user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT solution_pairs_once UNIQUE (tenant_id, challenge_id, first_user_id, second_user_id),
    CONSTRAINT solution_pairs_of_two CHECK (first_user_id < second_user_id),
    CONSTRAINT solution_pairs_counts CHECK (shared BETWEEN 1 AND least(first_total, second_total)),
    CONSTRAINT solution_pairs_decision_known CHECK (decision IN ('dismissed', 'confirmed')),
    CONSTRAINT solution_pairs_decided_whole CHECK ((decision IS NULL) = (reason IS NULL) AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
);
COMMENT ON TABLE solution_pairs IS 'Two learners whose solutions of a challenge share more than chance lets expect, and what an author made of it. Similarity: of the smaller one''s own part.';
CREATE INDEX solution_pairs_newest ON solution_pairs (tenant_id, challenge_id, id DESC);
CREATE INDEX solution_pairs_first_user ON solution_pairs (tenant_id, first_user_id);
CREATE INDEX solution_pairs_second_user ON solution_pairs (tenant_id, second_user_id);
CALL protect('solution_pairs');
CALL audit('solution_pairs', ignored => '{checked_at}');

CREATE TABLE challenge_fingerprints (
    tenant_id uuid NOT NULL,
    version_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    hashes bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, version_id),
    CONSTRAINT challenge_fingerprints_version FOREIGN KEY (tenant_id, challenge_id, version_id) REFERENCES challenge_versions (tenant_id, challenge_id, id)
);
COMMENT ON TABLE challenge_fingerprints IS 'Hashes of the starter code and reference solution of each published version: to find challenges that were taken over from others.';
CREATE INDEX challenge_fingerprints_version ON challenge_fingerprints (tenant_id, challenge_id, version_id);
CALL protect('challenge_fingerprints');

ALTER TABLE challenge_versions ADD COLUMN resembles_because text;
ALTER TABLE challenge_versions ADD CONSTRAINT challenge_versions_resembles_length CHECK (length(resembles_because) BETWEEN 1 AND 500);
COMMENT ON COLUMN challenge_versions.resembles_because IS 'Why it was published although it shares much with another challenge.';
