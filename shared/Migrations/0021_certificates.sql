-- One set of keys signs all that a tenant states: receipts, and now certificates. The type of what is signed keeps them apart.
ALTER TABLE receipt_keys RENAME TO statement_keys;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'statement_keys'::regclass AND starts_with(conname, 'receipt_keys_') LOOP
        EXECUTE format('ALTER TABLE statement_keys RENAME CONSTRAINT %I TO %I', name, 'statement_' || substr(name, 9));
    END LOOP;
END
$$;
ALTER INDEX receipt_keys_one_signs RENAME TO statement_keys_one_signs;
COMMENT ON TABLE statement_keys IS 'The keys that receipts and certificates are signed with, a new one each year. Old ones verify for ever.';

CREATE TABLE certificates (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    source_id uuid NOT NULL,
    holder_id uuid NOT NULL,
    person_id uuid,
    place_id uuid,
    title text NOT NULL,
    content_digest bytea NOT NULL,
    document text,
    key_id uuid NOT NULL,
    signature bytea NOT NULL,
    status_index bigint NOT NULL,
    replaces uuid,
    issued_at timestamptz NOT NULL,
    issued_by uuid,
    erased_at timestamptz,
    revoked_at timestamptz,
    revoked_reason text,
    revoked_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT certificates_person FOREIGN KEY (tenant_id, person_id) REFERENCES users,
    CONSTRAINT certificates_key FOREIGN KEY (tenant_id, key_id) REFERENCES statement_keys,
    CONSTRAINT certificates_replaced FOREIGN KEY (tenant_id, replaces) REFERENCES certificates,
    CONSTRAINT certificates_number_unique UNIQUE (tenant_id, number),
    CONSTRAINT certificates_status_unique UNIQUE (tenant_id, status_index),
    CONSTRAINT certificates_kind_known CHECK (kind IN ('examResult', 'examTranscript', 'competition')),
    CONSTRAINT certificates_number_form CHECK (number ~ '^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$'),
    CONSTRAINT certificates_title_length CHECK (length(title) BETWEEN 1 AND 400),
    CONSTRAINT certificates_erased CHECK ((document IS NULL) = (erased_at IS NOT NULL)),
    CONSTRAINT certificates_reason_known CHECK (revoked_reason IN ('superseded', 'withheld', 'withdrawn', 'annulled')),
    CONSTRAINT certificates_revoked_whole CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
COMMENT ON TABLE certificates IS 'Certificates and transcripts as they were signed: the document, which key, the signature. They never change; they are revoked, and replaced by others. A PDF is drawn from the document when it is asked for.';
CREATE UNIQUE INDEX certificates_one_valid ON certificates (tenant_id, kind, source_id, holder_id, person_id) NULLS NOT DISTINCT WHERE revoked_at IS NULL;
CREATE INDEX certificates_of_holder ON certificates (tenant_id, source_id, holder_id, issued_at DESC);
CREATE INDEX certificates_of_source ON certificates (tenant_id, source_id, id DESC);
CREATE INDEX certificates_of_person ON certificates (tenant_id, person_id, id DESC);
CREATE INDEX certificates_of_key ON certificates (tenant_id, key_id);
CREATE INDEX certificates_replacing ON certificates (tenant_id, replaces);
CREATE INDEX certificates_revoked ON certificates (tenant_id, status_index) WHERE revoked_at IS NOT NULL;
CALL protect('certificates');
-- those of an examination centre are its own, as its results are
CREATE POLICY own_places ON certificates AS RESTRICTIVE TO podium_app, podium_reader
    USING (place_id IS NULL OR (SELECT exams_national()) OR place_id = ANY ((SELECT exams_centres())::uuid[]));
REVOKE UPDATE, DELETE ON certificates FROM podium_app;
GRANT UPDATE (revoked_at, revoked_reason, revoked_by) ON certificates TO podium_app;
-- who issued one stands in its row
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON certificates FOR EACH ROW EXECUTE FUNCTION audit_row('certificates', '{id}', '{document,signature,content_digest,title,number}', '{}');

CREATE FUNCTION keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND (OLD.revoked_at, OLD.revoked_reason, OLD.revoked_by) IS DISTINCT FROM (NEW.revoked_at, NEW.revoked_reason, NEW.revoked_by) THEN
        RAISE 'What is revoked stays revoked.' USING ERRCODE = 'check_violation', CONSTRAINT = 'certificates_revoked_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER revoked_stays BEFORE UPDATE ON certificates FOR EACH ROW EXECUTE FUNCTION keep_certificate();

CREATE TABLE certificate_counters (
    tenant_id uuid NOT NULL PRIMARY KEY,
    next_index bigint NOT NULL,
    CONSTRAINT certificate_counters_tenant FOREIGN KEY (tenant_id) REFERENCES tenants
);
COMMENT ON TABLE certificate_counters IS 'The next free place in a tenant''s lists of revocations.';
CALL protect('certificate_counters');

CREATE TABLE certificate_issues (
    tenant_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    down_to integer,
    awarded_only boolean NOT NULL DEFAULT false,
    issued bigint NOT NULL DEFAULT 0,
    revoked bigint NOT NULL DEFAULT 0,
    requested_by uuid,
    requested_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, source_id),
    CONSTRAINT certificate_issues_kind_known CHECK (kind IN ('examResult', 'competition')),
    CONSTRAINT certificate_issues_down_to_positive CHECK (down_to > 0)
);
COMMENT ON TABLE certificate_issues IS 'Of which examinations and competitions certificates are issued. From then on they follow what is published: what changes is issued anew.';
CALL protect('certificate_issues');
CALL audit('certificate_issues', ignored => '{issued,revoked,finished_at}');

-- Which results a transcript tells of, so that it falls when one of them changes.
CREATE TABLE exam_transcript_results (
    tenant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    session_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, certificate_id, candidate_id),
    CONSTRAINT exam_transcript_results_certificate FOREIGN KEY (tenant_id, certificate_id) REFERENCES certificates,
    CONSTRAINT exam_transcript_results_candidate FOREIGN KEY (tenant_id, candidate_id, session_id, centre_id) REFERENCES exam_candidates (tenant_id, id, session_id, centre_id)
);
COMMENT ON TABLE exam_transcript_results IS 'Which candidates'' results a transcript tells of.';
CREATE INDEX exam_transcript_results_session ON exam_transcript_results (tenant_id, session_id, certificate_id);
CREATE INDEX exam_transcript_results_candidate ON exam_transcript_results (tenant_id, candidate_id, session_id, centre_id);
CALL protect('exam_transcript_results');
CALL isolate_centre('exam_transcript_results');
REVOKE UPDATE, DELETE ON exam_transcript_results FROM podium_app;

-- Anybody who holds a certificate may ask after it: sixty random bits are not guessed. What its holder had forgotten is gone, and what is revoked tells nothing more.
CREATE FUNCTION find_certificate(wanted_number text, wanted_id uuid)
RETURNS TABLE (id uuid, number text, kind text, title text, document text, key_id uuid, signature bytea, status_index bigint, source_id uuid, holder_id uuid, issued_at timestamptz, erased_at timestamptz, revoked_at timestamptz, revoked_reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT found.id, found.number, found.kind, found.title, found.document, found.key_id, found.signature, found.status_index, found.source_id, found.holder_id, found.issued_at, found.erased_at, found.revoked_at, found.revoked_reason
    FROM public.certificates AS found
    WHERE found.tenant_id = public.current_tenant() AND (found.number = wanted_number OR found.id = wanted_id);
END;
REVOKE EXECUTE ON FUNCTION find_certificate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_certificate TO podium_app, podium_reader;

-- Which places of a list are revoked: bits that name nobody.
CREATE FUNCTION revoked_certificates(first bigint, beyond bigint) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN ARRAY(
    SELECT status_index FROM public.certificates
    WHERE tenant_id = public.current_tenant() AND status_index >= first AND status_index < beyond AND revoked_at IS NOT NULL ORDER BY status_index);
REVOKE EXECUTE ON FUNCTION revoked_certificates FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revoked_certificates TO podium_app, podium_reader;

-- When a run was computed: what a centre needs to know of a suspicion that was upheld since.
CREATE FUNCTION exam_run_computed_at(run uuid) RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT computed_at FROM public.exam_runs WHERE tenant_id = public.current_tenant() AND id = run);
REVOKE EXECUTE ON FUNCTION exam_run_computed_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION exam_run_computed_at TO podium_app, podium_reader;

-- The candidate's own: asked for after the secret was right, whatever centre they are of.
CREATE FUNCTION find_exam_certificate(session uuid, wanted text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (
    SELECT certificate.id FROM public.exam_candidates AS candidate
    JOIN public.certificates AS certificate ON certificate.tenant_id = candidate.tenant_id AND certificate.kind = 'examResult' AND certificate.source_id = candidate.session_id
        AND certificate.holder_id = candidate.id AND certificate.revoked_at IS NULL
    WHERE candidate.tenant_id = public.current_tenant() AND candidate.session_id = session AND candidate.number = wanted);
REVOKE EXECUTE ON FUNCTION find_exam_certificate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_exam_certificate TO podium_app, podium_reader;

-- A suspicion takes away all that was certified of a candidate's results, at whichever centre; who reports it need not see them.
CREATE FUNCTION withhold_exam_certificates(candidate uuid, at timestamptz, actor uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH held AS (
        UPDATE public.certificates SET revoked_at = at, revoked_reason = 'withheld', revoked_by = actor
        WHERE tenant_id = public.current_tenant() AND revoked_at IS NULL
          AND (kind = 'examResult' AND holder_id = candidate
               OR kind = 'examTranscript' AND id IN (SELECT certificate_id FROM public.exam_transcript_results AS told WHERE told.tenant_id = public.current_tenant() AND told.candidate_id = candidate))
        RETURNING 1
    )
    SELECT count(*) FROM held;
END;
REVOKE EXECUTE ON FUNCTION withhold_exam_certificates FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withhold_exam_certificates TO podium_app;
CREATE INDEX certificates_of_candidate ON certificates (tenant_id, holder_id) WHERE revoked_at IS NULL;

-- Who is forgotten keeps what they hold: it verifies as before, and we have nothing of it but a number, a signature and whether it counts.
CREATE FUNCTION forget_certificates() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE certificates SET document = NULL, erased_at = NEW.updated_at WHERE tenant_id = NEW.tenant_id AND person_id = NEW.id AND document IS NOT NULL;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_certificates FROM PUBLIC;
CREATE TRIGGER certificates_forgotten AFTER UPDATE OF email ON users FOR EACH ROW
WHEN (OLD.email <> NEW.email AND NEW.email LIKE 'anonymous-%@anonymised.invalid') EXECUTE FUNCTION forget_certificates();
