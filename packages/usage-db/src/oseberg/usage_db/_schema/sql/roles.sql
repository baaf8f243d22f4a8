-- Optional roles: one owns the schema, one loads, one imports accounts, one reads.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['usage_owner', 'usage_etl', 'usage_accounts', 'usage_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
END
$$;

-- Loading makes the partitions of new months, which only the owner of the table may attach.
GRANT usage_owner TO usage_etl;

GRANT ALL ON SCHEMA usage TO usage_owner;

DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS name FROM pg_class AS c
        WHERE c.relnamespace = 'usage'::regnamespace AND c.relkind IN ('r', 'p', 'v')
        AND pg_get_userbyid(c.relowner) <> 'usage_owner'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO usage_owner', item.name);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA usage, account TO usage_owner, usage_accounts, usage_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA usage TO usage_accounts, usage_reader;

-- What an import of accounts writes: classes, facts, history, and which id means which user.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'job_type', 'user_job', 'group_class', 'user_fact', 'group_fact', 'user_history', 'group_history',
        'account_list', 'identity', 'event_ids', 'setting'
    ] LOOP
        IF to_regclass('usage.' || name) IS NOT NULL THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON usage.%I TO usage_accounts', name);
        END IF;
    END LOOP;
END
$$;

-- Tables of coming versions and partitions of coming months.
ALTER DEFAULT PRIVILEGES FOR ROLE usage_owner IN SCHEMA usage GRANT SELECT ON TABLES TO usage_accounts, usage_reader;
