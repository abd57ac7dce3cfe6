-- Integers only: rows are first folded to one per (identity, instant), with the last add and whether there was an order, so that the LEAD sorts
-- two integers and no text. People without any link (nearly all) take that path; people with one are answered by an anti join among themselves.
WITH linked AS (
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner, min(ts) AS linked_at FROM links GROUP BY from_key
),
entangled AS (SELECT identity_key FROM linked UNION SELECT owner FROM linked),
folded AS (
    SELECT identity_key, ts, max(event_id) FILTER (name = 'Product Added') AS event_id, bool_or(name = 'Order Completed') AS has_order
    FROM events
    WHERE name IN ('Product Added', 'Order Completed') AND ts > $lo - 7200000000 AND ts <= $hi AND identity_key IS NOT NULL
    GROUP BY identity_key, ts
),
plain AS (
    SELECT f.identity_key, f.ts, f.event_id, f.has_order, lead(f.ts) OVER (PARTITION BY f.identity_key ORDER BY f.ts) AS next_ts
    FROM folded f ANTI JOIN entangled USING (identity_key)
),
tangle AS (
    SELECT c.*, coalesce(l.owner, c.identity_key) AS final_owner, coalesce(l.linked_at, -9223372036854775808) AS linked_at
    FROM folded c SEMI JOIN entangled USING (identity_key) LEFT JOIN linked l ON l.identity_key = c.identity_key
),
tangled_adds AS (
    SELECT *, ts + 7200000000 AS "at", CASE WHEN ts + 7200000000 >= linked_at THEN final_owner ELSE identity_key END AS owner
    FROM tangle WHERE event_id IS NOT NULL AND NOT has_order
),
fired AS (
    SELECT identity_key AS owner, ts + 7200000000 AS "at", event_id FROM plain
    WHERE event_id IS NOT NULL AND NOT has_order AND (next_ts IS NULL OR next_ts > ts + 7200000000)
      AND ts + 7200000000 > $lo AND ts + 7200000000 <= $hi
    UNION ALL
    SELECT owner, "at", event_id FROM tangled_adds a
    WHERE "at" > $lo AND "at" <= $hi AND NOT EXISTS (
        SELECT 1 FROM tangle x
        WHERE x.final_owner = a.final_owner AND x.ts >= a.ts AND x.ts <= a."at"
          AND CASE WHEN a."at" >= x.linked_at THEN x.final_owner ELSE x.identity_key END = a.owner
          AND (x.has_order OR x.ts > a.ts OR x.event_id > a.event_id))
)
SELECT f.owner AS identity_key, i.identity AS customer_id, f."at", f."at" AS acted_at, f.event_id AS trigger_event_id, e.line AS trigger_line, e.is_imported
FROM fired f JOIN identities i ON i.identity_key = f.owner
JOIN events e ON e.event_id = f.event_id AND e.name = 'Product Added' AND e.line = 0 AND e.received_at - e.ts <= $max_lateness
ORDER BY f."at", f.event_id
