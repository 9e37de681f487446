DO $$
DECLARE
    target regclass;
BEGIN
    FOR target IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'audit_row'::regproc AND tgparentid = 0 LOOP
        EXECUTE format('DROP TRIGGER audit ON %s', target);
    END LOOP;
END
$$;
DROP PROCEDURE audit;
DROP FUNCTION audit_row, audited, forget_audited;
DROP TABLE audit_log;
DROP FUNCTION add_partitions, partitions_of;
DROP PROCEDURE close_to_tenants;
