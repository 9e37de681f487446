-- Run before every upgrade, as the login itself: roles belong to the whole server, and other databases may have made them already.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['podium_owner', 'podium_app', 'podium_reader', 'podium_platform'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database's upgrade was faster
            END;
        END IF;
        -- who makes a role is a member who may give it away, but may not yet take it on
        IF NOT pg_has_role(current_user, name, 'SET') OR NOT pg_has_role(current_user, name, 'USAGE') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE, SET TRUE', name);
        END IF;
    END LOOP;
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO podium_owner', current_database());
END
$$;

GRANT USAGE, CREATE ON SCHEMA public TO podium_owner;
GRANT USAGE ON SCHEMA public TO podium_app, podium_reader, podium_platform;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

SET ROLE podium_owner;

CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by text NOT NULL,
    execution_time_ms bigint NOT NULL,
    checksum text NOT NULL
);
COMMENT ON TABLE schema_migrations IS 'The migrations this database has had.';

CREATE TABLE IF NOT EXISTS schema_migration_progress (
    version integer PRIMARY KEY,
    after_key text,
    moved bigint NOT NULL,
    batches bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE schema_migration_progress IS 'How far a data move in batches has come; it goes on from here after a kill.';

GRANT SELECT ON schema_migrations, schema_migration_progress TO podium_app, podium_reader, podium_platform;

RESET ROLE;
