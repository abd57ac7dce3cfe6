-- One sort and one LEAD. Everything of one person sorted by (ts, unless last, event_id); an add fires when what follows it lies beyond its two
-- hours. Identities that are ever linked away stand twice: under themselves for adds whose moment comes before the link, under their owner for
-- the rest. Only there can the next row belong to somebody who is not linked yet; those few adds are looked at one by one.
WITH linked AS (
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner, min(ts) AS linked_at FROM links GROUP BY from_key
),
cart AS (
    SELECT identity_key, ts, name = 'Order Completed' AS is_order, event_id, line, received_at, is_imported
    FROM events
    WHERE name IN ('Product Added', 'Order Completed') AND ts > $lo - 7200000000 AND ts <= $hi AND identity_key IS NOT NULL
),
told AS (  -- linked_at: from when a row counts under `owner`; is_alone: the copy that serves moments before the link
    SELECT c.*, coalesce(l.owner, c.identity_key) AS owner, l.linked_at, false AS is_alone FROM cart c LEFT JOIN linked l USING (identity_key)
    UNION ALL
    SELECT c.*, c.identity_key, l.linked_at, true FROM cart c JOIN linked l USING (identity_key)
),
followed AS (
    SELECT *, lead(ts) OVER person AS next_ts, lead(linked_at) OVER person AS next_linked_at
    FROM told WINDOW person AS (PARTITION BY owner, is_alone ORDER BY ts, is_order, event_id, line)
),
adds AS (
    SELECT *, ts + 7200000000 AS "at"
    FROM followed
    WHERE NOT is_order AND ts + 7200000000 > $lo AND ts + 7200000000 <= $hi AND received_at - ts <= $max_lateness
      AND CASE WHEN is_alone THEN ts + 7200000000 < linked_at ELSE coalesce(ts + 7200000000 >= linked_at, true) END
      AND (next_ts IS NULL OR next_ts > ts + 7200000000 OR (NOT is_alone AND next_linked_at > ts + 7200000000))
),
moments AS (
    SELECT * FROM adds WHERE next_ts IS NULL OR next_ts > "at"
    UNION ALL
    SELECT a.* FROM (SELECT * FROM adds WHERE next_ts <= "at") a
    WHERE NOT EXISTS (
        SELECT 1 FROM told x
        WHERE x.owner = a.owner AND NOT x.is_alone AND coalesce(x.linked_at <= a."at", true) AND x.ts >= a.ts AND x.ts <= a."at"
          AND (x.is_order OR x.ts > a.ts OR x.event_id > a.event_id OR (x.event_id = a.event_id AND x.line > a.line)))
)
SELECT m.owner AS identity_key, i.identity AS customer_id, m."at", m."at" AS acted_at, m.event_id AS trigger_event_id, m.line AS trigger_line, m.is_imported
FROM moments m JOIN identities i ON i.identity_key = m.owner
ORDER BY m."at", m.event_id
