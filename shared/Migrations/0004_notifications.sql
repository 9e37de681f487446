CREATE TABLE notification_templates (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, name, language),
    CONSTRAINT notification_templates_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT notification_templates_length CHECK (length(subject) BETWEEN 1 AND 200 AND length(text) BETWEEN 1 AND 10000)
);
COMMENT ON TABLE notification_templates IS 'A tenant''s own words where it does not want ours.';
CALL protect('notification_templates');

CREATE TABLE notifications (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    link text,
    in_app boolean NOT NULL,
    digest boolean NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT notifications_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE notifications IS 'What a person was told: in the app, and what waits for their next digest.';
CREATE INDEX notifications_newest ON notifications (tenant_id, user_id, id DESC);
CREATE INDEX notifications_unread ON notifications (tenant_id, user_id, id DESC) WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_digest ON notifications (tenant_id, user_id) WHERE digest;
CALL protect('notifications');

CREATE TABLE user_notification_preferences (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    in_app boolean NOT NULL,
    email text NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind),
    CONSTRAINT user_notification_preferences_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_notification_preferences_email_known CHECK (email IN ('immediate', 'digest', 'off'))
);
COMMENT ON TABLE user_notification_preferences IS 'How a person wants to hear of a kind of thing; without a row, as the kind itself says.';
CALL protect('user_notification_preferences');

CREATE TABLE user_notification_hours (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    quiet_from time,
    quiet_until time,
    digest_at time NOT NULL,
    last_digest_at timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT user_notification_hours_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_notification_hours_both CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE user_notification_hours IS 'When a person does not want to be disturbed, and when the digest may come, in their time zone.';
CALL protect('user_notification_hours');

CREATE TABLE announcements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    texts jsonb NOT NULL,
    link text,
    role_name text,
    institution_id uuid,
    sent_by uuid NOT NULL,
    sent_at timestamptz NOT NULL,
    recipients integer NOT NULL DEFAULT 0,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT announcements_sender FOREIGN KEY (tenant_id, sent_by) REFERENCES users,
    CONSTRAINT announcements_institution FOREIGN KEY (tenant_id, institution_id) REFERENCES institutions
);
COMMENT ON TABLE announcements IS 'What organisers told everybody, or everybody of a role or an institution.';
CREATE INDEX announcements_sender ON announcements (tenant_id, sent_by);
CREATE INDEX announcements_institution ON announcements (tenant_id, institution_id);
CALL protect('announcements');

CREATE TABLE notification_deliveries (
    tenant_id uuid NOT NULL,
    id text NOT NULL,
    user_id uuid,
    channel text NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT notification_deliveries_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT notification_deliveries_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE SET NULL (user_id),
    CONSTRAINT notification_deliveries_channel_known CHECK (channel IN ('email', 'digest')),
    CONSTRAINT notification_deliveries_status_known CHECK (status IN ('pending', 'sent', 'expired', 'dropped'))
);
COMMENT ON TABLE notification_deliveries IS 'What was sent to whom, by which way, and what came of it. The id is the message''s.';
CREATE INDEX notification_deliveries_newest ON notification_deliveries (tenant_id, created_at DESC, id DESC);
CREATE INDEX notification_deliveries_user ON notification_deliveries (tenant_id, user_id);
CALL protect('notification_deliveries');
