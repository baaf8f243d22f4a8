-- The line that each event was made of, by its digest: an equal line of a later export needs no second look.

ALTER TABLE usage.product_event ADD COLUMN IF NOT EXISTS line_digest uuid;

-- squawk-ignore ban-drop-column
ALTER TABLE usage.etl_slice DROP COLUMN IF EXISTS slice_digest;
