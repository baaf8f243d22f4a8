-- Product events, the log of their loading, identities, scores.

CREATE TABLE usage.setting (
    name text PRIMARY KEY,
    value text
);

COMMENT ON TABLE usage.setting IS 'One value for each name: the Mixpanel project, the settings of the accounts';

CREATE TABLE usage.product_event (
    distinct_id text COLLATE "C" NOT NULL,
    "time" timestamptz NOT NULL,
    event text COLLATE "C" NOT NULL,
    insert_id text COLLATE "C" NOT NULL,
    properties jsonb NOT NULL,
    processed_at timestamptz,
    run_id bigint NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT product_event_pkey PRIMARY KEY (distinct_id, "time", event, insert_id)
) PARTITION BY RANGE ("time");

-- Autosummarized, so that finding a day costs the same however many days there are.
CREATE INDEX product_event_time ON usage.product_event USING brin ("time")
WITH (pages_per_range = 32, autosummarize = on);

COMMENT ON TABLE usage.product_event IS 'Every exported event once, by Mixpanel''s own key; monthly partitions in UTC';

CREATE TABLE usage.etl_run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command text NOT NULL,
    state text NOT NULL,
    host text NOT NULL,
    pid bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    message text
);

COMMENT ON TABLE usage.etl_run IS 'Every run of a load; state: running, done, failed, interrupted';

CREATE TABLE usage.etl_slice (
    day date NOT NULL,
    state text NOT NULL,
    exported bigint NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    deleted bigint NOT NULL,
    unchanged bigint NOT NULL,
    duplicate bigint NOT NULL,
    rejected bigint NOT NULL,
    filtered bigint NOT NULL,
    time_zone text NOT NULL,
    slice_digest bytea,
    stored_mark text,
    message text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    run_id bigint NOT NULL,
    PRIMARY KEY (day, run_id),
    CONSTRAINT etl_slice_adds_up CHECK (
        state <> 'loaded' OR exported = inserted + updated + unchanged + duplicate + rejected
    )
);

COMMENT ON TABLE usage.etl_slice IS
'Each load of each day; state: loaded, refused, failed. exported counts the lines that the filter left, filtered the rest';

CREATE TABLE usage.event_reject (
    run_id bigint NOT NULL,
    day date NOT NULL,
    line bytea NOT NULL,
    reason text NOT NULL,
    line_sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(line)) STORED,
    copy bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (day, line_sha256, copy)
);

COMMENT ON TABLE usage.event_reject IS 'Lines of a day, as last exported, that can''t be stored; copy numbers equal lines';

CREATE TABLE usage.identity (
    id text COLLATE "C" PRIMARY KEY,
    user_id bigint,
    resolution text NOT NULL,
    candidates bigint NOT NULL,
    resolved_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE usage.identity IS
'What each id that events carry means; resolution: alias, user_id, email, username, ambiguous, anonymous, unknown';

CREATE TABLE usage.identity_alias (
    distinct_id text COLLATE "C" PRIMARY KEY,
    user_id bigint NOT NULL,
    source text NOT NULL,
    note text
);

COMMENT ON TABLE usage.identity_alias IS 'Ids that a person assigned to a user; they win over everything else';

CREATE TABLE usage.score_model (
    model_version text PRIMARY KEY,
    definition jsonb NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE usage.score_reference (
    reference_id text PRIMARY KEY,
    model_version text NOT NULL REFERENCES usage.score_model (model_version),
    weeks date [] NOT NULL,
    cuts jsonb NOT NULL,
    users bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE usage.user_score (
    model_version text NOT NULL REFERENCES usage.score_model (model_version),
    reference_id text NOT NULL REFERENCES usage.score_reference (reference_id),
    week date NOT NULL CHECK (extract(ISODOW FROM week) = 1),
    user_id bigint NOT NULL,
    group_id bigint,
    score numeric(5, 2) NOT NULL CHECK (score BETWEEN 0 AND 100),
    active boolean NOT NULL,
    passive_only boolean NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    run_id bigint NOT NULL,
    PRIMARY KEY (model_version, week, user_id)
);

COMMENT ON TABLE usage.user_score IS 'One score for each user, week (its Monday) and model version';

CREATE TABLE usage.score_week (
    model_version text NOT NULL REFERENCES usage.score_model (model_version),
    week date NOT NULL CHECK (extract(ISODOW FROM week) = 1),
    reference_id text NOT NULL REFERENCES usage.score_reference (reference_id),
    users bigint NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_version, week)
);

COMMENT ON TABLE usage.score_week IS 'When each week was last computed, also when no score of it changed';

CREATE TABLE usage.user_score_detail (
    model_version text NOT NULL REFERENCES usage.score_model (model_version),
    week date NOT NULL,
    user_id bigint NOT NULL,
    metric text [] NOT NULL,
    value double precision [] NOT NULL,
    points double precision [] NOT NULL,
    weight double precision [] NOT NULL,
    contribution double precision [] NOT NULL,
    PRIMARY KEY (model_version, week, user_id)
);

COMMENT ON TABLE usage.user_score_detail IS 'The metrics behind each score as arrays: a fifth of the size of narrow rows';

CREATE VIEW usage.user_score_metric WITH (security_invoker = true) AS
SELECT
    d.model_version,
    d.week,
    d.user_id,
    m.metric,
    m.value,
    m.points,
    m.weight,
    m.contribution
FROM usage.user_score_detail AS d
CROSS JOIN LATERAL
    unnest(d.metric, d.value, d.points, d.weight, d.contribution) AS m (metric, value, points, weight, contribution);
