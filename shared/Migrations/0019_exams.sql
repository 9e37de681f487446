-- Whose exam rows a statement may see, besides its tenant's: those of some centres, or all of the tenant's. Without a word nobody sees any.
CREATE FUNCTION exams_national() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('podium.exams', true) = 'national', false);

CREATE FUNCTION exams_centres() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(nullif(current_setting('podium.exams', true), ''), 'national')::uuid[], '{}');

-- Restrictive: it takes away from what the tenant's policy gives. The selects are answered once for a statement, not for each row.
CREATE PROCEDURE isolate_centre(target regclass, place text DEFAULT 'centre_id') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY own_centre ON %s AS RESTRICTIVE TO podium_app, podium_reader '
        || 'USING ((SELECT exams_national()) OR %I = ANY ((SELECT exams_centres())::uuid[]))', target, place);
END
$$;
COMMENT ON PROCEDURE isolate_centre IS 'Shows a table''s rows to their own centre and to who looks nationally.';

CREATE PROCEDURE isolate_office(target regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY national_office ON %s AS RESTRICTIVE TO podium_app, podium_reader USING ((SELECT exams_national()))', target);
END
$$;
COMMENT ON PROCEDURE isolate_office IS 'Shows a table''s rows to who looks nationally only.';

CREATE TABLE exam_regions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_regions_institution FOREIGN KEY (tenant_id, id) REFERENCES institutions,
    CONSTRAINT exam_regions_code_unique UNIQUE (tenant_id, code),
    CONSTRAINT exam_regions_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_regions_name_length CHECK (length(name) BETWEEN 1 AND 150)
);
COMMENT ON TABLE exam_regions IS 'Regions of a national examination. Each is an institution, so that a role can count there.';
CALL protect('exam_regions');
CALL audit('exam_regions');

CREATE TABLE exam_centres (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    region_id uuid,
    number text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_centres_institution FOREIGN KEY (tenant_id, id) REFERENCES institutions,
    CONSTRAINT exam_centres_region FOREIGN KEY (tenant_id, region_id) REFERENCES exam_regions,
    CONSTRAINT exam_centres_number_unique UNIQUE (tenant_id, number),
    CONSTRAINT exam_centres_number_form CHECK (number ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_centres_name_length CHECK (length(name) BETWEEN 1 AND 150)
);
COMMENT ON TABLE exam_centres IS 'Where candidates sit. Each is an institution, so that a role can count there; row-level security keeps one centre''s rows from another.';
CREATE INDEX exam_centres_of_region ON exam_centres (tenant_id, region_id);
CALL protect('exam_centres');
CALL isolate_centre('exam_centres', 'id');
CALL audit('exam_centres');

CREATE TABLE exam_national_reads (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    at timestamptz NOT NULL,
    reader_id uuid,
    what text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE exam_national_reads IS 'Who looked at the rows of all centres, when and what for. It is appended to by see_all_exams alone.';
CALL protect('exam_national_reads');
REVOKE INSERT, UPDATE, DELETE ON exam_national_reads FROM podium_app;
CALL audit('exam_national_reads');

CREATE PROCEDURE see_all_exams(what text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    done text;
BEGIN
    done := set_config('podium.exams', 'national', true);
    INSERT INTO exam_national_reads (tenant_id, at, reader_id, what)
    VALUES (current_tenant(), coalesce(nullif(current_setting('podium.now', true), '')::timestamptz, clock_timestamp()), current_actor(), what);
END
$$;
COMMENT ON PROCEDURE see_all_exams IS 'Opens the rows of all centres to the rest of the transaction, and notes it.';

CREATE PROCEDURE see_exam_centres(places uuid[]) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    done text;
BEGIN
    done := set_config(
        'podium.exams',
        ARRAY(SELECT id FROM exam_centres WHERE tenant_id = current_tenant() AND (id = ANY (places) OR region_id = ANY (places)) ORDER BY id)::text,
        true);
END
$$;
COMMENT ON PROCEDURE see_exam_centres IS 'Opens the rows of these centres, and of the centres in these regions, to the rest of the transaction.';
REVOKE EXECUTE ON PROCEDURE see_all_exams, see_exam_centres FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE see_all_exams, see_exam_centres TO podium_app;

CREATE TABLE exam_sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    year integer NOT NULL,
    year_at timestamptz NOT NULL,
    level text NOT NULL,
    name text NOT NULL,
    grades jsonb NOT NULL,
    divisions jsonb NOT NULL,
    double_entry boolean NOT NULL,
    absent_when text NOT NULL,
    appeals_until timestamptz,
    appeal_fee text,
    marks_locked_at timestamptz,
    marks_locked_by uuid,
    published_run_id uuid,
    published_at timestamptz,
    generation integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_sessions_once UNIQUE (tenant_id, year, level),
    CONSTRAINT exam_sessions_year_range CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT exam_sessions_year_begins CHECK (date_part('year', year_at AT TIME ZONE 'UTC') = year),
    CONSTRAINT exam_sessions_level_form CHECK (level ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_sessions_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT exam_sessions_lists CHECK (jsonb_typeof(grades) = 'array' AND jsonb_typeof(divisions) = 'array'),
    CONSTRAINT exam_sessions_absent_known CHECK (absent_when IN ('any', 'all')),
    CONSTRAINT exam_sessions_published_whole CHECK ((published_run_id IS NULL) = (published_at IS NULL))
);
COMMENT ON TABLE exam_sessions IS 'An examination of a year and level with its grades and rules as data. What published_run_id names is what everybody reads; the generation changes whenever that may answer otherwise.';
CALL protect('exam_sessions');
CALL audit('exam_sessions', ignored => '{generation}');

CREATE TABLE exam_subjects (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_subjects_session FOREIGN KEY (tenant_id, session_id) REFERENCES exam_sessions,
    CONSTRAINT exam_subjects_code_unique UNIQUE (tenant_id, session_id, code),
    CONSTRAINT exam_subjects_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_subjects_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE exam_subjects IS 'What is examined in a session.';
CALL protect('exam_subjects');
CALL audit('exam_subjects');

CREATE TABLE exam_papers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    max_mark numeric(8,2) NOT NULL,
    weight numeric(9,3) NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_papers_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES exam_subjects,
    CONSTRAINT exam_papers_code_unique UNIQUE (tenant_id, subject_id, code),
    CONSTRAINT exam_papers_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_papers_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT exam_papers_max_positive CHECK (max_mark > 0),
    CONSTRAINT exam_papers_weight_positive CHECK (weight > 0)
);
COMMENT ON TABLE exam_papers IS 'The papers of a subject: the most marks each gives, and what it weighs.';
CALL protect('exam_papers');
CALL audit('exam_papers');

CREATE TABLE exam_boundaries (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    grade text NOT NULL,
    least numeric(8,2) NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, subject_id, grade),
    CONSTRAINT exam_boundaries_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES exam_subjects,
    CONSTRAINT exam_boundaries_least_unique UNIQUE (tenant_id, subject_id, least),
    CONSTRAINT exam_boundaries_least_range CHECK (least BETWEEN 0 AND 100)
);
COMMENT ON TABLE exam_boundaries IS 'From which score in per cent a grade is given.';
CALL protect('exam_boundaries');
CALL isolate_office('exam_boundaries');
CALL audit('exam_boundaries');

CREATE TABLE exam_candidates (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    secret_hash bytea,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_candidates_session FOREIGN KEY (tenant_id, session_id) REFERENCES exam_sessions,
    CONSTRAINT exam_candidates_centre FOREIGN KEY (tenant_id, centre_id) REFERENCES exam_centres,
    CONSTRAINT exam_candidates_number_unique UNIQUE (tenant_id, session_id, number),
    CONSTRAINT exam_candidates_place_unique UNIQUE (tenant_id, id, session_id, centre_id),
    CONSTRAINT exam_candidates_number_form CHECK (number ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
    CONSTRAINT exam_candidates_names_length CHECK (length(first_name) BETWEEN 1 AND 100 AND length(last_name) BETWEEN 1 AND 100)
);
COMMENT ON TABLE exam_candidates IS 'Who sits a session, where, and under which number. Of the secret that opens their result a keyed hash is kept.';
CREATE INDEX exam_candidates_of_centre ON exam_candidates (tenant_id, centre_id, session_id, number);
CALL protect('exam_candidates');
CALL isolate_centre('exam_candidates');

CREATE TABLE exam_entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    withdrawn_at timestamptz,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_entries_candidate FOREIGN KEY (tenant_id, candidate_id, session_id, centre_id) REFERENCES exam_candidates (tenant_id, id, session_id, centre_id),
    CONSTRAINT exam_entries_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES exam_subjects,
    CONSTRAINT exam_entries_once UNIQUE (tenant_id, candidate_id, subject_id)
);
COMMENT ON TABLE exam_entries IS 'Which candidate sits which subject.';
CREATE INDEX exam_entries_of_candidate ON exam_entries (tenant_id, candidate_id, session_id, centre_id);
CREATE INDEX exam_entries_of_subject ON exam_entries (tenant_id, subject_id);
CALL protect('exam_entries');
CALL isolate_centre('exam_entries');

-- who added them stands in the row; what was changed afterwards is logged
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON exam_candidates FOR EACH ROW EXECUTE FUNCTION audit_row('exam_candidates', '{id}', '{}', '{}');
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON exam_entries FOR EACH ROW EXECUTE FUNCTION audit_row('exam_entries', '{id}', '{}', '{}');

CREATE TABLE exam_mark_files (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    entry_round smallint NOT NULL,
    name text NOT NULL,
    national boolean NOT NULL,
    places uuid[] NOT NULL,
    state text NOT NULL,
    reason text,
    sha256 text,
    rows bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    errors bigint NOT NULL DEFAULT 0,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_mark_files_session FOREIGN KEY (tenant_id, session_id) REFERENCES exam_sessions,
    CONSTRAINT exam_mark_files_round_known CHECK (entry_round BETWEEN 1 AND 3),
    CONSTRAINT exam_mark_files_state_known CHECK (state IN ('awaiting', 'importing', 'imported', 'refused')),
    CONSTRAINT exam_mark_files_finished CHECK ((state IN ('imported', 'refused')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE exam_mark_files IS 'Files of marks, what they may touch, and what became of them. Rows are counted while they are read.';
CREATE INDEX exam_mark_files_of_session ON exam_mark_files (tenant_id, session_id, id DESC);
CALL protect('exam_mark_files');
CREATE POLICY own_uploads ON exam_mark_files AS RESTRICTIVE TO podium_app, podium_reader USING ((SELECT exams_national()) OR asked_by = (SELECT current_actor()));
CALL audit('exam_mark_files', ignored => '{rows}');

CREATE TABLE exam_mark_errors (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    number integer NOT NULL,
    asked_by uuid NOT NULL,
    line integer NOT NULL,
    content text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (tenant_id, file_id, number),
    CONSTRAINT exam_mark_errors_file FOREIGN KEY (tenant_id, file_id) REFERENCES exam_mark_files
);
COMMENT ON TABLE exam_mark_errors IS 'What is wrong with a file of marks, line by line.';
CALL protect('exam_mark_errors');
CREATE POLICY own_uploads ON exam_mark_errors AS RESTRICTIVE TO podium_app, podium_reader USING ((SELECT exams_national()) OR asked_by = (SELECT current_actor()));

-- Without keys to other tables: the import joins every row to its entry and paper, a million at a time, and a year's partition leaves without locking them.
CREATE TABLE exam_marks (
    tenant_id uuid NOT NULL,
    year_at timestamptz NOT NULL,
    paper_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    file_id uuid NOT NULL,
    entry_round smallint NOT NULL,
    mark numeric(6,2),
    PRIMARY KEY (tenant_id, year_at, paper_id, entry_id, entry_round),
    CONSTRAINT exam_marks_not_negative CHECK (mark >= 0)
) PARTITION BY RANGE (year_at);
COMMENT ON TABLE exam_marks IS 'Marks as they were entered: first, second and settling round. No mark is an absence; the file says who sent it and when.';
CALL protect('exam_marks');
CALL isolate_centre('exam_marks');

CREATE TABLE exam_mark_changes (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    paper_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    entry_round smallint NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    old_mark numeric(6,2),
    new_mark numeric(6,2),
    old_file_id uuid NOT NULL,
    new_file_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE exam_mark_changes IS 'Marks that a later file changed: what they were and who changed them. Written set-based beside the change, and never altered.';
CREATE INDEX exam_mark_changes_of_entry ON exam_mark_changes (tenant_id, entry_id, id);
CALL protect('exam_mark_changes');
CALL isolate_centre('exam_mark_changes');
REVOKE UPDATE, DELETE ON exam_mark_changes FROM podium_app;

CREATE TABLE exam_moderations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    paper_id uuid NOT NULL,
    centre_id uuid,
    factor numeric(10,4) NOT NULL,
    plus numeric(8,2) NOT NULL,
    reason text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_moderations_paper FOREIGN KEY (tenant_id, paper_id) REFERENCES exam_papers,
    CONSTRAINT exam_moderations_centre FOREIGN KEY (tenant_id, centre_id) REFERENCES exam_centres,
    CONSTRAINT exam_moderations_once UNIQUE NULLS NOT DISTINCT (tenant_id, paper_id, centre_id),
    CONSTRAINT exam_moderations_factor_range CHECK (factor BETWEEN 0 AND 10),
    CONSTRAINT exam_moderations_reason_length CHECK (length(reason) BETWEEN 1 AND 500)
);
COMMENT ON TABLE exam_moderations IS 'How the marks of a paper are scaled, everywhere or in one centre: mark * factor + plus, rounded half up to hundredths, within 0 and the most.';
CREATE INDEX exam_moderations_of_centre ON exam_moderations (tenant_id, centre_id);
CALL protect('exam_moderations');
CALL isolate_office('exam_moderations');
CALL audit('exam_moderations');

CREATE TABLE exam_cases (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    entry_id uuid,
    kind text NOT NULL,
    state text NOT NULL,
    allowance numeric(4,2),
    reason text NOT NULL,
    outcome text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_cases_candidate FOREIGN KEY (tenant_id, candidate_id, session_id, centre_id) REFERENCES exam_candidates (tenant_id, id, session_id, centre_id),
    CONSTRAINT exam_cases_entry FOREIGN KEY (tenant_id, entry_id) REFERENCES exam_entries,
    CONSTRAINT exam_cases_kind_known CHECK (kind IN ('malpractice', 'consideration', 'absence')),
    CONSTRAINT exam_cases_state_known CHECK (state IN ('open', 'upheld', 'dismissed')),
    CONSTRAINT exam_cases_allowance_given CHECK ((kind = 'consideration') = (allowance IS NOT NULL) AND allowance BETWEEN 0.01 AND 10),
    CONSTRAINT exam_cases_decided CHECK ((state = 'open') = (outcome IS NULL)),
    CONSTRAINT exam_cases_reason_length CHECK (length(reason) BETWEEN 1 AND 2000)
);
COMMENT ON TABLE exam_cases IS 'Suspected malpractice (withholds while open, disqualifies when upheld), special consideration (adds per cent when upheld), excused absence; of one entry, or of all of a candidate''s.';
CREATE INDEX exam_cases_of_candidate ON exam_cases (tenant_id, candidate_id, session_id, centre_id);
CREATE INDEX exam_cases_of_entry ON exam_cases (tenant_id, entry_id);
CREATE INDEX exam_cases_of_session ON exam_cases (tenant_id, session_id, id DESC);
CALL protect('exam_cases');
CALL isolate_centre('exam_cases');
CALL audit('exam_cases');

CREATE TABLE exam_runs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    publish_at timestamptz NOT NULL,
    digest text,
    results bigint,
    candidates bigint,
    tables jsonb,
    checks jsonb,
    computed_at timestamptz,
    verified_at timestamptz,
    published_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_runs_session FOREIGN KEY (tenant_id, session_id) REFERENCES exam_sessions,
    CONSTRAINT exam_runs_number_unique UNIQUE (tenant_id, session_id, number),
    CONSTRAINT exam_runs_requested_unique UNIQUE (tenant_id, id, requested_by),
    CONSTRAINT exam_runs_state_known CHECK (state IN ('computing', 'refused', 'verified', 'approved', 'published', 'superseded', 'cancelled')),
    CONSTRAINT exam_runs_computed_whole CHECK ((computed_at IS NULL) = (digest IS NULL)),
    CONSTRAINT exam_runs_verified_first CHECK (state NOT IN ('verified', 'approved', 'published', 'superseded') OR (verified_at IS NOT NULL AND checks IS NOT NULL)),
    CONSTRAINT exam_runs_not_early CHECK (published_at >= publish_at)
);
COMMENT ON TABLE exam_runs IS 'A computation of a session''s results on its way to publication. Its results never change; an amendment is another run.';
CREATE UNIQUE INDEX exam_runs_under_way ON exam_runs (tenant_id, session_id) WHERE state IN ('computing', 'verified', 'approved');
CALL protect('exam_runs');
CALL isolate_office('exam_runs');
CALL audit('exam_runs', ignored => '{tables}');

CREATE TABLE exam_approvals (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    approved_by uuid NOT NULL,
    requested_by uuid NOT NULL,
    digest text NOT NULL,
    approved_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, approved_by),
    CONSTRAINT exam_approvals_run FOREIGN KEY (tenant_id, run_id, requested_by) REFERENCES exam_runs (tenant_id, id, requested_by),
    CONSTRAINT exam_approvals_another_person CHECK (approved_by <> requested_by)
);
COMMENT ON TABLE exam_approvals IS 'Who approved a run, and which digest they saw. Two persons, neither of them who asked for it.';
CREATE INDEX exam_approvals_of_run ON exam_approvals (tenant_id, run_id, requested_by);
CALL protect('exam_approvals');
CALL isolate_office('exam_approvals');
CALL audit('exam_approvals');
REVOKE UPDATE, DELETE ON exam_approvals FROM podium_app;

CREATE TABLE exam_appeals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    run_id uuid NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    fee text,
    fee_reference text,
    outcome text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT exam_appeals_candidate FOREIGN KEY (tenant_id, candidate_id, session_id, centre_id) REFERENCES exam_candidates (tenant_id, id, session_id, centre_id),
    CONSTRAINT exam_appeals_entry FOREIGN KEY (tenant_id, entry_id) REFERENCES exam_entries,
    CONSTRAINT exam_appeals_run FOREIGN KEY (tenant_id, run_id) REFERENCES exam_runs,
    CONSTRAINT exam_appeals_once UNIQUE (tenant_id, entry_id, run_id),
    CONSTRAINT exam_appeals_state_known CHECK (state IN ('requested', 'changed', 'confirmed')),
    CONSTRAINT exam_appeals_decided CHECK ((state = 'requested') = (outcome IS NULL)),
    CONSTRAINT exam_appeals_reason_length CHECK (length(reason) BETWEEN 1 AND 2000)
);
COMMENT ON TABLE exam_appeals IS 'Re-marks that were asked for: of which entry, against which published run, what fee was noted, and what came of it.';
CREATE INDEX exam_appeals_of_candidate ON exam_appeals (tenant_id, candidate_id, session_id, centre_id);
CREATE INDEX exam_appeals_of_entry ON exam_appeals (tenant_id, entry_id);
CREATE INDEX exam_appeals_of_run ON exam_appeals (tenant_id, run_id);
CREATE INDEX exam_appeals_of_session ON exam_appeals (tenant_id, session_id, id DESC);
CALL protect('exam_appeals');
CALL isolate_centre('exam_appeals');
CALL audit('exam_appeals');

-- What has been published of the tenant's exams; asked once for a statement.
CREATE FUNCTION published_exam_runs() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
RETURN ARRAY(SELECT published_run_id FROM public.exam_sessions WHERE tenant_id = public.current_tenant() AND published_run_id IS NOT NULL);
REVOKE EXECUTE ON FUNCTION published_exam_runs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION published_exam_runs TO podium_app, podium_reader;

CREATE PROCEDURE embargo(target regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY embargo ON %s AS RESTRICTIVE TO podium_app, podium_reader '
        || 'USING ((SELECT exams_national()) OR run_id = ANY ((SELECT published_exam_runs())::uuid[]))', target);
END
$$;
COMMENT ON PROCEDURE embargo IS 'Hides rows of runs that are not what is published from all but who looks nationally.';

CREATE TABLE exam_results (
    tenant_id uuid NOT NULL,
    year_at timestamptz NOT NULL,
    run_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    status text NOT NULL,
    score numeric(5,2),
    grade text,
    points integer,
    passed boolean NOT NULL,
    PRIMARY KEY (tenant_id, year_at, run_id, entry_id),
    CONSTRAINT exam_results_status_known CHECK (status IN ('graded', 'absent', 'excused', 'withheld', 'disqualified', 'incomplete')),
    CONSTRAINT exam_results_graded_only CHECK (status = 'graded' OR (score, grade, points) IS NULL AND NOT passed)
) PARTITION BY RANGE (year_at);
COMMENT ON TABLE exam_results IS 'The result of each entry in each run. Earlier runs stay: they are the history of what was published.';
CREATE INDEX exam_results_of_candidate ON exam_results (tenant_id, year_at, run_id, candidate_id);
CALL protect('exam_results');
CALL isolate_centre('exam_results');
CALL embargo('exam_results');

CREATE TABLE exam_statements (
    tenant_id uuid NOT NULL,
    year_at timestamptz NOT NULL,
    run_id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    candidate_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    division text,
    passes integer NOT NULL,
    points integer NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (tenant_id, year_at, run_id, number)
) PARTITION BY RANGE (year_at);
COMMENT ON TABLE exam_statements IS 'What each candidate is told, rendered ahead: a lookup is one read.';
CREATE INDEX exam_statements_of_centre ON exam_statements (tenant_id, year_at, run_id, centre_id, number);
CALL protect('exam_statements');
CALL isolate_centre('exam_statements');
CALL embargo('exam_statements');

DO $$
BEGIN
    PERFORM add_partitions(name, 'year', '2024-01-01Z', now() + interval '2 years') FROM unnest('{exam_marks,exam_results,exam_statements}'::regclass[]) AS name;
END
$$;
INSERT INTO partition_policies (table_name, step, ahead, keep_active_months, archive_keep_months, enabled, updated_at)
SELECT name, 'year', 2, 36, 120, true, now() FROM unnest('{exam_marks,exam_results,exam_statements}'::text[]) AS name;

CREATE FUNCTION add_exam_year(year integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF year NOT BETWEEN 2000 AND 2100 THEN
        RAISE 'No exams are kept for the year %.', year;
    END IF;
    PERFORM add_partitions(name, 'year', make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'), make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'))
    FROM unnest('{exam_marks,exam_results,exam_statements}'::regclass[]) AS name;
END
$$;
COMMENT ON FUNCTION add_exam_year IS 'Makes the partitions that a year''s session needs, where the timer has not.';
REVOKE EXECUTE ON FUNCTION add_exam_year FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_exam_year TO podium_app;

-- A million rows that were just taken in have no statistics yet, and what is planned without them takes hours instead of seconds.
CREATE FUNCTION refresh_exam_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    ANALYZE exam_papers, exam_subjects, exam_boundaries, exam_moderations, exam_cases, exam_candidates, exam_entries, exam_marks;
END
$$;
REVOKE EXECUTE ON FUNCTION refresh_exam_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_exam_statistics TO podium_platform;

CREATE AGGREGATE exam_product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

-- Division of two exact numbers would round once before we round: an integer quotient does not.
CREATE FUNCTION exam_percent(part numeric, whole numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (div(20000 * part + whole, 2 * whole) / 100)::numeric(5,2);
COMMENT ON FUNCTION exam_percent IS 'Per cent to two places, half up, exact: no digit is lost before it is rounded.';

-- The lookup of the day of results: one indexed read that answers nothing before publication, whatever the caller asks.
CREATE FUNCTION find_exam_statements(session uuid, wanted text[]) RETURNS TABLE (number text, secret_hash bytea, document text, withheld boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    year timestamptz;
    run uuid;
    computed timestamptz;
BEGIN
    SELECT exam.year_at, exam.published_run_id, told.computed_at INTO year, run, computed
    FROM exam_sessions AS exam JOIN exam_runs AS told ON told.tenant_id = tenant AND told.id = exam.published_run_id
    WHERE exam.tenant_id = tenant AND exam.id = session;
    IF run IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT told.* FROM unnest(wanted) AS asked (number)
    CROSS JOIN LATERAL (
        SELECT candidate.number, candidate.secret_hash, statement.document,
               -- what was upheld after the results were computed is not in them yet
               EXISTS (SELECT FROM exam_cases AS held WHERE held.tenant_id = tenant AND held.candidate_id = candidate.id AND held.kind = 'malpractice'
                       AND (held.state = 'open' OR held.state = 'upheld' AND held.updated_at > computed))
        FROM exam_candidates AS candidate
        JOIN exam_statements AS statement ON statement.tenant_id = tenant AND statement.year_at = year AND statement.run_id = run AND statement.number = asked.number
        WHERE candidate.tenant_id = tenant AND candidate.session_id = session AND candidate.number = asked.number
        -- each by its index, however many are asked for
        LIMIT 1) AS told;
END
$$;
REVOKE EXECUTE ON FUNCTION find_exam_statements FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_exam_statements TO podium_app, podium_reader;

-- National tables hold no person; they are read by anybody once their run is what is published.
CREATE FUNCTION published_exam_tables(session uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (
    SELECT run.tables FROM public.exam_sessions AS exam JOIN public.exam_runs AS run ON run.tenant_id = exam.tenant_id AND run.id = exam.published_run_id
    WHERE exam.tenant_id = public.current_tenant() AND exam.id = session);
REVOKE EXECUTE ON FUNCTION published_exam_tables FROM PUBLIC;
GRANT EXECUTE ON FUNCTION published_exam_tables TO podium_app, podium_reader;

CREATE TABLE exam_lookup_failures (
    tenant_id uuid NOT NULL,
    subject bytea NOT NULL,
    failures integer NOT NULL,
    last_failure_at timestamptz NOT NULL,
    blocked_until timestamptz,
    PRIMARY KEY (tenant_id, subject),
    CONSTRAINT exam_lookup_failures_tenant FOREIGN KEY (tenant_id) REFERENCES tenants
);
COMMENT ON TABLE exam_lookup_failures IS 'Wrong secrets by candidate number and by network, each as a keyed hash.';
CREATE INDEX exam_lookup_failures_age ON exam_lookup_failures (last_failure_at);
CALL protect('exam_lookup_failures');
REVOKE SELECT ON exam_lookup_failures FROM podium_reader;
