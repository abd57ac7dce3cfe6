-- One sort of places: whole numbers alone are scanned, name by name, and sorted (event order is one number); whose an id is comes from one look at
-- the links; the ids of the events are fetched for those that fired. Where the next event is another id's of the same customer, or at the very
-- instant, the adds are looked at one by one.
WITH linked AS (
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner, min(ts) AS linked_at FROM links GROUP BY from_key
),
places AS (
    SELECT identity_key, order_key, true AS is_add FROM events WHERE name = 'Product Added' AND ts > $lo - 7200000000 AND ts <= $hi AND identity_key IS NOT NULL
    UNION ALL
    SELECT identity_key, order_key, false FROM events WHERE name = 'Order Completed' AND ts > $lo - 7200000000 AND ts <= $hi AND identity_key IS NOT NULL
),
told AS (
    SELECT p.identity_key, order_key, is_add, coalesce(l.owner, p.identity_key) AS person, coalesce(l.linked_at, -9223372036854775808) AS linked_at
    FROM places p LEFT JOIN linked l USING (identity_key)
),
followed AS (
    SELECT *, order_key >> 10 AS ts, lead(order_key, 1, 9223372036854775807) OVER w >> 10 AS next_ts, lag(order_key, 1, -9223372036854775808) OVER w >> 10 AS last_ts,
           lead(identity_key, 1, 0) OVER w AS next_key, lead(linked_at, 1, 0) OVER w AS next_linked_at
    FROM told WINDOW w AS (PARTITION BY person ORDER BY order_key)
),
adds AS (
    SELECT identity_key, order_key, person, ts, ts + 7200000000 AS "at", CASE WHEN ts + 7200000000 >= linked_at THEN person ELSE identity_key END AS owner,
           next_ts > ts + 7200000000 AND last_ts < ts AS is_sure
    FROM followed
    WHERE is_add AND ts + 7200000000 > $lo AND ts + 7200000000 <= $hi
      AND NOT (next_ts <= ts + 7200000000 AND (next_key = identity_key OR (linked_at <= ts + 7200000000 AND next_linked_at <= ts + 7200000000)))
),
doubtful AS (
    SELECT a.* FROM (SELECT * FROM adds WHERE NOT is_sure) a
    WHERE NOT EXISTS (
        SELECT 1 FROM told x
        WHERE x.person = a.person AND x.order_key >> 10 >= a.ts AND x.order_key >> 10 <= a."at"
          AND CASE WHEN a."at" >= x.linked_at THEN x.person ELSE x.identity_key END = a.owner AND (NOT x.is_add OR x.order_key > a.order_key))
),
moments AS (SELECT identity_key, order_key, owner, "at" FROM adds WHERE is_sure UNION ALL SELECT identity_key, order_key, owner, "at" FROM doubtful)
SELECT m.owner AS identity_key, i.identity AS customer_id, m."at", m."at" AS acted_at, e.event_id AS trigger_event_id, e.line AS trigger_line, e.is_imported
FROM moments m JOIN events e ON e.identity_key = m.identity_key AND e.order_key = m.order_key AND e.name = 'Product Added' AND e.received_at - e.ts <= $max_lateness
JOIN identities i ON i.identity_key = m.owner
ORDER BY m."at", e.event_id
