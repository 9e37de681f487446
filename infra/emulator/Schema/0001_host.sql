-- Keys of the Functions host: 'master', 'default' (host key) and 'durabletask' (system key of the durable extension).
CREATE TABLE emulator.keys (
  name text PRIMARY KEY,
  value text NOT NULL
);

-- What the timer monitor remembers, so that a stop is noticed as a past due run.
CREATE TABLE emulator.timers (
  function_name text PRIMARY KEY,
  schedule text NOT NULL,
  last timestamptz,
  next timestamptz NOT NULL,
  updated timestamptz NOT NULL
);
