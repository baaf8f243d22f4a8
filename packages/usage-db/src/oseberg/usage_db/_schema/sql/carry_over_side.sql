-- Into the side tables.

INSERT INTO usage.user_job AS t (user_id, job_type_id, products)
SELECT
    k.user_id,
    k.job_type_id,
    k.products
FROM kept_user AS k
ON CONFLICT (user_id) DO UPDATE SET job_type_id = excluded.job_type_id, products = excluded.products
WHERE (t.job_type_id, t.products) IS DISTINCT FROM (excluded.job_type_id, excluded.products);

INSERT INTO usage.group_class AS t (group_id, group_type_id, salesforce_id)
SELECT
    k.group_id,
    k.group_type_id,
    k.salesforce_id
FROM kept_group AS k
ON CONFLICT (group_id) DO UPDATE SET group_type_id = excluded.group_type_id, salesforce_id = excluded.salesforce_id
WHERE (t.group_type_id, t.salesforce_id) IS DISTINCT FROM (excluded.group_type_id, excluded.salesforce_id);
