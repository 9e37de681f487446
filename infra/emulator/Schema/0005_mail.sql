-- The mails the app has sent by SMTP, as they came.
CREATE TABLE emulator.mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL,
  sender text NOT NULL, -- of the envelope; empty for a bounce
  recipients text[] NOT NULL,
  subject text NOT NULL,
  raw bytea NOT NULL
);
