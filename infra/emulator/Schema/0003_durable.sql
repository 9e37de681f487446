-- One row an orchestration instance, live or finished. status: the numbers of OrchestrationRuntimeStatus.
CREATE TABLE emulator.durable_instances (
  instance_id text COLLATE "C" PRIMARY KEY,
  execution_id text NOT NULL, -- a new one for every continue-as-new
  name text NOT NULL,
  version text NOT NULL,
  status smallint NOT NULL,
  input text,
  output text,
  failure text, -- TaskFailureDetails as JSON
  custom_status text,
  tags text, -- JSON object
  parent_id text COLLATE "C",
  parent_execution_id text,
  parent_name text,
  parent_task_id integer,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  completed_at timestamptz
) WITH (fillfactor = 70);

CREATE INDEX durable_instances_by_creation ON emulator.durable_instances (created_at, instance_id);
CREATE INDEX durable_instances_by_status ON emulator.durable_instances (status, created_at, instance_id);
CREATE INDEX durable_instances_by_completion ON emulator.durable_instances (completed_at, instance_id) WHERE completed_at IS NOT NULL;
CREATE INDEX durable_instances_by_parent ON emulator.durable_instances (parent_id) WHERE parent_id IS NOT NULL;

-- What happened to the current execution of an instance, in order: the truth an orchestrator is replayed from.
CREATE TABLE emulator.durable_history (
  instance_id text COLLATE "C" NOT NULL,
  execution_id text NOT NULL,
  seq integer NOT NULL,
  kind smallint NOT NULL,
  at timestamptz NOT NULL,
  task_id integer NOT NULL,
  name text,
  payload text,
  target text,
  fire_at timestamptz,
  PRIMARY KEY (instance_id, execution_id, seq)
);

-- The inbox of every live instance; a timer is an event that becomes visible when it is due.
CREATE TABLE emulator.durable_events (
  id bigint PRIMARY KEY,
  instance_id text COLLATE "C" NOT NULL,
  execution_id text, -- null: for whichever execution is current
  kind smallint NOT NULL,
  at timestamptz NOT NULL,
  visible_at timestamptz NOT NULL,
  task_id integer NOT NULL,
  name text,
  payload text
);

CREATE INDEX durable_events_by_instance ON emulator.durable_events (instance_id);
CREATE INDEX durable_events_by_visibility ON emulator.durable_events (visible_at);

-- Scheduled activity work; a row goes when its outcome is in the inbox.
CREATE TABLE emulator.durable_activities (
  id bigint PRIMARY KEY,
  instance_id text COLLATE "C" NOT NULL,
  execution_id text NOT NULL,
  task_id integer NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  input text
);

CREATE INDEX durable_activities_by_instance ON emulator.durable_activities (instance_id);
