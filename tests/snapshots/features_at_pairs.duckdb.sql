WITH "pairs_sources" AS (
  SELECT
    "p"."identity_key" AS "source_key",
    "p"."pair" AS "pair",
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "at",
    "p"."seen" AS "seen",
    "p"."entry_at" AS "entry_at",
    "p"."entry_id" AS "entry_id",
    "p"."trigger_event_id" AS "trigger_event_id",
    "p"."trigger_line" AS "trigger_line",
    "p"."is_event_moment" AS "is_event_moment",
    "p"."told" AS "told"
  FROM "pairs" AS "p"
  ANTI JOIN "spans" AS "l"
    ON (
      (
        "l"."from_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "p"."at"
        )
        AND (
          "p"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."seen_until"
        )
      )
    )
  UNION ALL
  SELECT
    "l"."from_key" AS "source_key",
    "p"."pair" AS "pair",
    "p"."identity_key" AS "identity_key",
    "p"."at" AS "at",
    "p"."seen" AS "seen",
    "p"."entry_at" AS "entry_at",
    "p"."entry_id" AS "entry_id",
    "p"."trigger_event_id" AS "trigger_event_id",
    "p"."trigger_line" AS "trigger_line",
    "p"."is_event_moment" AS "is_event_moment",
    "p"."told" AS "told"
  FROM "pairs" AS "p"
  INNER JOIN "spans" AS "l"
    ON (
      (
        "l"."to_key" = "p"."identity_key"
      )
      AND (
        (
          "l"."at_from" <= "p"."at"
        )
        AND (
          "p"."at" < "l"."at_until"
        )
        AND (
          "l"."seen_from" <= "p"."seen"
        )
        AND (
          "p"."seen" < "l"."seen_until"
        )
      )
    )
), "pairs_measured" AS (
  SELECT
    "s"."pair" AS "pair",
    SUM("e"."total") FILTER(WHERE
      (
        "e"."name" = 'Order Completed'
      )) AS "measure_0",
    ARG_MAX("e"."category", "e"."order_key") FILTER(WHERE
      (
        (
          "e"."name" = 'Product Viewed'
        ) AND (
          NOT "e"."category" IS NULL
        )
      )) AS "measure_1"
  FROM "events" AS "e"
  INNER JOIN "pairs_sources" AS "s"
    ON (
      "e"."identity_key" = "s"."source_key"
    )
  WHERE
    (
      (
        "e"."name" IN ('Order Completed', 'Product Viewed')
      )
      AND (
        "e"."ts" <= "s"."at"
      )
      AND (
        "e"."received_at" <= "s"."seen"
      )
    )
  GROUP BY
    1
), "pairs_round_0" AS (
  SELECT
    "k".*,
    "pairs_measured"."measure_0" AS "measure_0",
    "pairs_measured"."measure_1" AS "measure_1"
  FROM "pairs" AS "k"
  LEFT JOIN "pairs_measured" AS "pairs_measured"
    ON (
      "pairs_measured"."pair" = "k"."pair"
    )
), "pairs_values" AS (
  SELECT
    "v"."pair" AS "pair",
    COALESCE("v"."measure_0", 0) AS "spent",
    "v"."measure_1" AS "last"
  FROM "pairs_round_0" AS "v"
)
SELECT
  "v"."pair" AS "pair",
  "v"."spent" AS "spent",
  "v"."last" AS "last"
FROM "pairs_values" AS "v"
ORDER BY
  "pair"
