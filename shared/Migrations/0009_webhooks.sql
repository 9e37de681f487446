CREATE TABLE webhook_endpoints (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    events text[] NOT NULL,
    enabled boolean NOT NULL,
    disabled_for text,
    secret_encrypted text NOT NULL,
    old_secret_encrypted text,
    old_secret_until timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_endpoints_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT webhook_endpoints_url_length CHECK (length(url) BETWEEN 1 AND 500),
    CONSTRAINT webhook_endpoints_description_length CHECK (length(description) <= 200),
    CONSTRAINT webhook_endpoints_events_some CHECK (cardinality(events) BETWEEN 1 AND 100),
    CONSTRAINT webhook_endpoints_old_secret_ends CHECK ((old_secret_encrypted IS NULL) = (old_secret_until IS NULL))
);
COMMENT ON TABLE webhook_endpoints IS 'Other systems that a tenant wants told what happens.';
CALL protect('webhook_endpoints');
REVOKE SELECT ON webhook_endpoints FROM podium_reader;
CALL audit('webhook_endpoints', ignored => '{failures,failing_since,paused_until}');

CREATE TABLE webhook_messages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    event text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_messages_tenant FOREIGN KEY (tenant_id) REFERENCES tenants
);
COMMENT ON TABLE webhook_messages IS 'What happened, as it is told: the same bytes to every endpoint and at every try, since they are signed.';
CREATE INDEX webhook_messages_age ON webhook_messages (created_at);
CALL protect('webhook_messages');

CREATE TABLE webhook_deliveries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    message_id uuid NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz,
    last_status integer,
    last_fault text,
    next_try_at timestamptz,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_deliveries_endpoint FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_message FOREIGN KEY (tenant_id, message_id) REFERENCES webhook_messages ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('pending', 'delivered', 'failed', 'dropped')),
    CONSTRAINT webhook_deliveries_finished CHECK ((status = 'pending') = (finished_at IS NULL))
);
COMMENT ON TABLE webhook_deliveries IS 'Which endpoint is told what, and what came of it.';
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (tenant_id, endpoint_id, id DESC);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (tenant_id, message_id);
CALL protect('webhook_deliveries');
