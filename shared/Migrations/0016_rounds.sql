CREATE TABLE competition_runs (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    number integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'running',
    started_at timestamptz NOT NULL,
    started_by uuid,
    paused_at timestamptz,
    ended_at timestamptz,
    waits_for text,
    waits_until timestamptz,
    PRIMARY KEY (tenant_id, competition_id),
    CONSTRAINT competition_runs_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT competition_runs_status_known CHECK (status IN ('running', 'paused', 'finished', 'stopped')),
    CONSTRAINT competition_runs_paused_whole CHECK ((status = 'paused') = (paused_at IS NOT NULL)),
    CONSTRAINT competition_runs_ended_whole CHECK ((status IN ('finished', 'stopped')) = (ended_at IS NOT NULL))
);
COMMENT ON TABLE competition_runs IS 'Competitions that go through their rounds by themselves. Each start has another number, which the orchestration carries in its name.';
CREATE INDEX competition_runs_due ON competition_runs (waits_until) WHERE status = 'running';
CALL protect('competition_runs');
CALL audit('competition_runs', ignored => '{waits_for,waits_until}');

CREATE TABLE round_runs (
    tenant_id uuid NOT NULL,
    round_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    phase text NOT NULL DEFAULT 'waiting',
    entered_at timestamptz NOT NULL,
    reviews_due_at timestamptz,
    reopened boolean NOT NULL DEFAULT false,
    taken_over_at timestamptz,
    entrants_reminded_at timestamptz,
    judges_reminded_at timestamptz,
    organisers_told_at timestamptz,
    confirmed_at timestamptz,
    confirmed_by uuid,
    PRIMARY KEY (tenant_id, round_id),
    CONSTRAINT round_runs_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT round_runs_phase_known CHECK (phase IN ('waiting', 'open', 'judging', 'confirming', 'finished', 'cancelled'))
);
COMMENT ON TABLE round_runs IS 'Where each round of a running competition stands. The orchestration only asks what is due; this is the truth.';
CREATE INDEX round_runs_competition ON round_runs (tenant_id, competition_id, round_id);
CALL protect('round_runs');
CALL audit('round_runs');

CREATE TABLE round_entries (
    tenant_id uuid NOT NULL,
    round_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    group_name text NOT NULL DEFAULT '',
    place integer,
    shared boolean NOT NULL DEFAULT false,
    decided_by text,
    score numeric(18, 6),
    raw_score numeric(18, 6),
    normalised_score numeric(18, 6),
    review_count integer NOT NULL DEFAULT 0,
    advances boolean,
    wildcard boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, round_id, registration_id),
    CONSTRAINT round_entries_run FOREIGN KEY (tenant_id, round_id) REFERENCES round_runs ON DELETE CASCADE,
    CONSTRAINT round_entries_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id),
    CONSTRAINT round_entries_wildcard_advances CHECK (NOT wildcard OR advances)
);
COMMENT ON TABLE round_entries IS 'Who takes part in a round, and once it is judged: the place, the score and whether the entry goes on.';
CREATE INDEX round_entries_place ON round_entries (tenant_id, round_id, place, registration_id);
CREATE INDEX round_entries_registration ON round_entries (tenant_id, competition_id, registration_id);
CALL protect('round_entries');
CALL audit('round_entries');

CREATE TABLE round_steps (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    competition_id uuid NOT NULL,
    round_id uuid,
    what text NOT NULL,
    detail text NOT NULL DEFAULT '',
    notices text[] NOT NULL DEFAULT '{}',
    told integer NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT round_steps_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT round_steps_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE round_steps IS 'What happened in a running competition, by itself or because somebody wanted it, and how many people were told.';
CREATE INDEX round_steps_competition ON round_steps (tenant_id, competition_id, position DESC);
CREATE INDEX round_steps_round ON round_steps (tenant_id, competition_id, round_id);
CALL protect('round_steps');

CREATE TABLE competition_results (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    place integer NOT NULL,
    shared boolean NOT NULL,
    round_number integer NOT NULL,
    score numeric(18, 6),
    award text,
    PRIMARY KEY (tenant_id, competition_id, registration_id),
    CONSTRAINT competition_results_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id),
    CONSTRAINT competition_results_place_positive CHECK (place > 0)
);
COMMENT ON TABLE competition_results IS 'The final standing of a completed competition: who went further stands before who did not.';
CREATE INDEX competition_results_place ON competition_results (tenant_id, competition_id, place, registration_id);
CALL protect('competition_results');
CALL audit('competition_results');
