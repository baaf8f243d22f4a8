-- Optional roles: one owns the schema, one loads, one reads.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'usage_owner') THEN
        CREATE ROLE usage_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'usage_etl') THEN
        CREATE ROLE usage_etl NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'usage_reader') THEN
        CREATE ROLE usage_reader NOLOGIN;
    END IF;
END
$$;

-- Loading makes the partitions of new months, which only their owner may attach.
GRANT usage_owner TO usage_etl;

GRANT ALL ON SCHEMA usage TO usage_owner;

DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS name FROM pg_class AS c
        WHERE c.relnamespace = 'usage'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO usage_owner', item.name);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA usage, account TO usage_owner, usage_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA usage TO usage_reader;

GRANT SELECT, REFERENCES ON account."user", account."group" TO usage_owner;

GRANT INSERT, UPDATE ON account."user", account."group" TO usage_etl;

-- The views check the reader's own rights.
GRANT SELECT ON account."user", account."group" TO usage_reader;
