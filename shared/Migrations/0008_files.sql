CREATE TABLE files (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    purpose text NOT NULL,
    subject_id uuid,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    announced_bytes bigint,
    announced_sha256 text,
    rules jsonb NOT NULL,
    place text NOT NULL,
    state text NOT NULL,
    bytes bigint,
    sha256 text,
    kind text,
    media_type text,
    details jsonb,
    virus_scan text,
    faults jsonb NOT NULL DEFAULT '[]',
    duplicate_of uuid,
    trace_parent text,
    created_at timestamptz NOT NULL,
    upload_until timestamptz NOT NULL,
    received_at timestamptz,
    checked_at timestamptz,
    verified_at timestamptz,
    damaged_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    look_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    revoked_reason text,
    revocation_pending boolean NOT NULL DEFAULT false,
    removed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT files_owner FOREIGN KEY (tenant_id, owner_id) REFERENCES users,
    CONSTRAINT files_duplicate FOREIGN KEY (tenant_id, duplicate_of) REFERENCES files,
    CONSTRAINT files_name_length CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT files_place_form CHECK (place ~ '^[a-z0-9-]{3,63}/.+$' AND length(place) <= 1000),
    CONSTRAINT files_state_known CHECK (state IN ('awaiting', 'received', 'checking', 'accepted', 'quarantined', 'rejected', 'expired', 'cancelled')),
    CONSTRAINT files_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$' AND announced_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT files_bytes_positive CHECK (bytes >= 0 AND announced_bytes >= 0),
    CONSTRAINT files_virus_scan_known CHECK (virus_scan IN ('clean', 'infected', 'no-scanner')),
    CONSTRAINT files_accepted_whole CHECK (state <> 'accepted' OR (bytes, sha256, kind, media_type, virus_scan, received_at, checked_at) IS NOT NULL),
    CONSTRAINT files_refused_reason CHECK (state NOT IN ('quarantined', 'rejected', 'expired') OR faults <> '[]'),
    -- no file waits unseen: what is not decided has an instant at which the watchdog looks at it
    CONSTRAINT files_watched CHECK ((state IN ('awaiting', 'received', 'checking')) = (look_at IS NOT NULL)),
    CONSTRAINT files_revoked_whole CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
COMMENT ON TABLE files IS 'What people upload: what it is for, what was found when it was looked into, and where it lies (container/blob) once it is accepted.';
CREATE UNIQUE INDEX files_place_unique ON files (place) WHERE state IN ('awaiting', 'received', 'checking', 'accepted');
CREATE INDEX files_owner ON files (tenant_id, owner_id, id DESC);
CREATE INDEX files_under_way ON files (tenant_id, owner_id, purpose) WHERE look_at IS NOT NULL;
CREATE INDEX files_duplicate ON files (tenant_id, duplicate_of);
CREATE INDEX files_subject ON files (tenant_id, subject_id, id DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX files_hash ON files (tenant_id, sha256, created_at, id) WHERE state = 'accepted';
CREATE INDEX files_watch ON files (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX files_verification ON files (verified_at) WHERE state = 'accepted' AND revoked_at IS NULL;
CREATE INDEX files_quarantine ON files (checked_at) WHERE state = 'quarantined' AND removed_at IS NULL;
CREATE INDEX files_revocations ON files (revoked_at) WHERE revocation_pending;
CALL protect('files');
-- names of files often are names of people
CALL audit('files', hidden => '{name}', ignored => '{attempts,look_at,last_error,verified_at,trace_parent,revocation_pending}');

-- A file stays that others worked with; what it was called by somebody who is forgotten does not.
CREATE FUNCTION forget_file_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE files SET name = 'forgotten' || coalesce(substring(name FROM '\.[A-Za-z0-9]{1,8}$'), '') WHERE tenant_id = NEW.tenant_id AND owner_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forgotten_files AFTER UPDATE OF email ON users FOR EACH ROW
WHEN (OLD.email <> NEW.email AND NEW.email LIKE 'anonymous-%@anonymised.invalid') EXECUTE FUNCTION forget_file_names();

CREATE TABLE file_incidents (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    place text NOT NULL,
    about_tenant uuid,
    about_file uuid,
    detail text NOT NULL,
    found_at timestamptz NOT NULL,
    settled_at timestamptz,
    settlement text,
    CONSTRAINT file_incidents_kind_known CHECK (kind IN ('orphan', 'unchecked', 'lost', 'missing', 'altered')),
    CONSTRAINT file_incidents_settled_whole CHECK ((settled_at IS NULL) = (settlement IS NULL))
);
COMMENT ON TABLE file_incidents IS 'What operators should know of storage: blobs that nobody asked for, files that could not be checked, and such as are not any more what they were.';
CREATE UNIQUE INDEX file_incidents_once ON file_incidents (kind, place) WHERE settled_at IS NULL;
CREATE INDEX file_incidents_open ON file_incidents (id DESC) WHERE settled_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON file_incidents TO podium_platform;
