-- One scan for each event name, bounded and unbounded look-backs apart, joined to everybody who is present.
WITH owners AS (  -- only identities that are linked away; everybody else owns herself
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner FROM links WHERE ts <= $at GROUP BY from_key
),
present AS (  -- whoever has an event or a trait by then
    SELECT identity_key FROM events WHERE ts <= $at AND identity_key IS NOT NULL
    UNION
    SELECT identity_key FROM traits WHERE ts <= $at
),
order_completed_ever AS (
    SELECT identity_key, count(*) AS orders, sum(total) AS revenue, max(ts) AS ordered_at
    FROM events WHERE name = 'Order Completed' AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
order_completed_lately AS (
    SELECT identity_key, count(*) FILTER (ts > $at - 7776000000000) AS orders_90d, count(*) FILTER (ts > $at - 604800000000) AS orders_7d, sum(total) FILTER (total >= 1000000) AS big_revenue_365d
    FROM events WHERE name = 'Order Completed' AND ts > $at - 31536000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
order_refunded_lately AS (
    SELECT identity_key, sum(total) AS refunds_365d
    FROM events WHERE name = 'Order Refunded' AND ts > $at - 31536000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
product_viewed_lately AS (
    SELECT identity_key, count(*) AS long_views_7d
    FROM events WHERE name = 'Product Viewed' AND dwell >= 30000000 AND price <> 0 AND ts > $at - 604800000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
product_purchased_lately AS (
    SELECT identity_key, sum(quantity) AS units_180d
    FROM events WHERE name = 'Product Purchased' AND price > 100000 AND ts > $at - 15552000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
product_added_lately AS (
    SELECT identity_key, sum(price) FILTER (ts > $at - 1209600000000) AS added_value_14d, count(*) AS added_30d
    FROM events WHERE name = 'Product Added' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
product_added_ever AS (
    SELECT identity_key, max(ts) AS added_at
    FROM events WHERE name = 'Product Added' AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
products_searched_lately AS (
    SELECT identity_key, count(*) AS empty_searches_30d
    FROM events WHERE name = 'Products Searched' AND results = 0 AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
email_opened_email_link_clicked_lately AS (
    SELECT identity_key, count(*) AS human_clicks_90d
    FROM events WHERE name IN ('Email Opened', 'Email Link Clicked') AND agent = 'human' AND ts > $at - 7776000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
page_viewed_lately AS (
    SELECT identity_key, count(*) AS pages_30d
    FROM events WHERE name = 'Page Viewed' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
page_viewed_ever AS (
    SELECT identity_key, max(ts) AS viewed_at
    FROM events WHERE name = 'Page Viewed' AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
checkout_started_lately AS (
    SELECT identity_key, count(*) AS checkouts_7d
    FROM events WHERE name = 'Checkout Started' AND ts > $at - 604800000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
categorised AS MATERIALIZED (
    SELECT identity_key, max(ts) AS categorised_at
    FROM events WHERE name = 'Product Viewed' AND category IS NOT NULL AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
latest AS (  -- the last category of each customer: the greatest ts first, ties by event_id among the few rows that have it
    SELECT owner, arg_max(category, event_id) AS last_category
    FROM (SELECT coalesce(o.owner, v.identity_key) AS owner, ts, category, event_id
          FROM events v LEFT JOIN owners o USING (identity_key)
          WHERE name = 'Product Viewed' AND category IS NOT NULL AND ts <= $at AND v.identity_key IS NOT NULL)
    JOIN (SELECT coalesce(o.owner, m.identity_key) AS owner, max(categorised_at) AS ts FROM categorised m LEFT JOIN owners o USING (identity_key) GROUP BY 1)
        USING (owner, ts)
    GROUP BY owner
),
merged AS (
    SELECT coalesce(o.owner, present.identity_key) AS owner,
           coalesce(sum(orders), 0)::BIGINT AS orders,
           coalesce(sum(orders_90d), 0)::BIGINT AS orders_90d,
           coalesce(sum(orders_7d), 0)::BIGINT AS orders_7d,
           coalesce(sum(revenue), 0)::BIGINT AS revenue,
           coalesce(sum(big_revenue_365d), 0)::BIGINT AS big_revenue_365d,
           coalesce(sum(refunds_365d), 0)::BIGINT AS refunds_365d,
           coalesce(sum(long_views_7d), 0)::BIGINT AS long_views_7d,
           coalesce(sum(units_180d), 0) AS units_180d,
           coalesce(sum(added_value_14d), 0)::BIGINT AS added_value_14d,
           coalesce(sum(added_30d), 0)::BIGINT AS added_30d,
           coalesce(sum(empty_searches_30d), 0)::BIGINT AS empty_searches_30d,
           coalesce(sum(human_clicks_90d), 0)::BIGINT AS human_clicks_90d,
           coalesce(sum(pages_30d), 0)::BIGINT AS pages_30d,
           coalesce(sum(checkouts_7d), 0)::BIGINT AS checkouts_7d,
           max(ordered_at) AS ordered_at,
           max(added_at) AS added_at,
           max(viewed_at) AS viewed_at
    FROM present
    LEFT JOIN owners o USING (identity_key)
    LEFT JOIN order_completed_ever USING (identity_key)
    LEFT JOIN order_completed_lately USING (identity_key)
    LEFT JOIN order_refunded_lately USING (identity_key)
    LEFT JOIN product_viewed_lately USING (identity_key)
    LEFT JOIN product_purchased_lately USING (identity_key)
    LEFT JOIN product_added_lately USING (identity_key)
    LEFT JOIN product_added_ever USING (identity_key)
    LEFT JOIN products_searched_lately USING (identity_key)
    LEFT JOIN email_opened_email_link_clicked_lately USING (identity_key)
    LEFT JOIN page_viewed_lately USING (identity_key)
    LEFT JOIN page_viewed_ever USING (identity_key)
    LEFT JOIN checkout_started_lately USING (identity_key)
    GROUP BY 1
),
customers AS (SELECT * FROM merged LEFT JOIN latest USING (owner)),
trait_values AS (
    SELECT coalesce(o.owner, t.identity_key) AS owner,
           arg_max_null(CASE WHEN json_type(t.value) = 'VARCHAR' THEN t.value ->> '$' END, (t.ts, t.event_id)) FILTER (t.name = 'country') AS country,
           arg_max_null(CASE WHEN json_type(t.value) = 'VARCHAR' THEN t.value ->> '$' END, (t.ts, t.event_id)) FILTER (t.name = 'plan') AS plan
    FROM traits t LEFT JOIN owners o USING (identity_key)
    WHERE t.ts <= $at AND t.name IN ('country', 'plan')
    GROUP BY ALL
),
consents AS (  -- at equal ts Withdrawn wins
    SELECT coalesce(o.owner, e.identity_key) AS owner,
           arg_max(e.name = 'Consent Given', 2 * e.ts + (e.name = 'Consent Withdrawn')::INT) FILTER (e.purpose = 'email') AS email,
           arg_max(e.name = 'Consent Given', 2 * e.ts + (e.name = 'Consent Withdrawn')::INT) FILTER (e.purpose = 'profiling') AS profiling
    FROM events e LEFT JOIN owners o USING (identity_key)
    WHERE e.name IN ('Consent Given', 'Consent Withdrawn') AND e.purpose IN ('email', 'profiling') AND e.ts <= $at AND e.identity_key IS NOT NULL
    GROUP BY ALL
)
SELECT i.identity AS customer_id,
       p.orders, p.orders_90d, p.revenue, p.big_revenue_365d, p.refunds_365d, $at - p.ordered_at AS since_order, p.last_category,
       p.long_views_7d, p.units_180d, p.added_value_14d, p.empty_searches_30d, p.human_clicks_90d,
       p.orders > 0 AS buyers,
       p.revenue >= 5000000 AND p.orders_90d >= 2 AND coalesce(t.country IN ('US', 'DE'), false) AS vip,
       coalesce(p.ordered_at <= $at - 7776000000000, false) AS lapsed,
       p.pages_30d >= 5 AND p.added_30d = 0 AS browsing,
       coalesce(p.added_at > $at - 259200000000, false) AND NOT coalesce(p.ordered_at >= p.added_at, false) AS cart_open,
       p.checkouts_7d > 0 AND p.orders_7d = 0 AS abandoned_checkout,
       coalesce(c.email, false) AND (p.orders > 0 OR coalesce(t.plan = 'plus', false))
           AND NOT coalesce(p.ordered_at <= $at - 7776000000000, false) AS reachable,
       CASE WHEN coalesce(c.profiling, true) THEN 10 * (0.4 * least(p.human_clicks_90d / 10, 1) + 0.6 * CASE
           WHEN p.viewed_at IS NULL THEN least(p.pages_30d / 50, 1)
           ELSE 0.7 * least(p.pages_30d / 50, 1) + 0.3 * greatest(1 - ($at - p.viewed_at) / 5184000000000, 0) END) END AS engagement
FROM customers p
JOIN identities i ON i.identity_key = p.owner
LEFT JOIN trait_values t ON t.owner = p.owner
LEFT JOIN consents c ON c.owner = p.owner
ORDER BY customer_id
