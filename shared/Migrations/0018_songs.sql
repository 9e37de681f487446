-- A voting belongs to a competition that there is.
ALTER TABLE voting_sessions ADD CONSTRAINT voting_sessions_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions;
DROP INDEX voting_sessions_competition;
CREATE INDEX voting_sessions_competition ON voting_sessions (tenant_id, competition_id, id DESC);

COMMENT ON TABLE votes IS 'Votes as they stand. A voter is a user, or who holds a ticket. State: 0 counted, 1 held, 2 void. No group, score or flags are null, which takes no room. Hashes are keyed by tenant. Not archived: a result can be counted again for as long as it stands.';
-- votes come nearly in the order of their entries, so a range of entries is some pages: it finds new and judged votes for next to no room
CREATE INDEX votes_entries ON votes USING brin (entry_id) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE vote_fraud_rules (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    version integer NOT NULL,
    rules jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid,
    PRIMARY KEY (tenant_id, voting_session_id, version),
    CONSTRAINT vote_fraud_rules_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT vote_fraud_rules_object CHECK (jsonb_typeof(rules) = 'object')
);
COMMENT ON TABLE vote_fraud_rules IS 'What makes a vote of a voting doubtful, with weights. The last version holds; without one, the usual rules.';
CALL protect('vote_fraud_rules');
CALL audit('vote_fraud_rules');

CREATE TABLE vote_checks (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    checked_id bigint NOT NULL,
    checked_at timestamptz NOT NULL,
    asked_at timestamptz,
    PRIMARY KEY (tenant_id, voting_session_id)
);
COMMENT ON TABLE vote_checks IS 'Up to which entry of the log votes have been looked at again, and when that was last asked for.';
CALL protect('vote_checks');

-- Features of votes as a stream: one check at a time writes them for a voting, so that no cast waits for a row.
CREATE TABLE vote_sightings (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    key bigint NOT NULL,
    member bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    entry_id bigint NOT NULL,
    kind smallint NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id, kind, key, member)
);
COMMENT ON TABLE vote_sightings IS 'Which voters were last seen when with an address, network or device (kinds 1 to 3), and a voter or device in which place (4, 5). Keys and voters are keyed hashes; forgotten a month after the voting.';
CREATE INDEX vote_sightings_latest ON vote_sightings (tenant_id, voting_session_id, kind, key, seen_at);
CALL protect('vote_sightings');

CREATE TABLE vote_traffic (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    agent_id integer NOT NULL,
    slot timestamptz NOT NULL,
    option_no smallint NOT NULL,
    votes bigint NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id, agent_id, slot, option_no)
);
COMMENT ON TABLE vote_traffic IS 'How many votes options got in a time: all in ten minutes (browser 0), in a day (-1), and each browser''s in a day.';
CALL protect('vote_traffic');

CREATE TABLE vote_hot_keys (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    kind smallint NOT NULL,
    key bigint NOT NULL,
    minutes integer NOT NULL,
    voters integer NOT NULL,
    until_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, voting_session_id, kind, key, minutes, voters)
);
COMMENT ON TABLE vote_hot_keys IS 'Addresses, networks and devices from which more voters came than a rule lets pass: every instance knows them before a vote is cast.';
CALL protect('vote_hot_keys');

CREATE TABLE vote_findings (
    tenant_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    entry_id bigint NOT NULL,
    rules_version integer NOT NULL,
    score smallint NOT NULL,
    flags integer NOT NULL,
    findings jsonb NOT NULL,
    checked_at timestamptz NOT NULL,
    decision_id uuid,
    PRIMARY KEY (tenant_id, voting_session_id, entry_id),
    CONSTRAINT vote_findings_score_range CHECK (score BETWEEN 0 AND 100)
);
COMMENT ON TABLE vote_findings IS 'Why a vote is doubtful: the rules that spoke against it, with the values that they saw. With a decision, people have decided, and no rule does any more.';
CALL protect('vote_findings');

CREATE TABLE vote_decisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    of jsonb NOT NULL,
    votes integer NOT NULL,
    decided_at timestamptz NOT NULL,
    decided_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT vote_decisions_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT vote_decisions_state_known CHECK (state IN ('counted', 'held', 'void')),
    CONSTRAINT vote_decisions_reason_length CHECK (length(reason) BETWEEN 1 AND 500)
);
COMMENT ON TABLE vote_decisions IS 'What people decided about doubtful votes, and of which.';
CREATE INDEX vote_decisions_session ON vote_decisions (tenant_id, voting_session_id, id DESC);
CALL protect('vote_decisions');
CALL audit('vote_decisions');

CREATE TABLE vote_replays (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    day date NOT NULL,
    rules jsonb NOT NULL,
    status text NOT NULL DEFAULT 'running',
    votes integer,
    asked_at timestamptz NOT NULL,
    asked_by uuid,
    ready_at timestamptz,
    applied_at timestamptz,
    applied_by uuid,
    applied integer,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT vote_replays_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT vote_replays_status_known CHECK (status IN ('running', 'ready', 'applied')),
    CONSTRAINT vote_replays_ready CHECK ((status = 'running') = (ready_at IS NULL) AND (status = 'applied') = (applied_at IS NOT NULL))
);
COMMENT ON TABLE vote_replays IS 'A voting day held against other rules: first what would be different, then, if somebody wants it, it is.';
CREATE INDEX vote_replays_session ON vote_replays (tenant_id, voting_session_id, id DESC);
CALL protect('vote_replays');
CALL audit('vote_replays');

CREATE TABLE vote_replay_changes (
    tenant_id uuid NOT NULL,
    replay_id uuid NOT NULL,
    entry_id bigint NOT NULL,
    option_no smallint NOT NULL,
    from_state smallint NOT NULL,
    to_state smallint NOT NULL,
    from_score smallint NOT NULL,
    to_score smallint NOT NULL,
    flags integer NOT NULL,
    findings jsonb NOT NULL,
    PRIMARY KEY (tenant_id, replay_id, entry_id),
    CONSTRAINT vote_replay_changes_replay FOREIGN KEY (tenant_id, replay_id) REFERENCES vote_replays ON DELETE CASCADE
);
COMMENT ON TABLE vote_replay_changes IS 'The votes that a replay judges otherwise than they stand.';
CALL protect('vote_replay_changes');

-- Scores of votes that were looked at again. Their states are judge_votes' business.
CREATE FUNCTION score_votes(session uuid, entries bigint[], scores smallint[], signals integer[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    month date := (SELECT contest_month FROM voting_sessions WHERE tenant_id = tenant AND id = session);
    changed integer;
BEGIN
    UPDATE votes SET fraud_score = nullif(given.score, 0), fraud_flags = nullif(given.signals, 0)
    FROM unnest(entries, scores, signals) AS given (entry, score, signals)
    WHERE votes.tenant_id = tenant AND votes.voting_session_id = session AND votes.contest_month = month AND votes.entry_id = given.entry
      AND votes.entry_id BETWEEN (SELECT min(entry) FROM unnest(entries) AS entry) AND (SELECT max(entry) FROM unnest(entries) AS entry)
      AND (coalesce(votes.fraud_score, 0), coalesce(votes.fraud_flags, 0)) <> (given.score, given.signals);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION score_votes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION score_votes TO podium_app;

CREATE TABLE songs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    artist_id uuid NOT NULL,
    title text NOT NULL,
    artist_name text NOT NULL,
    genre text,
    country character(2),
    ai_tools_used text NOT NULL,
    description text NOT NULL,
    license_type text NOT NULL DEFAULT 'stream_only',
    external_link text,
    file_id uuid,
    file_path text,
    file_size bigint,
    file_hash text,
    media_type text,
    duration_seconds numeric(9, 3),
    duplicate_of uuid,
    duplicate_by text,
    duplicate_likeness numeric(3, 2),
    sound text,
    status text NOT NULL,
    is_approved boolean GENERATED ALWAYS AS (status = 'approved') STORED,
    is_rejected boolean GENERATED ALWAYS AS (status = 'rejected') STORED,
    rejection_reason text,
    appeal text,
    metadata jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    approved_at timestamptz,
    decided_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT songs_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT songs_artist FOREIGN KEY (tenant_id, artist_id) REFERENCES users,
    CONSTRAINT songs_file FOREIGN KEY (tenant_id, file_id) REFERENCES files,
    CONSTRAINT songs_duplicate FOREIGN KEY (tenant_id, duplicate_of) REFERENCES songs,
    CONSTRAINT songs_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT songs_artist_name_length CHECK (length(artist_name) BETWEEN 1 AND 200),
    CONSTRAINT songs_genre_length CHECK (length(genre) BETWEEN 1 AND 100),
    CONSTRAINT songs_country_code CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT songs_ai_tools_length CHECK (length(ai_tools_used) BETWEEN 1 AND 2000),
    CONSTRAINT songs_description_length CHECK (length(description) <= 5000),
    CONSTRAINT songs_license_known CHECK (license_type IN ('stream_only', 'download', 'cc_by', 'cc_by_sa', 'cc_by_nc', 'cc0')),
    CONSTRAINT songs_link_length CHECK (length(external_link) <= 500),
    CONSTRAINT songs_file_whole CHECK ((file_path IS NULL) = (file_hash IS NULL) AND (file_path IS NULL) = (file_size IS NULL)),
    CONSTRAINT songs_duplicate_whole CHECK ((duplicate_of IS NULL) = (duplicate_by IS NULL) AND (duplicate_of IS NULL) = (duplicate_likeness IS NULL)),
    CONSTRAINT songs_duplicate_known CHECK (duplicate_by IN ('content', 'sound') AND duplicate_likeness BETWEEN 0 AND 1),
    CONSTRAINT songs_sound_known CHECK (sound IN ('fingerprinted', 'no-decoder', 'damaged', 'too-short', 'silent')),
    CONSTRAINT songs_sound_heard CHECK (sound IS NULL OR file_path IS NOT NULL),
    CONSTRAINT songs_status_known CHECK (status IN ('uploading', 'pending', 'approved', 'rejected', 'appealed', 'withdrawn')),
    CONSTRAINT songs_heard CHECK (status IN ('uploading', 'rejected', 'withdrawn') OR file_path IS NOT NULL OR external_link IS NOT NULL),
    CONSTRAINT songs_approved CHECK ((status = 'approved') = (approved_at IS NOT NULL)),
    CONSTRAINT songs_rejected_reason CHECK (status NOT IN ('rejected', 'appealed') OR rejection_reason IS NOT NULL),
    CONSTRAINT songs_appealed CHECK (status <> 'appealed' OR appeal IS NOT NULL),
    CONSTRAINT songs_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE songs IS 'Songs that people enter into contests, as a link or a recording; public once they are approved.';
CREATE INDEX songs_competition ON songs (tenant_id, competition_id, status, id DESC);
CREATE INDEX songs_artist ON songs (tenant_id, artist_id, competition_id);
CREATE INDEX songs_file ON songs (tenant_id, file_id);
CREATE INDEX songs_hash ON songs (tenant_id, file_hash) WHERE file_hash IS NOT NULL;
CREATE INDEX songs_duplicate ON songs (tenant_id, duplicate_of);
CALL protect('songs');
CALL audit('songs');

-- Asked of the roles themselves, so that no statement can claim it.
CREATE FUNCTION moderates_songs(competition uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM user_roles AS held
        JOIN roles ON roles.tenant_id = held.tenant_id AND roles.id = held.role_id
        WHERE held.tenant_id = current_tenant() AND held.user_id = current_actor()
          AND (held.scope_type = 'tenant' OR held.scope_type = 'competition' AND held.scope_id = competition)
          AND (held.expires_at IS NULL OR held.expires_at > coalesce(nullif(current_setting('podium.now', true), '')::timestamptz, clock_timestamp()))
          AND roles.permissions ?| ARRAY['song.moderate', 'song.*', '*'])
$$;
COMMENT ON FUNCTION moderates_songs IS 'Whether the actor may see songs of a competition that are not public.';
-- beside the tenant's own: what is not approved is its artist's and the moderators' alone
CREATE POLICY approved_or_own ON songs AS RESTRICTIVE TO podium_app, podium_reader USING (status = 'approved' OR artist_id = current_actor() OR moderates_songs(competition_id));

CREATE TABLE song_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    song_id uuid NOT NULL,
    what text NOT NULL,
    reason text,
    at timestamptz NOT NULL,
    by_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT song_events_song FOREIGN KEY (tenant_id, song_id) REFERENCES songs ON DELETE CASCADE,
    CONSTRAINT song_events_what_known CHECK (what IN ('entered', 'received', 'refused', 'duplicate', 'approved', 'rejected', 'appealed', 'withdrawn'))
);
COMMENT ON TABLE song_events IS 'What became of a song, step by step.';
CREATE INDEX song_events_song ON song_events (tenant_id, song_id, at, id);
CALL protect('song_events');
CREATE POLICY own_or_moderated ON song_events AS RESTRICTIVE TO podium_app, podium_reader USING (EXISTS (
    SELECT FROM songs WHERE songs.tenant_id = song_events.tenant_id AND songs.id = song_events.song_id AND (songs.artist_id = current_actor() OR moderates_songs(songs.competition_id))));

CREATE TABLE song_sounds (
    tenant_id uuid NOT NULL,
    song_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (tenant_id, song_id),
    CONSTRAINT song_sounds_song FOREIGN KEY (tenant_id, song_id) REFERENCES songs ON DELETE CASCADE
);
COMMENT ON TABLE song_sounds IS 'How a song''s recording sounds: 32 bits for each 51.2 ms of its first two minutes (SoundFingerprint). Reached by functions alone.';
CALL protect('song_sounds');
REVOKE ALL ON song_sounds FROM podium_app, podium_reader;

CREATE TABLE song_sound_marks (
    tenant_id uuid NOT NULL,
    moment integer NOT NULL,
    song_id uuid NOT NULL,
    place integer NOT NULL,
    PRIMARY KEY (tenant_id, moment, song_id, place),
    CONSTRAINT song_sound_marks_sound FOREIGN KEY (tenant_id, song_id) REFERENCES song_sounds ON DELETE CASCADE
);
COMMENT ON TABLE song_sound_marks IS 'Moments by which a recording that sounds like another is found: at most 96 of each, and where they stand in it. Reached by functions alone.';
CREATE INDEX song_sound_marks_sound ON song_sound_marks (tenant_id, song_id);
CALL protect('song_sound_marks');
REVOKE ALL ON song_sound_marks FROM podium_app, podium_reader;

-- Another recording, or none any more: how the last one sounded goes with it, whoever took it away.
CREATE FUNCTION forget_song_sound() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM song_sounds WHERE tenant_id = OLD.tenant_id AND song_id = OLD.id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_song_sound FROM PUBLIC;
CREATE TRIGGER forget_sound AFTER UPDATE OF file_path ON songs FOR EACH ROW WHEN (OLD.file_path IS DISTINCT FROM NEW.file_path AND OLD.sound = 'fingerprinted') EXECUTE FUNCTION forget_song_sound();

CREATE TABLE song_votings (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    voting_session_id uuid NOT NULL,
    late_songs boolean NOT NULL,
    PRIMARY KEY (tenant_id, competition_id),
    CONSTRAINT song_votings_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions,
    CONSTRAINT song_votings_session FOREIGN KEY (tenant_id, voting_session_id) REFERENCES voting_sessions,
    CONSTRAINT song_votings_session_once UNIQUE (tenant_id, voting_session_id)
);
COMMENT ON TABLE song_votings IS 'The voting whose options are a contest''s approved songs.';
CALL protect('song_votings');
CALL audit('song_votings');

-- What became of a song's recording. The message that tells it is nobody's, so the song is reached with the owner's rights, by its file alone.
CREATE FUNCTION take_song_file(file uuid, at timestamptz) RETURNS TABLE (song_id uuid, artist_id uuid, title text, outcome text, competition_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    song songs;
    found files;
    twin uuid;
BEGIN
    SELECT * INTO found FROM files WHERE tenant_id = tenant AND id = file AND purpose = 'song-audio';
    SELECT * INTO song FROM songs WHERE tenant_id = tenant AND songs.file_id = file FOR UPDATE;
    IF song.id IS NULL OR song.status = 'withdrawn' THEN
        RETURN;
    END IF;
    song_id := song.id;
    artist_id := song.artist_id;
    title := song.title;
    competition_id := song.competition_id;
    IF found.state = 'accepted' AND found.revoked_at IS NULL THEN
        -- the same bytes may come twice at once, and one of them must be the other's duplicate
        PERFORM pg_advisory_xact_lock(hashtextextended('song ' || tenant || found.sha256, 0));
        SELECT other.id INTO twin FROM songs AS other
        WHERE other.tenant_id = tenant AND other.file_hash = found.sha256 AND other.id <> song.id AND other.status <> 'withdrawn'
        ORDER BY other.created_at, other.id LIMIT 1;
        UPDATE songs SET file_path = found.place, file_size = found.bytes, file_hash = found.sha256, media_type = found.media_type,
            duration_seconds = (found.details ->> 'seconds')::numeric, duplicate_of = twin,
            duplicate_by = CASE WHEN twin IS NOT NULL THEN 'content' END, duplicate_likeness = CASE WHEN twin IS NOT NULL THEN 1 END, sound = NULL,
            status = CASE song.status WHEN 'uploading' THEN 'pending' ELSE song.status END,
            updated_at = at, version = songs.version + 1
        WHERE tenant_id = tenant AND id = song.id;
        outcome := CASE WHEN twin IS NULL THEN 'received' ELSE 'duplicate' END;
    ELSE
        -- without its recording a song with a link is heard there; another waits for a new recording
        UPDATE songs SET file_path = NULL, file_size = NULL, file_hash = NULL, media_type = NULL, duration_seconds = NULL, duplicate_of = NULL, duplicate_by = NULL, duplicate_likeness = NULL, sound = NULL,
            status = CASE WHEN song.status IN ('uploading', 'pending', 'approved', 'appealed') AND song.external_link IS NULL THEN 'uploading' ELSE song.status END,
            approved_at = CASE WHEN song.external_link IS NULL THEN NULL ELSE song.approved_at END,
            updated_at = at, version = songs.version + 1
        WHERE tenant_id = tenant AND id = song.id;
        outcome := 'refused';
    END IF;
    INSERT INTO song_events (tenant_id, id, song_id, what, at) VALUES (tenant, uuidv7(), song.id, outcome, at);
    RETURN NEXT;
END
$$;
REVOKE EXECUTE ON FUNCTION take_song_file FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_song_file TO podium_app;

-- The recordings that may sound like one: those which share marks with it at the same distance, with what is kept of them. Who looks holds the others up until they have seen what it decides,
-- so that of two that come at once one sees the other.
CREATE FUNCTION songs_that_sound_like(song uuid, moments integer[], places integer[]) RETURNS TABLE (song_id uuid, shift integer, fingerprint bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('song sounds ' || tenant, 0));
    RETURN QUERY
        WITH aligned AS MATERIALIZED (
            SELECT marks.song_id, round(avg(wanted.place - marks.place))::integer AS shift, count(DISTINCT marks.place) AS shared
            FROM unnest(moments, places) AS wanted (moment, place)
            -- a moment that very many recordings have tells little, and is looked up in some of them only
            CROSS JOIN LATERAL (
                SELECT known.song_id, known.place FROM song_sound_marks AS known
                WHERE known.tenant_id = tenant AND known.moment = wanted.moment AND known.song_id <> song
                LIMIT 50
            ) AS marks
            GROUP BY marks.song_id, (wanted.place - marks.place) / 8
            HAVING count(DISTINCT marks.place) > 1
            ORDER BY shared DESC
            LIMIT 50
        )
        SELECT aligned.song_id, aligned.shift, song_sounds.fingerprint FROM aligned
        JOIN song_sounds ON song_sounds.tenant_id = tenant AND song_sounds.song_id = aligned.song_id
        JOIN songs ON songs.tenant_id = tenant AND songs.id = aligned.song_id
        WHERE songs.status <> 'withdrawn'
        ORDER BY songs.created_at, songs.id;
END
$$;
REVOKE EXECUTE ON FUNCTION songs_that_sound_like FROM PUBLIC;
GRANT EXECUTE ON FUNCTION songs_that_sound_like TO podium_app;

-- What was heard of a song's recording, unless the song has another one by now. The very same content stays what a duplicate is known by.
CREATE FUNCTION hear_song(song uuid, file uuid, heard text, fingerprint bytea, moments integer[], places integer[], twin uuid, likeness numeric, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenant uuid := current_tenant();
    known_by text;
BEGIN
    SELECT coalesce(duplicate_by, '') INTO known_by FROM songs
    WHERE tenant_id = tenant AND id = song AND file_id = file AND file_path IS NOT NULL AND status <> 'withdrawn' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM song_sounds WHERE tenant_id = tenant AND song_id = song;
    IF fingerprint IS NOT NULL THEN
        INSERT INTO song_sounds (tenant_id, song_id, fingerprint) VALUES (tenant, song, hear_song.fingerprint);
        INSERT INTO song_sound_marks (tenant_id, moment, song_id, place) SELECT DISTINCT tenant, moment, song, place FROM unnest(moments, places) AS mark (moment, place);
    END IF;
    UPDATE songs SET sound = heard, updated_at = at, version = songs.version + 1,
        duplicate_of = CASE known_by WHEN 'content' THEN duplicate_of ELSE twin END,
        duplicate_by = CASE known_by WHEN 'content' THEN duplicate_by ELSE CASE WHEN twin IS NOT NULL THEN 'sound' END END,
        duplicate_likeness = CASE known_by WHEN 'content' THEN duplicate_likeness ELSE CASE WHEN twin IS NOT NULL THEN likeness END END
    WHERE tenant_id = tenant AND id = song;
    IF twin IS NOT NULL AND known_by = '' THEN
        INSERT INTO song_events (tenant_id, id, song_id, what, at) VALUES (tenant, uuidv7(), song, 'duplicate', at);
    END IF;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION hear_song FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hear_song TO podium_app;

-- Who is forgotten is forgotten as a voter and as an artist too: votes and songs stay, from where and by whom they came does not.
CREATE FUNCTION forget_voter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE votes SET ip_address = NULL, device_fingerprint = NULL, user_agent_id = NULL, place_id = NULL
    WHERE tenant_id = NEW.tenant_id AND voter_id = NEW.id AND voting_session_id = ANY (ARRAY(SELECT id FROM voting_sessions WHERE tenant_id = NEW.tenant_id))
      AND (ip_address, device_fingerprint, user_agent_id, place_id) IS DISTINCT FROM (NULL, NULL, NULL, NULL);
    UPDATE songs SET artist_name = 'Anonymous', description = '', external_link = CASE WHEN file_path IS NULL THEN external_link END, updated_at = NEW.updated_at, version = version + 1
    WHERE tenant_id = NEW.tenant_id AND artist_id = NEW.id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_voter FROM PUBLIC;
CREATE TRIGGER forget_voter AFTER UPDATE OF email ON users FOR EACH ROW
    WHEN (NEW.email LIKE 'anonymous-%@anonymised.invalid' AND OLD.email <> NEW.email) EXECUTE FUNCTION forget_voter();
