-- Which version of a blob a function has dealt with, or is still trying to.
CREATE TABLE emulator.blob_receipts (
  function_name text NOT NULL,
  container text NOT NULL,
  blob text NOT NULL,
  etag text NOT NULL,
  state smallint NOT NULL CHECK (state IN (0, 1, 2)), -- failed and to be tried again, done, poison
  attempts integer NOT NULL,
  next_try timestamptz,
  PRIMARY KEY (function_name, container, blob)
);
