-- When somebody has come to five product views within 30 days: +1 when a view happens (or its id is linked to her), -1 when it is 30 days old.
WITH first_link AS (
    SELECT from_key, arg_min(to_key, (ts, event_id)) AS to_key, min(ts) AS linked_at FROM links GROUP BY from_key
),
views AS (
    SELECT identity_key, ts, event_id FROM events
    WHERE name = 'Product Viewed' AND identity_key IS NOT NULL AND ts > $lo - 2592000000000 AND ts <= $hi
),
deltas AS (
    SELECT identity_key AS customer, ts AS "at", 1 AS step, event_id FROM views
    UNION ALL  -- leaves her by age, or by being linked away
    SELECT v.identity_key, least(v.ts + 2592000000000, CASE WHEN l.linked_at IS NULL THEN 9223372036854775807 ELSE greatest(v.ts, l.linked_at) END), -1, NULL
    FROM views v LEFT JOIN first_link l ON l.from_key = v.identity_key
    UNION ALL
    SELECT l.to_key, greatest(v.ts, l.linked_at), 1, CASE WHEN v.ts >= l.linked_at THEN v.event_id END
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
    UNION ALL
    SELECT l.to_key, v.ts + 2592000000000, -1, NULL
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
),
points AS (SELECT customer, "at", sum(step) AS step, max(event_id) AS event_id FROM deltas GROUP BY customer, "at"),
running AS (SELECT *, sum(step) OVER (PARTITION BY customer ORDER BY "at") AS views FROM points)
SELECT customer AS identity_key, i.identity AS customer_id, "at", "at" AS acted_at, event_id AS trigger_event_id
FROM running JOIN identities i ON i.identity_key = customer
WHERE views >= 5 AND views - step < 5 AND "at" > $lo AND "at" <= $hi
ORDER BY "at", customer_id
