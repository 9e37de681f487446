CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- A list whose filters decide how it is best found begins with this: a prepared statement would else come to be planned for none in particular.
CREATE PROCEDURE plan_anew() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
END
$$;

CREATE TABLE institutions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    country text,
    email_domains text[] NOT NULL DEFAULT '{}',
    website text,
    verified_at timestamptz,
    verified_by uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT institutions_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT institutions_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT institutions_country_code CHECK (country ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE institutions IS 'Universities, schools and centres that people belong to.';
CREATE UNIQUE INDEX institutions_name_unique ON institutions (tenant_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX institutions_newest ON institutions (tenant_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX institutions_name_search ON institutions USING gin (tenant_id, lower(name) gin_trgm_ops) WHERE deleted_at IS NULL;
CALL protect('institutions');

-- Row-level security keeps conditions that might tell of other tenants' rows, LIKE among them, away from indexes. This runs as the
-- tables' owner and names the tenant itself, so that a search need not read all of the tenant's rows.
CREATE FUNCTION find_institutions(pattern text, with_verified boolean, with_country text, after_id uuid, most integer)
RETURNS SETOF institutions LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM institutions
    WHERE tenant_id = current_tenant() AND deleted_at IS NULL
      AND (pattern IS NULL OR lower(name) LIKE lower(pattern))
      AND (with_verified IS NULL OR (verified_at IS NOT NULL) = with_verified)
      AND (with_country IS NULL OR country = with_country)
      AND (after_id IS NULL OR id < after_id)
    ORDER BY id DESC
    LIMIT most;
END
$$;
REVOKE EXECUTE ON FUNCTION find_institutions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_institutions TO podium_app, podium_reader;

CREATE TABLE programs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    institution_id uuid NOT NULL,
    name text NOT NULL,
    level text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT programs_institution FOREIGN KEY (tenant_id, institution_id) REFERENCES institutions,
    CONSTRAINT programs_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT programs_level_known CHECK (level IN ('school', 'bachelor', 'master', 'doctorate', 'other'))
);
COMMENT ON TABLE programs IS 'Courses of study at an institution.';
CREATE INDEX programs_institution ON programs (tenant_id, institution_id);
CREATE UNIQUE INDEX programs_name_unique ON programs (tenant_id, institution_id, lower(name)) WHERE deleted_at IS NULL;
CALL protect('programs');

CREATE TABLE users (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    email text NOT NULL,
    -- the keys are what people are searched by: sorted by bytes, so that a prefix is a range
    email_key text COLLATE "C" NOT NULL,
    email_verified_at timestamptz,
    first_name text NOT NULL,
    last_name text NOT NULL,
    name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(first_name || ' ' || last_name)) STORED,
    surname_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(last_name || ' ' || first_name)) STORED,
    username text,
    language text NOT NULL,
    time_zone text,
    country text,
    institution_id uuid,
    program_id uuid,
    student_number text,
    graduation_year integer,
    phone_encrypted text,
    date_of_birth_encrypted text,
    account_status text NOT NULL DEFAULT 'active',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT users_institution FOREIGN KEY (tenant_id, institution_id) REFERENCES institutions,
    CONSTRAINT users_program FOREIGN KEY (tenant_id, program_id) REFERENCES programs,
    -- a deleted person's address stays taken: who had it must not be mistaken for who comes after
    CONSTRAINT users_email_unique UNIQUE (tenant_id, email_key),
    CONSTRAINT users_email_length CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_names_length CHECK (length(first_name) BETWEEN 1 AND 100 AND length(last_name) BETWEEN 1 AND 100),
    CONSTRAINT users_country_code CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT users_graduation_year CHECK (graduation_year BETWEEN 1900 AND 2200),
    CONSTRAINT users_status_known CHECK (account_status IN ('active', 'suspended'))
);
COMMENT ON TABLE users IS 'People with an account, and their academic profile.';
CREATE UNIQUE INDEX users_username_unique ON users (tenant_id, lower(username)) WHERE deleted_at IS NULL;
CREATE INDEX users_institution ON users (tenant_id, institution_id, id DESC);
CREATE INDEX users_program ON users (tenant_id, program_id);
CREATE INDEX users_newest ON users (tenant_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX users_suspended ON users (tenant_id, id DESC) WHERE deleted_at IS NULL AND account_status = 'suspended';
CREATE INDEX users_name_search ON users (tenant_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX users_surname_search ON users (tenant_id, surname_key) WHERE deleted_at IS NULL;
CALL protect('users');

-- apart from users, so that nothing that lists people can show it
CREATE TABLE user_credentials (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    password_hash text,
    password_changed_at timestamptz,
    totp_secret_encrypted text,
    totp_confirmed_at timestamptz,
    totp_last_step bigint,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT user_credentials_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE user_credentials IS 'What a person proves to be themselves with.';
CALL protect('user_credentials');
REVOKE SELECT ON user_credentials FROM podium_reader;

CREATE TABLE user_recovery_codes (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, user_id, code_hash),
    CONSTRAINT user_recovery_codes_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE user_recovery_codes IS 'Single-use codes for who has lost the authenticator.';
CALL protect('user_recovery_codes');
REVOKE SELECT ON user_recovery_codes FROM podium_reader;

CREATE TABLE email_tokens (
    tenant_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    new_email text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    CONSTRAINT email_tokens_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT email_tokens_purpose_known CHECK (purpose IN ('verify', 'reset', 'invite', 'change'))
);
COMMENT ON TABLE email_tokens IS 'Links sent by e-mail, by the hash of their secret; each works once.';
CREATE INDEX email_tokens_user ON email_tokens (tenant_id, user_id, purpose);
CREATE INDEX email_tokens_expiry ON email_tokens (expires_at);
CALL protect('email_tokens');
REVOKE SELECT ON email_tokens FROM podium_reader;

CREATE TABLE user_sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    method text NOT NULL,
    second_factor boolean NOT NULL,
    address inet,
    user_agent text,
    revoked_at timestamptz,
    revoked_for text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT user_sessions_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE user_sessions IS 'Where a person is signed in.';
CREATE INDEX user_sessions_user ON user_sessions (tenant_id, user_id, id DESC);
CREATE INDEX user_sessions_ended ON user_sessions (least(revoked_at, expires_at));
CALL protect('user_sessions');

CREATE TABLE refresh_tokens (
    tenant_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (tenant_id, session_id) REFERENCES user_sessions ON DELETE CASCADE
);
COMMENT ON TABLE refresh_tokens IS 'The chain of a session''s refresh tokens; one used twice ends the session.';
CREATE INDEX refresh_tokens_session ON refresh_tokens (tenant_id, session_id);
CALL protect('refresh_tokens');
REVOKE SELECT ON refresh_tokens FROM podium_reader;

CREATE TABLE roles (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    permissions jsonb NOT NULL,
    built_in boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT roles_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT roles_name_unique UNIQUE (tenant_id, name),
    CONSTRAINT roles_name_form CHECK (name ~ '^[A-Z][A-Z0-9_]{1,49}$'),
    CONSTRAINT roles_permissions_array CHECK (jsonb_typeof(permissions) = 'array')
);
COMMENT ON TABLE roles IS 'Named sets of permissions.';
CALL protect('roles');

CREATE TABLE user_roles (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    scope_type text NOT NULL,
    scope_id uuid,
    granted_at timestamptz NOT NULL,
    granted_by uuid,
    expires_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT user_roles_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_roles_role FOREIGN KEY (tenant_id, role_id) REFERENCES roles,
    CONSTRAINT user_roles_once UNIQUE NULLS NOT DISTINCT (tenant_id, user_id, role_id, scope_type, scope_id),
    CONSTRAINT user_roles_scope CHECK ((scope_type = 'tenant' AND scope_id IS NULL) OR (scope_type IN ('institution', 'competition') AND scope_id IS NOT NULL))
);
COMMENT ON TABLE user_roles IS 'Who holds which role, where and until when.';
CREATE INDEX user_roles_role ON user_roles (tenant_id, role_id, user_id DESC);
CREATE INDEX user_roles_place ON user_roles (tenant_id, scope_id) WHERE scope_id IS NOT NULL;
CALL protect('user_roles');

CREATE TABLE identity_issuers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret_encrypted text,
    email_domains text[] NOT NULL DEFAULT '{}',
    creates_accounts boolean NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT identity_issuers_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT identity_issuers_name_unique UNIQUE (tenant_id, name),
    CONSTRAINT identity_issuers_client_unique UNIQUE (tenant_id, issuer, client_id),
    CONSTRAINT identity_issuers_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT identity_issuers_issuer_length CHECK (length(issuer) BETWEEN 1 AND 500),
    CONSTRAINT identity_issuers_client_length CHECK (length(client_id) BETWEEN 1 AND 300)
);
COMMENT ON TABLE identity_issuers IS 'OpenID Connect issuers whose sign-in a tenant trusts.';
CALL protect('identity_issuers');

CREATE TABLE user_identities (
    tenant_id uuid NOT NULL,
    issuer_id uuid NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, issuer_id, subject),
    -- an address that the issuer gives to somebody else must not give them the account too
    CONSTRAINT user_identities_one_per_issuer UNIQUE (tenant_id, user_id, issuer_id),
    CONSTRAINT user_identities_subject_length CHECK (length(subject) BETWEEN 1 AND 255),
    CONSTRAINT user_identities_issuer FOREIGN KEY (tenant_id, issuer_id) REFERENCES identity_issuers ON DELETE CASCADE,
    CONSTRAINT user_identities_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE user_identities IS 'Which subject of which issuer is which person.';
CALL protect('user_identities');

CREATE TABLE identity_sign_ins (
    tenant_id uuid NOT NULL,
    state_hash bytea NOT NULL,
    issuer_id uuid NOT NULL,
    nonce text NOT NULL,
    verifier_encrypted text NOT NULL,
    redirect_uri text NOT NULL,
    linking_user_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    proved_user_id uuid,
    code_hash bytea,
    PRIMARY KEY (tenant_id, state_hash),
    CONSTRAINT identity_sign_ins_issuer FOREIGN KEY (tenant_id, issuer_id) REFERENCES identity_issuers ON DELETE CASCADE,
    CONSTRAINT identity_sign_ins_linking_user FOREIGN KEY (tenant_id, linking_user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT identity_sign_ins_proved_user FOREIGN KEY (tenant_id, proved_user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE identity_sign_ins IS 'Sign-ins that are away at an issuer; each comes back once. One whose person is proved waits for the second factor.';
CREATE INDEX identity_sign_ins_issuer ON identity_sign_ins (tenant_id, issuer_id);
CREATE INDEX identity_sign_ins_linking_user ON identity_sign_ins (tenant_id, linking_user_id);
CREATE INDEX identity_sign_ins_proved_user ON identity_sign_ins (tenant_id, proved_user_id);
CREATE INDEX identity_sign_ins_expiry ON identity_sign_ins (expires_at);
CALL protect('identity_sign_ins');
REVOKE SELECT ON identity_sign_ins FROM podium_reader;

CREATE TABLE sign_in_throttles (
    tenant_id uuid NOT NULL,
    subject bytea NOT NULL,
    failures integer NOT NULL,
    first_failure_at timestamptz NOT NULL,
    last_failure_at timestamptz NOT NULL,
    blocked_until timestamptz,
    PRIMARY KEY (tenant_id, subject),
    CONSTRAINT sign_in_throttles_tenant FOREIGN KEY (tenant_id) REFERENCES tenants
);
COMMENT ON TABLE sign_in_throttles IS 'Failed sign-ins by account and by address, each as a keyed hash.';
CREATE INDEX sign_in_throttles_age ON sign_in_throttles (last_failure_at);
CALL protect('sign_in_throttles');
REVOKE SELECT ON sign_in_throttles FROM podium_reader;
