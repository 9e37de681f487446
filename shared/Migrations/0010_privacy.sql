CREATE TABLE consents (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    text_version text NOT NULL,
    given_at timestamptz NOT NULL,
    given_from inet,
    ended_at timestamptz,
    ended_from inet,
    ended_for text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT consents_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT consents_purpose_form CHECK (purpose ~ '^[a-z][a-z0-9-]{0,49}$'),
    CONSTRAINT consents_version_length CHECK (length(text_version) BETWEEN 1 AND 50),
    CONSTRAINT consents_ended CHECK ((ended_at IS NULL) = (ended_for IS NULL) AND ended_for IN ('withdrawn', 'superseded'))
);
COMMENT ON TABLE consents IS 'To what a person has agreed, in which words, when and from where, and when that ended. Nothing is taken away: it is the proof.';
CREATE UNIQUE INDEX consents_standing ON consents (tenant_id, user_id, purpose) WHERE ended_at IS NULL;
CREATE INDEX consents_user ON consents (tenant_id, user_id, purpose, given_at);
CALL protect('consents');
CALL audit('consents');

CREATE TABLE own_data_exports (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    ready_at timestamptz,
    expires_at timestamptz,
    bytes bigint,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT own_data_exports_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT own_data_exports_ready CHECK ((ready_at IS NULL) = (expires_at IS NULL) AND (ready_at IS NULL) = (bytes IS NULL))
);
COMMENT ON TABLE own_data_exports IS 'A person''s last request for all that is kept about them; the file is in storage until it expires.';
CREATE INDEX own_data_exports_expiry ON own_data_exports (expires_at);
CALL protect('own_data_exports');
