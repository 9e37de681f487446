CREATE EXTENSION IF NOT EXISTS unaccent;

-- What words are compared by: no case, no accents, and Kazakh letters as those type them who have a Russian keyboard.
CREATE FUNCTION fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(lower(public.unaccent('public.unaccent'::regdictionary, words)), 'әғқңөұүһіё', 'агкноуухие');

-- PostgreSQL has no dictionary for Kazakh, among others: their words are found as they are written.
CREATE FUNCTION dictionary_of(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE split_part(lower(language), '-', 1)
    WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig WHEN 'de' THEN 'pg_catalog.german'::regconfig WHEN 'en' THEN 'pg_catalog.english'::regconfig
    WHEN 'es' THEN 'pg_catalog.spanish'::regconfig WHEN 'fr' THEN 'pg_catalog.french'::regconfig WHEN 'it' THEN 'pg_catalog.italian'::regconfig
    WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
    WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig ELSE 'pg_catalog.simple'::regconfig
END;

-- A question in any of some languages; its words may be cut short.
CREATE FUNCTION search_query(words text, languages text[]) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    begun text := (SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ') FROM unnest(to_tsvector('pg_catalog.simple', fold(words))));
    asked tsquery := websearch_to_tsquery('pg_catalog.simple', fold(words));
    language text;
BEGIN
    IF begun IS NOT NULL THEN
        asked := asked || to_tsquery('pg_catalog.simple', begun);
    END IF;
    FOREACH language IN ARRAY languages LOOP
        asked := asked || websearch_to_tsquery(dictionary_of(language), words);
    END LOOP;
    RETURN asked;
END
$$;

CREATE TABLE categories (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    parent_id uuid,
    name text NOT NULL,
    names jsonb NOT NULL DEFAULT '{}',
    description text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT categories_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT categories_parent FOREIGN KEY (tenant_id, parent_id) REFERENCES categories,
    CONSTRAINT categories_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT categories_names_object CHECK (jsonb_typeof(names) = 'object'),
    CONSTRAINT categories_not_own_parent CHECK (parent_id <> id)
);
COMMENT ON TABLE categories IS 'What competitions are about, as a tree.';
CREATE INDEX categories_parent ON categories (tenant_id, parent_id);
CREATE UNIQUE INDEX categories_name_unique ON categories (tenant_id, parent_id, lower(name)) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CALL protect('categories');
CALL audit('categories');

-- Two who move categories below each other at once would both see no cycle: the tree is changed by one at a time.
CREATE FUNCTION keep_categories_a_tree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above uuid := NEW.parent_id;
    height integer := 0;
    below integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('categories ' || NEW.tenant_id, 0));
    WHILE above IS NOT NULL LOOP
        height := height + 1;
        IF above = NEW.id THEN
            RAISE 'A category cannot stand below itself.' USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_no_cycle';
        END IF;
        SELECT parent_id INTO above FROM categories WHERE tenant_id = NEW.tenant_id AND id = above;
    END LOOP;
    WITH RECURSIVE branch AS (
        SELECT NEW.id AS id, 0 AS depth
        UNION ALL
        SELECT categories.id, depth + 1 FROM branch JOIN categories ON categories.tenant_id = NEW.tenant_id AND categories.parent_id = branch.id WHERE depth < 20
    )
    SELECT max(depth) INTO below FROM branch;
    IF height + below >= 8 THEN
        RAISE 'A tree of categories has eight levels at most.' USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_depth';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tree BEFORE INSERT OR UPDATE OF parent_id ON categories FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION keep_categories_a_tree();

CREATE TABLE competitions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    category_id uuid,
    slug text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    language text NOT NULL,
    translations jsonb NOT NULL DEFAULT '{}',
    type text NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    status_changed_at timestamptz NOT NULL,
    featured boolean NOT NULL DEFAULT false,
    registration_start timestamptz,
    registration_end timestamptz,
    competition_start timestamptz,
    competition_end timestamptz,
    min_team_size integer NOT NULL DEFAULT 1,
    max_team_size integer,
    max_participants integer,
    seats_taken integer NOT NULL DEFAULT 0,
    requires_approval boolean NOT NULL DEFAULT false,
    configuration jsonb NOT NULL DEFAULT '{}',
    blueprint text,
    external_id text,
    winner_team_id uuid,
    frozen_at timestamptz,
    frozen_reason text,
    search tsvector NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT competitions_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT competitions_category FOREIGN KEY (tenant_id, category_id) REFERENCES categories,
    CONSTRAINT competitions_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 100),
    CONSTRAINT competitions_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT competitions_description_length CHECK (length(description) <= 20000),
    CONSTRAINT competitions_translations_object CHECK (jsonb_typeof(translations) = 'object'),
    CONSTRAINT competitions_configuration_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT competitions_type_known CHECK (type IN ('individual', 'team', 'hybrid')),
    CONSTRAINT competitions_status_known CHECK (status IN ('draft', 'published', 'active', 'judging', 'completed', 'cancelled', 'archived')),
    CONSTRAINT competitions_valid_team_size CHECK (
        (type = 'individual' AND max_team_size IS NULL AND min_team_size = 1) OR
        (type IN ('team', 'hybrid') AND min_team_size >= 1 AND max_team_size IS NOT NULL AND max_team_size >= min_team_size AND max_team_size <= 200)),
    CONSTRAINT competitions_valid_timeline CHECK (
        registration_start < registration_end AND registration_end <= competition_start AND competition_start < competition_end),
    CONSTRAINT competitions_complete_before_shown CHECK (
        status IN ('draft', 'cancelled', 'archived') OR (registration_start, registration_end, competition_start, competition_end) IS NOT NULL),
    CONSTRAINT competitions_seats CHECK (seats_taken >= 0 AND max_participants >= 1 AND seats_taken <= max_participants),
    CONSTRAINT competitions_frozen_whole CHECK ((frozen_at IS NULL) = (frozen_reason IS NULL))
);
COMMENT ON TABLE competitions IS 'Contests: what they are, when they take place, who may take part. Seats are teams or individuals whose registration is approved or awaits approval.';
CREATE INDEX competitions_category ON competitions (tenant_id, category_id, id DESC);
CREATE UNIQUE INDEX competitions_slug_unique ON competitions (tenant_id, slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX competitions_external_id_unique ON competitions (tenant_id, external_id) WHERE deleted_at IS NULL;
CREATE INDEX competitions_newest ON competitions (tenant_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX competitions_status_newest ON competitions (tenant_id, status, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX competitions_timeline ON competitions (tenant_id, competition_start, id) WHERE deleted_at IS NULL AND status <> 'draft';
CREATE INDEX competitions_featured ON competitions (tenant_id, id DESC) WHERE featured AND deleted_at IS NULL AND status <> 'draft';
CREATE INDEX competitions_registration_end ON competitions (registration_end) WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX competitions_search ON competitions USING gin (tenant_id, search) WHERE deleted_at IS NULL;
CREATE INDEX competitions_name_search ON competitions USING gin (tenant_id, fold(name) gin_trgm_ops) WHERE deleted_at IS NULL;
CALL protect('competitions');
CALL audit('competitions', ignored => '{search,seats_taken}');

CREATE FUNCTION make_competition_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said record;
BEGIN
    NEW.search := '';
    FOR said IN
        SELECT NEW.language AS language, NEW.name AS name, NEW.description AS description
        UNION ALL
        SELECT key, coalesce(value->>'name', ''), coalesce(value->>'description', '') FROM jsonb_each(NEW.translations)
    LOOP
        NEW.search := NEW.search
            || setweight(to_tsvector('pg_catalog.simple', fold(said.name)), 'A') || setweight(to_tsvector(dictionary_of(said.language), said.name), 'A')
            || setweight(to_tsvector('pg_catalog.simple', fold(said.description)), 'C') || setweight(to_tsvector(dictionary_of(said.language), said.description), 'C');
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TRIGGER searchable BEFORE INSERT OR UPDATE OF name, description, language, translations ON competitions FOR EACH ROW EXECUTE FUNCTION make_competition_searchable();

CREATE FUNCTION competition_moves_allowed() RETURNS TABLE (from_status text, to_status text) LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT * FROM (VALUES
        ('draft', 'published'), ('draft', 'cancelled'),
        ('published', 'draft'), ('published', 'active'), ('published', 'cancelled'),
        ('active', 'judging'), ('active', 'cancelled'),
        ('judging', 'active'), ('judging', 'completed'), ('judging', 'cancelled'),
        ('completed', 'judging'), ('completed', 'archived'),
        ('cancelled', 'archived')) AS moves (from_status, to_status);
END;

CREATE FUNCTION check_competition_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM competition_moves_allowed() WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE 'A competition cannot go from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation', CONSTRAINT = 'competitions_move_allowed';
    END IF;
    IF NEW.status = 'draft' AND EXISTS (SELECT FROM registrations WHERE tenant_id = NEW.tenant_id AND competition_id = NEW.id AND status <> 'withdrawn') THEN
        RAISE 'People have registered.' USING ERRCODE = 'check_violation', CONSTRAINT = 'competitions_draft_has_nobody';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER move BEFORE UPDATE OF status ON competitions FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION check_competition_move();

CREATE TABLE competition_moves (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    reason text,
    moved_at timestamptz NOT NULL,
    moved_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT competition_moves_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT competition_moves_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE competition_moves IS 'How a competition went through its life, who moved it and why.';
CREATE INDEX competition_moves_competition ON competition_moves (tenant_id, competition_id, id DESC);
CALL protect('competition_moves');

CREATE TABLE competition_rounds (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    names jsonb NOT NULL DEFAULT '{}',
    description text NOT NULL DEFAULT '',
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    configuration jsonb NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT competition_rounds_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    -- for others that name a round and its competition
    CONSTRAINT competition_rounds_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT competition_rounds_number_positive CHECK (number BETWEEN 1 AND 100),
    CONSTRAINT competition_rounds_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT competition_rounds_names_object CHECK (jsonb_typeof(names) = 'object'),
    CONSTRAINT competition_rounds_configuration_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT competition_rounds_valid_times CHECK (opens_at < closes_at)
);
COMMENT ON TABLE competition_rounds IS 'The rounds of a competition, in the order of their numbers and times.';
CREATE UNIQUE INDEX competition_rounds_number_unique ON competition_rounds (tenant_id, competition_id, number) WHERE deleted_at IS NULL;
CALL protect('competition_rounds');
CALL audit('competition_rounds');

CREATE TABLE entry_forms (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid,
    purpose text NOT NULL,
    number integer NOT NULL,
    fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT entry_forms_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT entry_forms_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT entry_forms_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT entry_forms_purpose_known CHECK (purpose IN ('registration', 'submission')),
    CONSTRAINT entry_forms_registration_of_all CHECK (purpose <> 'registration' OR round_id IS NULL),
    CONSTRAINT entry_forms_fields_array CHECK (jsonb_typeof(fields) = 'array')
);
COMMENT ON TABLE entry_forms IS 'What a registration or a submission must say. A form is never changed: a change makes its next number, so that what was filled in stays readable.';
CREATE INDEX entry_forms_round ON entry_forms (tenant_id, competition_id, round_id);
CREATE UNIQUE INDEX entry_forms_number_unique ON entry_forms (tenant_id, competition_id, purpose, round_id, number DESC) NULLS NOT DISTINCT;
CALL protect('entry_forms');
REVOKE UPDATE ON entry_forms FROM podium_app;

CREATE TABLE teams (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    captain_id uuid NOT NULL,
    open boolean NOT NULL DEFAULT true,
    reminded_at timestamptz,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT teams_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT teams_captain FOREIGN KEY (tenant_id, captain_id) REFERENCES users,
    CONSTRAINT teams_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT teams_name_length CHECK (length(name) BETWEEN 1 AND 100)
);
COMMENT ON TABLE teams IS 'People who take part in a competition together. A dissolved team keeps its row.';
CREATE INDEX teams_captain ON teams (tenant_id, captain_id);
CREATE INDEX teams_newest ON teams (tenant_id, competition_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX teams_to_remind ON teams (tenant_id, competition_id, id) WHERE reminded_at IS NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX teams_name_unique ON teams (tenant_id, competition_id, lower(name)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX teams_external_id_unique ON teams (tenant_id, competition_id, external_id) WHERE deleted_at IS NULL;
CALL protect('teams');
CALL audit('teams', ignored => '{reminded_at}');

-- no foreign key: teams refer to their competition already, and two tables that refer to each other can neither be filled nor emptied in order
CREATE FUNCTION check_winner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM teams WHERE tenant_id = NEW.tenant_id AND id = NEW.winner_team_id AND competition_id = NEW.id AND deleted_at IS NULL) THEN
        RAISE 'The winner is a team of the competition.' USING ERRCODE = 'check_violation', CONSTRAINT = 'competitions_winner';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER winner BEFORE INSERT OR UPDATE OF winner_team_id ON competitions FOR EACH ROW WHEN (NEW.winner_team_id IS NOT NULL) EXECUTE FUNCTION check_winner();

CREATE FUNCTION check_team_captain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM user_roles
        JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
        WHERE user_roles.tenant_id = NEW.tenant_id AND user_roles.user_id = NEW.captain_id AND roles.name = 'PARTICIPANT'
          AND (user_roles.scope_type = 'tenant' OR user_roles.scope_id = NEW.competition_id)) THEN
        RAISE 'The captain of a team is a participant.' USING ERRCODE = 'check_violation', CONSTRAINT = 'teams_captain_participant';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER captain BEFORE INSERT OR UPDATE OF captain_id ON teams FOR EACH ROW EXECUTE FUNCTION check_team_captain();

CREATE TABLE team_members (
    tenant_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'member',
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    PRIMARY KEY (tenant_id, team_id, user_id),
    CONSTRAINT team_members_team FOREIGN KEY (tenant_id, competition_id, team_id) REFERENCES teams (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT team_members_user FOREIGN KEY (tenant_id, user_id) REFERENCES users,
    CONSTRAINT team_members_role_known CHECK (role IN ('captain', 'member', 'reserve'))
);
COMMENT ON TABLE team_members IS 'Who belongs to a team, and who did.';
CREATE INDEX team_members_team ON team_members (tenant_id, competition_id, team_id);
CREATE INDEX team_members_user ON team_members (tenant_id, user_id);
CREATE UNIQUE INDEX team_members_one_captain ON team_members (tenant_id, team_id) WHERE role = 'captain' AND left_at IS NULL;
CALL protect('team_members');
CALL audit('team_members');

-- The team's row is locked, so that those who join at once are counted one after the other.
CREATE FUNCTION check_team_size() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer;
BEGIN
    PERFORM FROM teams WHERE tenant_id = NEW.tenant_id AND id = NEW.team_id FOR NO KEY UPDATE;
    SELECT max_team_size INTO most FROM competitions WHERE tenant_id = NEW.tenant_id AND id = NEW.competition_id;
    IF (SELECT count(*) FROM team_members WHERE tenant_id = NEW.tenant_id AND team_id = NEW.team_id AND left_at IS NULL AND user_id <> NEW.user_id) >= coalesce(most, 0) THEN
        RAISE 'The team is full.' USING ERRCODE = 'check_violation', CONSTRAINT = 'team_members_max_size';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER size BEFORE INSERT OR UPDATE OF left_at ON team_members FOR EACH ROW WHEN (NEW.left_at IS NULL) EXECUTE FUNCTION check_team_size();

CREATE TABLE team_invitations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    team_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    direction text NOT NULL,
    user_id uuid,
    email_key text,
    message text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'pending',
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT team_invitations_team FOREIGN KEY (tenant_id, competition_id, team_id) REFERENCES teams (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT team_invitations_user FOREIGN KEY (tenant_id, user_id) REFERENCES users,
    CONSTRAINT team_invitations_inviter FOREIGN KEY (tenant_id, invited_by) REFERENCES users,
    CONSTRAINT team_invitations_direction_known CHECK (direction IN ('invite', 'request')),
    CONSTRAINT team_invitations_status_known CHECK (status IN ('pending', 'accepted', 'declined', 'cancelled')),
    CONSTRAINT team_invitations_somebody CHECK (user_id IS NOT NULL OR email_key IS NOT NULL),
    CONSTRAINT team_invitations_message_length CHECK (length(message) <= 1000),
    CONSTRAINT team_invitations_expiry_after CHECK (expires_at > created_at)
);
COMMENT ON TABLE team_invitations IS 'Who was asked to join a team, and who asked to be taken in. Where the address has no account yet, whoever proves to own it finds the invitation.';
CREATE INDEX team_invitations_team ON team_invitations (tenant_id, competition_id, team_id, id DESC);
CREATE INDEX team_invitations_user ON team_invitations (tenant_id, user_id, id DESC);
CREATE INDEX team_invitations_inviter ON team_invitations (tenant_id, invited_by);
CREATE INDEX team_invitations_email ON team_invitations (tenant_id, email_key) WHERE status = 'pending' AND user_id IS NULL;
CREATE UNIQUE INDEX team_invitations_once ON team_invitations (tenant_id, team_id, user_id) WHERE status = 'pending';
CREATE UNIQUE INDEX team_invitations_address_once ON team_invitations (tenant_id, team_id, email_key) WHERE status = 'pending' AND user_id IS NULL;
CALL protect('team_invitations');
CALL audit('team_invitations', hidden => '{email_key,message}');

CREATE TABLE registrations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    user_id uuid,
    team_id uuid,
    participant_type text NOT NULL GENERATED ALWAYS AS (CASE WHEN team_id IS NULL THEN 'individual' ELSE 'team' END) STORED,
    participant_id uuid GENERATED ALWAYS AS (coalesce(team_id, user_id)) STORED,
    status text NOT NULL,
    reason text,
    form_id uuid,
    entry jsonb NOT NULL DEFAULT '{}',
    registered_at timestamptz NOT NULL,
    registered_by uuid,
    -- in the order of coming, which no clock tells of those who come in one instant
    queue_number bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    decided_at timestamptz,
    decided_by uuid,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT registrations_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT registrations_user FOREIGN KEY (tenant_id, user_id) REFERENCES users,
    CONSTRAINT registrations_team FOREIGN KEY (tenant_id, competition_id, team_id) REFERENCES teams (tenant_id, competition_id, id),
    CONSTRAINT registrations_form FOREIGN KEY (tenant_id, competition_id, form_id) REFERENCES entry_forms (tenant_id, competition_id, id),
    CONSTRAINT registrations_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT registrations_one_participant CHECK ((user_id IS NULL) <> (team_id IS NULL)),
    CONSTRAINT registrations_status_known CHECK (status IN ('pending', 'approved', 'waitlisted', 'rejected', 'withdrawn', 'disqualified')),
    CONSTRAINT registrations_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT registrations_entry_object CHECK (jsonb_typeof(entry) = 'object')
);
COMMENT ON TABLE registrations IS 'Who takes part in a competition, wants to, or did: a person or a team. A withdrawn registration is history; a new one stands beside it.';
CREATE INDEX registrations_user ON registrations (tenant_id, user_id, id DESC);
CREATE INDEX registrations_team ON registrations (tenant_id, competition_id, team_id);
CREATE INDEX registrations_form ON registrations (tenant_id, competition_id, form_id);
CREATE INDEX registrations_newest ON registrations (tenant_id, competition_id, id DESC);
CREATE INDEX registrations_status ON registrations (tenant_id, competition_id, status, id DESC);
CREATE UNIQUE INDEX registrations_once ON registrations (tenant_id, competition_id, participant_id) WHERE status <> 'withdrawn';
CREATE UNIQUE INDEX registrations_external_id_unique ON registrations (tenant_id, competition_id, external_id);
CREATE INDEX registrations_waiting ON registrations (tenant_id, competition_id, queue_number) WHERE status = 'waitlisted';
CALL protect('registrations');
CALL audit('registrations', hidden => '{entry}');

-- Seats are counted where they are limited, in the same row, so that no two can take the last one.
CREATE FUNCTION count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE competitions SET seats_taken = seats_taken + number
        FROM (SELECT tenant_id, competition_id, count(*) AS number FROM new_rows WHERE status IN ('pending', 'approved') GROUP BY 1, 2) AS taken
        WHERE competitions.tenant_id = taken.tenant_id AND competitions.id = taken.competition_id;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE competitions SET seats_taken = seats_taken - number
        FROM (SELECT tenant_id, competition_id, count(*) AS number FROM old_rows WHERE status IN ('pending', 'approved') GROUP BY 1, 2) AS freed
        WHERE competitions.tenant_id = freed.tenant_id AND competitions.id = freed.competition_id;
    ELSE
        UPDATE competitions SET seats_taken = seats_taken + number
        FROM (
            SELECT tenant_id, competition_id, sum(number) AS number
            FROM (
                SELECT tenant_id, competition_id, 1 AS number FROM new_rows WHERE status IN ('pending', 'approved')
                UNION ALL
                SELECT tenant_id, competition_id, -1 FROM old_rows WHERE status IN ('pending', 'approved')
            ) AS changes
            GROUP BY 1, 2
            HAVING sum(number) <> 0
        ) AS changed
        WHERE competitions.tenant_id = changed.tenant_id AND competitions.id = changed.competition_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER seats_added AFTER INSERT ON registrations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_seats();
CREATE TRIGGER seats_changed AFTER UPDATE ON registrations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_seats();
CREATE TRIGGER seats_removed AFTER DELETE ON registrations REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_seats();

CREATE TABLE competition_entrants (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    user_id uuid NOT NULL,
    team_id uuid,
    registration_id uuid,
    PRIMARY KEY (tenant_id, competition_id, user_id),
    CONSTRAINT competition_entrants_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT competition_entrants_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT competition_entrants_team FOREIGN KEY (tenant_id, team_id) REFERENCES teams ON DELETE CASCADE,
    CONSTRAINT competition_entrants_registration FOREIGN KEY (tenant_id, registration_id) REFERENCES registrations ON DELETE CASCADE,
    CONSTRAINT competition_entrants_one_way CHECK ((team_id IS NULL) <> (registration_id IS NULL))
);
COMMENT ON TABLE competition_entrants IS 'How each person takes part in a competition: in one team, or alone. Triggers keep it; its key is the rule.';
CREATE INDEX competition_entrants_user ON competition_entrants (tenant_id, user_id, competition_id);
CREATE INDEX competition_entrants_team ON competition_entrants (tenant_id, team_id);
CREATE INDEX competition_entrants_registration ON competition_entrants (tenant_id, registration_id);
CALL protect('competition_entrants');

CREATE FUNCTION enter_with_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.left_at IS NULL THEN
        IF TG_OP = 'INSERT' OR OLD.left_at IS NOT NULL THEN
            INSERT INTO competition_entrants (tenant_id, competition_id, user_id, team_id) VALUES (NEW.tenant_id, NEW.competition_id, NEW.user_id, NEW.team_id);
        END IF;
    ELSE
        DELETE FROM competition_entrants WHERE tenant_id = NEW.tenant_id AND competition_id = NEW.competition_id AND user_id = NEW.user_id AND team_id = NEW.team_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entrants AFTER INSERT OR UPDATE OF left_at ON team_members FOR EACH ROW EXECUTE FUNCTION enter_with_team();

CREATE FUNCTION enter_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('rejected', 'withdrawn') THEN
        DELETE FROM competition_entrants WHERE tenant_id = NEW.tenant_id AND registration_id = NEW.id;
    ELSIF TG_OP = 'INSERT' OR OLD.status IN ('rejected', 'withdrawn') THEN
        INSERT INTO competition_entrants (tenant_id, competition_id, user_id, registration_id) VALUES (NEW.tenant_id, NEW.competition_id, NEW.user_id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entrants AFTER INSERT OR UPDATE OF status ON registrations FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION enter_alone();

-- Who goes takes no seat with them: their own registrations are withdrawn, their teams go on without them or, where nobody is left, are dissolved.
CREATE FUNCTION leave_competitions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    led record;
    heir uuid;
BEGIN
    UPDATE registrations SET status = 'withdrawn', reason = 'The account was closed.', updated_at = NEW.deleted_at, version = version + 1
    WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id AND status IN ('pending', 'approved', 'waitlisted');
    UPDATE team_invitations SET status = 'cancelled', decided_at = NEW.deleted_at WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id AND status = 'pending';
    FOR led IN SELECT id FROM teams WHERE tenant_id = NEW.tenant_id AND captain_id = NEW.id AND deleted_at IS NULL FOR NO KEY UPDATE LOOP
        SELECT user_id INTO heir FROM team_members
        WHERE tenant_id = NEW.tenant_id AND team_id = led.id AND left_at IS NULL AND user_id <> NEW.id AND EXISTS (
            SELECT FROM user_roles JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
            WHERE user_roles.tenant_id = NEW.tenant_id AND user_roles.user_id = team_members.user_id AND roles.name = 'PARTICIPANT' AND user_roles.scope_type = 'tenant')
        ORDER BY joined_at, user_id LIMIT 1;
        IF heir IS NULL THEN
            UPDATE registrations SET status = 'withdrawn', reason = 'The team was dissolved.', updated_at = NEW.deleted_at, version = version + 1
            WHERE tenant_id = NEW.tenant_id AND team_id = led.id AND status IN ('pending', 'approved', 'waitlisted');
            UPDATE team_members SET left_at = NEW.deleted_at WHERE tenant_id = NEW.tenant_id AND team_id = led.id AND left_at IS NULL;
            UPDATE teams SET deleted_at = NEW.deleted_at, updated_at = NEW.deleted_at, version = version + 1 WHERE tenant_id = NEW.tenant_id AND id = led.id;
        ELSE
            UPDATE team_members SET left_at = NEW.deleted_at, role = 'member' WHERE tenant_id = NEW.tenant_id AND team_id = led.id AND user_id = NEW.id;
            UPDATE team_members SET role = 'captain' WHERE tenant_id = NEW.tenant_id AND team_id = led.id AND user_id = heir;
            UPDATE teams SET captain_id = heir, updated_at = NEW.deleted_at, version = version + 1 WHERE tenant_id = NEW.tenant_id AND id = led.id;
        END IF;
    END LOOP;
    UPDATE team_members SET left_at = NEW.deleted_at WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id AND left_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER leaves AFTER UPDATE OF deleted_at ON users FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION leave_competitions();

-- What somebody who is forgotten has written about themselves goes too.
CREATE FUNCTION forget_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations SET entry = '{}' WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id AND entry <> '{}';
    DELETE FROM imported_people WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    UPDATE team_invitations SET message = '', email_key = NULL WHERE tenant_id = NEW.tenant_id AND user_id = NEW.id;
    UPDATE team_invitations SET message = '' WHERE tenant_id = NEW.tenant_id AND invited_by = NEW.id AND message <> '';
    RETURN NULL;
END
$$;
CREATE TRIGGER forgotten AFTER UPDATE OF email ON users FOR EACH ROW
WHEN (OLD.email <> NEW.email AND NEW.email LIKE 'anonymous-%@anonymised.invalid') EXECUTE FUNCTION forget_entries();

CREATE TABLE competition_blueprints (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    content jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    PRIMARY KEY (tenant_id, name),
    CONSTRAINT competition_blueprints_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT competition_blueprints_name_form CHECK (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(name) <= 50),
    CONSTRAINT competition_blueprints_content_object CHECK (jsonb_typeof(content) = 'object')
);
COMMENT ON TABLE competition_blueprints IS 'A tenant''s own kinds of competition, from which new ones are made.';
CALL protect('competition_blueprints');
CALL audit('competition_blueprints');

CREATE TABLE imported_people (
    tenant_id uuid NOT NULL,
    external_id text NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, external_id),
    CONSTRAINT imported_people_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE imported_people IS 'What the tables that people were imported from call them, so that a table can be imported again.';
CREATE INDEX imported_people_user ON imported_people (tenant_id, user_id);
CALL protect('imported_people');

CREATE INDEX users_search ON users USING gin (tenant_id, to_tsvector('pg_catalog.simple', fold(first_name || ' ' || last_name || ' ' || coalesce(username, '')))) WHERE deleted_at IS NULL;
CREATE INDEX users_similar ON users USING gin (tenant_id, fold(first_name || ' ' || last_name) gin_trgm_ops) WHERE deleted_at IS NULL;

-- As find_institutions: the conditions that might tell of other tenants' rows reach their indexes only with the owner's rights.
CREATE FUNCTION find_competitions(words text, languages text[], shown_statuses text[], own uuid[], with_type text, categories_in uuid[],
    with_featured boolean, open_at timestamptz, starts_from timestamptz, starts_before timestamptz, after_id uuid, most integer)
RETURNS TABLE (id uuid, rank real) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    asked tsquery := search_query(words, languages);
    folded text := fold(words);
    after_rank real := (SELECT ts_rank(search, asked) + word_similarity(folded, fold(name)) FROM competitions WHERE tenant_id = current_tenant() AND competitions.id = after_id);
BEGIN
    RETURN QUERY
    SELECT found.id, found.rank
    FROM (
        SELECT competitions.id, (ts_rank(search, asked) + word_similarity(folded, fold(name)))::real AS rank
        FROM competitions
        WHERE tenant_id = current_tenant() AND deleted_at IS NULL AND (search @@ asked OR folded <% fold(name))
          AND (status = ANY (shown_statuses) OR (status = 'draft' AND competitions.id = ANY (own)))
          AND (with_type IS NULL OR type = with_type)
          AND (categories_in IS NULL OR category_id = ANY (categories_in))
          AND (with_featured IS NULL OR featured = with_featured)
          AND (open_at IS NULL OR (registration_start <= open_at AND registration_end > open_at AND status IN ('published', 'active')))
          AND (starts_from IS NULL OR competition_start >= starts_from)
          AND (starts_before IS NULL OR competition_start < starts_before)
    ) AS found
    WHERE after_id IS NULL OR (found.rank, found.id) < (after_rank, after_id)
    ORDER BY found.rank DESC, found.id DESC
    LIMIT most;
END
$$;
REVOKE EXECUTE ON FUNCTION find_competitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_competitions TO podium_app, podium_reader;

CREATE FUNCTION find_people(words text, at_institution uuid, after_id uuid, most integer)
RETURNS TABLE (id uuid, rank real) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    asked tsquery := search_query(words, '{}');
    folded text := fold(words);
    after_rank real := (SELECT word_similarity(folded, fold(first_name || ' ' || last_name)) FROM users WHERE tenant_id = current_tenant() AND users.id = after_id);
BEGIN
    RETURN QUERY
    SELECT found.id, found.rank
    FROM (
        SELECT users.id, word_similarity(folded, fold(first_name || ' ' || last_name))::real AS rank
        FROM users
        WHERE tenant_id = current_tenant() AND deleted_at IS NULL
          AND (to_tsvector('pg_catalog.simple', fold(first_name || ' ' || last_name || ' ' || coalesce(username, ''))) @@ asked
               OR folded <% fold(first_name || ' ' || last_name))
          AND (at_institution IS NULL OR institution_id = at_institution)
    ) AS found
    WHERE after_id IS NULL OR (found.rank, found.id) < (after_rank, after_id)
    ORDER BY found.rank DESC, found.id DESC
    LIMIT most;
END
$$;
REVOKE EXECUTE ON FUNCTION find_people FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_people TO podium_app, podium_reader;
