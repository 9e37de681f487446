-- A partition and a restored archive hold all tenants' rows at once: only who works across tenants may look at them by their own names.
CREATE PROCEDURE close_to_tenants(target regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY all_tenants ON %s TO podium_owner, podium_platform USING (true)', target);
END
$$;

CREATE FUNCTION partitions_of(parent regclass) RETURNS TABLE (partition_name text, from_at timestamptz, until_at timestamptz, leaving boolean)
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT relname::text,
           coalesce(substring(bounds FROM $re$FROM \('([^']+)'\)$re$)::timestamptz, '-infinity'),
           coalesce(substring(bounds FROM $re$TO \('([^']+)'\)$re$)::timestamptz, 'infinity'),
           inhdetachpending
    FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid
    CROSS JOIN LATERAL pg_get_expr(relpartbound, pg_class.oid) AS bounds
    WHERE inhparent = parent
$$;
COMMENT ON FUNCTION partitions_of IS 'The partitions of a table partitioned by time, with their ranges.';

-- Not CREATE TABLE … PARTITION OF: that would wait for everybody who uses the parent, and everybody for it.
CREATE FUNCTION add_partitions(parent regclass, step text, first timestamptz, last timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    stem text := (SELECT relname FROM pg_class WHERE oid = parent);
    form text := CASE step WHEN 'year' THEN '_YYYY' WHEN 'month' THEN '_YYYY_MM' WHEN 'day' THEN '_YYYY_MM_DD' END;
    span interval := ('1 ' || step)::interval;
    taken tstzrange[];
    missing timestamptz[];
    begins timestamptz;
    partition text;
BEGIN
    -- looked for once without waiting, and again when nobody else can be making them
    FOR look IN 1..2 LOOP
        taken := ARRAY(SELECT tstzrange(from_at, until_at) FROM partitions_of(parent));
        missing := ARRAY(
            SELECT period
            FROM generate_series(date_trunc(step, first), date_trunc(step, last), span) AS period
            WHERE NOT EXISTS (SELECT FROM unnest(taken) AS other WHERE other && tstzrange(period, period + span))
            ORDER BY period);
        EXIT WHEN missing = '{}' OR look = 2;
        PERFORM pg_advisory_xact_lock(x'7061727473'::bigint);
    END LOOP;
    FOREACH begins IN ARRAY missing LOOP
        -- one that is detached keeps its name until it is archived
        partition := stem || to_char(begins, form);
        FOR number IN 2..1000 LOOP
            EXIT WHEN to_regclass(format('public.%I', partition)) IS NULL;
            partition := stem || to_char(begins, form) || '_' || number;
        END LOOP;
        EXECUTE format('CREATE TABLE public.%I (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS)', partition, parent);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, partition, begins, begins + span);
        CALL close_to_tenants(format('public.%I', partition)::regclass);
        RETURN NEXT partition;
    END LOOP;
END
$$;
COMMENT ON FUNCTION add_partitions IS 'Makes the partitions (step: year, month or day) that are missing from an instant to another, and answers their names.';
REVOKE EXECUTE ON FUNCTION add_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_partitions TO podium_platform;

-- No foreign keys: the log outlives what it tells of, and a new month must not lock other tables.
CREATE TABLE audit_log (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    at timestamptz NOT NULL,
    actor_id uuid,
    address inet,
    action text NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    old jsonb,
    new jsonb,
    trace text,
    PRIMARY KEY (tenant_id, at, id),
    CONSTRAINT audit_log_action_known CHECK (action IN ('insert', 'update', 'delete'))
) PARTITION BY RANGE (at);
COMMENT ON TABLE audit_log IS 'What was changed, by whom, from where. Only triggers write it.';
CREATE INDEX audit_log_row ON audit_log (tenant_id, table_name, row_key, at, id);
CREATE INDEX audit_log_actor ON audit_log (tenant_id, actor_id, at, id) WHERE actor_id IS NOT NULL;
CALL protect('audit_log');
REVOKE INSERT, UPDATE, DELETE ON audit_log FROM podium_app, podium_platform;

DO $$
BEGIN
    PERFORM add_partitions('audit_log', 'month', '2026-01-01Z', now() + interval '12 months');
END
$$;

-- Arguments: the table's name, its key's columns, columns never shown, columns that do not count.
CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    moment timestamptz := coalesce(nullif(current_setting('podium.now', true), '')::timestamptz, clock_timestamp());
    keys text[] := TG_ARGV[1];
    hidden text[] := TG_ARGV[2];
    ignored text[] := TG_ARGV[3];
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    whole jsonb := coalesce(after, before);
    same text[];
BEGIN
    before := before - ignored;
    after := after - ignored;
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(key) INTO same FROM jsonb_each(before) AS was JOIN jsonb_each(after) AS became USING (key) WHERE was.value = became.value;
        before := before - '{version,updated_at,updated_by,last_used_at}'::text[] - coalesce(same, '{}');
        after := after - '{version,updated_at,updated_by,last_used_at}'::text[] - coalesce(same, '{}');
        IF before = '{}' THEN
            RETURN NULL;
        END IF;
    END IF;

    -- the timer makes months ahead; where it has not run for long, a write must not fail for it
    IF NOT EXISTS (
        SELECT FROM pg_inherits
        WHERE inhparent = 'audit_log'::regclass AND inhrelid = to_regclass('audit_log_' || to_char(moment, 'YYYY_MM')) AND NOT inhdetachpending) THEN
        PERFORM add_partitions('audit_log', 'month', moment, moment);
    END IF;

    INSERT INTO audit_log (tenant_id, at, actor_id, address, action, table_name, row_key, old, new, trace)
    VALUES (
        coalesce(whole->>'tenant_id', whole->>'id')::uuid, moment, current_actor(), current_address(), lower(TG_OP), TG_ARGV[0],
        (SELECT string_agg(whole->>key, ',' ORDER BY place) FROM unnest(keys) WITH ORDINALITY AS part (key, place)),
        audited(before, hidden), audited(after, hidden), nullif(current_setting('podium.trace', true), ''));
    RETURN NULL;
END
$$;
-- or anybody could hang it on a temporary table and write what they like
REVOKE EXECUTE ON FUNCTION audit_row FROM PUBLIC;

-- A name that speaks of a secret is reason enough to hide it, even where the migration that added the column forgot.
CREATE FUNCTION audited(content jsonb, hidden text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(key, CASE
        WHEN value <> 'null' AND (key = ANY (hidden) OR '*' = ANY (hidden) OR key ~ '(_encrypted|_hash|_secret)$') THEN '"***"'
        ELSE value END)
    FROM jsonb_each(content - 'tenant_id')
$$;

CREATE PROCEDURE audit(target regclass, hidden text[] DEFAULT '{}', ignored text[] DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = target);
    columns text[] := (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped);
    keys text[] := (
        SELECT array_agg(attname::text ORDER BY place)
        FROM pg_index
        CROSS JOIN LATERAL unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
        JOIN pg_attribute ON attrelid = indrelid AND attnum = number
        WHERE indrelid = target AND indisprimary AND attname <> 'tenant_id');
BEGIN
    IF NOT array_remove(hidden, '*') <@ columns OR NOT ignored <@ columns THEN
        RAISE 'The table % lacks a column that is to be hidden or ignored: %, %.', name, hidden, ignored;
    END IF;
    IF keys IS NULL OR NOT ('tenant_id' = ANY (columns) OR name = 'tenants') THEN
        RAISE 'The table % belongs to no tenant or has no primary key.', name;
    END IF;
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit_row(%L, %L, %L, %L)',
        target, name, keys::text, hidden::text, ignored::text);
END
$$;
COMMENT ON PROCEDURE audit IS 'Logs every change of a tenant''s table. Hidden columns (or {*}) appear as ***; ignored ones do not count and do not appear.';

-- The one exception to a log that nobody changes: who is forgotten is forgotten here too. What was changed, when and by which id stays.
CREATE FUNCTION forget_audited(tenant uuid, person uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    personal text[] := '{email,email_key,first_name,last_name,username,time_zone,student_number,subject}';
    changed bigint := 0;
    number bigint;
BEGIN
    -- so that this can blot out nobody else
    IF NOT EXISTS (SELECT FROM users WHERE tenant_id = tenant AND id = person AND deleted_at IS NOT NULL AND email LIKE 'anonymous-%@anonymised.invalid') THEN
        RAISE 'Only a person who has been anonymised is forgotten in the log.';
    END IF;
    UPDATE audit_log SET old = audited(old, personal), new = audited(new, personal)
    WHERE tenant_id = tenant AND table_name = 'users' AND row_key = person::text;
    GET DIAGNOSTICS number = ROW_COUNT;
    changed := changed + number;
    UPDATE audit_log SET row_key = split_part(row_key, ',', 1) || ',***', old = audited(old, personal), new = audited(new, personal)
    WHERE tenant_id = tenant AND table_name = 'user_identities' AND coalesce(new, old)->>'user_id' = person::text;
    GET DIAGNOSTICS number = ROW_COUNT;
    changed := changed + number;
    UPDATE audit_log SET address = NULL WHERE tenant_id = tenant AND actor_id = person AND address IS NOT NULL;
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN changed + number;
END
$$;
COMMENT ON FUNCTION forget_audited IS 'Takes what tells of an anonymised person out of the log, and answers in how many entries.';
REVOKE EXECUTE ON FUNCTION forget_audited FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_audited TO podium_app, podium_platform;

CALL audit('tenants');
CALL audit('tenant_hosts');
CALL audit('institutions');
CALL audit('programs');
CALL audit('users', hidden => '{phone_encrypted,date_of_birth_encrypted}', ignored => '{name_key,surname_key}');
CALL audit('user_credentials', hidden => '{*}', ignored => '{totp_last_step}');
CALL audit('roles');
CALL audit('user_roles');
CALL audit('identity_issuers', hidden => '{client_secret_encrypted}');
CALL audit('user_identities');
