-- Activity by month: questions over years, and about ids without a user, read a twentieth of the rows.

-- Written again by every load of its month: room on each page lets Postgres do so without touching the index.
CREATE TABLE usage.id_month (
    ids bigint NOT NULL,
    month date NOT NULL,
    events bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (ids, month)
) WITH (fillfactor = 70);

INSERT INTO usage.id_month (ids, month, events, first_at, last_at)
SELECT
    d.ids,
    date_trunc('month', d.day)::date,
    sum(d.events),
    min(d.first_at),
    max(d.last_at)
FROM usage.id_day AS d
GROUP BY 1, 2;

COMMENT ON TABLE usage.id_month IS
'How many events each combination of ids had in each month: the sums of usage.id_day, kept by every load';

COMMENT ON COLUMN usage.id_month.ids IS
'The combination of ids, of usage.event_ids';

COMMENT ON COLUMN usage.id_month.month IS
'First day of the month, in the project''s time zone';

COMMENT ON COLUMN usage.id_month.events IS
'Number of events in the month';

COMMENT ON COLUMN usage.id_month.first_at IS
'Time of the first of them, in UTC';

COMMENT ON COLUMN usage.id_month.last_at IS
'Time of the last of them, in UTC';

CREATE OR REPLACE VIEW usage.user_month WITH (security_invoker = true) AS
SELECT
    e.user_id,
    m.month,
    sum(m.events)::bigint AS events,
    min(m.first_at) AS first_at,
    max(m.last_at) AS last_at
FROM usage.id_month AS m
INNER JOIN usage.event_ids AS e ON m.ids = e.ids
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id, m.month;

COMMENT ON VIEW usage.user_month IS
'How many events each user had in each month: for questions over years';

COMMENT ON COLUMN usage.user_month.user_id IS
'The user''s id in the accounts database';

COMMENT ON COLUMN usage.user_month.month IS
'First day of the month, in the project''s time zone';

COMMENT ON COLUMN usage.user_month.events IS
'Number of events in the month';

COMMENT ON COLUMN usage.user_month.first_at IS
'Time of the first of them, in UTC';

COMMENT ON COLUMN usage.user_month.last_at IS
'Time of the last of them, in UTC';

CREATE OR REPLACE VIEW usage.identity_unresolved WITH (security_invoker = true) AS
SELECT
    e.distinct_id,
    sum(m.events)::bigint AS events,
    min(m.first_at) AS first_seen,
    max(m.last_at) AS last_seen,
    max(e.candidates) AS candidates
FROM usage.event_ids AS e
INNER JOIN usage.id_month AS m ON e.ids = m.ids
WHERE e.user_id IS NULL
GROUP BY e.distinct_id;

COMMENT ON COLUMN usage.setting.name IS
'accounts, load, project_id, time_zone, smb_below, own_group_id, identity_fingerprint, and others';
