CREATE TABLE submissions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid,
    registration_id uuid NOT NULL,
    number integer NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    review_status text NOT NULL DEFAULT 'PENDING',
    review_started_at timestamptz,
    reviewed_at timestamptz,
    reviewed_by uuid,
    reason_code text,
    reason text,
    form_id uuid,
    entry jsonb NOT NULL DEFAULT '{}',
    restored_from uuid,
    due_at timestamptz,
    submitted_at timestamptz,
    submitted_by uuid,
    arrived_at timestamptz,
    late boolean NOT NULL DEFAULT false,
    penalty numeric(5, 2) NOT NULL DEFAULT 0,
    -- the day, where the competition is, on which it takes an attempt; null where it takes none (any more)
    counted_on date,
    receipt text,
    look_at timestamptz,
    reported_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT submissions_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT submissions_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id),
    CONSTRAINT submissions_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT submissions_form FOREIGN KEY (tenant_id, competition_id, form_id) REFERENCES entry_forms (tenant_id, competition_id, id),
    CONSTRAINT submissions_restored FOREIGN KEY (tenant_id, restored_from) REFERENCES submissions,
    CONSTRAINT submissions_status_known CHECK (status IN ('draft', 'submitted', 'superseded', 'withdrawn')),
    CONSTRAINT submissions_review_status_known CHECK (review_status IN ('PENDING', 'APPROVED', 'REJECTED')),
    CONSTRAINT submissions_rejected_reason CHECK (review_status <> 'REJECTED' OR reason_code IS NOT NULL),
    CONSTRAINT submissions_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT submissions_entry_object CHECK (jsonb_typeof(entry) = 'object'),
    CONSTRAINT submissions_number_positive CHECK (number > 0),
    CONSTRAINT submissions_penalty_range CHECK (penalty BETWEEN 0 AND 100),
    CONSTRAINT submissions_penalty_for_late CHECK (late OR penalty = 0),
    CONSTRAINT submissions_submitted_whole CHECK (status = 'draft' OR (submitted_at IS NOT NULL AND due_at IS NOT NULL)),
    CONSTRAINT submissions_approved_whole CHECK (review_status <> 'APPROVED' OR (arrived_at IS NOT NULL AND receipt IS NOT NULL)),
    -- no submission waits unseen: what is handed in and not decided has an instant at which the watchdog looks at it
    CONSTRAINT submissions_watched CHECK ((status = 'submitted' AND review_status = 'PENDING') = (look_at IS NOT NULL))
);
COMMENT ON TABLE submissions IS 'What was handed in, version by version, for a competition or one of its rounds. Of what an entry hands in, one version counts: submitted and APPROVED.';
CREATE INDEX submissions_competition_round ON submissions (tenant_id, competition_id, round_id, id DESC);
CREATE INDEX submissions_newest ON submissions (tenant_id, competition_id, id DESC) WHERE deleted_at IS NULL AND status <> 'draft';
CREATE INDEX submissions_status_newest ON submissions (tenant_id, competition_id, status, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX submissions_review_status ON submissions (tenant_id, competition_id, review_status, id DESC) WHERE deleted_at IS NULL AND status <> 'draft';
CREATE INDEX submissions_late ON submissions (tenant_id, competition_id, id DESC) WHERE late AND deleted_at IS NULL;
CREATE INDEX submissions_registration ON submissions (tenant_id, competition_id, registration_id, round_id, number DESC);
CREATE INDEX submissions_form ON submissions (tenant_id, competition_id, form_id);
CREATE INDEX submissions_restored ON submissions (tenant_id, restored_from);
CREATE INDEX submissions_watch ON submissions (look_at) WHERE look_at IS NOT NULL;
CREATE UNIQUE INDEX submissions_number_unique ON submissions (tenant_id, registration_id, round_id, number) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX submissions_one_draft ON submissions (tenant_id, registration_id, round_id) NULLS NOT DISTINCT WHERE status = 'draft' AND deleted_at IS NULL;
CREATE UNIQUE INDEX submissions_one_current ON submissions (tenant_id, registration_id, round_id) NULLS NOT DISTINCT WHERE status = 'submitted' AND review_status = 'APPROVED' AND deleted_at IS NULL;
CALL protect('submissions');
CALL audit('submissions', hidden => '{entry,receipt}', ignored => '{look_at,review_started_at}');

-- What was handed in says when and what for as long as it is there.
CREATE FUNCTION keep_handed_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.submitted_at, NEW.submitted_by, NEW.number, NEW.registration_id, NEW.round_id, NEW.form_id) IS DISTINCT FROM (OLD.submitted_at, OLD.submitted_by, OLD.number, OLD.registration_id, OLD.round_id, OLD.form_id)
       OR (NEW.entry IS DISTINCT FROM OLD.entry AND NEW.entry <> '{}') OR NEW.status = 'draft' THEN
        RAISE 'What was handed in stays as it is.' USING ERRCODE = 'check_violation', CONSTRAINT = 'submissions_handed_in_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER handed_in_stays BEFORE UPDATE ON submissions FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION keep_handed_in();

CREATE TABLE submission_files (
    tenant_id uuid NOT NULL,
    submission_id uuid NOT NULL,
    file_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, submission_id, file_id),
    CONSTRAINT submission_files_submission FOREIGN KEY (tenant_id, submission_id) REFERENCES submissions ON DELETE CASCADE,
    CONSTRAINT submission_files_file FOREIGN KEY (tenant_id, file_id) REFERENCES files
);
COMMENT ON TABLE submission_files IS 'The files of each version. A version that was restored has the same files as the one it was made from.';
CREATE INDEX submission_files_file ON submission_files (tenant_id, file_id);
CALL protect('submission_files');

CREATE TABLE submission_extensions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid,
    registration_id uuid NOT NULL,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    granted_at timestamptz NOT NULL,
    granted_by uuid,
    revoked_at timestamptz,
    revoked_by uuid,
    revoked_reason text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT submission_extensions_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT submission_extensions_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id),
    CONSTRAINT submission_extensions_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT submission_extensions_reason_length CHECK (length(reason) BETWEEN 1 AND 1000 AND length(revoked_reason) BETWEEN 1 AND 1000),
    CONSTRAINT submission_extensions_revoked_whole CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
COMMENT ON TABLE submission_extensions IS 'Later deadlines for some. One that was revoked counted for what had come by then.';
CREATE INDEX submission_extensions_round ON submission_extensions (tenant_id, competition_id, round_id);
CREATE INDEX submission_extensions_registration ON submission_extensions (tenant_id, competition_id, registration_id, round_id);
CREATE INDEX submission_extensions_until ON submission_extensions (until) WHERE revoked_at IS NULL;
CREATE INDEX submission_extensions_newest ON submission_extensions (tenant_id, competition_id, id DESC);
CALL protect('submission_extensions');
CALL audit('submission_extensions');

CREATE TABLE submission_reminders (
    tenant_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    reminded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, registration_id, subject_id),
    CONSTRAINT submission_reminders_registration FOREIGN KEY (tenant_id, registration_id) REFERENCES registrations ON DELETE CASCADE
);
COMMENT ON TABLE submission_reminders IS 'Who was reminded that a deadline comes near, of a round or a competition; once each.';
CALL protect('submission_reminders');

CREATE TABLE receipt_keys (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    public_key jsonb NOT NULL,
    private_key_encrypted text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT receipt_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT receipt_keys_public_object CHECK (jsonb_typeof(public_key) = 'object')
);
COMMENT ON TABLE receipt_keys IS 'The keys that receipts are signed with, a new one each year. Old ones verify for ever.';
CREATE UNIQUE INDEX receipt_keys_one_signs ON receipt_keys (tenant_id) WHERE retired_at IS NULL;
CALL protect('receipt_keys');
REVOKE DELETE ON receipt_keys FROM podium_app;

-- What somebody who is forgotten has written about themselves goes too.
CREATE FUNCTION forget_submissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE submissions SET entry = '{}' FROM registrations
    WHERE registrations.tenant_id = NEW.tenant_id AND registrations.user_id = NEW.id AND submissions.tenant_id = NEW.tenant_id
      AND submissions.competition_id = registrations.competition_id AND submissions.registration_id = registrations.id AND submissions.entry <> '{}';
    RETURN NULL;
END
$$;
CREATE TRIGGER submissions_forgotten AFTER UPDATE OF email ON users FOR EACH ROW
WHEN (OLD.email <> NEW.email AND NEW.email LIKE 'anonymous-%@anonymised.invalid') EXECUTE FUNCTION forget_submissions();

-- for reminders before a deadline
CREATE INDEX competitions_closing ON competitions (competition_end) WHERE status IN ('published', 'active') AND deleted_at IS NULL;
CREATE INDEX competition_rounds_closing ON competition_rounds (closes_at) WHERE deleted_at IS NULL;
