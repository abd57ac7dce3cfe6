-- As enters_deltas, but nothing is grouped: the running sum is over single rows, and only instants at which several things happened are put
-- together; the trigger is found again by its place.
WITH first_link AS (
    SELECT from_key, arg_min(to_key, (ts, event_id)) AS to_key, min(ts) AS linked_at FROM links GROUP BY from_key
),
views AS (
    SELECT identity_key, ts, order_key FROM events
    WHERE name = 'Product Viewed' AND identity_key IS NOT NULL AND ts > $lo - 2592000000000 AND ts <= $hi
),
deltas AS (
    SELECT identity_key AS customer, ts AS "at", 1 AS step, order_key, identity_key AS sent FROM views
    UNION ALL
    SELECT v.identity_key, least(v.ts + 2592000000000, CASE WHEN l.linked_at IS NULL THEN 9223372036854775807 ELSE greatest(v.ts, l.linked_at) END), -1, NULL, NULL
    FROM views v LEFT JOIN first_link l ON l.from_key = v.identity_key
    UNION ALL
    SELECT l.to_key, greatest(v.ts, l.linked_at), 1, CASE WHEN v.ts >= l.linked_at THEN v.order_key END, v.identity_key
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
    UNION ALL
    SELECT l.to_key, v.ts + 2592000000000, -1, NULL, NULL
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
),
running AS (
    SELECT *, sum(step) OVER (PARTITION BY customer ORDER BY "at" ROWS UNBOUNDED PRECEDING) AS views,
           lag("at", 1, -9223372036854775807) OVER (PARTITION BY customer ORDER BY "at") AS last_at,
           lead("at", 1, 9223372036854775807) OVER (PARTITION BY customer ORDER BY "at") AS next_at
    FROM deltas
),
points AS (
    SELECT customer, "at", max(views - step) FILTER (last_at < "at") AS was, max(views) FILTER ("at" < next_at) AS views,
           max(order_key) AS order_key, arg_max(sent, order_key) AS sent
    FROM running WHERE (views >= 5 AND views - step < 5) OR last_at = "at" OR next_at = "at" GROUP BY customer, "at"
)
SELECT customer AS identity_key, i.identity AS customer_id, "at", "at" AS acted_at, e.event_id AS trigger_event_id
FROM points p JOIN identities i ON i.identity_key = customer
LEFT JOIN events e ON e.identity_key = p.sent AND e.order_key = p.order_key AND e.name = 'Product Viewed'
WHERE p.views >= 5 AND p.was < 5 AND "at" > $lo AND "at" <= $hi
ORDER BY "at", customer_id
