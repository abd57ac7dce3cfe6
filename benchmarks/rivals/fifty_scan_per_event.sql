-- One scan for each event name, bounded and unbounded look-backs apart; what adds up per id first, the rest per customer; joined to all present.
WITH owners AS (  -- only identities that are linked away; everybody else owns herself
    SELECT from_key AS identity_key, arg_min(to_key, (ts, event_id)) AS owner FROM links WHERE ts <= $at GROUP BY from_key
),
present AS (
    SELECT identity_key FROM events WHERE ts <= $at AND identity_key IS NOT NULL
    UNION
    SELECT identity_key FROM traits WHERE ts <= $at
),
ordered AS (
    SELECT identity_key, count(*) AS orders, sum(total) AS revenue, max(total) AS biggest_order, max(ts) AS ordered_at, min(ts) AS first_ordered_at
    FROM events WHERE name = 'Order Completed' AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
ordered_lately AS (
    SELECT identity_key, count(*) AS orders_365d, count(*) FILTER (ts > $at - 7776000000000) AS orders_90d, count(*) FILTER (ts > $at - 604800000000) AS orders_7d,
           sum(total) AS revenue_365d, count(total) AS totals_365d, count(coupon) AS coupon_orders_365d
    FROM events WHERE name = 'Order Completed' AND ts > $at - 31536000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
refunded AS (
    SELECT identity_key, sum(total) AS refunds_365d
    FROM events WHERE name = 'Order Refunded' AND ts > $at - 31536000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
bought AS (
    SELECT identity_key, sum(quantity) AS units_180d
    FROM events WHERE name = 'Product Purchased' AND ts > $at - 15552000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
viewed AS (
    SELECT identity_key, count(*) FILTER (dwell >= 30000000 AND ts > $at - 604800000000) AS long_views_7d,
           sum(pow(2.0, -(($at - ts)::DOUBLE / 172800000000.0))) AS interest
    FROM events WHERE name = 'Product Viewed' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
paged AS (
    SELECT identity_key, count(*) AS pages_30d
    FROM events WHERE name = 'Page Viewed' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
added AS (
    SELECT identity_key, count(*) AS added_30d, sum(price) FILTER (ts > $at - 1209600000000) AS added_value_14d
    FROM events WHERE name = 'Product Added' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
added_ever AS (
    SELECT identity_key, max(ts) AS added_at FROM events WHERE name = 'Product Added' AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
rarely AS (  -- events too few to be worth a scan each
    SELECT identity_key,
           count(*) FILTER (name = 'Product Removed' AND ts > $at - 2592000000000) AS removed_30d,
           count(*) FILTER (name = 'Checkout Started' AND ts > $at - 604800000000) AS checkouts_7d,
           count(*) FILTER (name = 'Products Searched' AND results = 0 AND ts > $at - 2592000000000) AS empty_searches_30d,
           count(*) FILTER (name = 'Products Searched' AND ts > $at - 604800000000) AS searches_7d,
           count(*) FILTER (name = 'Product Compared' AND ts > $at - 604800000000) AS compared_7d,
           count(*) FILTER (name = 'Product List Viewed' AND ts > $at - 604800000000) AS lists_7d,
           count(*) FILTER (name = 'Content Viewed' AND kind IN ('shipping', 'returns', 'size_guide') AND ts > $at - 604800000000) AS doubts_7d,
           count(*) FILTER (name = 'Email Opened' AND agent = 'human' AND ts > $at - 2592000000000) AS opens_30d,
           count(*) FILTER (name = 'Email Link Clicked' AND agent = 'human') AS clicks_90d,
           count(*) FILTER (name = 'Email Link Clicked' AND ts > $at - 604800000000) AS clicks_7d,
           count(*) FILTER (name = 'Ticket Opened' AND (rest ->> '$.sentiment') = 'negative' AND ts > $at - 5184000000000) AS bad_tickets_60d
    FROM events
    WHERE name IN ('Product Removed', 'Checkout Started', 'Products Searched', 'Product Compared', 'Product List Viewed', 'Content Viewed', 'Email Opened',
                   'Email Link Clicked', 'Ticket Opened')
      AND ts > $at - 7776000000000 AND ts <= $at AND identity_key IS NOT NULL
    GROUP BY identity_key
),
delivered AS (
    SELECT identity_key, count(*) AS delivered_30d
    FROM events WHERE name = 'Email Delivered' AND ts > $at - 2592000000000 AND ts <= $at AND identity_key IS NOT NULL GROUP BY identity_key
),
merged AS (
    SELECT coalesce(o.owner, present.identity_key) AS owner,
           coalesce(sum(orders), 0)::BIGINT AS orders, coalesce(sum(orders_7d), 0)::BIGINT AS orders_7d, coalesce(sum(orders_90d), 0)::BIGINT AS orders_90d,
           coalesce(sum(orders_365d), 0)::BIGINT AS orders_365d, coalesce(sum(revenue), 0)::BIGINT AS revenue, coalesce(sum(revenue_365d), 0)::BIGINT AS revenue_365d,
           sum(totals_365d) AS totals_365d, max(biggest_order) AS biggest_order, coalesce(sum(coupon_orders_365d), 0)::BIGINT AS coupon_orders_365d,
           max(ordered_at) AS ordered_at, min(first_ordered_at) AS first_ordered_at, coalesce(sum(refunds_365d), 0)::BIGINT AS refunds_365d,
           coalesce(sum(units_180d), 0) AS units_180d, coalesce(sum(long_views_7d), 0)::BIGINT AS long_views_7d, coalesce(sum(interest), 0) AS interest,
           coalesce(sum(pages_30d), 0)::BIGINT AS pages_30d, coalesce(sum(added_30d), 0)::BIGINT AS added_30d, coalesce(sum(added_value_14d), 0)::BIGINT AS added_value_14d,
           max(added_at) AS added_at, coalesce(sum(removed_30d), 0)::BIGINT AS removed_30d, coalesce(sum(checkouts_7d), 0)::BIGINT AS checkouts_7d,
           coalesce(sum(empty_searches_30d), 0)::BIGINT AS empty_searches_30d, coalesce(sum(searches_7d), 0)::BIGINT AS searches_7d,
           coalesce(sum(compared_7d), 0)::BIGINT AS compared_7d, coalesce(sum(lists_7d), 0)::BIGINT AS lists_7d, coalesce(sum(doubts_7d), 0)::BIGINT AS doubts_7d,
           coalesce(sum(opens_30d), 0)::BIGINT AS opens_30d, coalesce(sum(clicks_90d), 0)::BIGINT AS clicks_90d, coalesce(sum(clicks_7d), 0)::BIGINT AS clicks_7d,
           coalesce(sum(bad_tickets_60d), 0)::BIGINT AS bad_tickets_60d, coalesce(sum(delivered_30d), 0)::BIGINT AS delivered_30d
    FROM present
    LEFT JOIN owners o USING (identity_key)
    LEFT JOIN ordered USING (identity_key)
    LEFT JOIN ordered_lately USING (identity_key)
    LEFT JOIN refunded USING (identity_key)
    LEFT JOIN bought USING (identity_key)
    LEFT JOIN viewed USING (identity_key)
    LEFT JOIN paged USING (identity_key)
    LEFT JOIN added USING (identity_key)
    LEFT JOIN added_ever USING (identity_key)
    LEFT JOIN rarely USING (identity_key)
    LEFT JOIN delivered USING (identity_key)
    GROUP BY 1
),
bought_categories AS (
    SELECT coalesce(o.owner, e.identity_key) AS owner, count(DISTINCT category) AS categories_bought
    FROM events e LEFT JOIN owners o USING (identity_key) WHERE name = 'Product Purchased' AND ts <= $at AND e.identity_key IS NOT NULL GROUP BY 1
),
seen AS (
    SELECT coalesce(o.owner, e.identity_key) AS owner, count(DISTINCT product_id) AS products_seen_30d, quantile_disc(dwell, 0.5) AS typical_dwell_30d
    FROM events e LEFT JOIN owners o USING (identity_key)
    WHERE name = 'Product Viewed' AND ts > $at - 2592000000000 AND ts <= $at AND e.identity_key IS NOT NULL GROUP BY 1
),
walked AS (
    SELECT coalesce(o.owner, e.identity_key) AS owner, count(DISTINCT path) AS paths_30d
    FROM events e LEFT JOIN owners o USING (identity_key)
    WHERE name = 'Page Viewed' AND ts > $at - 2592000000000 AND ts <= $at AND e.identity_key IS NOT NULL GROUP BY 1
),
favoured AS (
    SELECT owner, arg_max(category, (views, last_at)) AS favourite_category
    FROM (SELECT coalesce(o.owner, e.identity_key) AS owner, category, count(*) AS views, max((ts, event_id)) AS last_at
          FROM events e LEFT JOIN owners o USING (identity_key)
          WHERE name = 'Product Viewed' AND category IS NOT NULL AND ts > $at - 7776000000000 AND ts <= $at AND e.identity_key IS NOT NULL GROUP BY 1, 2)
    GROUP BY owner
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
surveyed AS (
    SELECT coalesce(o.owner, e.identity_key) AS owner, arg_max(score, (ts, event_id)) AS last_score
    FROM events e LEFT JOIN owners o USING (identity_key)
    WHERE name = 'Survey Answered' AND kind = 'nps' AND score IS NOT NULL AND ts <= $at AND e.identity_key IS NOT NULL GROUP BY 1
),
trait_values AS (
    SELECT coalesce(o.owner, t.identity_key) AS owner,
           arg_max_null(CASE WHEN json_type(t.value) = 'VARCHAR' THEN t.value ->> '$' END, (t.ts, t.event_id)) FILTER (t.name = 'country') AS country,
           arg_max_null(CASE WHEN json_type(t.value) = 'VARCHAR' THEN t.value ->> '$' END, (t.ts, t.event_id)) FILTER (t.name = 'email') AS email
    FROM traits t LEFT JOIN owners o USING (identity_key)
    WHERE t.ts <= $at AND t.name IN ('country', 'email')
    GROUP BY ALL
),
consents AS (  -- at equal ts Withdrawn wins
    SELECT coalesce(o.owner, e.identity_key) AS owner,
           arg_max(e.name = 'Consent Given', 2 * e.ts + (e.name = 'Consent Withdrawn')::INT) FILTER (e.purpose = 'email') AS email,
           arg_max(e.name = 'Consent Given', 2 * e.ts + (e.name = 'Consent Withdrawn')::INT) FILTER (e.purpose = 'profiling') AS profiling
    FROM events e LEFT JOIN owners o USING (identity_key)
    WHERE e.name IN ('Consent Given', 'Consent Withdrawn') AND e.purpose IN ('email', 'profiling') AND e.ts <= $at AND e.identity_key IS NOT NULL
    GROUP BY ALL
),
judged AS (
    SELECT p.*, $at - p.ordered_at AS since_order, $at - p.added_at AS since_added,
           CASE WHEN p.orders > 1 THEN round_even((p.ordered_at - p.first_ordered_at)::DOUBLE / (p.orders - 1), 0)::BIGINT END AS order_gap,
           p.opens_30d::DOUBLE / nullif(p.delivered_30d, 0) AS open_rate_30d,
           coalesce($at - p.ordered_at >= 7776000000000, false) AS lapsed,
           coalesce($at - p.added_at < 259200000000, false) AND NOT coalesce($at - p.ordered_at <= $at - p.added_at, false) AS cart_open
    FROM merged p
),
risked AS (
    SELECT *, coalesce(orders > 0 AND since_order > greatest(2592000000000, round_even(order_gap * 1.5, 0)::BIGINT), false) AS at_risk FROM judged
)
SELECT i.identity AS customer_id,
       p.orders, p.orders_90d, p.orders_365d, p.revenue, p.revenue_365d, round_even(p.revenue_365d::DOUBLE / nullif(p.totals_365d, 0), 0)::BIGINT AS aov_365d,
       p.biggest_order, p.since_order, $at - p.first_ordered_at AS customer_for, p.order_gap, p.refunds_365d, p.coupon_orders_365d, p.units_180d,
       coalesce(b.categories_bought, 0) AS categories_bought, f.favourite_category, l.last_category, p.long_views_7d, coalesce(s.products_seen_30d, 0) AS products_seen_30d,
       s.typical_dwell_30d, p.interest, p.pages_30d, coalesce(w.paths_30d, 0) AS paths_30d, p.added_30d, p.added_value_14d, p.removed_30d, p.checkouts_7d,
       p.empty_searches_30d, p.compared_7d, p.opens_30d, p.delivered_30d, p.clicks_90d, p.open_rate_30d, p.bad_tickets_60d, v.last_score, p.doubts_7d,
       p.orders > 0 AS buyers,
       p.revenue >= 15000000 AND p.orders_365d >= 3 AND coalesce(t.country IN ('US', 'DE'), false) AS vip,
       p.lapsed,
       p.pages_30d >= 5 AND p.added_30d = 0 AS browsing,
       p.cart_open,
       p.checkouts_7d > 0 AND p.orders_7d = 0 AS abandoned_checkout,
       coalesce(c.email, false) AND p.orders > 0 AND NOT p.lapsed AS reachable,
       p.orders_365d >= 1 AND p.coupon_orders_365d * 2 >= p.orders_365d AS discount_hunter,
       coalesce(v.last_score <= 6, false) AS detractor,
       p.at_risk,
       NOT p.orders > 0 AND (p.clicks_90d > 0 OR p.long_views_7d >= 3) AS engaged_never_bought,
       CASE WHEN coalesce(c.profiling, true) THEN 10 * (0.4 * CASE WHEN p.open_rate_30d IS NULL THEN least(p.clicks_90d / 5, 1)
           ELSE 0.4 * least(p.open_rate_30d, 1) + 0.6 * least(p.clicks_90d / 5, 1) END + 0.6 * least(p.pages_30d / 50, 1)) END AS engagement,
       CASE WHEN coalesce(c.profiling, true) THEN 10 * CASE WHEN p.since_added IS NULL THEN least(p.interest / 10, 1)
           ELSE 0.3 * least(p.interest / 10, 1) + 0.7 * greatest(1 - p.since_added / 259200000000, 0) END END AS urgency,
       CASE WHEN p.lapsed THEN 'churned' WHEN p.at_risk THEN 'at_risk' WHEN p.orders >= 5 THEN 'loyal' WHEN p.orders >= 2 THEN 'developing'
           WHEN p.orders = 1 THEN 'first_time' WHEN t.email IS NOT NULL THEN 'lead' ELSE 'anonymous' END AS lifecycle,
       CASE WHEN p.cart_open OR p.compared_7d >= 2 OR p.doubts_7d >= 1 THEN 'high' WHEN p.lists_7d > 0 OR p.searches_7d > 0 OR p.clicks_7d > 0 THEN 'medium'
           WHEN p.pages_30d > 0 THEN 'low' ELSE 'none' END AS heat
FROM risked p
JOIN identities i ON i.identity_key = p.owner
LEFT JOIN bought_categories b ON b.owner = p.owner
LEFT JOIN seen s ON s.owner = p.owner
LEFT JOIN walked w ON w.owner = p.owner
LEFT JOIN favoured f ON f.owner = p.owner
LEFT JOIN latest l ON l.owner = p.owner
LEFT JOIN surveyed v ON v.owner = p.owner
LEFT JOIN trait_values t ON t.owner = p.owner
LEFT JOIN consents c ON c.owner = p.owner
ORDER BY customer_id
