-- Runs of the command, from every machine that works on this database.

CREATE TABLE usage.command_run (
    run_id text PRIMARY KEY,
    command text NOT NULL,
    state text NOT NULL,
    status bigint,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    seconds double precision,
    host text,
    process bigint,
    steps jsonb NOT NULL DEFAULT '[]'
);

COMMENT ON TABLE usage.command_run IS
'Runs of oseberg run daily and weekly, from every machine; oseberg runs shows them';

COMMENT ON COLUMN usage.command_run.run_id IS
'The id that the lines of the log have too';

COMMENT ON COLUMN usage.command_run.command IS
'daily or weekly';

COMMENT ON COLUMN usage.command_run.state IS
'running, done, attention, failed, later or interrupted; a run that was killed stays running';

COMMENT ON COLUMN usage.command_run.status IS
'Exit status; none while it runs';

COMMENT ON COLUMN usage.command_run.started_at IS
'When it began, in UTC';

COMMENT ON COLUMN usage.command_run.finished_at IS
'When it ended, in UTC';

COMMENT ON COLUMN usage.command_run.seconds IS
'How long it took';

COMMENT ON COLUMN usage.command_run.host IS
'The machine';

COMMENT ON COLUMN usage.command_run.process IS
'The process on that machine';

COMMENT ON COLUMN usage.command_run.steps IS
'Each step with its state, status, seconds, message and counts';
