-- Into the columns of the account tables.

UPDATE account."user" AS u
SET job_type_id = k.job_type_id, products = k.products
FROM kept_user AS k
WHERE u."id"::bigint = k.user_id AND (u.job_type_id, u.products) IS DISTINCT FROM (k.job_type_id, k.products);

UPDATE account."group" AS g
SET group_type_id = k.group_type_id, salesforce_id = k.salesforce_id
FROM kept_group AS k
WHERE
    g."id"::bigint = k.group_id
    AND (g.group_type_id, g.salesforce_id) IS DISTINCT FROM (k.group_type_id, k.salesforce_id);
