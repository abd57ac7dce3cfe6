-- Three product views within a day, by the view before the last one; exactly where an id was linked to her within that day.
WITH first_link AS (
    SELECT from_key, arg_min(to_key, (ts, event_id)) AS to_key, min(ts) AS linked_at FROM links GROUP BY from_key
),
views AS (
    SELECT v.identity_key, ts, event_id, coalesce(CASE WHEN linked_at <= ts THEN to_key END, v.identity_key) AS owner, to_key, linked_at
    FROM events v LEFT JOIN first_link l ON l.from_key = v.identity_key
    WHERE name = 'Product Viewed' AND v.identity_key IS NOT NULL AND ts > $lo - 172800000000 AND ts <= $hi
),
near_a_link AS (  -- customers to whom views came by a link while these were younger than two days
    SELECT DISTINCT to_key AS owner FROM views WHERE linked_at > ts AND linked_at < ts + 172800000000
),
sure AS (
    SELECT owner, ts, event_id, lag(ts, 1, -9223372036854775807) OVER o AS one, lag(ts, 2, -9223372036854775807) OVER o AS two, lag(ts, 3, -9223372036854775807) OVER o AS three
    FROM views ANTI JOIN near_a_link USING (owner) WINDOW o AS (PARTITION BY owner ORDER BY ts, event_id)
),
known AS (  -- the views of those customers, by whom they belong to from when
    SELECT v.owner, v.ts, v.event_id, v.ts AS since FROM views v SEMI JOIN near_a_link n ON n.owner = v.owner
    UNION ALL
    SELECT v.to_key, v.ts, v.event_id, v.linked_at FROM views v SEMI JOIN near_a_link n ON n.owner = v.to_key WHERE v.linked_at > v.ts
),
doubtful AS (  -- counted back from each view, among those that were hers by then
    SELECT owner, ts, event_id, coalesce(max(x_ts) FILTER (back = 2), -9223372036854775807) AS one, coalesce(max(x_ts) FILTER (back = 3), -9223372036854775807) AS two,
           coalesce(max(x_ts) FILTER (back = 4), -9223372036854775807) AS three
    FROM (SELECT v.owner, v.ts, v.event_id, x.ts AS x_ts, row_number() OVER (PARTITION BY v.event_id ORDER BY x.ts DESC, x.event_id DESC) AS back
          FROM known v JOIN known x ON x.owner = v.owner AND x.since <= v.ts AND (x.ts, x.event_id) <= (v.ts, v.event_id) AND x.ts > v.ts - 172800000000
          WHERE v.since = v.ts)
    GROUP BY owner, ts, event_id
),
counted AS (SELECT * FROM sure UNION ALL SELECT * FROM doubtful)
SELECT owner AS identity_key, i.identity AS customer_id, ts AS at, ts AS acted_at, event_id AS trigger_event_id
FROM counted JOIN identities i ON i.identity_key = owner
WHERE two > ts - 86400000000 AND NOT three > one - 86400000000 AND ts > $lo AND ts <= $hi
ORDER BY "at", event_id
