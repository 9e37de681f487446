-- The W3C traceparent under which an instance was started: its activities' traces go on from there.
ALTER TABLE emulator.durable_instances ADD COLUMN trace_parent text;
