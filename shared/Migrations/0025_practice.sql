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
