CREATE TABLE emergencies (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    competition_id uuid,
    request jsonb NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    second_person boolean NOT NULL,
    reversible boolean NOT NULL,
    plan jsonb NOT NULL,
    undo jsonb,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz,
    approved_by uuid,
    decided_at timestamptz,
    reversed_by uuid,
    reversed_at timestamptz,
    reversed_reason text,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT emergencies_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT emergencies_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT emergencies_kind_known CHECK (kind IN ('freeze', 'extension', 'voidRound', 'haltVotings', 'broadcast', 'fileRevocation')),
    CONSTRAINT emergencies_place CHECK ((kind = 'fileRevocation') = (competition_id IS NULL)),
    CONSTRAINT emergencies_state_known CHECK (state IN ('asked', 'done', 'refused', 'reversed')),
    CONSTRAINT emergencies_reason_length CHECK (length(reason) BETWEEN 1 AND 1000 AND length(reversed_reason) BETWEEN 1 AND 1000),
    CONSTRAINT emergencies_asked_of_two CHECK (second_person = (expires_at IS NOT NULL) AND (second_person OR state NOT IN ('asked', 'refused'))),
    CONSTRAINT emergencies_another_person CHECK (approved_by <> asked_by),
    CONSTRAINT emergencies_two_persons CHECK (NOT second_person OR state NOT IN ('done', 'reversed') OR approved_by IS NOT NULL),
    CONSTRAINT emergencies_decided_whole CHECK ((state = 'asked') = (decided_at IS NULL)),
    CONSTRAINT emergencies_undo_of_done CHECK ((state IN ('done', 'reversed')) = (undo IS NOT NULL)),
    CONSTRAINT emergencies_reversed_whole CHECK ((state = 'reversed') = (reversed_at IS NOT NULL) AND (reversed_at IS NULL) = (reversed_reason IS NULL) AND (reversed_at IS NULL OR reversible))
);
COMMENT ON TABLE emergencies IS 'What organisers did in an emergency, or ask a second person for: why, exactly what it touched, and what is needed to take it back.';
CREATE INDEX emergencies_competition ON emergencies (tenant_id, competition_id, id DESC);
CREATE INDEX emergencies_newest ON emergencies (tenant_id, id DESC);
CALL protect('emergencies');
CALL audit('emergencies', ignored => '{undo}');
REVOKE DELETE ON emergencies FROM podium_app;

CREATE FUNCTION freeze_lock(competition uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN hashtextextended('freeze ' || competition, 0);

-- While a competition is frozen nobody who is signed in changes what people take part with. What goes on by itself goes on: files that were sent are looked into,
-- whoever closes an account is forgotten (by other triggers, so not at the first depth), and what is done in an emergency, which says so in its transaction, is done.
CREATE FUNCTION refuse_while_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF current_actor() IS NOT NULL AND pg_trigger_depth() = 1 AND current_setting('podium.emergency', true) IS DISTINCT FROM 'on' THEN
        -- freezing waits for those who are under way, and who comes meanwhile waits for the freeze
        PERFORM pg_advisory_xact_lock_shared(freeze_lock(touched.competition_id));
        IF EXISTS (SELECT FROM competitions WHERE tenant_id = touched.tenant_id AND id = touched.competition_id AND frozen_at IS NOT NULL) THEN
            RAISE 'The competition is frozen.' USING ERRCODE = 'check_violation', CONSTRAINT = 'competitions_frozen';
        END IF;
    END IF;
    RETURN touched;
END
$$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON registrations FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON teams FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON team_members FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON team_invitations FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON submissions FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON judge_conflicts FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON contest_submissions FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON contest_judgements FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON competition_appeals FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON songs FOR EACH ROW EXECUTE FUNCTION refuse_while_frozen();

-- a submission's files carry no competition
CREATE FUNCTION refuse_files_while_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    competition uuid;
BEGIN
    IF current_actor() IS NOT NULL AND pg_trigger_depth() = 1 AND current_setting('podium.emergency', true) IS DISTINCT FROM 'on' THEN
        competition := (SELECT competition_id FROM submissions WHERE tenant_id = touched.tenant_id AND id = touched.submission_id);
        PERFORM pg_advisory_xact_lock_shared(freeze_lock(competition));
        IF EXISTS (SELECT FROM competitions WHERE tenant_id = touched.tenant_id AND id = competition AND frozen_at IS NOT NULL) THEN
            RAISE 'The competition is frozen.' USING ERRCODE = 'check_violation', CONSTRAINT = 'competitions_frozen';
        END IF;
    END IF;
    RETURN touched;
END
$$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON submission_files FOR EACH ROW EXECUTE FUNCTION refuse_files_while_frozen();
