-- What people read: events with their users, companies with their scores, ids without a user.

CREATE VIEW usage.company WITH (security_invoker = true) AS
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
    g.salesforce_id
FROM usage.account_group AS g
LEFT JOIN usage.group_type AS t ON g.group_type_id = t.id;

COMMENT ON VIEW usage.company IS
'Groups with their type: an override, else Oseberg itself, else by account size (unknown: none)';

CREATE VIEW usage.person WITH (security_invoker = true) AS
SELECT
    u.user_id,
    u.email,
    u.username,
    u.name,
    u.group_id,
    c.group_name,
    c.group_type,
    j.name AS job_type,
    u.enabled,
    u.products,
    c.salesforce_id
FROM usage.account_user AS u
LEFT JOIN usage.company AS c ON u.group_id = c.group_id
LEFT JOIN usage.job_type AS j ON u.job_type_id = j.id;

COMMENT ON VIEW usage.person IS 'Users with their company, job type and products';

-- The first id of an event that means a user wins; each is compared as text.
CREATE VIEW usage.user_product_event WITH (security_invoker = true) AS
SELECT
    p.distinct_id,
    p."time",
    p.event,
    p.insert_id,
    p.properties,
    p.processed_at,
    p.run_id,
    p.loaded_at,
    coalesce(i1.user_id, i2.user_id, i3.user_id, i4.user_id) AS user_id,
    u.group_id,
    CASE
        WHEN i1.user_id IS NOT NULL THEN i1.resolution
        WHEN i2.user_id IS NOT NULL THEN i2.resolution
        WHEN i3.user_id IS NOT NULL THEN i3.resolution
        WHEN i4.user_id IS NOT NULL THEN i4.resolution
        WHEN 'ambiguous' IN (i1.resolution, i2.resolution, i3.resolution, i4.resolution) THEN 'ambiguous'
        ELSE coalesce(i1.resolution, i2.resolution, i3.resolution, i4.resolution, 'unknown')
    END AS resolution,
    greatest(i1.candidates, i2.candidates, i3.candidates, i4.candidates, 0) AS candidates
FROM usage.product_event AS p
LEFT JOIN usage.identity AS i1 ON p.properties ->> '$user_id' = i1.id
LEFT JOIN usage.identity AS i2 ON p.distinct_id = i2.id
LEFT JOIN usage.identity AS i3 ON p.properties ->> '$distinct_id_before_identity' = i3.id
LEFT JOIN usage.identity AS i4 ON p.properties ->> 'mp_original_distinct_id' = i4.id
LEFT JOIN usage.account_user AS u ON coalesce(i1.user_id, i2.user_id, i3.user_id, i4.user_id) = u.user_id;

COMMENT ON VIEW usage.user_product_event IS 'Events with the account''s user; who is unknown stays, with NULL';

CREATE VIEW usage.identity_unresolved WITH (security_invoker = true) AS
SELECT
    e.distinct_id,
    count(*) AS events,
    min(e."time") AS first_seen,
    max(e."time") AS last_seen,
    max(e.candidates) AS candidates
FROM usage.user_product_event AS e
WHERE e.user_id IS NULL
GROUP BY e.distinct_id;

COMMENT ON VIEW usage.identity_unresolved IS 'Ids whose events belong to no user, with the number of events';

CREATE VIEW usage.company_score WITH (security_invoker = true) AS
WITH ranked AS (
    SELECT
        s.*,
        row_number() OVER (PARTITION BY s.model_version, s.week, s.group_id ORDER BY s.score DESC) AS place,
        greatest(5, ceil(count(*) OVER (PARTITION BY s.model_version, s.week, s.group_id) / 5.0)) AS core
    FROM usage.user_score AS s
    WHERE s.group_id IS NOT NULL
)

SELECT
    r.group_id,
    c.group_name,
    c.group_type,
    r.model_version,
    r.week,
    count(*) AS users,
    count(*) FILTER (WHERE r.active) AS active_users,
    avg(r.score) AS score,
    (count(*) FILTER (WHERE r.active))::numeric / count(*) AS adoption,
    avg(r.score) FILTER (WHERE r.active) AS active_score,
    coalesce(sum(r.score) FILTER (WHERE NOT r.active), 0) / count(*) AS passive_points,
    avg(r.score) FILTER (WHERE r.place <= r.core) AS core_score,
    max(r.score) / nullif(sum(r.score), 0) AS concentration,
    (count(*) FILTER (WHERE r.passive_only))::numeric / count(*) AS passive_share
FROM ranked AS r
LEFT JOIN usage.company AS c ON r.group_id = c.group_id
GROUP BY r.group_id, c.group_name, c.group_type, r.model_version, r.week;

COMMENT ON VIEW usage.company_score IS
'Companies by week: score is the plain mean over licensed users = adoption x active_score + passive_points';
