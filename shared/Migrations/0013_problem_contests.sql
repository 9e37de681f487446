CREATE TABLE problem_contests (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    starts_at timestamptz,
    duration_seconds integer NOT NULL,
    freeze_before_seconds integer,
    penalty_seconds integer NOT NULL,
    penalty_unit text NOT NULL,
    last_solved_breaks_ties boolean NOT NULL,
    gold_places integer NOT NULL,
    silver_places integer NOT NULL,
    bronze_places integer NOT NULL,
    problems jsonb NOT NULL,
    languages jsonb NOT NULL,
    removed jsonb NOT NULL DEFAULT '[]',
    thawed_at timestamptz,
    finalized_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, competition_id),
    CONSTRAINT problem_contests_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT problem_contests_duration_range CHECK (duration_seconds BETWEEN 60 AND 8640000),
    CONSTRAINT problem_contests_freeze_within CHECK (freeze_before_seconds BETWEEN 1 AND duration_seconds),
    CONSTRAINT problem_contests_penalty_range CHECK (penalty_seconds BETWEEN 0 AND 86400),
    CONSTRAINT problem_contests_unit_known CHECK (penalty_unit IN ('minutes', 'seconds')),
    CONSTRAINT problem_contests_places_range CHECK (gold_places >= 0 AND silver_places >= 0 AND bronze_places >= 0),
    CONSTRAINT problem_contests_problems_array CHECK (jsonb_typeof(problems) = 'array'),
    CONSTRAINT problem_contests_languages_array CHECK (jsonb_typeof(languages) = 'array'),
    CONSTRAINT problem_contests_removed_array CHECK (jsonb_typeof(removed) = 'array'),
    CONSTRAINT problem_contests_final_after_start CHECK (finalized_at IS NULL OR starts_at IS NOT NULL)
);
COMMENT ON TABLE problem_contests IS 'Competitions that are won by solving problems: their rules. The board is not kept; it is made from submissions and judgements for an instant.';
CALL protect('problem_contests');
CALL audit('problem_contests');

CREATE TABLE contest_submissions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    problem_id text NOT NULL,
    language_id text NOT NULL,
    entry_point text,
    submitted_at timestamptz NOT NULL,
    submitted_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contest_submissions_contest FOREIGN KEY (tenant_id, competition_id) REFERENCES problem_contests ON DELETE CASCADE,
    CONSTRAINT contest_submissions_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id),
    CONSTRAINT contest_submissions_of_competition UNIQUE (tenant_id, competition_id, id)
);
COMMENT ON TABLE contest_submissions IS 'Attempts to solve a problem of a contest. They are facts: nobody changes them.';
CREATE INDEX contest_submissions_newest ON contest_submissions (tenant_id, competition_id, submitted_at, id);
CREATE INDEX contest_submissions_registration ON contest_submissions (tenant_id, competition_id, registration_id);
CALL protect('contest_submissions');
REVOKE UPDATE, DELETE ON contest_submissions FROM podium_app;

CREATE TABLE contest_rejudgings (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    applied_at timestamptz,
    applied_by uuid,
    cancelled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contest_rejudgings_contest FOREIGN KEY (tenant_id, competition_id) REFERENCES problem_contests ON DELETE CASCADE,
    CONSTRAINT contest_rejudgings_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT contest_rejudgings_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT contest_rejudgings_one_end CHECK (applied_at IS NULL OR cancelled_at IS NULL)
);
COMMENT ON TABLE contest_rejudgings IS 'Judgements that are to replace others all at once, after somebody has seen what they change.';
CREATE INDEX contest_rejudgings_contest ON contest_rejudgings (tenant_id, competition_id, id DESC);
CALL protect('contest_rejudgings');
CALL audit('contest_rejudgings');

CREATE TABLE contest_judgements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    submission_id uuid NOT NULL,
    rejudging_id uuid,
    verdict text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    judged_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contest_judgements_submission FOREIGN KEY (tenant_id, competition_id, submission_id) REFERENCES contest_submissions (tenant_id, competition_id, id),
    CONSTRAINT contest_judgements_rejudging FOREIGN KEY (tenant_id, competition_id, rejudging_id) REFERENCES contest_rejudgings (tenant_id, competition_id, id),
    CONSTRAINT contest_judgements_once_in_rejudging UNIQUE (tenant_id, rejudging_id, submission_id),
    CONSTRAINT contest_judgements_verdict_known CHECK (verdict IN ('AC', 'WA', 'TLE', 'RTE', 'CE', 'JE')),
    CONSTRAINT contest_judgements_valid_times CHECK (started_at <= ended_at)
);
COMMENT ON TABLE contest_judgements IS 'What judges said of a submission. The last that counts is the current one; those of a re-judging count from when it is applied.';
CREATE INDEX contest_judgements_submission ON contest_judgements (tenant_id, competition_id, submission_id);
CREATE INDEX contest_judgements_rejudging ON contest_judgements (tenant_id, competition_id, rejudging_id);
CALL protect('contest_judgements');
REVOKE UPDATE, DELETE ON contest_judgements FROM podium_app;
