-- What users and companies were on each day: facts with the days on which they hold.

CREATE TABLE usage.account_list (
    as_of date PRIMARY KEY,
    users bigint NOT NULL,
    groups bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE usage.user_fact (
    user_id bigint PRIMARY KEY,
    created_on date,
    disabled_on date,
    segments jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE usage.user_history (
    user_id bigint NOT NULL,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    group_id bigint,
    enabled boolean NOT NULL,
    job_type text,
    products text,
    segments jsonb NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, valid_from)
);

CREATE TABLE usage.group_fact (
    group_id bigint PRIMARY KEY,
    started_on date,
    cancelled_on date,
    renewal_on date,
    arr numeric,
    currency text,
    owner text,
    segments jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE usage.group_history (
    group_id bigint NOT NULL,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    group_type text,
    account_size numeric,
    renewal_on date,
    arr numeric,
    currency text,
    owner text,
    segments jsonb NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, valid_from)
);

CREATE OR REPLACE VIEW usage.company WITH (security_invoker = true) AS
SELECT
    g.group_id,
    g.name AS group_name,
    coalesce(
        t.name,
        CASE
            WHEN g.group_id = (SELECT s.value::bigint FROM usage.setting AS s WHERE s.name = 'own_group_id') THEN 'Oseberg'
            WHEN g.account_size IS NULL THEN NULL
            WHEN g.account_size < (SELECT s.value::numeric FROM usage.setting AS s WHERE s.name = 'smb_below') THEN 'SMB'
            ELSE 'Enterprise'
        END
    ) AS group_type,
    g.account_size,
    g.salesforce_id,
    f.started_on,
    f.cancelled_on,
    f.renewal_on,
    f.arr,
    f.currency,
    f.owner,
    coalesce(f.segments, '{}') AS segments
FROM usage.account_group AS g
LEFT JOIN usage.group_type AS t ON g.group_type_id = t.id
LEFT JOIN usage.group_fact AS f ON g.group_id = f.group_id;

CREATE OR REPLACE VIEW usage.person WITH (security_invoker = true) AS
SELECT
    u.user_id,
    u.email,
    u.username,
    u.name,
    u.group_id,
    c.group_name,
    c.group_type,
    j.name AS job_type,
    u.enabled AND coalesce(f.disabled_on > (now() AT TIME ZONE 'UTC')::date, true) AS enabled,
    u.products,
    c.salesforce_id,
    f.created_on,
    f.disabled_on,
    coalesce(f.segments, '{}') AS segments
FROM usage.account_user AS u
LEFT JOIN usage.company AS c ON u.group_id = c.group_id
LEFT JOIN usage.job_type AS j ON u.job_type_id = j.id
LEFT JOIN usage.user_fact AS f ON u.user_id = f.user_id;

CREATE VIEW usage.user_first_event WITH (security_invoker = true) AS
SELECT
    e.user_id,
    min(e."time") AS first_at
FROM usage.user_product_event AS e
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id;

-- The facts of today are the oldest that an upgraded database knows.
INSERT INTO usage.user_history (user_id, valid_from, group_id, enabled, job_type, products)
SELECT
    p.user_id,
    (now() AT TIME ZONE 'UTC')::date,
    p.group_id,
    coalesce(p.enabled, true),
    p.job_type,
    p.products
FROM usage.person AS p;

INSERT INTO usage.group_history (group_id, valid_from, group_type, account_size)
SELECT
    c.group_id,
    (now() AT TIME ZONE 'UTC')::date,
    c.group_type,
    c.account_size
FROM usage.company AS c;

INSERT INTO usage.account_list (as_of, users, groups)
SELECT
    (now() AT TIME ZONE 'UTC')::date,
    (SELECT count(*) FROM usage.user_history),
    (SELECT count(*) FROM usage.group_history)
WHERE EXISTS (SELECT FROM usage.user_history);
