-- The row stays, for all that points at it; whoever it was cannot be told from it any more. Answers one row for each kind of thing it did, none where there is no such person.
CREATE FUNCTION anonymize_user(tenant uuid, person uuid, at timestamptz) RETURNS TABLE (what text, affected bigint) LANGUAGE plpgsql AS $$
DECLARE
    nobody text := 'anonymous-' || person || '@anonymised.invalid';
    address text;
    number bigint;
    kind text;
BEGIN
    SELECT email INTO address FROM users WHERE tenant_id = tenant AND id = person FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    UPDATE users
    SET first_name = 'Anonymous', last_name = 'person', email = nobody, email_key = nobody, email_verified_at = NULL, username = NULL, time_zone = NULL,
        student_number = NULL, phone_encrypted = NULL, date_of_birth_encrypted = NULL, account_status = 'suspended',
        deleted_at = coalesce(deleted_at, at), updated_at = at, version = version + 1
    WHERE tenant_id = tenant AND id = person AND email <> nobody;
    GET DIAGNOSTICS number = ROW_COUNT;
    what := 'profile';
    affected := number;
    RETURN NEXT;

    -- refresh tokens go with their sessions
    FOREACH kind IN ARRAY ARRAY['user_credentials', 'user_recovery_codes', 'user_sessions', 'user_identities', 'email_tokens', 'user_roles', 'notifications',
        'user_notification_preferences', 'user_notification_hours', 'own_data_exports'] LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant_id = $1 AND user_id = $2', kind) USING tenant, person;
        GET DIAGNOSTICS number = ROW_COUNT;
        what := kind;
        affected := number;
        RETURN NEXT;
    END LOOP;

    -- that somebody agreed stays, from where does not
    UPDATE consents SET given_from = NULL, ended_from = NULL WHERE tenant_id = tenant AND user_id = person AND (given_from, ended_from) IS DISTINCT FROM (NULL, NULL);
    GET DIAGNOSTICS number = ROW_COUNT;
    what := 'consents';
    affected := number;
    RETURN NEXT;

    DELETE FROM idempotency_keys WHERE tenant_id = tenant AND caller = person::text;
    GET DIAGNOSTICS number = ROW_COUNT;
    what := 'idempotency_keys';
    affected := number;
    RETURN NEXT;

    DELETE FROM outbox WHERE tenant_id = tenant AND (body->>'userId' = person::text OR body->>'to' = address);
    GET DIAGNOSTICS number = ROW_COUNT;
    what := 'outbox';
    affected := number;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION anonymize_user IS 'Forgets who a person was: names, addresses, credentials, sessions, roles and mails on their way.';
