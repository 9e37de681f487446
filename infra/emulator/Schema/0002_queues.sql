CREATE TABLE emulator.queues (
  name text PRIMARY KEY,
  lock_duration interval NOT NULL,
  max_delivery_count integer NOT NULL CHECK (max_delivery_count > 0),
  default_time_to_live interval,
  dead_letter_on_expiration boolean NOT NULL,
  duplicate_window interval -- null: no duplicate detection
);

CREATE TABLE emulator.messages (
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  queue text NOT NULL REFERENCES emulator.queues ON DELETE CASCADE,
  state smallint NOT NULL CHECK (state IN (0, 1, 2, 3)), -- active, deferred, scheduled (as in Azure's enum), dead
  message_id text NOT NULL,
  body bytea NOT NULL,
  content_type text,
  correlation_id text,
  subject text,
  reply_to text,
  "to" text,
  partition_key text,
  properties jsonb,
  time_to_live interval,
  enqueued_at timestamptz NOT NULL,
  available_at timestamptz, -- when a scheduled message becomes active
  expires_at timestamptz,
  delivery_count integer NOT NULL DEFAULT 0,
  lock_token uuid,
  locked_until timestamptz,
  locked_by_host boolean NOT NULL DEFAULT false,
  dead_letter_reason text,
  dead_letter_description text,
  -- receiving: the oldest of a queue in a state
  PRIMARY KEY (queue, state, sequence)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02); -- room on the page for the lock, so that no index is touched by it

-- settling: one message by its number. A hash gives no order, so that no plan walks other queues' messages by number to find the oldest of one.
CREATE INDEX messages_by_sequence ON emulator.messages USING hash (sequence);
-- housekeeping: whatever is due next
CREATE INDEX messages_scheduled ON emulator.messages (available_at) WHERE state = 2;
CREATE INDEX messages_expiring ON emulator.messages (expires_at) WHERE expires_at IS NOT NULL AND state IN (0, 1);

CREATE TABLE emulator.message_ids (
  queue text NOT NULL REFERENCES emulator.queues ON DELETE CASCADE,
  message_id text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (queue, message_id)
);
CREATE INDEX message_ids_by_age ON emulator.message_ids (queue, seen_at);
