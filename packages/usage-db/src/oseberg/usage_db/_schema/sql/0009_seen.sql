-- Questions over years in a moment: when each user was seen, and activity without a second grouping.

CREATE OR REPLACE VIEW usage.user_seen WITH (security_invoker = true) AS
SELECT
    e.user_id,
    min(f.first_at) AS first_at,
    max(l.last_at) AS last_at
FROM usage.event_ids AS e
CROSS JOIN LATERAL (
    SELECT min(d.first_at) AS first_at
    FROM usage.id_day AS d
    WHERE d.ids = e.ids AND d.day = (SELECT min(o.day) FROM usage.id_day AS o WHERE o.ids = e.ids)
) AS f
CROSS JOIN LATERAL (
    SELECT max(d.last_at) AS last_at
    FROM usage.id_day AS d
    WHERE d.ids = e.ids AND d.day = (SELECT max(o.day) FROM usage.id_day AS o WHERE o.ids = e.ids)
) AS l
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id
HAVING count(f.first_at) > 0;

COMMENT ON VIEW usage.user_seen IS
'When each user had the first and the last event; looked up, not counted, so that it answers in a moment';

COMMENT ON COLUMN usage.user_seen.user_id IS
'The user''s id in the accounts database';

COMMENT ON COLUMN usage.user_seen.first_at IS
'Time of the first event, in UTC';

COMMENT ON COLUMN usage.user_seen.last_at IS
'Time of the last event, in UTC';

CREATE OR REPLACE VIEW usage.user_first_event WITH (security_invoker = true) AS
SELECT
    s.user_id,
    s.first_at
FROM usage.user_seen AS s;

CREATE OR REPLACE VIEW usage.user_activity WITH (security_invoker = true) AS
SELECT
    e.user_id,
    d.day,
    CASE
        WHEN p.event IS NOT NULL THEN p.product
        WHEN d.event LIKE 'Atla %' THEN 'Atla'
        WHEN d.event LIKE 'Sol %' THEN 'Sol'
    END AS product,
    d.event,
    d.events,
    d.first_at,
    d.last_at
FROM usage.id_day AS d
INNER JOIN usage.event_ids AS e ON d.ids = e.ids
LEFT JOIN usage.event_product AS p ON d.event = p.event
WHERE e.user_id IS NOT NULL;

COMMENT ON VIEW usage.user_activity IS
'The rows behind usage.user_day: a user with several ids may have several for one day and event, so add them up';

COMMENT ON COLUMN usage.user_activity.user_id IS
'The user''s id in the accounts database';

COMMENT ON COLUMN usage.user_activity.day IS
'The day, in the project''s time zone';

COMMENT ON COLUMN usage.user_activity.product IS
'Atla or Sol; none for events of both';

COMMENT ON COLUMN usage.user_activity.event IS
'Name of the event, as Mixpanel spells it';

COMMENT ON COLUMN usage.user_activity.events IS
'Number of such events on the day, under one combination of ids';

COMMENT ON COLUMN usage.user_activity.first_at IS
'Time of the first of them, in UTC';

COMMENT ON COLUMN usage.user_activity.last_at IS
'Time of the last of them, in UTC';
