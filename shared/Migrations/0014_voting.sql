CREATE TABLE voting_sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid,
    title text NOT NULL,
    description text NOT NULL,
    method text NOT NULL,
    ballot text NOT NULL,
    period text NOT NULL,
    votes_per_period smallint NOT NULL,
    most_options smallint,
    seats smallint NOT NULL,
    lowest_score smallint NOT NULL,
    highest_score smallint NOT NULL,
    may_change boolean NOT NULL,
    may_withdraw boolean NOT NULL,
    visibility text NOT NULL,
    voters text NOT NULL,
    countries text[] NOT NULL,
    institution_ids uuid[] NOT NULL,
    groups jsonb NOT NULL,
    only_groups boolean NOT NULL,
    points jsonb,
    time_zone text NOT NULL,
    opens_at timestamptz,
    closes_at timestamptz,
    publishes_itself boolean NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    contest_month date,
    opened_at timestamptz,
    closed_at timestamptz,
    published_at timestamptz,
    halted_at timestamptz,
    halted_for text,
    results jsonb,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT voting_sessions_tenant FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT voting_sessions_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT voting_sessions_method_known CHECK (method IN ('plurality', 'approval', 'score', 'instantRunoff', 'schulze', 'stv')),
    CONSTRAINT voting_sessions_ballot_known CHECK (ballot IN ('whole', 'option')),
    CONSTRAINT voting_sessions_ballot_fits CHECK (ballot = 'whole' OR method = 'plurality'),
    CONSTRAINT voting_sessions_period_known CHECK (period IN ('session', 'day')),
    CONSTRAINT voting_sessions_votes_range CHECK (votes_per_period BETWEEN 1 AND 50),
    CONSTRAINT voting_sessions_options_range CHECK (most_options BETWEEN 1 AND 1000),
    CONSTRAINT voting_sessions_seats_range CHECK (seats BETWEEN 1 AND 1000 AND (seats = 1 OR method <> 'instantRunoff')),
    CONSTRAINT voting_sessions_scale CHECK (lowest_score < highest_score AND lowest_score >= -1000 AND highest_score <= 1000),
    CONSTRAINT voting_sessions_visibility_known CHECK (visibility IN ('live', 'sealed')),
    CONSTRAINT voting_sessions_voters_known CHECK (voters IN ('people', 'verified', 'email', 'anyone')),
    CONSTRAINT voting_sessions_groups_array CHECK (jsonb_typeof(groups) = 'array'),
    CONSTRAINT voting_sessions_points_object CHECK (jsonb_typeof(points) = 'object'),
    CONSTRAINT voting_sessions_times CHECK (opens_at < closes_at),
    CONSTRAINT voting_sessions_status_known CHECK (status IN ('draft', 'open', 'closed', 'published')),
    CONSTRAINT voting_sessions_opened CHECK ((status = 'draft') = (opened_at IS NULL) AND (opened_at IS NULL) = (contest_month IS NULL)),
    CONSTRAINT voting_sessions_closed CHECK ((status IN ('closed', 'published')) = (closed_at IS NOT NULL)),
    CONSTRAINT voting_sessions_published CHECK ((status = 'published') = (published_at IS NOT NULL) AND (status <> 'published' OR results IS NOT NULL)),
    CONSTRAINT voting_sessions_halted CHECK ((halted_at IS NULL) = (halted_for IS NULL))
);
COMMENT ON TABLE voting_sessions IS 'Votings: who may vote on what, how, when, and what came of it. The contest month, the month in which it opened, says in which partition its votes are.';
CREATE INDEX voting_sessions_newest ON voting_sessions (tenant_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX voting_sessions_competition ON voting_sessions (tenant_id, competition_id, id DESC) WHERE deleted_at IS NULL;
-- what has something to come: for the timers that look after phases, seals and counts
CREATE INDEX voting_sessions_active ON voting_sessions (status, opens_at) WHERE status <> 'published' AND deleted_at IS NULL;
CALL protect('voting_sessions');

CREATE TABLE vote_options (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    id uuid NOT NULL,
    number smallint NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    genre text,
    country text,
    owner_id uuid,
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant_id, voting_session_id, id),
    CONSTRAINT vote_options_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT vote_options_number_unique UNIQUE (tenant_id, voting_session_id, number),
    CONSTRAINT vote_options_number_range CHECK (number BETWEEN 1 AND 1000),
    CONSTRAINT vote_options_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT vote_options_genre_length CHECK (length(genre) BETWEEN 1 AND 100),
    CONSTRAINT vote_options_country_code CHECK (country ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE vote_options IS 'What can be voted for. Ballots name options by their numbers, which never change.';
CALL protect('vote_options');

-- No foreign keys: each vote would lock the session's row, and a partition's end the tables it points at. The functions below are the only ones that write here.
CREATE TABLE votes (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    voter_id uuid NOT NULL,
    entry_id bigint NOT NULL,
    cast_at timestamptz NOT NULL,
    device_fingerprint bigint,
    contest_month date NOT NULL,
    user_agent_id integer,
    place_id integer,
    fraud_flags integer,
    period_no smallint NOT NULL,
    option_no smallint NOT NULL,
    group_no smallint,
    fraud_score smallint,
    recaptcha_score smallint,
    state smallint NOT NULL DEFAULT 0,
    country_code character(2),
    ip_address inet,
    vote_weight numeric(6, 3) NOT NULL,
    choices smallint[],
    -- the rule of one vote per voter, option and period; option 0 is a whole ballot
    PRIMARY KEY (tenant_id, voting_session_id, voter_id, period_no, option_no, contest_month),
    CONSTRAINT votes_state_known CHECK (state BETWEEN 0 AND 2),
    CONSTRAINT votes_ballot_whole CHECK ((option_no = 0) = (choices IS NOT NULL)),
    CONSTRAINT votes_captcha_range CHECK (recaptcha_score BETWEEN 0 AND 100),
    CONSTRAINT votes_weight_positive CHECK (vote_weight > 0)
) PARTITION BY RANGE (contest_month);
COMMENT ON TABLE votes IS 'Votes as they stand. A voter is a user, or who holds a ticket. State: 0 counted, 1 held, 2 void. No group, score or flags are null, which takes no room. Hashes are keyed by tenant.';
CREATE INDEX votes_doubtful ON votes (tenant_id, voting_session_id, entry_id) WHERE state <> 0;
CALL protect('votes');
REVOKE INSERT, UPDATE, DELETE ON votes FROM podium_app, podium_platform;

CREATE TABLE vote_user_agents (
    tenant_id uuid NOT NULL,
    id integer NOT NULL,
    user_agent text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE vote_user_agents IS 'What browsers said of themselves when they voted, each once.';
CALL protect('vote_user_agents');

CREATE TABLE vote_places (
    tenant_id uuid NOT NULL,
    id integer NOT NULL,
    country_code character(2),
    region text,
    city text,
    latitude real,
    longitude real,
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE vote_places IS 'Where votes came from as far as addresses tell, each place once.';
CALL protect('vote_places');

CREATE SEQUENCE vote_log_ids;

CREATE TABLE vote_audit_log (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    id bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    voter uuid NOT NULL,
    period_no smallint NOT NULL,
    option_no smallint NOT NULL,
    group_no smallint NOT NULL,
    delta smallint NOT NULL,
    action text NOT NULL,
    country_code character(2),
    vote_weight numeric(6, 3) NOT NULL,
    choices smallint[],
    note text,
    PRIMARY KEY (tenant_id, voting_session_id, id, recorded_at),
    CONSTRAINT vote_audit_log_action_known CHECK (action IN ('cast', 'withdrawn', 'held', 'counted', 'voided')),
    CONSTRAINT vote_audit_log_delta_range CHECK (delta BETWEEN -1 AND 1)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE vote_audit_log IS 'Everything that happened to votes, in order, never changed. The voter is a pseudonym of the session; delta is what the entry adds to the counts.';
CALL protect('vote_audit_log');
REVOKE INSERT, UPDATE, DELETE ON vote_audit_log FROM podium_app, podium_platform;

DO $$
BEGIN
    PERFORM add_partitions('vote_audit_log', 'month', '2026-01-01Z', now() + interval '12 months');
END
$$;
INSERT INTO partition_policies (table_name, step, ahead, keep_active_months, archive_keep_months, enabled, updated_at)
VALUES ('vote_audit_log', 'month', 3, NULL, NULL, true, now());

CREATE TABLE vote_log_seals (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    number integer NOT NULL,
    first_no bigint NOT NULL,
    entries integer NOT NULL,
    last_id bigint NOT NULL,
    root bytea NOT NULL,
    previous bytea NOT NULL,
    seal bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id, number),
    CONSTRAINT vote_log_seals_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT vote_log_seals_entries_some CHECK (entries > 0),
    CONSTRAINT vote_log_seals_hashes CHECK (octet_length(root) = 32 AND octet_length(previous) = 32 AND octet_length(seal) = 32)
);
COMMENT ON TABLE vote_log_seals IS 'The sealed parts of each session''s log: the Merkle root of so many entries, chained to the seal before.';
CALL protect('vote_log_seals');
REVOKE INSERT, UPDATE, DELETE ON vote_log_seals FROM podium_app;
REVOKE UPDATE, DELETE ON vote_log_seals FROM podium_platform;

CREATE TABLE vote_counts (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    option_no smallint NOT NULL,
    group_no smallint NOT NULL,
    country_code text NOT NULL,
    day date NOT NULL,
    votes bigint NOT NULL,
    weight numeric NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id, option_no, group_no, country_code, day)
);
COMMENT ON TABLE vote_counts IS 'Counts folded from the log: for ranked ballots the first preferences, for scores the sums. Option 0 counts ballots. An empty country is unknown.';
CALL protect('vote_counts');

CREATE TABLE vote_folds (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    folded_id bigint NOT NULL,
    folded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id)
);
COMMENT ON TABLE vote_folds IS 'Up to which entry a session''s log is folded into its counts.';
CALL protect('vote_folds');

CREATE TABLE voter_emails (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    voter_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    tries smallint NOT NULL,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    disposable boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, voting_session_id, voter_id),
    CONSTRAINT voter_emails_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions
);
COMMENT ON TABLE voter_emails IS 'Codes mailed to people who vote without an account. The voter is a keyed hash of the address, which is not kept.';
CREATE INDEX voter_emails_expiry ON voter_emails (expires_at);
CALL protect('voter_emails');
REVOKE SELECT ON voter_emails FROM podium_reader;

-- A month's votes, spread over four tables by session.
CREATE FUNCTION add_vote_partitions(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    stem text := 'votes_' || to_char(first, 'YYYY_MM');
BEGIN
    -- looked for once without waiting, and again when nobody else can be making them; asked of the catalogue, since what a connection
    -- remembers of names is not renewed by waiting for an advisory lock
    FOR look IN 1..2 LOOP
        IF EXISTS (SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'public.votes'::regclass AND relname = stem) THEN
            RETURN;
        END IF;
        IF look = 1 THEN
            PERFORM pg_advisory_xact_lock(x'766f746573'::bigint);
        END IF;
    END LOOP;
    -- attached when it is whole: CREATE TABLE … PARTITION OF votes would wait for everybody who votes, and everybody for it
    EXECUTE format('CREATE TABLE public.%I (LIKE public.votes INCLUDING ALL EXCLUDING COMMENTS) PARTITION BY HASH (voting_session_id)', stem);
    CALL close_to_tenants(format('public.%I', stem)::regclass);
    FOR part IN 0..3 LOOP
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES WITH (MODULUS 4, REMAINDER %s)', stem || '_' || part, stem, part);
        CALL close_to_tenants(format('public.%I', stem || '_' || part)::regclass);
    END LOOP;
    EXECUTE format('ALTER TABLE public.votes ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', stem, first, (first + interval '1 month')::date);
END
$$;
COMMENT ON FUNCTION add_vote_partitions IS 'Makes the tables for the votes of sessions that open in a month.';
REVOKE EXECUTE ON FUNCTION add_vote_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_vote_partitions TO podium_app, podium_platform;

-- Who casts holds it together with the others; who closes, seals or folds waits until all of them are through and keeps new ones out for that moment.
CREATE FUNCTION voting_lock(session uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN hashtextextended('voting ' || session, 0);

CREATE FUNCTION vote_log_end(tenant uuid, session uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(voting_lock(session));
    RETURN coalesce((SELECT max(id) FROM vote_audit_log WHERE tenant_id = tenant AND voting_session_id = session), 0);
END
$$;
COMMENT ON FUNCTION vote_log_end IS 'The last entry of a session''s log, before which none can come any more.';

-- What a ballot adds to the counts: (option, units). Ranked ballots add their first preference.
CREATE FUNCTION counted_choices(method text, option_no smallint, choices smallint[]) RETURNS TABLE (option_number smallint, units integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT option_no, 1 WHERE option_no > 0
    UNION ALL
    SELECT choices[1], 1 WHERE option_no = 0 AND method NOT IN ('approval', 'score') AND choices[1] > 0
    UNION ALL
    SELECT chosen, 1 FROM unnest(choices) AS chosen WHERE option_no = 0 AND method = 'approval'
    UNION ALL
    SELECT choices[at], choices[at + 1] FROM generate_series(1, cardinality(choices), 2) AS at WHERE option_no = 0 AND method = 'score'
$$;
COMMENT ON FUNCTION counted_choices IS 'Choices are option numbers; in a ranking a negative one stands at the same place as the one before; scores come in pairs of option and score.';

CREATE FUNCTION vote_log_counts(tenant uuid, session uuid, after_id bigint, last_id bigint)
RETURNS TABLE (option_no smallint, group_no smallint, country_code text, day date, votes bigint, weight numeric)
LANGUAGE sql STABLE AS $$
    WITH entries AS (
        SELECT log.option_no, log.choices, log.group_no, coalesce(log.country_code::text, '') AS country, (log.recorded_at AT TIME ZONE voting.time_zone)::date AS day, log.delta, log.vote_weight, voting.method
        FROM vote_audit_log AS log
        JOIN voting_sessions AS voting ON voting.tenant_id = log.tenant_id AND voting.id = log.voting_session_id
        WHERE log.tenant_id = tenant AND log.voting_session_id = session AND log.id > after_id AND log.id <= last_id AND log.delta <> 0
    )
    SELECT counted.option_number, entries.group_no, entries.country, entries.day, sum(entries.delta)::bigint, sum(entries.delta * entries.vote_weight * counted.units)
    FROM entries CROSS JOIN LATERAL counted_choices(entries.method, entries.option_no, entries.choices) AS counted
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT 0::smallint, entries.group_no, entries.country, entries.day, sum(entries.delta)::bigint, sum(entries.delta * entries.vote_weight)
    FROM entries
    GROUP BY 2, 3, 4
$$;

CREATE FUNCTION fold_votes(tenant uuid, session uuid, last_id bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
BEGIN
    INSERT INTO vote_folds (tenant_id, voting_session_id, folded_id, folded_at) VALUES (tenant, session, 0, at) ON CONFLICT DO NOTHING;
    SELECT folded_id INTO known FROM vote_folds WHERE tenant_id = tenant AND voting_session_id = session FOR UPDATE;
    IF known >= last_id THEN
        RETURN;
    END IF;
    INSERT INTO vote_counts AS counts (tenant_id, voting_session_id, option_no, group_no, country_code, day, votes, weight)
    SELECT tenant, session, added.option_no, added.group_no, added.country_code, added.day, added.votes, added.weight FROM vote_log_counts(tenant, session, known, last_id) AS added
    ON CONFLICT (tenant_id, voting_session_id, option_no, group_no, country_code, day)
        DO UPDATE SET votes = counts.votes + excluded.votes, weight = counts.weight + excluded.weight;
    UPDATE vote_folds SET folded_id = last_id, folded_at = at WHERE tenant_id = tenant AND voting_session_id = session;
END
$$;
COMMENT ON FUNCTION fold_votes IS 'Adds the log up to an entry to the counts, once.';

-- The counts to the last vote: what is folded, and the log's end that is not.
CREATE FUNCTION vote_board(tenant uuid, session uuid)
RETURNS TABLE (option_no smallint, group_no smallint, country_code text, day date, votes bigint, weight numeric)
LANGUAGE sql STABLE AS $$
    SELECT both_parts.option_no, both_parts.group_no, both_parts.country_code, both_parts.day, sum(both_parts.votes)::bigint, sum(both_parts.weight)
    FROM (
        SELECT counts.option_no, counts.group_no, counts.country_code, counts.day, counts.votes, counts.weight
        FROM vote_counts AS counts WHERE counts.tenant_id = tenant AND counts.voting_session_id = session
        UNION ALL
        SELECT * FROM vote_log_counts(tenant, session, coalesce((SELECT folded_id FROM vote_folds WHERE tenant_id = tenant AND voting_session_id = session), 0), 9223372036854775807)
    ) AS both_parts
    GROUP BY 1, 2, 3, 4
    HAVING sum(both_parts.votes) <> 0 OR sum(both_parts.weight) <> 0
$$;

-- The same from the votes themselves, to hold the counts against.
CREATE FUNCTION vote_recount(tenant uuid, session uuid) RETURNS TABLE (option_no smallint, group_no smallint, country_code text, votes bigint, weight numeric)
LANGUAGE sql STABLE AS $$
    WITH standing AS (
        SELECT votes.option_no, votes.choices, coalesce(votes.group_no, 0::smallint) AS group_no, coalesce(votes.country_code::text, '') AS country, votes.vote_weight, voting.method
        FROM voting_sessions AS voting
        JOIN votes ON votes.tenant_id = voting.tenant_id AND votes.voting_session_id = voting.id AND votes.contest_month = voting.contest_month
        WHERE voting.tenant_id = tenant AND voting.id = session AND votes.state = 0
    )
    SELECT counted.option_number, standing.group_no, standing.country, count(*), sum(standing.vote_weight * counted.units)
    FROM standing CROSS JOIN LATERAL counted_choices(standing.method, standing.option_no, standing.choices) AS counted
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT 0::smallint, standing.group_no, standing.country, count(*), sum(standing.vote_weight)
    FROM standing
    GROUP BY 2, 3
$$;

CREATE TYPE cast_outcome AS (outcome text, entry_id bigint, cast_at timestamptz, voter uuid, period_no smallint, option_no smallint, group_no smallint, vote_weight numeric, country_code text, delta smallint, choices smallint[], earlier_id bigint);

-- Casts or changes a vote: everything that can change while voting is open is looked at here, in the one round trip that a vote takes.
CREATE FUNCTION cast_vote(
    session uuid, voter uuid, person uuid, pseudonym uuid, wanted_option smallint, nth smallint, wanted_choices smallint[], at timestamptz, roles text[],
    country text, address inet, agent_id integer, agent text, fingerprint bigint, place integer, region text, city text, captcha smallint, score smallint, flags integer, hold boolean
) RETURNS cast_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    voting voting_sessions;
    who users;
    known votes;
    result cast_outcome;
    member jsonb;
    place_in_groups smallint := 0;
    weight numeric := 1;
    first_no integer;
    slot integer;
    held smallint := CASE WHEN hold THEN 1 ELSE 0 END;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(voting_lock(session));
    SELECT * INTO voting FROM voting_sessions WHERE tenant_id = tenant AND id = session AND deleted_at IS NULL;
    IF NOT FOUND OR voting.status = 'draft' THEN
        result.outcome := 'not-found';
        RETURN result;
    ELSIF voting.status <> 'open' OR voting.closes_at <= at THEN
        result.outcome := 'closed';
        RETURN result;
    ELSIF voting.halted_at IS NOT NULL THEN
        result.outcome := 'halted';
        RETURN result;
    END IF;

    IF person IS NOT NULL THEN
        SELECT * INTO who FROM users WHERE tenant_id = tenant AND id = person AND deleted_at IS NULL;
        country := coalesce(country, who.country);
        IF voting.voters = 'verified' AND who.email_verified_at IS NULL THEN
            result.outcome := 'unverified';
            RETURN result;
        END IF;
    END IF;
    IF cardinality(voting.countries) > 0 AND NOT coalesce(country = ANY (voting.countries), false) THEN
        result.outcome := 'country';
        RETURN result;
    ELSIF cardinality(voting.institution_ids) > 0 AND NOT coalesce(who.institution_id = ANY (voting.institution_ids), false) THEN
        result.outcome := 'institution';
        RETURN result;
    END IF;
    FOR number IN 0..jsonb_array_length(voting.groups) - 1 LOOP
        member := voting.groups -> number;
        IF (member ->> 'role' IS NULL OR member ->> 'role' = ANY (roles))
            AND (member ->> 'institutionId' IS NULL OR coalesce((member ->> 'institutionId')::uuid = who.institution_id, false))
            AND (member ->> 'country' IS NULL OR coalesce(member ->> 'country' = country, false)) THEN
            place_in_groups := number + 1;
            weight := (member ->> 'weight')::numeric;
            EXIT;
        END IF;
    END LOOP;
    IF place_in_groups = 0 AND voting.only_groups THEN
        result.outcome := 'group';
        RETURN result;
    END IF;
    IF EXISTS (
        SELECT FROM vote_options AS option
        WHERE option.tenant_id = tenant AND option.voting_session_id = session AND option.withdrawn_at IS NOT NULL
          AND option.number = ANY (CASE
              WHEN wanted_choices IS NULL THEN ARRAY[wanted_option]
              WHEN voting.method = 'score' THEN ARRAY(SELECT wanted_choices[i] FROM generate_series(1, cardinality(wanted_choices), 2) AS i)
              ELSE ARRAY(SELECT abs(one)::smallint FROM unnest(wanted_choices) AS one) END)) THEN
        result.outcome := 'option-withdrawn';
        RETURN result;
    END IF;

    -- one voter's casts come one after the other
    PERFORM pg_advisory_xact_lock(hashtextextended(voter::text || session::text, 1));
    first_no := CASE voting.period WHEN 'day' THEN ((at AT TIME ZONE voting.time_zone)::date - voting.contest_month) * voting.votes_per_period ELSE 0 END;
    IF first_no NOT BETWEEN -1600 AND 32000 THEN
        result.outcome := 'closed';
        RETURN result;
    END IF;
    IF nth > voting.votes_per_period THEN
        result.outcome := 'too-many';
        RETURN result;
    ELSIF nth IS NOT NULL OR voting.votes_per_period = 1 THEN
        slot := first_no + coalesce(nth, 1) - 1;
    ELSE
        SELECT min(free) INTO slot
        FROM generate_series(first_no, first_no + voting.votes_per_period - 1) AS free
        WHERE NOT EXISTS (
            SELECT FROM votes WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = voter
              AND votes.period_no = free AND votes.option_no = wanted_option AND votes.contest_month = voting.contest_month);
        IF slot IS NULL THEN
            result.outcome := 'too-many';
            RETURN result;
        END IF;
    END IF;
    SELECT * INTO known FROM votes
    WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = voter AND votes.period_no = slot AND votes.option_no = wanted_option AND votes.contest_month = voting.contest_month;
    IF FOUND THEN
        IF known.choices IS NOT DISTINCT FROM wanted_choices THEN
            RETURN ('same', known.entry_id, known.cast_at, pseudonym, known.period_no, known.option_no, coalesce(known.group_no, 0), known.vote_weight, trim(known.country_code),
                (SELECT log.delta FROM vote_audit_log AS log WHERE log.tenant_id = tenant AND log.voting_session_id = session AND log.id = known.entry_id AND log.recorded_at = known.cast_at), known.choices, NULL)::cast_outcome;
        ELSIF NOT voting.may_change THEN
            result.outcome := 'voted-already';
            RETURN result;
        END IF;
        result.earlier_id := known.entry_id;
        -- what it was is taken back as it was counted
        INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight, choices)
        VALUES (tenant, session, nextval('vote_log_ids'), at, pseudonym, known.period_no, known.option_no, coalesce(known.group_no, 0), CASE known.state WHEN 0 THEN -1 ELSE 0 END, 'withdrawn', known.country_code, known.vote_weight, known.choices);
        -- a changed vote is judged no milder than before
        held := greatest(held, known.state);
    ELSIF wanted_option > 0 AND voting.most_options IS NOT NULL AND voting.most_options <= (
        SELECT count(DISTINCT votes.option_no) FILTER (WHERE votes.option_no <> wanted_option) FROM votes
        WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = voter AND votes.contest_month = voting.contest_month
          AND votes.period_no BETWEEN first_no AND first_no + voting.votes_per_period - 1) THEN
        result.outcome := 'too-many';
        RETURN result;
    END IF;

    result.entry_id := nextval('vote_log_ids');
    INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight, choices)
    VALUES (tenant, session, result.entry_id, at, pseudonym, slot, wanted_option, place_in_groups, CASE held WHEN 0 THEN 1 ELSE 0 END, 'cast', country, weight, wanted_choices);
    INSERT INTO votes (tenant_id, voting_session_id, voter_id, entry_id, cast_at, device_fingerprint, contest_month, user_agent_id, place_id, fraud_flags, period_no, option_no, group_no,
        fraud_score, recaptcha_score, state, country_code, ip_address, vote_weight, choices)
    VALUES (tenant, session, voter, result.entry_id, at, fingerprint, voting.contest_month, agent_id, place, nullif(flags, 0), slot, wanted_option, nullif(place_in_groups, 0),
        nullif(score, 0), captcha, held, country, address, weight, wanted_choices)
    ON CONFLICT (tenant_id, voting_session_id, voter_id, period_no, option_no, contest_month) DO UPDATE
    SET entry_id = excluded.entry_id, cast_at = excluded.cast_at, device_fingerprint = excluded.device_fingerprint, user_agent_id = excluded.user_agent_id, place_id = excluded.place_id,
        fraud_flags = nullif(coalesce(votes.fraud_flags, 0) | coalesce(excluded.fraud_flags, 0), 0), fraud_score = greatest(votes.fraud_score, excluded.fraud_score), recaptcha_score = excluded.recaptcha_score, state = excluded.state,
        group_no = excluded.group_no, country_code = excluded.country_code, ip_address = excluded.ip_address, vote_weight = excluded.vote_weight, choices = excluded.choices;
    IF agent_id IS NOT NULL THEN
        INSERT INTO vote_user_agents (tenant_id, id, user_agent) VALUES (tenant, agent_id, agent) ON CONFLICT DO NOTHING;
    END IF;
    IF place IS NOT NULL THEN
        INSERT INTO vote_places (tenant_id, id, country_code, region, city) VALUES (tenant, place, country, region, city) ON CONFLICT DO NOTHING;
    END IF;
    RETURN (CASE WHEN result.earlier_id IS NULL THEN 'cast' ELSE 'changed' END, result.entry_id, at, pseudonym, slot, wanted_option, place_in_groups, weight, country, CASE held WHEN 0 THEN 1 ELSE 0 END, wanted_choices, result.earlier_id)::cast_outcome;
END
$$;
REVOKE EXECUTE ON FUNCTION cast_vote FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cast_vote TO podium_app;

CREATE FUNCTION withdraw_vote(session uuid, voter uuid, pseudonym uuid, entry bigint, at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    voting voting_sessions;
    gone votes;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(voting_lock(session));
    SELECT * INTO voting FROM voting_sessions WHERE tenant_id = tenant AND id = session AND deleted_at IS NULL;
    IF NOT FOUND OR voting.status = 'draft' THEN
        RETURN 'not-found';
    ELSIF voting.status <> 'open' OR voting.closes_at <= at THEN
        RETURN 'closed';
    ELSIF voting.halted_at IS NOT NULL THEN
        RETURN 'halted';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(voter::text || session::text, 1));
    SELECT * INTO gone FROM votes
    WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = voter AND votes.entry_id = entry AND votes.contest_month = voting.contest_month;
    IF NOT FOUND THEN
        RETURN 'no-vote';
    ELSIF NOT voting.may_withdraw THEN
        RETURN 'not-allowed';
    END IF;
    DELETE FROM votes WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = voter AND votes.entry_id = entry AND votes.contest_month = voting.contest_month;
    INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight, choices)
    VALUES (tenant, session, nextval('vote_log_ids'), at, pseudonym, gone.period_no, gone.option_no, coalesce(gone.group_no, 0), CASE gone.state WHEN 0 THEN -1 ELSE 0 END, 'withdrawn', gone.country_code, gone.vote_weight, gone.choices);
    RETURN 'withdrawn';
END
$$;
REVOKE EXECUTE ON FUNCTION withdraw_vote FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withdraw_vote TO podium_app;

-- Gives votes another state. The pseudonyms are the app's to make, so they come with the votes.
CREATE FUNCTION judge_votes(session uuid, entries bigint[], wanted smallint, reason text, at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    changed integer;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(voting_lock(session));
    IF NOT EXISTS (SELECT FROM voting_sessions WHERE tenant_id = tenant AND id = session AND status IN ('open', 'closed') AND deleted_at IS NULL) THEN
        RETURN -1;
    END IF;
    WITH chosen AS (
        SELECT voter_id, period_no, option_no, contest_month, state FROM votes
        WHERE tenant_id = tenant AND voting_session_id = session AND entry_id = ANY (entries) AND state <> wanted
          AND contest_month = (SELECT contest_month FROM voting_sessions WHERE tenant_id = tenant AND id = session)
        ORDER BY entry_id
        FOR UPDATE
    ), judged AS (
        UPDATE votes SET state = wanted FROM chosen
        WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.voter_id = chosen.voter_id AND votes.period_no = chosen.period_no
          AND votes.option_no = chosen.option_no AND votes.contest_month = chosen.contest_month AND votes.state = chosen.state
        RETURNING votes.*, chosen.state AS earlier
    )
    INSERT INTO vote_audit_log (tenant_id, voting_session_id, id, recorded_at, voter, period_no, option_no, group_no, delta, action, country_code, vote_weight, choices, note)
    SELECT tenant, session, nextval('vote_log_ids'), at, log.voter, judged.period_no, judged.option_no, coalesce(judged.group_no, 0),
           CASE WHEN wanted = 0 THEN 1 WHEN judged.earlier = 0 THEN -1 ELSE 0 END, (ARRAY['counted', 'held', 'voided'])[wanted + 1], judged.country_code, judged.vote_weight, judged.choices, reason
    FROM judged
    JOIN vote_audit_log AS log ON log.tenant_id = tenant AND log.voting_session_id = session AND log.id = judged.entry_id
    ORDER BY judged.entry_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION judge_votes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION judge_votes TO podium_app;

CALL audit('voting_sessions');
CALL audit('vote_options');
