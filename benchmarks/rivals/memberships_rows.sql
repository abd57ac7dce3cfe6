-- As memberships_deltas, but nothing is grouped except what happened at one instant.
WITH first_link AS (
    SELECT from_key, arg_min(to_key, (ts, event_id)) AS to_key, min(ts) AS linked_at FROM links GROUP BY from_key
),
views AS (SELECT identity_key, ts FROM events WHERE name = 'Product Viewed' AND identity_key IS NOT NULL AND ts <= $hi),
deltas AS (
    SELECT identity_key AS customer, ts AS "at", 1 AS step FROM views
    UNION ALL
    SELECT v.identity_key, least(v.ts + 2592000000000, CASE WHEN l.linked_at IS NULL THEN 9223372036854775807 ELSE greatest(v.ts, l.linked_at) END), -1
    FROM views v LEFT JOIN first_link l ON l.from_key = v.identity_key
    UNION ALL
    SELECT l.to_key, greatest(v.ts, l.linked_at), 1
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
    UNION ALL
    SELECT l.to_key, v.ts + 2592000000000, -1
    FROM views v JOIN first_link l ON l.from_key = v.identity_key WHERE l.linked_at < v.ts + 2592000000000
),
running AS (
    SELECT *, sum(step) OVER (PARTITION BY customer ORDER BY "at" ROWS UNBOUNDED PRECEDING) AS views,
           lag("at", 1, -9223372036854775807) OVER (PARTITION BY customer ORDER BY "at") AS last_at,
           lead("at", 1, 9223372036854775807) OVER (PARTITION BY customer ORDER BY "at") AS next_at
    FROM deltas WHERE "at" <= $hi
),
points AS (
    SELECT customer, "at", max(views - step) FILTER (last_at < "at") AS was, max(views) FILTER ("at" < next_at) AS views
    FROM running WHERE (views >= 5) <> (views - step >= 5) OR last_at = "at" OR next_at = "at" GROUP BY customer, "at"
),
turns AS (SELECT customer, "at", views >= 5 AS is_in FROM points WHERE (views >= 5) <> (was >= 5)),
spells AS (SELECT customer, "at" AS entered_at, lead("at", 1, NULL) OVER (PARTITION BY customer ORDER BY "at") AS left_at, is_in FROM turns)
SELECT i.identity AS customer_id, entered_at, left_at
FROM spells JOIN identities i ON i.identity_key = customer
WHERE is_in AND coalesce(left_at, 9223372036854775807) > $lo
ORDER BY customer_id, entered_at
