-- What the settings of before knew of users and companies, kept for those of after.

CREATE TEMPORARY TABLE kept_user ON COMMIT DROP AS
SELECT
    u.user_id,
    u.job_type_id,
    u.products
FROM usage.account_user AS u
WHERE u.job_type_id IS NOT NULL OR u.products IS NOT NULL;

CREATE TEMPORARY TABLE kept_group ON COMMIT DROP AS
SELECT
    g.group_id,
    g.group_type_id,
    g.salesforce_id
FROM usage.account_group AS g
WHERE g.group_type_id IS NOT NULL OR g.salesforce_id IS NOT NULL;
