-- Mode `side`: the tables of users and groups stay untouched.
-- An expression of the settings may name any of their columns: ours have names that theirs hardly have.

CREATE OR REPLACE VIEW usage.account_user WITH (security_invoker = true) AS
SELECT
    u."id"::bigint AS user_id,
    u."email"::text AS email,
    u."username"::text AS username,
    u."name"::text AS name,
    u."group_id"::bigint AS group_id,
    lower(u."enabled"::text) IN ('true', 't', '1', 'yes', 'y') AS enabled,
    s.our_job_type_id AS job_type_id,
    s.our_products AS products
FROM account."user" AS u
LEFT JOIN usage.user_job AS s (our_user_id, our_job_type_id, our_products) ON u."id"::bigint = s.our_user_id;

CREATE OR REPLACE VIEW usage.account_group WITH (security_invoker = true) AS
SELECT
    g."id"::bigint AS group_id,
    g."name"::text AS name,
    g."account_size"::numeric AS account_size,
    s.our_group_type_id AS group_type_id,
    s.our_salesforce_id AS salesforce_id
FROM account."group" AS g
LEFT JOIN usage.group_class AS s (our_group_id, our_group_type_id, our_salesforce_id)
    ON g."id"::bigint = s.our_group_id;
