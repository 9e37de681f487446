CREATE TABLE partition_policies (
    table_name text PRIMARY KEY,
    step text NOT NULL,
    ahead integer NOT NULL,
    keep_active_months integer,
    archive_keep_months integer,
    enabled boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    -- what is put before and after it must fit into a name
    CONSTRAINT partition_policies_table_length CHECK (length(table_name) <= 40),
    CONSTRAINT partition_policies_step_known CHECK (step IN ('year', 'month', 'day')),
    CONSTRAINT partition_policies_ahead_range CHECK (ahead BETWEEN 1 AND 400),
    CONSTRAINT partition_policies_keep_positive CHECK (keep_active_months >= 1 AND archive_keep_months >= 1)
);
COMMENT ON TABLE partition_policies IS 'How many partitions a table has ahead, after how many months one is archived, and for how many its archive is kept; null is for ever.';
GRANT SELECT, INSERT, UPDATE, DELETE ON partition_policies TO podium_platform;

CREATE TABLE partition_archives (
    id uuid PRIMARY KEY,
    table_name text NOT NULL,
    partition_name text NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    blob text NOT NULL,
    began_at timestamptz NOT NULL,
    rows bigint,
    bytes bigint,
    sha256 text,
    manifest jsonb,
    archived_at timestamptz,
    verified_at timestamptz,
    dropped_at timestamptz,
    restored_as text,
    expired_at timestamptz,
    CONSTRAINT partition_archives_blob_unique UNIQUE (blob),
    CONSTRAINT partition_archives_range CHECK (from_at < until_at),
    CONSTRAINT partition_archives_whole CHECK (archived_at IS NULL OR (rows, bytes, sha256, manifest) IS NOT NULL),
    CONSTRAINT partition_archives_order CHECK ((verified_at IS NULL OR archived_at IS NOT NULL) AND (dropped_at IS NULL OR verified_at IS NOT NULL))
);
COMMENT ON TABLE partition_archives IS 'Partitions on their way to storage, and those that are there. The sha256 is that of the CSV before its compression.';
CREATE UNIQUE INDEX partition_archives_under_way ON partition_archives (table_name, partition_name) WHERE dropped_at IS NULL;
CREATE INDEX partition_archives_table ON partition_archives (table_name, from_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON partition_archives TO podium_platform;

CREATE TABLE legal_holds (
    id uuid PRIMARY KEY,
    table_name text NOT NULL,
    from_at timestamptz,
    until_at timestamptz,
    reason text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_at timestamptz,
    CONSTRAINT legal_holds_range CHECK (from_at < until_at),
    CONSTRAINT legal_holds_reason_length CHECK (length(reason) BETWEEN 1 AND 500)
);
COMMENT ON TABLE legal_holds IS 'Times of a table from which nothing may be dropped until the hold is lifted; an open end holds all that way.';
CREATE INDEX legal_holds_standing ON legal_holds (table_name) WHERE lifted_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON legal_holds TO podium_platform;

CREATE FUNCTION legal_hold_of(held_table text, held_from timestamptz, held_until timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(reason, '; ' ORDER BY placed_at)
    FROM legal_holds
    WHERE table_name = held_table AND lifted_at IS NULL AND coalesce(from_at, '-infinity') < held_until AND coalesce(until_at, 'infinity') > held_from
$$;
COMMENT ON FUNCTION legal_hold_of IS 'Why a time of a table may not be dropped; null where it may.';

INSERT INTO partition_policies (table_name, step, ahead, keep_active_months, archive_keep_months, enabled, updated_at)
VALUES ('audit_log', 'month', 3, 24, 120, true, now());
