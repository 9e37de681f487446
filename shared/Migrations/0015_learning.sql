CREATE PROCEDURE content_table(target regclass, hidden text[] DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = target);
BEGIN
    EXECUTE format('ALTER TABLE %1$I ADD CONSTRAINT %1$s_tenant FOREIGN KEY (tenant_id) REFERENCES tenants', name);
    EXECUTE format($c$ALTER TABLE %1$I ADD CONSTRAINT %1$s_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 100)$c$, name);
    EXECUTE format('ALTER TABLE %1$I ADD CONSTRAINT %1$s_title_length CHECK (length(title) BETWEEN 1 AND 200)', name);
    EXECUTE format('ALTER TABLE %1$I ADD CONSTRAINT %1$s_archived_unpublished CHECK (deleted_at IS NULL OR NOT is_published)', name);
    EXECUTE format('CALL protect(%L)', name);
    EXECUTE format('CALL audit(%L, %L)', name, hidden);
END
$$;

CREATE TABLE tracks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    is_published boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE tracks IS 'Courses of coding practice. Archived: deleted_at is set.';
CREATE UNIQUE INDEX tracks_slug_unique ON tracks (tenant_id, slug) WHERE deleted_at IS NULL;
CALL content_table('tracks');

CREATE TABLE modules (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    track_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    is_published boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT modules_track FOREIGN KEY (tenant_id, track_id) REFERENCES tracks
);
COMMENT ON TABLE modules IS 'Parts of a track.';
CREATE INDEX idx_modules_track_id ON modules (tenant_id, track_id, position);
CREATE UNIQUE INDEX modules_slug_unique ON modules (tenant_id, track_id, slug) WHERE deleted_at IS NULL;
CALL content_table('modules');

CREATE TABLE lessons (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    module_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    is_published boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT lessons_module FOREIGN KEY (tenant_id, module_id) REFERENCES modules
);
COMMENT ON TABLE lessons IS 'What is read before the challenges of it.';
CREATE INDEX idx_lessons_module_id ON lessons (tenant_id, module_id, position);
CREATE UNIQUE INDEX lessons_slug_unique ON lessons (tenant_id, module_id, slug) WHERE deleted_at IS NULL;
CALL content_table('lessons');

CREATE TABLE challenges (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    difficulty text NOT NULL,
    points integer NOT NULL,
    estimated_time_minutes integer NOT NULL,
    position integer NOT NULL DEFAULT 0,
    starter_code_html text NOT NULL DEFAULT '',
    starter_code_css text NOT NULL DEFAULT '',
    starter_code_js text NOT NULL DEFAULT '',
    solution_code_html text NOT NULL DEFAULT '',
    solution_code_css text NOT NULL DEFAULT '',
    solution_code_js text NOT NULL DEFAULT '',
    tests jsonb NOT NULL,
    hints jsonb NOT NULL DEFAULT '[]',
    is_published boolean NOT NULL DEFAULT false,
    -- who has changed the draft since it was last published: none of them reviews it
    writers uuid[] NOT NULL DEFAULT '{}',
    reviewed_by uuid,
    reviewed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT challenges_lesson FOREIGN KEY (tenant_id, lesson_id) REFERENCES lessons,
    CONSTRAINT challenges_difficulty_known CHECK (difficulty IN ('beginner', 'intermediate', 'advanced')),
    CONSTRAINT challenges_points_range CHECK (points BETWEEN 0 AND 10000),
    CONSTRAINT challenges_time_range CHECK (estimated_time_minutes BETWEEN 1 AND 1000),
    CONSTRAINT challenges_lists CHECK (jsonb_typeof(tests) = 'array' AND jsonb_typeof(hints) = 'array'),
    CONSTRAINT challenges_reviewed_whole CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL))
);
COMMENT ON TABLE challenges IS 'What authors work on. Learners get the active version.';
CREATE INDEX idx_challenges_lesson_id ON challenges (tenant_id, lesson_id, position);
CREATE INDEX idx_challenges_difficulty_published ON challenges (tenant_id, difficulty) WHERE is_published;
CREATE INDEX idx_challenges_tests ON challenges USING gin (tests jsonb_path_ops);
CREATE UNIQUE INDEX challenges_slug_unique ON challenges (tenant_id, lesson_id, slug) WHERE deleted_at IS NULL;
-- a solution is not to be read by who may only read the log; every version that was published keeps its own
CALL content_table('challenges', '{solution_code_html,solution_code_css,solution_code_js}');
DROP PROCEDURE content_table;

CREATE TABLE challenge_versions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    major integer NOT NULL,
    minor integer NOT NULL,
    patch integer NOT NULL,
    number text NOT NULL GENERATED ALWAYS AS (major || '.' || minor || '.' || patch) STORED,
    content jsonb NOT NULL,
    changelog text NOT NULL,
    is_active boolean NOT NULL,
    reviewed_by uuid,
    published_at timestamptz NOT NULL,
    published_by uuid NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT challenge_versions_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT challenge_versions_number_unique UNIQUE (tenant_id, challenge_id, major, minor, patch),
    CONSTRAINT challenge_versions_number_positive CHECK (major >= 1 AND minor >= 0 AND patch >= 0)
);
COMMENT ON TABLE challenge_versions IS 'Every version of a challenge that was ever published, as it was; one of them is what learners get.';
CREATE UNIQUE INDEX challenge_versions_one_active ON challenge_versions (tenant_id, challenge_id) WHERE is_active;
CALL protect('challenge_versions');
REVOKE DELETE ON challenge_versions FROM podium_app;
CALL audit('challenge_versions', ignored => '{content}');

CREATE TABLE user_enrollments (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    track_id uuid NOT NULL,
    enrolled_at timestamptz NOT NULL,
    progress_percentage numeric(5, 2) NOT NULL DEFAULT 0,
    last_challenge_id uuid,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, user_id, track_id),
    CONSTRAINT user_enrollments_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_enrollments_track FOREIGN KEY (tenant_id, track_id) REFERENCES tracks,
    CONSTRAINT user_enrollments_percentage_range CHECK (progress_percentage BETWEEN 0 AND 100)
);
COMMENT ON TABLE user_enrollments IS 'Who takes which track, how far, and where they left.';
CREATE INDEX user_enrollments_track ON user_enrollments (tenant_id, track_id);
CALL protect('user_enrollments');

CREATE TABLE user_progress (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    status text NOT NULL,
    best_score numeric(5, 2) NOT NULL DEFAULT 0,
    total_attempts integer NOT NULL DEFAULT 0,
    hint_cost integer NOT NULL DEFAULT 0,
    hints_taken integer NOT NULL DEFAULT 0,
    points_earned integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, user_id, challenge_id),
    CONSTRAINT user_progress_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_progress_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges,
    CONSTRAINT user_progress_status_known CHECK (status IN ('in_progress', 'completed')),
    CONSTRAINT user_progress_score_range CHECK (best_score BETWEEN 0 AND 100),
    CONSTRAINT user_progress_counts CHECK (total_attempts >= 0 AND hint_cost >= 0 AND hints_taken >= 0 AND points_earned >= 0),
    CONSTRAINT user_progress_completed_at CHECK ((status = 'completed') = (completed_at IS NOT NULL))
);
COMMENT ON TABLE user_progress IS 'How a person stands with a challenge; progress survives new versions of it.';
CREATE INDEX idx_progress_challenge_id ON user_progress (tenant_id, challenge_id) INCLUDE (status, best_score, total_attempts);
CREATE INDEX idx_progress_status ON user_progress (tenant_id, challenge_id, best_score DESC, completed_at, user_id) WHERE status = 'completed';
CREATE INDEX idx_progress_completed_at ON user_progress (tenant_id, completed_at) WHERE status = 'completed';
CALL protect('user_progress');

-- No foreign keys: attempts outlive what they were of, and a new month must not lock other tables.
CREATE TABLE challenge_attempts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    version_id uuid NOT NULL,
    user_code_html text NOT NULL,
    user_code_css text NOT NULL,
    user_code_js text NOT NULL,
    status text NOT NULL,
    test_results jsonb NOT NULL,
    score numeric(5, 2) NOT NULL,
    cpu_ms integer NOT NULL,
    number integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, created_at, id),
    CONSTRAINT challenge_attempts_status_known CHECK (status IN ('passed', 'failed', 'timeout', 'memory', 'crashed')),
    CONSTRAINT challenge_attempts_score_range CHECK (score BETWEEN 0 AND 100)
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE challenge_attempts IS 'Every attempt at a challenge with its code and what the tests said.';
CREATE INDEX idx_attempts_user_challenge ON challenge_attempts (tenant_id, user_id, challenge_id, created_at DESC, number DESC);
CREATE INDEX idx_attempts_test_results ON challenge_attempts USING gin (test_results jsonb_path_ops);
CALL protect('challenge_attempts');
REVOKE UPDATE, DELETE ON challenge_attempts FROM podium_app;

DO $$
BEGIN
    PERFORM add_partitions('challenge_attempts', 'month', '2026-01-01Z', now() + interval '12 months');
END
$$;
INSERT INTO partition_policies (table_name, step, ahead, keep_active_months, archive_keep_months, enabled, updated_at)
VALUES ('challenge_attempts', 'month', 3, 12, NULL, true, now());

-- The timer makes months ahead; where it has not run for long, an attempt must not fail for it.
CREATE PROCEDURE need_attempt_month(moment timestamptz) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_inherits
        WHERE inhparent = 'challenge_attempts'::regclass AND inhrelid = to_regclass('challenge_attempts_' || to_char(moment, 'YYYY_MM')) AND NOT inhdetachpending) THEN
        PERFORM add_partitions('challenge_attempts', 'month', moment, moment);
    END IF;
END
$$;
REVOKE EXECUTE ON PROCEDURE need_attempt_month FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE need_attempt_month TO podium_app;

CREATE TABLE user_streaks (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    current_days integer NOT NULL,
    longest_days integer NOT NULL,
    last_day date NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT user_streaks_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_streaks_counts CHECK (current_days >= 1 AND longest_days >= current_days)
);
COMMENT ON TABLE user_streaks IS 'On how many days in a row a person has completed something new or tried.';
CALL protect('user_streaks');

CREATE TABLE leaderboard_dirty (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id),
    CONSTRAINT leaderboard_dirty_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges
);
COMMENT ON TABLE leaderboard_dirty IS 'Challenges whose statistics are older than their attempts.';
CREATE INDEX leaderboard_dirty_since ON leaderboard_dirty (since);
CALL protect('leaderboard_dirty');

CREATE TABLE challenge_statistics (
    tenant_id uuid NOT NULL,
    challenge_id uuid NOT NULL,
    total_users integer NOT NULL,
    completed_users integer NOT NULL,
    avg_score numeric(5, 2),
    avg_attempts numeric(10, 2),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id),
    CONSTRAINT challenge_statistics_challenge FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges
);
COMMENT ON TABLE challenge_statistics IS 'How many have tried and completed a challenge; computed anew by a timer where leaderboard_dirty says so.';
CALL protect('challenge_statistics');
