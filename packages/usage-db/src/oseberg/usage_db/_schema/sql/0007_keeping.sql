-- What left the database: months in archives, and people who asked to be forgotten.

CREATE TABLE usage.archive (
    name text PRIMARY KEY,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    events bigint NOT NULL,
    digest text NOT NULL,
    address text NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT now(),
    restored_at timestamptz
);

CREATE TABLE usage.erased (
    id_hash text COLLATE "C" PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);
