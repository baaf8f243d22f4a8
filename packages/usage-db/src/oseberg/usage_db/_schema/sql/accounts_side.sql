-- Mode `side`: the tables of users and groups stay untouched.

CREATE OR REPLACE VIEW usage.account_user WITH (security_invoker = true) AS
SELECT
    u."id"::bigint AS user_id,
    u."email"::text AS email,
    u."username"::text AS username,
    u."name"::text AS name,
    u."group_id"::bigint AS group_id,
    lower(u."enabled"::text) IN ('true', 't', '1', 'yes', 'y') AS enabled,
    s.job_type_id,
    s.products
FROM account."user" AS u
LEFT JOIN usage.user_job AS s ON u."id"::bigint = s.user_id;

CREATE OR REPLACE VIEW usage.account_group WITH (security_invoker = true) AS
SELECT
    g."id"::bigint AS group_id,
    g."name"::text AS name,
    g."account_size"::numeric AS account_size,
    s.group_type_id,
    s.salesforce_id
FROM account."group" AS g
LEFT JOIN usage.group_class AS s ON g."id"::bigint = s.group_id;
