-- Mixpanel's profiles, whose e-mail addresses say whom an id means if nothing else does.

CREATE TABLE IF NOT EXISTS usage.profile (
    distinct_id text COLLATE "C" PRIMARY KEY,
    email text,
    name text,
    properties jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE usage.profile IS
'Mixpanel''s profiles of people, as last loaded (oseberg mixpanel load --profiles)';

COMMENT ON COLUMN usage.profile.distinct_id IS
'The id that events and the profile have in common';

COMMENT ON COLUMN usage.profile.email IS
'Mixpanel''s $email; it resolves distinct_id if the id itself means no user';

COMMENT ON COLUMN usage.profile.name IS
'Mixpanel''s $name';

COMMENT ON COLUMN usage.profile.properties IS
'All properties under Mixpanel''s own names; times as Mixpanel wrote them';

COMMENT ON COLUMN usage.profile.loaded_at IS
'When the profile was written last';

-- The first id of an event that means a user wins; what only a profile says comes after all of them.
CREATE OR REPLACE VIEW usage.user_product_event WITH (security_invoker = true) AS
SELECT
    p.distinct_id,
    p."time",
    p.event,
    p.insert_id,
    p.properties,
    p.processed_at,
    p.run_id,
    p.loaded_at,
    coalesce(
        CASE WHEN i1.resolution <> 'profile' THEN i1.user_id END,
        CASE WHEN i2.resolution <> 'profile' THEN i2.user_id END,
        CASE WHEN i3.resolution <> 'profile' THEN i3.user_id END,
        CASE WHEN i4.resolution <> 'profile' THEN i4.user_id END,
        i1.user_id, i2.user_id, i3.user_id, i4.user_id
    ) AS user_id,
    u.group_id,
    CASE
        WHEN i1.user_id IS NOT NULL AND i1.resolution <> 'profile' THEN i1.resolution
        WHEN i2.user_id IS NOT NULL AND i2.resolution <> 'profile' THEN i2.resolution
        WHEN i3.user_id IS NOT NULL AND i3.resolution <> 'profile' THEN i3.resolution
        WHEN i4.user_id IS NOT NULL AND i4.resolution <> 'profile' THEN i4.resolution
        WHEN coalesce(i1.user_id, i2.user_id, i3.user_id, i4.user_id) IS NOT NULL THEN 'profile'
        WHEN 'ambiguous' IN (i1.resolution, i2.resolution, i3.resolution, i4.resolution) THEN 'ambiguous'
        ELSE coalesce(i1.resolution, i2.resolution, i3.resolution, i4.resolution, 'unknown')
    END AS resolution,
    greatest(i1.candidates, i2.candidates, i3.candidates, i4.candidates, 0) AS candidates
FROM usage.product_event AS p
LEFT JOIN usage.identity AS i1 ON p.properties ->> '$user_id' = i1.id
LEFT JOIN usage.identity AS i2 ON p.distinct_id = i2.id
LEFT JOIN usage.identity AS i3 ON p.properties ->> '$distinct_id_before_identity' = i3.id
LEFT JOIN usage.identity AS i4 ON p.properties ->> 'mp_original_distinct_id' = i4.id
LEFT JOIN usage.account_user AS u
    ON
        coalesce(
            CASE WHEN i1.resolution <> 'profile' THEN i1.user_id END,
            CASE WHEN i2.resolution <> 'profile' THEN i2.user_id END,
            CASE WHEN i3.resolution <> 'profile' THEN i3.user_id END,
            CASE WHEN i4.resolution <> 'profile' THEN i4.user_id END,
            i1.user_id, i2.user_id, i3.user_id, i4.user_id
        ) = u.user_id;
