-- An anti join: every add for which nothing of the same owner, as of its own moment, follows within two hours.
WITH linked AS (
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner, min(ts) AS linked_at FROM links GROUP BY from_key
),
cart AS (
    SELECT c.identity_key, coalesce(l.owner, c.identity_key) AS final_owner, coalesce(l.linked_at, -9223372036854775808) AS linked_at,
           ts, name = 'Order Completed' AS is_order, event_id, line, received_at, is_imported
    FROM events c LEFT JOIN linked l USING (identity_key)
    WHERE name IN ('Product Added', 'Order Completed') AND ts > $lo - 7200000000 AND ts <= $hi AND c.identity_key IS NOT NULL
),
adds AS (
    SELECT *, ts + 7200000000 AS "at", CASE WHEN ts + 7200000000 >= linked_at THEN final_owner ELSE identity_key END AS owner
    FROM cart
    WHERE NOT is_order AND ts + 7200000000 > $lo AND ts + 7200000000 <= $hi AND received_at - ts <= $max_lateness
),
moments AS (
    SELECT * FROM adds a
    WHERE NOT EXISTS (
        SELECT 1 FROM cart x
        WHERE x.final_owner = a.final_owner AND x.ts >= a.ts AND x.ts <= a."at"
          AND CASE WHEN a."at" >= x.linked_at THEN x.final_owner ELSE x.identity_key END = a.owner
          AND (x.is_order OR x.ts > a.ts OR x.event_id > a.event_id OR (x.event_id = a.event_id AND x.line > a.line)))
)
SELECT m.owner AS identity_key, i.identity AS customer_id, m."at", m."at" AS acted_at, m.event_id AS trigger_event_id, m.line AS trigger_line, m.is_imported
FROM moments m JOIN identities i ON i.identity_key = m.owner
ORDER BY m."at", m.event_id
