-- Users resolved once, and what each did on each day: questions about users need not read the events.

CREATE TABLE usage.event_ids (
    ids bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_property text COLLATE "C",
    distinct_id text COLLATE "C" NOT NULL,
    before_identity text COLLATE "C",
    original_id text COLLATE "C",
    user_id bigint,
    resolution text NOT NULL,
    candidates bigint NOT NULL
);

CREATE INDEX event_ids_distinct_id ON usage.event_ids (distinct_id);

CREATE INDEX event_ids_user_id ON usage.event_ids (user_id);

CREATE TABLE usage.id_day (
    ids bigint NOT NULL,
    day date NOT NULL,
    event text COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (ids, day, event)
);

-- Written day by day, so that a few pages hold each day.
CREATE INDEX id_day_day ON usage.id_day USING brin (day) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE usage.event_product (
    event text COLLATE "C" PRIMARY KEY,
    product text
);

INSERT INTO usage.event_ids (user_property, distinct_id, before_identity, original_id, resolution, candidates)
SELECT DISTINCT
    p.properties ->> '$user_id',
    p.distinct_id,
    p.properties ->> '$distinct_id_before_identity',
    p.properties ->> 'mp_original_distinct_id',
    'unknown',
    0
FROM usage.product_event AS p;

INSERT INTO usage.id_day (ids, day, event, events, first_at, last_at)
SELECT
    e.ids,
    (p."time" AT TIME ZONE z.name)::date,
    p.event,
    count(*),
    min(p."time"),
    max(p."time")
FROM usage.product_event AS p
CROSS JOIN (
    SELECT
        coalesce(
            (SELECT s.value FROM usage.setting AS s WHERE s.name = 'time_zone'),
            (SELECT l.time_zone FROM usage.etl_slice AS l WHERE l.state = 'loaded' ORDER BY l.run_id DESC LIMIT 1),
            'UTC'
        ) AS name
) AS z
INNER JOIN usage.event_ids AS e
    ON
        p.distinct_id = e.distinct_id
        AND p.properties ->> '$user_id' IS NOT DISTINCT FROM e.user_property
        AND p.properties ->> '$distinct_id_before_identity' IS NOT DISTINCT FROM e.before_identity
        AND p.properties ->> 'mp_original_distinct_id' IS NOT DISTINCT FROM e.original_id
GROUP BY 1, 2, 3;

UPDATE usage.event_ids AS e
SET user_id = r.user_id, resolution = r.resolution, candidates = r.candidates
FROM (
    SELECT
        o.ids,
        coalesce(i1.user_id, i2.user_id, i3.user_id, i4.user_id) AS user_id,
        CASE
            WHEN i1.user_id IS NOT NULL THEN i1.resolution
            WHEN i2.user_id IS NOT NULL THEN i2.resolution
            WHEN i3.user_id IS NOT NULL THEN i3.resolution
            WHEN i4.user_id IS NOT NULL THEN i4.resolution
            WHEN 'ambiguous' IN (i1.resolution, i2.resolution, i3.resolution, i4.resolution) THEN 'ambiguous'
            ELSE coalesce(i1.resolution, i2.resolution, i3.resolution, i4.resolution, 'unknown')
        END AS resolution,
        greatest(i1.candidates, i2.candidates, i3.candidates, i4.candidates, 0) AS candidates
    FROM usage.event_ids AS o
    LEFT JOIN usage.identity AS i1 ON o.user_property = i1.id
    LEFT JOIN usage.identity AS i2 ON o.distinct_id = i2.id
    LEFT JOIN usage.identity AS i3 ON o.before_identity = i3.id
    LEFT JOIN usage.identity AS i4 ON o.original_id = i4.id
) AS r
WHERE
    e.ids = r.ids
    AND (e.user_id, e.resolution, e.candidates) IS DISTINCT FROM (r.user_id, r.resolution, r.candidates);

CREATE VIEW usage.user_day WITH (security_invoker = true) AS
SELECT
    e.user_id,
    d.day,
    CASE
        WHEN p.event IS NOT NULL THEN p.product
        WHEN d.event LIKE 'Atla %' THEN 'Atla'
        WHEN d.event LIKE 'Sol %' THEN 'Sol'
    END AS product,
    d.event,
    sum(d.events)::bigint AS events,
    min(d.first_at) AS first_at,
    max(d.last_at) AS last_at
FROM usage.id_day AS d
INNER JOIN usage.event_ids AS e ON d.ids = e.ids
LEFT JOIN usage.event_product AS p ON d.event = p.event
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id, d.day, p.event, p.product, d.event;

CREATE OR REPLACE VIEW usage.user_first_event WITH (security_invoker = true) AS
SELECT
    e.user_id,
    min(d.first_at) AS first_at
FROM usage.event_ids AS e
INNER JOIN usage.id_day AS d ON e.ids = d.ids
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id;

CREATE OR REPLACE VIEW usage.identity_unresolved WITH (security_invoker = true) AS
SELECT
    e.distinct_id,
    sum(d.events)::bigint AS events,
    min(d.first_at) AS first_seen,
    max(d.last_at) AS last_seen,
    max(e.candidates) AS candidates
FROM usage.event_ids AS e
INNER JOIN usage.id_day AS d ON e.ids = d.ids
WHERE e.user_id IS NULL
GROUP BY e.distinct_id;
