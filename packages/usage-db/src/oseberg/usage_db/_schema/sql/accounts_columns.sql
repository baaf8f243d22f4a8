-- Mode `columns`: nullable columns without a default, so that no row is rewritten. Each statement is a transaction.

ALTER TABLE account."user" ADD COLUMN IF NOT EXISTS job_type_id bigint, ADD COLUMN IF NOT EXISTS products text;

ALTER TABLE account."group" ADD COLUMN IF NOT EXISTS group_type_id bigint, ADD COLUMN IF NOT EXISTS salesforce_id text;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint WHERE conname = 'user_job_type_fkey' AND conrelid = 'account."user"'::regclass
    ) THEN
        ALTER TABLE account."user"
        ADD CONSTRAINT user_job_type_fkey FOREIGN KEY (job_type_id) REFERENCES usage.job_type (id) NOT VALID;
    END IF;
END
$$;

ALTER TABLE account."user" VALIDATE CONSTRAINT user_job_type_fkey;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint WHERE conname = 'group_group_type_fkey' AND conrelid = 'account."group"'::regclass
    ) THEN
        ALTER TABLE account."group"
        ADD CONSTRAINT group_group_type_fkey FOREIGN KEY (group_type_id) REFERENCES usage.group_type (id) NOT VALID;
    END IF;
END
$$;

ALTER TABLE account."group" VALIDATE CONSTRAINT group_group_type_fkey;

CREATE OR REPLACE VIEW usage.account_user WITH (security_invoker = true) AS
SELECT
    u."id"::bigint AS user_id,
    u."email"::text AS email,
    u."username"::text AS username,
    u."name"::text AS name,
    u."group_id"::bigint AS group_id,
    lower(u."enabled"::text) IN ('true', 't', '1', 'yes', 'y') AS enabled,
    u.job_type_id,
    u.products
FROM account."user" AS u;

CREATE OR REPLACE VIEW usage.account_group WITH (security_invoker = true) AS
SELECT
    g."id"::bigint AS group_id,
    g."name"::text AS name,
    g."account_size"::numeric AS account_size,
    g.group_type_id,
    g.salesforce_id
FROM account."group" AS g;
