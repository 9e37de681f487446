-- Whose rows a statement may see travels in settings that end with the transaction.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('podium.tenant', true), '')::uuid;

CREATE FUNCTION current_actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('podium.user', true), '')::uuid;

CREATE FUNCTION current_address() RETURNS inet LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('podium.address', true), '')::inet;

-- A procedure, since CALL answers no rows: what follows it in the same round trip comes first for the reader.
CREATE PROCEDURE act_as(tenant uuid, actor uuid, address inet, at timestamptz DEFAULT NULL, trace text DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
    done text;
BEGIN
    -- assignments, not a query: each is a plain expression that needs no executor
    done := set_config('podium.tenant', tenant::text, true);
    done := set_config('podium.user', coalesce(actor::text, ''), true);
    done := set_config('podium.address', coalesce(host(address), ''), true);
    -- the audit log's instant is the app's, and its trace that of the request
    done := set_config('podium.now', coalesce(at::text, ''), true);
    done := set_config('podium.trace', coalesce(trace, ''), true);
END
$$;

-- Every table with a tenant_id is protected by this, in the migration that makes it.
CREATE PROCEDURE protect(target regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY own_tenant ON %s TO podium_app, podium_reader USING (tenant_id = current_tenant())', target);
    EXECUTE format('CREATE POLICY all_tenants ON %s TO podium_owner, podium_platform USING (true)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO podium_app, podium_platform', target);
    EXECUTE format('GRANT SELECT ON %s TO podium_reader', target);
END
$$;

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    parent_id uuid,
    slug text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    shard text NOT NULL,
    languages text[] NOT NULL,
    time_zone text NOT NULL,
    branding jsonb NOT NULL,
    settings jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT tenants_parent FOREIGN KEY (parent_id) REFERENCES tenants,
    CONSTRAINT tenants_slug_unique UNIQUE (slug),
    CONSTRAINT tenants_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 63),
    CONSTRAINT tenants_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_status_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT tenants_languages_some CHECK (cardinality(languages) BETWEEN 1 AND 20),
    CONSTRAINT tenants_branding_object CHECK (jsonb_typeof(branding) = 'object'),
    CONSTRAINT tenants_settings_object CHECK (jsonb_typeof(settings) = 'object')
);
COMMENT ON TABLE tenants IS 'White-label clients, universities, exam centres: whoever runs contests apart from the others. The first language is the default.';

CREATE INDEX tenants_parent ON tenants (parent_id);

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenants TO podium_app, podium_reader USING (id = current_tenant());
CREATE POLICY all_tenants ON tenants TO podium_owner, podium_platform USING (true);
-- its status, its names and where it lives are the operators' business
GRANT SELECT, UPDATE (name, languages, time_zone, branding, settings, version, updated_at, updated_by) ON tenants TO podium_app;
GRANT SELECT ON tenants TO podium_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants TO podium_platform;

CREATE TABLE tenant_hosts (
    tenant_id uuid NOT NULL,
    host text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, host),
    CONSTRAINT tenant_hosts_tenant FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE,
    CONSTRAINT tenant_hosts_host_unique UNIQUE (host),
    CONSTRAINT tenant_hosts_form CHECK (host ~ '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' AND length(host) <= 253)
);
COMMENT ON TABLE tenant_hosts IS 'The host names by which a tenant''s front-ends call.';
CALL protect('tenant_hosts');
REVOKE INSERT, UPDATE, DELETE ON tenant_hosts FROM podium_app;
