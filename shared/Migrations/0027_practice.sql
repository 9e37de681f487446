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

CREATE TABLE solution_comparisons (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    compared_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id),
    CONSTRAINT solution_comparisons_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges
);
COMMENT ON TABLE solution_comparisons IS 'Challenges whose solutions an author has had compared, and when that was last done: it is done again every night after which there are new ones.';
CALL protect('solution_comparisons');

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

CREATE TABLE challenge_posts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    parent_id uuid,
    depth integer NOT NULL,
    about_solution boolean NOT NULL,
    text text NOT NULL,
    attempt_id uuid,
    code_html text,
    code_css text,
    code_js text,
    votes integer NOT NULL DEFAULT 0,
    replies integer NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'visible',
    status_reason text,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT challenge_posts_of_challenge UNIQUE (tenant_id, challenge_id, id),
    CONSTRAINT challenge_posts_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT challenge_posts_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT challenge_posts_parent FOREIGN KEY (tenant_id, challenge_id, parent_id) REFERENCES challenge_posts (tenant_id, challenge_id, id) ON DELETE CASCADE,
    CONSTRAINT challenge_posts_kind_known CHECK (kind IN ('solution', 'comment')),
    CONSTRAINT challenge_posts_status_known CHECK (status IN ('visible', 'hidden', 'withdrawn')),
    CONSTRAINT challenge_posts_depth CHECK (depth BETWEEN 0 AND 4 AND (parent_id IS NULL) = (depth = 0)),
    CONSTRAINT challenge_posts_solution_stands_alone CHECK (kind <> 'solution' OR (parent_id IS NULL AND about_solution AND attempt_id IS NOT NULL AND code_html IS NOT NULL AND code_css IS NOT NULL AND code_js IS NOT NULL)),
    CONSTRAINT challenge_posts_comment_without_code CHECK (kind <> 'comment' OR (attempt_id IS NULL AND code_html IS NULL AND code_css IS NULL AND code_js IS NULL)),
    CONSTRAINT challenge_posts_text_length CHECK (length(text) <= 4000 AND (kind <> 'comment' OR status = 'withdrawn' OR length(text) > 0)),
    CONSTRAINT challenge_posts_counts CHECK (votes >= 0 AND replies >= 0)
);
COMMENT ON TABLE challenge_posts IS 'What learners say about a challenge, and the solutions they share with whoever has completed it. Plain text, never markup.';
CREATE UNIQUE INDEX challenge_posts_one_solution ON challenge_posts (tenant_id, challenge_id, user_id) WHERE kind = 'solution' AND status <> 'withdrawn';
CREATE INDEX challenge_posts_threads ON challenge_posts (tenant_id, challenge_id, parent_id, id DESC);
CREATE INDEX challenge_posts_solutions ON challenge_posts (tenant_id, challenge_id, votes DESC, id DESC) WHERE kind = 'solution' AND status = 'visible';
CREATE INDEX challenge_posts_hidden ON challenge_posts (tenant_id, id DESC) WHERE status = 'hidden';
CREATE INDEX challenge_posts_user ON challenge_posts (tenant_id, user_id, created_at);
CALL protect('challenge_posts');

CREATE TABLE post_votes (
    tenant_id uuid NOT NULL,
    post_id uuid NOT NULL,
    user_id uuid NOT NULL,
    voted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, post_id, user_id),
    CONSTRAINT post_votes_post FOREIGN KEY (tenant_id, post_id) REFERENCES challenge_posts ON DELETE CASCADE,
    CONSTRAINT post_votes_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
COMMENT ON TABLE post_votes IS 'Who holds which shared solution for a good one; once each.';
CREATE INDEX post_votes_user ON post_votes (tenant_id, user_id);
CALL protect('post_votes');

CREATE TABLE post_reports (
    tenant_id uuid NOT NULL,
    post_id uuid NOT NULL,
    user_id uuid NOT NULL,
    reason text NOT NULL,
    reported_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, post_id, user_id),
    CONSTRAINT post_reports_post FOREIGN KEY (tenant_id, post_id) REFERENCES challenge_posts ON DELETE CASCADE,
    CONSTRAINT post_reports_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT post_reports_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE post_reports IS 'What people ask moderators to look at; closed by the next decision about the post.';
CREATE INDEX post_reports_open ON post_reports (tenant_id, post_id DESC) WHERE closed_at IS NULL;
CREATE INDEX post_reports_user ON post_reports (tenant_id, user_id);
CALL protect('post_reports');

CREATE TABLE post_decisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    post_id uuid NOT NULL,
    hides boolean NOT NULL,
    reason text NOT NULL,
    decided_by uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT post_decisions_post FOREIGN KEY (tenant_id, post_id) REFERENCES challenge_posts ON DELETE CASCADE,
    CONSTRAINT post_decisions_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE post_decisions IS 'What moderators decided about posts, and why. Nothing is taken away.';
CREATE INDEX post_decisions_post ON post_decisions (tenant_id, post_id, decided_at);
CALL protect('post_decisions');
REVOKE UPDATE ON post_decisions FROM podium_app;
CALL audit('post_decisions');

CREATE TABLE practice_mutes (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    muted_by uuid NOT NULL,
    muted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT practice_mutes_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT practice_mutes_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE practice_mutes IS 'Who may post nothing about challenges until when, and why.';
CALL protect('practice_mutes');
CALL audit('practice_mutes');

CREATE TABLE practice_privacy (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    share_completions boolean NOT NULL,
    followable boolean NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT practice_privacy_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE practice_privacy IS 'What a person lets followers see; without a row they may follow and see nothing.';
CALL protect('practice_privacy');

CREATE TABLE follows (
    tenant_id uuid NOT NULL,
    follower_id uuid NOT NULL,
    followed_id uuid NOT NULL,
    followed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, follower_id, followed_id),
    CONSTRAINT follows_follower FOREIGN KEY (tenant_id, follower_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT follows_followed FOREIGN KEY (tenant_id, followed_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT follows_others CHECK (follower_id <> followed_id)
);
COMMENT ON TABLE follows IS 'Who follows whose completions.';
CREATE INDEX follows_followed ON follows (tenant_id, followed_id, follower_id DESC);
CALL protect('follows');

CREATE TABLE person_blocks (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    blocked_id uuid NOT NULL,
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, blocked_id),
    CONSTRAINT person_blocks_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT person_blocks_blocked FOREIGN KEY (tenant_id, blocked_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT person_blocks_others CHECK (user_id <> blocked_id)
);
COMMENT ON TABLE person_blocks IS 'Whom a person wants to see nothing of, and be followed by no more.';
CREATE INDEX person_blocks_blocked ON person_blocks (tenant_id, blocked_id);
CALL protect('person_blocks');

-- the feed's order, of one person
CREATE INDEX idx_progress_user_completed ON user_progress (tenant_id, user_id, completed_at DESC) INCLUDE (challenge_id) WHERE status = 'completed';

-- Who is anonymised takes along what they wrote and whom they knew; that there was a post stays, for the answers to it.
CREATE FUNCTION forget_in_practice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- who votes for one of them just now comes before this or not at all
    PERFORM FROM challenge_posts WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id ORDER BY id FOR UPDATE;
    DELETE FROM post_votes USING challenge_posts AS post WHERE post_votes.tenant_id = NEW.tenant_id AND post.tenant_id = NEW.tenant_id AND post.user_id = NEW.id AND post_votes.post_id = post.id;
    UPDATE challenge_posts SET status = 'withdrawn', text = '', votes = 0, status_reason = NULL,
        code_html = CASE kind WHEN 'solution' THEN '' END, code_css = CASE kind WHEN 'solution' THEN '' END, code_js = CASE kind WHEN 'solution' THEN '' END
    WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    DELETE FROM follows WHERE tenant_id = NEW.tenant_id AND NEW.id IN (follower_id, followed_id);
    DELETE FROM person_blocks WHERE tenant_id = NEW.tenant_id AND NEW.id IN (user_id, blocked_id);
    DELETE FROM practice_privacy WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_in_practice AFTER UPDATE OF email ON users FOR EACH ROW
WHEN (NEW.email LIKE 'anonymous-%@anonymised.invalid' AND OLD.email <> NEW.email) EXECUTE FUNCTION forget_in_practice();

-- With what a learner began: completion counts for the version and the month of the first attempt, so that a rate is one of the same people.
ALTER TABLE user_progress ADD COLUMN first_attempt_at timestamptz, ADD COLUMN first_version_id uuid;

-- Written beside an attempt, and counted together by a timer: learners of one challenge do not wait for each other.
CREATE TABLE challenge_tally_deltas (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    challenge_id uuid NOT NULL,
    version_id uuid NOT NULL,
    month date NOT NULL,
    started integer NOT NULL,
    completed integer NOT NULL,
    attempts integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE challenge_tally_deltas IS 'First attempts and completions that challenge_tallies does not know yet.';
CREATE INDEX challenge_tally_deltas_order ON challenge_tally_deltas (id);
CALL protect('challenge_tally_deltas');

CREATE TABLE challenge_tallies (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    version_id uuid NOT NULL,
    month date NOT NULL,
    started bigint NOT NULL,
    completed bigint NOT NULL,
    attempts bigint NOT NULL,
    attempts_squared bigint NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id, version_id, month),
    CONSTRAINT challenge_tallies_version FOREIGN KEY (tenant_id, challenge_id, version_id) REFERENCES challenge_versions (tenant_id, challenge_id, id),
    CONSTRAINT challenge_tallies_month_begins CHECK (extract(day FROM month) = 1),
    CONSTRAINT challenge_tallies_counts CHECK (started >= 0 AND completed >= 0 AND attempts >= completed AND attempts_squared >= attempts)
);
COMMENT ON TABLE challenge_tallies IS 'How many began a challenge with which version in which month, how many of them completed it, and after how many attempts (their sum, and that of their squares).';
CALL protect('challenge_tallies');

CREATE TABLE challenge_stops (
    tenant_id uuid NOT NULL,
    track_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    stuck integer NOT NULL,
    departed integer NOT NULL,
    PRIMARY KEY (tenant_id, track_id, challenge_id),
    CONSTRAINT challenge_stops_track FOREIGN KEY (tenant_id, track_id) REFERENCES tracks,
    CONSTRAINT challenge_stops_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges
);
COMMENT ON TABLE challenge_stops IS 'How many learners who have not finished a track were last seen at a challenge, two weeks ago or longer: stuck in it, or departed after it. Counted every night.';
CREATE INDEX challenge_stops_of_challenge ON challenge_stops (tenant_id, challenge_id);
CALL protect('challenge_stops');

CREATE TABLE track_tallies (
    tenant_id uuid NOT NULL,
    track_id uuid NOT NULL,
    learners integer NOT NULL,
    finished integer NOT NULL,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, track_id),
    CONSTRAINT track_tallies_track FOREIGN KEY (tenant_id, track_id) REFERENCES tracks,
    CONSTRAINT track_tallies_counts CHECK (finished BETWEEN 0 AND learners)
);
COMMENT ON TABLE track_tallies IS 'How many take a track, and how many have finished it. Counted every night.';
CALL protect('track_tallies');

CREATE TABLE challenge_neighbours (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    other_id uuid NOT NULL,
    together integer NOT NULL,
    asked integer NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id, other_id),
    CONSTRAINT challenge_neighbours_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT challenge_neighbours_other FOREIGN KEY (tenant_id, other_id) REFERENCES challenges,
    CONSTRAINT challenge_neighbours_group CHECK (together BETWEEN 5 AND asked)
);
COMMENT ON TABLE challenge_neighbours IS 'What those who completed a challenge completed too: how many of the last who did. Never fewer than five people.';
CREATE INDEX challenge_neighbours_of_other ON challenge_neighbours (tenant_id, other_id);
CALL protect('challenge_neighbours');

ALTER TABLE challenge_statistics ADD COLUMN neighbours_at timestamptz;
CREATE INDEX challenge_statistics_due ON challenge_statistics (computed_at) WHERE neighbours_at IS NULL OR neighbours_at < computed_at;

CREATE TABLE practice_keys (
    tenant_id uuid NOT NULL,
    key_encrypted text NOT NULL,
    created_at timestamptz NOT NULL,
    sealed_until timestamptz,
    PRIMARY KEY (tenant_id),
    CONSTRAINT practice_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants
);
COMMENT ON TABLE practice_keys IS 'With what a tenant''s code of coding practice is encrypted, where it asks for that. It stays for as long as there is such code, also in the archive. What was written before sealed_until is encrypted.';
CALL protect('practice_keys');
REVOKE SELECT ON practice_keys FROM podium_reader;
REVOKE UPDATE, DELETE ON practice_keys FROM podium_app;
